"""`sallyport explain`: the same verdict as a handshake and a request, in words."""

import datetime
import json
import re
import subprocess
import time

import pytest
from cryptography import x509

import certs
from client import NAME, refusal
from conftest import config
from sallyport import CEILING, PROGRAM, REPORT, environment, write_config

ROUTES = [
    {"path": "/web", "allow": [{"dns": "no.corp"}, {"dns": "web.corp.example"}],
     "deny": [{"dns": "batch.corp.example"}], "respond": "whoami"},
    {"path": "/wild", "allow": [{"dns": "x.svc.corp.example"}], "respond": {}},
    {"path": "/get", "methods": ["GET"], "allow": "any", "respond": {}},
]


def explain(*arguments, stdin=None):
    """Exit status, stdout, stderr."""
    done = subprocess.run(
        [PROGRAM, "explain", *map(str, arguments)],
        capture_output=True, text=True, timeout=CEILING, input=stdin,
        env=environment(),
    )
    assert not REPORT.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


def as_json(*arguments):
    code, out, err = explain(*arguments, "--json")
    answer = json.loads(out)
    assert answer["pass"] == (code == 0), err
    return answer


@pytest.fixture
def conf(site, tmp_path):
    return write_config(tmp_path, config(site(ROUTES)))


def test_who_passes(conf, pki):
    code, out, _ = explain("-c", conf, "--cert", pki.web, "--path", "/web")
    assert code == 0
    assert re.search(r"^site +api\.corp\.example, line \d+$", out, re.M)
    assert "subject CN=web.corp.example,O=Corp" in out
    assert re.search(r"^anchor +subject CN=Corp Root CA,O=Corp$", out, re.M)
    assert re.search(r"^crl +\+ of CN=Corp .*, \d+ seconds old; ", out, re.M)
    assert "dns:no.corp: dns: the certificate has another" in out
    assert "dns:web.corp.example: matches by web.corp.example" in out
    assert "to do" not in out


@pytest.mark.parametrize("who, arguments, reason, advice", [
    ("web", ["--path", "/web"], None, None),
    ("batch", ["--path", "/web"], "denied", "deny"),
    ("former", ["--path", "/web"], "cert-revoked", "new certificate"),
    ("web", ["--path", "/wild"], "no-rule", "allow"),
    ("web", ["--path", "/nowhere"], "not-found", "route"),
    ("web", ["--path", "/web/../get"], "http-path", "path"),
    ("web", ["--path", "/get", "--method", "POST"], "method-refused",
     "methods"),
    ("web", ["--host", "other.example"], "tls-no-site", "name"),
    ("web", ["--host", "a_:b"], "http-host", "host"),
    ("web", ["--at", "2020-01-01T00:00:00Z"], "cert-not-yet-valid",
     "clock"),
    ("api", [], "cert-purpose", "clientAuth"),
])
def test_reasons_and_advice(conf, pki, who, arguments, reason, advice):
    # the same moment for both
    arguments = ["--at", f"@{int(time.time())}", *arguments]
    answer = as_json("-c", conf, "--cert", getattr(pki, who), *arguments)
    assert answer["reason"] == reason
    if advice:
        assert advice in answer["advice"]
        assert [s["outcome"] for s in answer["steps"]].count("fail") == 1
    code, out, _ = explain("-c", conf, "--cert", getattr(pki, who), *arguments)
    last = out.rstrip().splitlines()[-1]
    assert (code, last.startswith("to do ")) == (1 if reason else 0,
                                                 bool(advice))
    for step in answer["steps"]:
        assert step["text"] in out


def test_rule_and_identity(conf, pki):
    answer = as_json("-c", conf, "--cert", pki.web, "--path", "/web")
    assert answer["rule"] == "dns:web.corp.example"
    assert answer["identity"] == "web.corp.example"
    assert (answer["site"], answer["route"]) == (NAME, "/web")


def test_without_path_it_tells_of_every_route(conf, pki):
    answer = as_json("-c", conf, "--cert", pki.batch)
    assert answer["pass"]
    told = [(s["outcome"], s["text"]) for s in answer["steps"]
            if s["part"] == "routes"]
    assert [o for o, _ in told] == ["miss", "miss", "pass"]
    assert "denied dns:batch.corp.example" in told[0][1]


def kinds(pki, elsewhere, directory):
    """Clients of many kinds, good and bad."""
    delta = datetime.timedelta
    leaf = pki.issuer.leaf
    yield "good", leaf(directory / "good.pem", sans=[certs.dns("a.b")])
    yield "expired", leaf(directory / "e.pem", end=delta(minutes=-1))
    yield "early", leaf(directory / "n.pem", start=delta(hours=1))
    yield "no-eku", leaf(directory / "k.pem", eku=())
    yield "server", leaf(directory / "s.pem", eku=(certs.SERVER,))
    yield "stranger", elsewhere.web
    yield "revoked", pki.former
    yield "many", leaf(directory / "m.pem", sans=[
        certs.dns(f"a{i}.b") for i in range(101)])
    yield "self", pki.issuer.self_signed(directory / "self.pem", "web")
    yield "critical", leaf(directory / "c.pem", more=[
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"),
         True)])
    yield "hostile", leaf(directory / "h.pem", more=[
        (certs.raw_san(b"\x82", b"a\0b\x1b[31m\n"), False)])
    yield "bare", leaf(directory / "b.pem", None)


