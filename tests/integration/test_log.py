"""What the log says: in both formats, whatever octets others bring."""

import ipaddress
import json
import os
import re
import subprocess

import pytest
from cryptography import x509

import certs
from client import NAME, Client, refusal
from conftest import HERE, config
from sallyport import (CEILING, PROGRAM, environment, parse_line,
                       write_config)

both_formats = pytest.mark.parametrize("format", ["json", "text"])

HOSTILE = [
    '/"', "/'", "/\\", '/a" err="x', "/{}[],:", "/<script>", "/%22%0a",
    "/a=b", "/ä", "/\x7f", "/\x01\x02", "/\x1b[31m", "/\xff\xfe", "/\x00",
    "/a\tb", "/" + "a" * 5000, "/" + '"' * 3000, '/"}\n{"evt":"forged"}',
]


def whole(s):
    """Every line is a record, in ASCII without control characters."""
    for line in s.lines:
        assert line.isascii() and line.isprintable(), repr(line)
        record = parse_line(line)
        assert record is not None, line
        assert record["evt"] and record["level"] and record["time"]
        assert record["proc"].startswith(("supervisor", "worker-"))
        yield record


@both_formats
def test_SR_13_hostile_octets_in_a_request(serve, site, pki, format):
    s = serve(config(site([HERE]), log={"format": format}))
    for n, path in enumerate(HOSTILE):
        with Client(s.port, pki.web) as c:
            c.push(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n"
                   "X-A: \x01\xff\r\n\r\n")
            c.read_response()
        s.wait_for("request", n + 1)
    for host in '"', "a b", "\xe4.example", "\x1b[0m", "a" * 3000, "a\x00b":
        with Client(s.port, pki.web) as c:
            c.push(f"GET /last HTTP/1.1\r\nHost: {host}\r\n\r\n")
            c.read_response()
    s.wait_for("request", len(HOSTILE) + 6)
    records = list(whole(s))
    assert not [r for r in records if r["evt"] == "forged"]
    # what is no control is there as it came
    paths = [r.get("path") for r in records if r["evt"] == "request"]
    assert paths[:2] == ['/"', "/'"]
    assert paths[3] is None or paths[3].startswith('/a"')
    assert '/"' in paths and "/\\" in paths


@both_formats
def test_SR_13_hostile_octets_in_a_handshake(serve, site, pki, format,
                                             tmp_path):
    s = serve(config(site([HERE]), log={"format": format}))
    hostile = '\n{"evt":"forged"}\r\n\x00\x1b[31m" err=x\u00fc\\'
    foreign = certs.Issuer.root("a\nb")
    who = foreign.leaf(
        tmp_path / "c.pem", common_name='CN="x\n"\u00fc',
        more=[(certs.raw_san(b"\x82", hostile.encode()), False)])
    assert refusal(s.port, who) == "unknown ca"
    r = s.wait_for("handshake-refused")
    records = list(whole(s))
    assert not [r for r in records if r["evt"] == "forged"]
    assert "forged" in r["sans"] and r["sans"].startswith("dns:")
    assert r["openssl"].startswith("self-signed certificate in")


@both_formats
def test_tries_that_came_to_nothing_are_told(backend, proxy, web, tmp_path,
                                             format):
    b = backend()
    s = proxy(f"unix:{tmp_path}/one", f"unix:{tmp_path}/two", b,
              log={"format": format})
    assert web(s).get().status == 200
    r = s.wait_for("request")
    assert (str(r["retries"]), r["server"]) == ("2", b.server)
    nobody = proxy(f"unix:{tmp_path}/one", f"unix:{tmp_path}/two",
                   log={"format": format})
    assert web(nobody).get().status == 503
    assert str(nobody.wait_for("request")["retries"]) == "1"


@both_formats
def test_a_refused_handshake_says_why_and_who(serve, site, pki, format):
    s = serve(config(site([HERE]), log={"format": format}))
    assert refusal(s.port, pki.former) == "certificate revoked"
    r = s.wait_for("handshake-refused")
    assert r["level"] == "notice"
    assert r["err"] == "cert-revoked"
    assert r["subject"] == "CN=former.corp.example,O=Corp"
    assert r["issuer"] == "CN=Corp Issuing CA,O=Corp"
    assert r["serial"] == certs.serial_of(pki.former)
    assert r["sha256"] == certs.fingerprint(pki.former)
    assert r["sans"] == "dns:former.corp.example"
    assert r["sni"] == r["site"] == NAME
    assert r["client"] == "127.0.0.1" and int(r["port"]) > 0
    # the list is read by our own code
    assert "openssl" not in r
    assert r["tls"] == "TLSv1.3" and r["cipher"].startswith("TLS_")
    assert str(r["depth"]) == "0"
    assert r["culprit"] == r["subject"]
    assert re.fullmatch("[0-9a-f]{16}", r["ref"]) and r["ref"] == r["conn"]
    list(whole(s))


def test_all_kinds_of_names_are_told(serve, site, pki, tmp_path):
    s = serve(config(site([HERE])))
    who = certs.Issuer.root("x").leaf(tmp_path / "c.pem", sans=[
        certs.dns("a.example"), x509.UniformResourceIdentifier(certs.URI),
        x509.RFC822Name("a@b.example"),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        certs.srv("_http.a.example"),
    ])
    refusal(s.port, who)
    assert s.wait_for("handshake-refused")["sans"].split(",") == [
        "dns:a.example", f"uri:{certs.URI}", "email:a@b.example",
        "ip:10.0.0.1", "srv:_http.a.example"]


