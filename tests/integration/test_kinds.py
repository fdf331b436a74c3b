"""Every kind of broken chain, by everything that judges one: the program that
serves, to clients of TLS 1.2 and 1.3, by an alert or by HTTP; and `sallyport
explain`.  What must come of each is in tests/unit/support/cert_cases.c, where
cert/verify is judged by the same table."""

import collections
import json
import pathlib
import ssl
import subprocess
import time

import pytest

import http1
from client import Client, Refused, context
from conftest import HERE, config
from sallyport import CEILING, PROGRAM, write_config
from test_clock import Clock
from verdicts import explained

TOOL = pathlib.Path(PROGRAM).resolve().parent / "tools" / "cert_chains"
VERSIONS = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
# a client may have keys and signatures that are too weak for us
LAX = {"ciphers": "DEFAULT:@SECLEVEL=0"}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """What the tool says of each, and .folder with its files."""
    folder = tmp_path_factory.mktemp("kinds")
    lines = subprocess.run([TOOL, folder], check=True, capture_output=True,
                           text=True, timeout=CEILING).stdout.splitlines()
    made = [collections.namedtuple("Kind", d)(**d)
            for d in map(json.loads, lines)]
    return [k for k in made if k.tls], folder


@pytest.fixture
def make_site(kinds, site):
    """make_site(kind, how): one of its own, since each kind has its own CA."""
    def make(kind, how):
        at = kinds[1] / str(kind.number)
        s = site([HERE], names=[f"{how}{kind.number}.example"],
                 ca=at / "ca.pem",
                 crl=at / "crl.pem" if kind.crl else False, on_refusal=how)
        s["clients"].update(kind.clients)
        return s

    return make


def can_show(client):
    """OpenSSL's own client takes no certificate that it cannot read; those are
    shown in tests/unit/tls/check_hs.c."""
    try:
        context(client, **LAX)
    except ssl.SSLError as e:
        assert e.reason == "INVALID_CERTIFICATE"
        return False
    return True


def test_the_kinds_are_many(kinds):
    broken = [k for k in kinds[0] if k.reason]
    assert len(broken) >= 80
    assert len({k.reason for k in broken}) >= 20


class Judges:
    """sallyport with all sites, at the second for which the kinds are made."""

    def __init__(self, now, clock):
        self.now = now
        self.clock = clock

    def ask(self, client, sni, version):
        """The status of a request, or None; and the record of the refusal."""
        s, before = self.s, len(self.s.records("handshake-refused"))
        status = None
        try:
            with Client(s.port, client, sni=sni, version=version, **LAX) as c:
                status = c.get("/", host=sni).status
        except (Refused, OSError, http1.Ended):
            pass
        if status == 200:
            return status, None
        return status, s.wait_for("handshake-refused", before + 1)

    def verdict(self, *which):
        """The same within that one second: what is good to the very second is
        so for no longer."""
        while True:
            second = int(time.time())
            self.clock.set(self.now - second)
            got = self.ask(*which)
            if int(time.time()) == second:
                return got


@pytest.fixture
def judges(kinds, make_site, serve, tmp_path):
    now = kinds[0][0].now
    clock = Clock(tmp_path / "clock")
    j = Judges(now, clock)
    clock.set(now - int(time.time()))
    j.s = serve(config([make_site(k, how) for k in kinds[0]
                        for how in ("alert", "http")]), env=clock.env)
    return j


def test_handshakes_judge_alike(judges, kinds):
    shown = 0
    for k in kinds[0]:
        client = kinds[1] / str(k.number) / "client.pem"
        if not can_show(client):
            continue
        shown += k.reason is not None
        for version in VERSIONS:
            for how, status in ("alert", None), ("http", 403):
                sni = f"{how}{k.number}.example"
                got, r = judges.verdict(client, sni, version)
                assert got == (status if k.reason else 200), k
                if k.reason:
                    assert (r["err"], r["depth"], r["sni"]) == (
                        k.reason, k.depth, sni), k
    assert shown >= 80


def test_explain_judges_alike(make_site, kinds, tmp_path):
    for k in kinds[0]:
        client = kinds[1] / str(k.number) / "client.pem"
        conf = write_config(tmp_path, config(make_site(k, "alert")))
        answer = explained(conf, client, "--at", f"@{k.now}")
        assert (None if answer["pass"] else answer["reason"]) == k.reason, k
        if k.reason:
            assert any(f"at depth {k.depth}" in x["text"]
                       for x in answer["steps"]), k