def test_explain_and_handshake_agree(serve, site, web, pki, elsewhere,
                                     tmp_path):
    routes = [{"path": "/", "allow": "any", "respond": {}}]
    s = serve(config(site(routes)))
    seen = set()
    refused = 0
    for kind, path in kinds(pki, elsewhere, tmp_path):
        answer = as_json("-c", s.path, "--cert", path, "--path", "/")
        code, out, _ = explain("-c", s.path, "--cert", path, "--path", "/")
        # nothing of the certificate reaches a terminal as it is
        assert all(0x20 <= ord(c) < 0x7f or c == "\n" for c in out), kind
        if answer["pass"]:
            assert web(s, path).get("/").status == 200, kind
        else:
            assert refusal(s.port, path), kind
            refused += 1
            record = s.wait_for("handshake-refused", refused)
            assert record["err"] == answer["reason"], kind
            seen.add(record["err"])
    assert len(seen) >= 7, seen


def test_ignored_names_say_why(conf, pki, tmp_path):
    path = pki.issuer.leaf(tmp_path / "x.pem", more=[
        (certs.raw_san(b"\x82", b"web.corp.example\0.evil"), False)])
    code, out, _ = explain("-c", conf, "--cert", path, "--path", "/web")
    assert code == 1
    assert "web.corp.example\\x00.evil: ignored, an octet that is no" in out


def test_wildcards_say_why(conf, pki, tmp_path):
    path = pki.issuer.leaf(tmp_path / "w.pem",
                           sans=[certs.dns("*.svc.corp.example")])
    answer = as_json("-c", conf, "--cert", path, "--path", "/wild")
    assert answer["reason"] == "wildcard-presented"
    assert any("wildcards are refused" in s["text"] for s in answer["steps"])


@pytest.mark.parametrize("arguments", [
    [], ["-c", "x"], ["--cert", "x"], ["-c", "x", "--cert", "y", "z"],
    ["-c", "x", "--cert", "y", "--at", "yesterday"],
    ["-c", "x", "--cert", "y", "--path", "/a b"],
    ["-c", "x", "--cert", "y", "--path", "/\r\nX: y"],
    ["--cert", "y", "--log", "z"], ["-c", "x", "--ref", "1", "y"],
    ["--what"],
])
def test_usage(arguments):
    code, out, err = explain(*arguments)
    assert code == 2 and "usage:" in err and out == ""


