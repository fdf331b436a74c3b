"""One verdict: of a handshake of either version of TLS, and of explain."""

import json
import ssl
import subprocess

from client import Client, Refused, refusal
from sallyport import CEILING, PROGRAM, environment

VERSIONS = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def explained(conf, certificate, *arguments):
    """What explain says, as it says it to programs."""
    done = subprocess.run(
        [PROGRAM, "explain", "-c", str(conf), "--cert", str(certificate),
         "--json", *arguments],
        capture_output=True, text=True, timeout=CEILING, env=environment(),
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def verdict_on(s, certificate):
    """The reason why it is refused, the same from all; None: it comes in."""
    answer = explained(s.path, certificate)
    reason = None if answer["pass"] else answer["reason"]
    for version in VERSIONS:
        before = len(s.records("handshake-refused"))
        if reason is None:
            with Client(s.port, certificate, version=version) as c:
                assert c.get("/").status == 200
        else:
            assert refusal(s.port, certificate, version=version)
            record = s.wait_for("handshake-refused", before + 1)
            assert record["err"] == reason
    return reason


def alert(s, certificate, version=VERSIONS[1]):
    """What the client is told; None: it comes in."""
    try:
        with Client(s.port, certificate, version=version) as c:
            c.get("/")
    except Refused as e:
        return str(e)
    return None