@both_formats
def test_a_request_says_what_became_of_it(backend, proxy, web, pki, format):
    b = backend()
    s = proxy(b, log={"format": format})
    c = web(s)
    c.request("POST", "/a/b?secret=1", body=b"12345")
    r = s.wait_for("request")
    expected = {
        "level": "info", "status": 200, "method": "POST", "host": NAME,
        "path": "/a/b", "route": "/", "site": NAME, "tls": "TLSv1.3",
        "rule": "any", "backend": "b", "server": b.server, "bytes_in": 5,
        "bytes_out": 3, "client": "127.0.0.1",
        "port": c.sock.getsockname()[1],
        "serial": certs.serial_of(pki.web),
        "sha256": certs.fingerprint(pki.web),
    }
    assert {k: str(r.get(k)) for k in expected} == {
        k: str(v) for k, v in expected.items()}
    for key in "ms", "connect_ms", "first_ms":
        assert 0 <= float(r[key]) < CEILING * 1000
    assert "err" not in r
    list(whole(s))


def test_the_connection_s_id_binds_lines_together(serve, site, web):
    s = serve(config(site([HERE]), log={"format": "json", "level": "debug"}))
    c = web(s)
    c.get("/1")
    c.get("/2")
    one, two = s.wait_for("request", 1), s.wait_for("request", 2)
    assert one["conn"] == two["conn"] and one["ref"] != two["ref"]
    assert s.wait_for("handshake", conn=one["conn"])["cipher"]


@both_formats
def test_no_secret_is_logged(backend, proxy, web, format):
    s = proxy(backend(), log={"format": format, "level": "debug"})
    c = web(s)
    c.request("POST", "/a?token=S3cret",
              [("Authorization", "Bearer S3cret"), ("Cookie", "a=S3cret"),
               ("X-Api-Key", "S3cret")], body=b"S3cret")
    c.send(f"GET /a?S3cret HTTP/1.1\r\nHost: {NAME}\r\n"
           "Cookie: S3cret\0\r\n\r\n")
    assert c.read_response().status == 400
    s.wait_for("request", 2)
    assert "S3cret" not in s.log()
    assert "PRIVATE KEY" not in s.log()


def test_levels(serve, site, pki, web):
    for level, evts in (
        ("notice", {"handshake-refused"}),
        ("info", {"handshake-refused", "request"}),
        ("debug", {"handshake-refused", "request", "handshake"}),
    ):
        s = serve(config(site([HERE]),
                         log={"format": "json", "level": level}))
        assert web(s).get().status == 200
        refusal(s.port, pki.former)
        web.close()
        s.stop()
        got = {r["evt"] for r in s.records()} & {
            "handshake-refused", "request", "handshake"}
        assert got == evts


def test_access_can_be_left_out(serve, site, web, pki):
    s = serve(config(site([HERE]), log={"format": "json", "access": False}))
    assert web(s).get().status == 200
    refusal(s.port, pki.former)
    s.wait_for("handshake-refused")
    web.close()
    s.stop()
    assert not s.records("request")


def test_a_log_that_nobody_reads_stops_nothing(tmp_path, site, pki):
    """A full pipe: lines are lost, requests are not."""
    port = 0
    path = write_config(tmp_path, config(site([HERE]),
                                         log={"format": "text"}))
    out, into = os.pipe()
    p = subprocess.Popen([PROGRAM, "run", "-c", path], stderr=into,
                         env=environment(), start_new_session=True)
    os.close(into)
    try:
        with os.fdopen(out, "rb") as log:
            for line in log:
                record = parse_line(line.decode().strip())
                if record["evt"] == "listening":
                    port = int(record["address"].rpartition(":")[2])
                if record["evt"] == "ready":
                    break
            with Client(port, pki.web) as c:
                for _ in range(1000):
                    assert c.get("/" + "x" * 1000).status == 200
            p.terminate()
            log.read()
        assert p.wait(CEILING) == 0
    finally:
        p.kill()
        p.wait()


@pytest.mark.parametrize("is_good", [True, False])
def test_the_journal_gets_priorities(tmp_path, site, is_good):
    """JOURNAL_STREAM names what stderr is: lines begin with <n>."""
    path = write_config(tmp_path, config(site([HERE]),
                                         log={"format": "text"}))
    if not is_good:
        path.write_text("nonsense: yes\n")
    out, into = os.pipe()
    st = os.fstat(into)
    env = {**environment(), "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"}
    p = subprocess.Popen([PROGRAM, "run", "-c", path], stderr=into, env=env)
    os.close(into)
    with os.fdopen(out, "rb") as log:
        lines = []
        for line in log:
            lines.append(line.decode())
            if b"evt=ready" in line:
                p.terminate()
    assert p.wait(CEILING) == (0 if is_good else 1)
    for line in lines:
        assert line[0] == "<" and line[1] in "34567" and line[2] == ">"
        # the journal has the time already
        assert "time=" not in line
    assert lines[0].startswith("<5>" if is_good else "<3>")


def test_json_is_json(serve, site, web):
    """Not only for our own parser."""
    s = serve(config(site([HERE])))
    web(s).get()
    s.wait_for("request")
    r = json.loads(next(line for line in s.lines if '"request"' in line))
    assert r["status"] == 200 and isinstance(r["ms"], float)
