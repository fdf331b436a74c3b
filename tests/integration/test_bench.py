"""make bench: that it measures what it says, and believes no wrong answer."""

import contextlib
import http.client
import json
import pathlib
import re
import subprocess

import pytest

from client import NAME
from conftest import config
from sallyport import CEILING, PROGRAM, ROOT

PROGRAMS = pathlib.Path(PROGRAM).resolve().parent / "bench"


def test_a_short_run_has_a_result_for_each_case(tmp_path):
    out = tmp_path / "out.json"
    cases = ["handshake13", "resumed13", "resumed12", "small-rate", "upload"]
    done = subprocess.run(
        [ROOT / "scripts" / "bench", "--programs", PROGRAMS, "--json", out,
         "--peer", "sallyport", "--rounds", "1", "--seconds", "0.1",
         *(f"--case={c}" for c in cases)],
        capture_output=True, text=True, timeout=10 * CEILING, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    got = json.loads(out.read_text())["cases"]
    assert list(got) == cases
    for rows in got.values():
        assert rows["sallyport"]["cost"] > 0
        assert rows["sallyport"]["p50"] <= rows["sallyport"]["p99.9"]


@pytest.fixture
def bench_backend():
    with subprocess.Popen([PROGRAMS / "backend"], stdout=subprocess.PIPE,
                          text=True) as p:
        yield int(p.stdout.readline())
        p.kill()


ASKED = [
    ([("X-Client-Subject", "CN=one,O=Bench")], 200),
    ([], 500),
    ([("X-Client-Subject", "CN=two,O=Bench")], 500),
    ([("X-Client-Subject", "CN=one"), ("X-Client-Subject", "CN=one")], 500),
]


@pytest.mark.parametrize("fields, status", ASKED)
def test_the_backend_wants_the_client_s_identity_once(bench_backend, fields,
                                                      status):
    c = http.client.HTTPConnection("127.0.0.1", bench_backend,
                                   CEILING)
    with contextlib.closing(c):
        c.putrequest("GET", "/70000/one")
        for name, value in fields:
            c.putheader(name, value)
        c.endheaders()
        r = c.getresponse()
        body = r.read()
    assert r.status == status
    assert len(body) == (70000 if status == 200 else 0)
    # the pattern begins anew after 65521 octets
    assert body[65521:] == body[:70000 - 65521][:len(body[65521:])]


def test_the_backend_wants_uploads_as_they_were_sent(bench_backend):
    c = http.client.HTTPConnection("127.0.0.1", bench_backend,
                                   CEILING)
    with contextlib.closing(c):
        c.request("GET", "/300000/-")
        pattern = c.getresponse().read()
        for content, status in ((pattern, 200), (pattern[1:], 500)):
            c.request("POST", "/5/-", content)
            r = c.getresponse()
            assert (r.status, r.read()) == (status, pattern[:5]
                                            if status == 200 else b"")


WRONG = [
    ({"body": "short"}, "wrong length"),
    ({"body": "x" * 128}, "wrong content at 0"),
    ({"body": "x" * 128, "status": 500}, "wrong answer: HTTP/1.1 500"),
]


@pytest.mark.parametrize("answer, said", WRONG)
def test_the_load_generator_ends_at_a_wrong_answer(serve, site, pki, tmp_path,
                                                   answer, said):
    s = serve(config(site([{"path": "/", "allow": "any", "respond": answer}])))
    leaf, issuing = re.findall(r"-----BEGIN.*?END [^\n]*\n",
                               pki.web.read_text(), re.S)
    (tmp_path / "leaf.pem").write_text(leaf)
    (tmp_path / "chain.pem").write_text(issuing)
    done = subprocess.run(
        [PROGRAMS / "load", "--port", str(s.port), "--name", NAME,
         "--cert", tmp_path / "leaf.pem", "--chain", tmp_path / "chain.pem",
         "--key", pki.web.with_suffix(".key"), "--ca", pki.ca.ca,
         "--mode", "kept", "--connections", "2", "--warmup", "0.1"],
        input="go\n", capture_output=True, text=True, timeout=CEILING,
        check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "warm" not in done.stdout
