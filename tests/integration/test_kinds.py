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

from client import Client, context, refusal
from conftest import HERE, config
from sallyport import CEILING, PROGRAM, wait_until, write_config
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


def test_all_judge_alike(serve, make_site, kinds, tmp_path):
    made, folder = kinds
    clock = Clock(tmp_path / "clock")

    def stop_the_clock():
        """What is good to the very second is so for no longer."""
        wait_until(lambda: time.time() % 1 < 0.7, "another second")
        clock.set(made[0].now - int(time.time()))

    stop_the_clock()
    s = serve(config([make_site(k, how) for k in made
                      for how in ("alert", "http")]), env=clock.env)
    refused = 0
    for k in made:
        client = folder / str(k.number) / "client.pem"
        for version in VERSIONS if can_show(client) else ():
            options = {"version": version, **LAX}
            for how in "alert", "http":
                sni = f"{how}{k.number}.example"
                stop_the_clock()
                if how == "alert" and k.reason:
                    assert refusal(s.port, client, sni=sni, **options), k
                else:
                    with Client(s.port, client, sni=sni, **options) as c:
                        status = c.get("/", host=sni).status
                    assert status == (403 if k.reason else 200), k
                if k.reason:
                    refused += 1
                    r = s.wait_for("handshake-refused", refused)
                    assert (r["err"], r["depth"], r.get("sni")) == (
                        k.reason, k.depth, sni), (k, r)
        conf = tmp_path / str(k.number)
        conf.mkdir()
        answer = explained(write_config(conf, config(make_site(k, "alert"))),
                           client, "--at", f"@{k.now}")
        assert (None if answer["pass"] else answer["reason"]) == k.reason, k
        if k.reason:
            assert any(f"at depth {k.depth}" in x["text"]
                       for x in answer["steps"]), k
    assert len(s.records("handshake-refused")) == refused >= 4 * 80