@pytest.mark.parametrize("content", [
    "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_no_certificate(conf, tmp_path, content):
    path = tmp_path / "x.pem"
    path.write_text(content)
    code, out, _ = explain("-c", conf, "--cert", path)
    assert code == 1 and re.search(r"^certificate +! ", out, re.M)


def test_a_configuration_with_mistakes(tmp_path, pki):
    path = write_config(tmp_path, "listeners: []\n")
    code, out, err = explain("-c", path, "--cert", pki.web)
    assert (code, out) == (1, "") and "sallyport.yaml:1:" in err


@pytest.mark.parametrize("format", ["json", "text"])
def test_from_the_log(serve, site, web, pki, format):
    s = serve(config(site(ROUTES), log={"format": format}))
    answer = web(s, pki.batch).get("/web")
    assert answer.status == 403
    ref = s.wait_for("request")["ref"]
    assert refusal(s.port, pki.former)
    s.wait_for("handshake-refused")
    # as journalctl(1) shows it, with something in front
    log = "\n".join("Nov 21 host sallyport[7]: " + x for x in s.lines)
    code, out, _ = explain("--log", "-", "--ref", ref, stdin=log)
    assert code == 0
    assert "reason       denied: " in out and "to do        take the" in out
    assert re.search(r"^rule +dns:batch\.corp\.example$", out, re.M)
    code, out, _ = explain("--from-log", "-", "--json", stdin=log)
    found = json.loads(out)
    assert [f["reason"] for f in found] == ["denied", "cert-revoked"]
    assert found[1]["record"]["serial"] == certs.serial_of(pki.former)
    assert found[1]["advice"]
    ref = s.records("handshake-refused")[0]["ref"]
    code, out, _ = explain("--log", "-", "--ref", ref, stdin=log)
    assert code == 0 and "reason       cert-revoked: " in out
    for field in "subject", "issuer", "serial", "sha256", "sans", "depth":
        assert re.search(rf"^{field} +\S", out, re.M), field
    code, out, err = explain("--log", "-", "--ref", "0", stdin=log)
    assert (code, out) == (1, "") and "no line with this reference" in err


def journal(s):
    return "\n".join("Nov 21 host sallyport[7]: " + x for x in s.lines)


@pytest.mark.parametrize("format", ["json", "text"])
def test_a_reference_alone_is_looked_for_in_what_comes(serve, site, web, pki,
                                                       format):
    """The refusal comes before the requests that name its connection."""
    s = serve(config(site(ROUTES, on_refusal="http"), log={"format": format}))
    c = web(s, pki.former)
    for _ in range(15):
        ref = json.loads(c.get("/web").body)["reference"]
    s.wait_for("request", 15)
    code, out, _ = explain("--ref", ref, stdin=journal(s))
    assert code == 0
    found = out.split("\n\n")
    assert re.search(r"^evt +handshake-refused$", found[0], re.M)
    assert len([f for f in found if f.strip()]) == 10
    assert out.count("cert-revoked: a certificate is revoked") == 10
    code, out, _ = explain("--from-log", "-", stdin=journal(s))
    assert code == 0 and "handshake-refused" not in out


@pytest.mark.parametrize("format", ["json", "text"])
def test_the_log_and_the_configuration(serve, site, web, pki, elsewhere,
                                       tmp_path, format):
    s = serve(config(site(ROUTES), log={"format": format}))
    assert refusal(s.port, pki.former) and refusal(s.port, elsewhere.web)
    s.wait_for("handshake-refused", 2)
    assert web(s, pki.batch).get("/web?x=y").status == 403
    s.wait_for("request")
    log = tmp_path / "log"
    log.write_text(journal(s))

    def again(record, *more):
        code, out, _ = explain("-c", s.path, "--log", log, "--ref",
                               record["ref"], *more)
        return code, out

    former, foreign = s.records("handshake-refused")
    code, out = again(former)
    assert code == 1
    assert "that of the issuer lists the serial number " + former["serial"] in out
    assert "+ a CA with the name of the issuer is in clients.ca" in out
    assert out.rstrip().endswith("> " + "ask the CA for a new certificate, "
                                 "if the client is to come in")
    code, out = again(foreign)
    assert code == 1
    assert "- no CA with the name of the issuer is in clients.ca" in out
    assert "lists the serial" not in out
    # the certificate itself
    code, out = again(former, "--cert", pki.former)
    assert code == 1 and "! cert-revoked: " in out
    code, out = again(former, "--cert", pki.web)
    assert code == 1 and "! it is not the one in the log, " in out
    # a request, at its own time, with its own path
    record = s.records("request")[0]
    code, out = again(record, "--cert", pki.batch)
    assert code == 1 and re.search(r"> .* deny", out), out
    assert re.search(rf"^time +{record['time'][:19]}.000Z$", out, re.M)
    code, out = again(record, "--cert", pki.batch, "--path", "/get")
    assert code == 0
    code, out = again(record, "--cert", pki.batch, "--path", "/get",
                      "--host", "other.example")
    assert code == 1 and "tls-no-site" in out
    answer = json.loads(again(record, "--json", "--cert", pki.batch)[1])
    assert answer["record"]["ref"] == record["ref"]
    assert answer["reason"] == "denied" and answer["steps"]
    # of many, the last
    code, out, _ = explain("-c", s.path, "--from-log", log)
    assert code == 1 and record["ref"] in out


@pytest.mark.parametrize("format", ["json", "text"])
def test_names_in_the_log_are_read_as_they_were(serve, site, tmp_path, format):
    """Quoted once in a name, and once more for the log: both are undone."""
    foreign = certs.Issuer.root('a"\\ü\n, O=Corp')
    ca = certs.write(tmp_path / "hostile-ca.pem", None, foreign.certificate)
    who = foreign.leaf(tmp_path / "c.pem", common_name='x"}\\',
                       end=datetime.timedelta(minutes=-1))
    s = serve(config(site(ROUTES, ca=ca, crl=False), log={"format": format}))
    assert refusal(s.port, who) == "certificate expired"
    record = s.wait_for("handshake-refused")
    code, out, _ = explain("-c", s.path, "--log", "-", "--ref", record["ref"],
                           stdin=journal(s))
    assert "+ a CA with the name of the issuer is in clients.ca" in out
    code, out, _ = explain("--log", "-", "--json", stdin=journal(s))
    told = json.loads(out)[0]["record"]
    assert told["issuer"] == record["issuer"]
    assert told["subject"] == record["subject"]


def test_a_refused_certificate_s_answer(site, pki, tmp_path):
    for how, says in ("alert", "a TLS alert"), ("http", "403, whatever"):
        conf = write_config(tmp_path, config(site(ROUTES, on_refusal=how)))
        answer = as_json("-c", conf, "--cert", pki.former, "--path", "/web")
        assert answer["reason"] == "cert-revoked"
        assert answer["steps"][-1]["part"] == "answer"
        assert answer["steps"][-1]["text"].startswith(says)
