"""sallyport check: what would be served, or every mistake with its place."""

import datetime
import re
import subprocess
from datetime import timedelta

import pytest

import certs
from conftest import config
from sallyport import CEILING, PROGRAM, as_we_are, check, write_config

WHOAMI = [{"path": "/", "allow": "any", "respond": "whoami"}]


@pytest.fixture(scope="session")
def files(tmp_path_factory, pki, elsewhere):
    """A folder with good files, and with bad ones of every kind."""
    d = tmp_path_factory.mktemp("files")
    for name, source in (
        ("api.pem", pki.api),
        ("api.key", pki.api.with_suffix(".key")),
        ("other.key", pki.other.with_suffix(".key")),
        ("ca.pem", pki.ca.ca),
        ("ca.crl", pki.ca.crl),
        ("foreign.crl", elsewhere.ca.crl),
    ):
        (d / name).write_bytes(source.read_bytes())
        (d / name).chmod(0o600)
    (d / "leaf.pem").write_bytes(
        pki.web.read_bytes().partition(b"-----END CERT")[0]
        + b"-----END CERTIFICATE-----\n"
    )
    (d / "empty.pem").touch()
    (d / "text.pem").write_text("this is no PEM\n")
    (d / "cut.pem").write_bytes(pki.ca.ca.read_bytes()[:-40])
    (d / "folder.pem").mkdir()
    server = {"eku": [certs.SERVER], "sans": [certs.dns("api.corp.example")]}
    pki.issuer.leaf(d / "expired.pem", "api.corp.example",
                    start=timedelta(days=-9), end=timedelta(days=-2),
                    **server)
    pki.issuer.leaf(d / "future.pem", "api.corp.example",
                    start=timedelta(days=2), **server)
    pki.issuer.leaf(d / "soon.pem", "api.corp.example",
                    end=timedelta(days=12, hours=1), **server)
    pki.issuer.leaf(d / "client.pem", "api.corp.example",
                    sans=server["sans"])
    return d


def marked(text):
    """The text without its marks, and the mistakes that they tell of.

    A "^" stands before the place of each mistake in its line, "#!" before what
    is said of it, in the order of the places, with " | " between.
    """
    lines, mistakes = [], []
    for number, line in enumerate(text.splitlines(), 1):
        line, _, said = line.partition("#!")
        columns = []
        while (at := line.find("^")) >= 0:
            line = line[:at] + line[at + 1:]
            columns.append(at + 1)
        told = [s.strip() for s in said.split(" | ")] if said else []
        assert len(told) == len(columns), line
        mistakes += [(number, c, s) for c, s in zip(columns, told)]
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n", mistakes


def assert_finds(path, mistakes):
    """Each mistake is told, at its place, and no other."""
    status, out, err = check(path)
    assert status == 1, out + err
    assert out == ""
    found = re.findall(
        rf"^{re.escape(str(path))}:(\d+):(\d+): (.*?)( \(warning\))?$",
        err, re.M,
    )
    errors = [(int(a), int(b), c) for a, b, c, w in found if not w]
    for line, column, said in mistakes:
        fits = [e for e in errors if e[:2] == (line, column) and said in e[2]]
        assert fits, f"{line}:{column}: {said}\nis not in:\n{err}"
        errors = [e for e in errors if e not in fits]
    assert not errors, f"more than expected: {errors}"
    assert re.search(r"\d+ errors?$", err.splitlines()[-1])


GOOD = """\
workers: 2
listeners:
  - address: "127.0.0.1:0"
sites:
  - names: [api.corp.example]
    certificates:
      - {chain: api.pem, key: api.key}
    clients: {ca: ca.pem, crl: [ca.crl]}
    routes:
      - path: /
        allow: any
        backend: b
backends:
  b:
    servers: ["http://127.0.0.1:8080"]
"""


def written(files, tmp_path, text):
    """The text as a configuration among links to the files."""
    for f in files.iterdir():
        (tmp_path / f.name).symlink_to(f)
    return write_config(tmp_path, text)


def test_the_reference_configuration_is_good(tmp_path, pki):
    """The contract: conf/sallyport.yaml, with what scripts/pki makes."""
    from sallyport import ROOT

    text = (ROOT / "conf" / "sallyport.yaml").read_text()
    (tmp_path / "tls").mkdir()
    for name, source in (
        ("api.pem", pki.api),
        ("api.key", pki.api.with_suffix(".key")),
        ("clients-ca.pem", pki.ca.ca),
        ("clients.crl", pki.ca.crl),
    ):
        (tmp_path / "tls" / name).write_bytes(source.read_bytes())
        (tmp_path / "tls" / name).chmod(0o600)
    status, out, err = check(write_config(tmp_path, text))
    assert (status, err) == (0, "")
    for said in (
        "[::]:8443", "api.corp.example", "*.svc.corp.example",
        "/v1/orders", "GET, POST", "dns:web.corp.example",
        "uri:spiffe://corp.example/ns/prod/sa/web", "whoami", "orders",
        "http://127.0.0.1:8080", "unix:/run/orders.sock",
    ):
        assert said in out


def test_tells_what_would_be_served(tmp_path, files):
    status, out, err = check(written(files, tmp_path, GOOD))
    assert (status, err) == (0, "")
    left = certs.not_after(files / "api.pem") - certs.now()
    days = left // datetime.timedelta(days=1)
    assert re.search(rf"certificate .*/api\.pem, {days} days left", out)
    for said in ("listener 127.0.0.1:0", "site api.corp.example", "route /",
                 "allow any", "backend b", "server http://127.0.0.1:8080"):
        assert said in out


def test_relative_paths_are_relative_to_the_file(tmp_path, files):
    path = written(files, tmp_path, GOOD)
    done = subprocess.run([PROGRAM, "check", "-c", path.name], cwd=tmp_path)
    assert done.returncode == 0
    done = subprocess.run([PROGRAM, "check", "-c", path], cwd="/")
    assert done.returncode == 0


def test_the_dump_loads_as_the_same_again(tmp_path, files):
    path = written(files, tmp_path, GOOD)
    status, first, err = check(path, "-T")
    assert (status, err) == (0, "")
    again = tmp_path / "again.yaml"
    again.write_text(first)
    assert check(again, "-T") == (0, first, "")


@pytest.mark.parametrize(
    "text",
    [
        # unknown keys
        '^worker: 2 #! did you mean "workers"?',
        "^frobnicate: 2 #! unknown key",
        "tls: {^cipher: x} #! did you mean \"ciphers\"?",
        # wrong types
        "workers: ^[2] #! found a list",
        "workers: ^two #! found \"two\"",
        "workers: ^{a: 1} #! found a mapping",
        "log: ^loud #! a mapping with",
        "log: {access: ^maybe} #! found \"maybe\"",
        "log: {format: ^xml} #! found \"xml\"",
        "timeouts: {drain: ^30} #! found \"30\"",
        "timeouts: {drain: ^soon} #! found \"soon\"",
        "limits: {request: {head: ^16 Kilo}} #! found \"16 Kilo\"",
        # out of range
        "workers: ^0 #! 1",
        "workers: ^-1 #! found \"-1\"",
        "workers: ^1025 #! 1024",
        "workers: ^99999999999999999999 #! 1024",
        "timeouts: {keep_alive: ^1ms} #! 100ms",
        "limits: {request: {head: ^3MiB}} #! 1MiB",
        # twice
        "workers: 1\n^workers: 2 #! twice",
        "log: {level: info, ^level: info} #! twice",
        # not for an alias's sake, nor a boolean's
        "log: {access: ^nope} #! found \"nope\"",
    ],
)
def test_a_mistake_in_a_value(tmp_path, files, text):
    text, mistakes = marked(text)
    good = GOOD.replace("workers: 2\n", "")
    assert_finds(written(files, tmp_path, text + good), mistakes)


SITE = """\
listeners:
  - address: "127.0.0.1:0"
sites:
  - names: [api.corp.example]
    certificates:
      - {chain: CHAIN, key: KEY}
    clients: {ca: CA, crl: CRL}
    routes:
      - path: /
        allow: any
        respond: whoami
"""
FILES = {"CHAIN": "api.pem", "KEY": "api.key", "CA": "ca.pem", "CRL": "ca.crl"}


def site_with(**files):
    text = SITE
    for k, v in {**FILES, **files}.items():
        text = text.replace(k, v)
    return text


@pytest.mark.parametrize(
    "old, new",
    [
        ("listeners:\n  - address: \"127.0.0.1:0\"\n",
         "# the first key stands for all of it\n\n"),
        ("  - names: [api.corp.example]\n    certificates:",
         '  - ^certificates: #! needs the key "names"'),
        ("  - names: [api.corp.example]\n    certificates:\n"
         "      - {chain: api.pem, key: api.key}\n",
         "  - ^names: [api.corp.example] #! needs the key \"certificates\"\n"),
        ("{chain: api.pem, key: api.key}",
         '^{chain: api.pem} #! needs the key "key"'),
        ("{chain: api.pem, key: api.key}",
         '^{key: api.key} #! needs the key "chain"'),
        ("{ca: ca.pem, crl: ca.crl}",
         '^{crl: ca.crl} #! needs the key "ca"'),
        ("      - path: /\n        allow: any\n",
         "      - ^path: / #! write allow: any\n"),
        ("      - path: /\n        allow: any\n",
         '      - ^allow: any #! needs the key "path"\n'),
        ("      - path: /\n        allow: any\n        respond: whoami\n",
         "      - ^path: / #! needs backend or respond\n        allow: any\n"),
        ("- address: \"127.0.0.1:0\"", '- ^{} #! needs the key "address"'),
    ],
)
def test_a_missing_key(tmp_path, files, old, new):
    text = site_with()
    assert old in text
    text, mistakes = marked(text.replace(old, new))
    mistakes = mistakes or [(3, 1, 'needs the key "listeners"')]
    assert_finds(written(files, tmp_path, text), mistakes)


def tell(text, said):
    """Says it of the line with the mark."""
    return re.sub(r"^(.*\^.*)$", rf"\1 #! {said}", text, flags=re.M)


def run_to_its_end(path):
    path.write_text(as_we_are(path.read_text()))
    return subprocess.run([PROGRAM, "run", "-c", path], capture_output=True,
                          text=True, timeout=CEILING)


@pytest.mark.parametrize(
    "where, name, said",
    [
        ("CHAIN", "missing.pem", "cannot read"),
        ("CHAIN", "folder.pem", "cannot read"),
        ("CHAIN", "empty.pem", "holds no certificate"),
        ("CHAIN", "text.pem", "holds no certificate"),
        ("CHAIN", "client.pem", "not meant for servers"),
        ("KEY", "missing.key", "cannot read"),
        ("KEY", "other.key", "does not fit"),
        ("KEY", "api.pem", "no private key"),
        ("KEY", "text.pem", "no private key"),
        ("CA", "missing.pem", "cannot read"),
        ("CA", "folder.pem", "holds no files"),
        ("CA", "empty.pem", "holds no certificate"),
        ("CA", "text.pem", "holds no certificate"),
        ("CA", "cut.pem", "PEM is broken"),
        ("CA", "leaf.pem", ""),
        ("CRL", "missing.crl", "cannot read"),
        ("CRL", "empty.pem", "holds no CRL"),
        ("CRL", "text.pem", "holds no CRL"),
        ("CRL", "ca.pem", "expected only"),
        ("CRL", "foreign.crl", "none of the site's CAs"),
    ],
)
def test_SR_6_a_bad_file(tmp_path, files, where, name, said):
    """Missing, unreadable, empty, half, of another kind: never served."""
    names = {where: "^" + name}
    if name == "client.pem":
        names["KEY"] = name.replace(".pem", ".key")
    text = site_with(**names)
    text, mistakes = marked(tell(text, said))
    path = written(files, tmp_path, text)
    assert_finds(path, mistakes)
    assert name in check(path)[2]
    # what check refuses, run does not start with
    done = run_to_its_end(path)
    assert done.returncode == 1
    assert "sallyport.yaml:%u:%u: " % mistakes[0][:2] in done.stderr
    assert "listening" not in done.stderr


MANY = """\
^worker: 2 #! did you mean "workers"?
listeners:
  - address: ^"127.0.0.1:99999" #! an address and a port
  - ^adress: "[::1]:8443" #! did you mean "address"?
timeouts: {keep_alive: ^1ms, request_head: ^soon} #! 100ms | found "soon"
limits:
  connections: ^many #! found "many"
  request: {head: ^3MiB} #! 1MiB
log: {level: info, access: ^maybe, ^level: info} #! found "maybe" | twice
sites:
  - ^names: [a.example, ^"*.com"] #! needs the key "clients" | expected a DNS name
    certificates:
      - {chain: ^missing.pem, key: api.key} #! cannot read
    routes:
      - ^path: ^/a/../b #! a route needs allow | two programs could read it
        backend: ^orders #! did you mean "order"?
  - names: [api.corp.example, ^a.example] #! is in line 11 already
    certificates:
      - {chain: ^client.pem, key: client.key} #! not meant for servers
      - {chain: api.pem, key: ^other.key} #! does not fit
    clients: {ca: ^leaf.pem} #! CA
    routes:
      - path: /
        allow: any
        backend: order
      - path: ^/below #! no request reaches this route
        allow: [^any] #! as allow: any
        respond: whoami
backends:
  order:
    servers: [^"https://127.0.0.1", "http://127.0.0.1:8080"] #! not supported
"""


def test_all_mistakes_in_one_run(tmp_path, files):
    """Of the text, of the values, of the files, all at once."""
    text, mistakes = marked(MANY)
    assert_finds(written(files, tmp_path, text), mistakes)


def test_run_tells_all_mistakes_too(tmp_path, files):
    text, mistakes = marked(MANY)
    path = written(files, tmp_path, text)
    done = run_to_its_end(path)
    assert done.returncode == 1
    for line, column, _ in mistakes:
        assert f"sallyport.yaml:{line}:{column}: " in done.stderr


def test_warnings_do_not_fail(tmp_path, files):
    text = site_with(CHAIN="soon.pem", KEY="soon.key").replace(
        "[api.corp.example]", "[api.corp.example, a.example]")
    path = written(files, tmp_path, text)
    (tmp_path / "soon.key").unlink()
    (tmp_path / "soon.key").write_bytes((files / "soon.key").read_bytes())
    (tmp_path / "soon.key").chmod(0o644)
    status, out, err = check(path)
    assert status == 0, err
    assert "12 days left" in out
    for place, said in (
        ("6:17", "expires in 12 days"),
        ("6:32", "chmod 600"),
        ("6:17", 'does not cover the site\'s name "a.example"'),
    ):
        assert re.search(rf":{place}: .*{said}.* \(warning\)", err), err
    assert len(err.splitlines()) == 3


@pytest.mark.parametrize("name, said", [
    ("expired", "expired on"), ("future", "is not valid before")])
def test_a_server_s_certificate_out_of_date_is_no_reason_to_end(
        tmp_path, files, name, said):
    """Else neither another site nor a newer CRL came into force."""
    path = written(files, tmp_path, site_with(CHAIN=name + ".pem",
                                              KEY=name + ".key"))
    status, out, err = check(path)
    assert status == 0 and "days left" in out, err
    assert re.search(rf"{name}.pem: certificate 1 {said} .*: clients will "
                     r"refuse it \(warning\)", err), err


def test_sizes_and_durations_carry_units(tmp_path, files):
    path = written(files, tmp_path, GOOD + """\
limits: {response: {head: 96KiB, line: 1KiB}, request: {head: 1MiB}}
timeouts: {drain: 90s, keep_alive: 2m, backend_connect: 250ms}
""")
    status, out, err = check(path, "-T")
    assert (status, err) == (0, "")
    for said in ("head: 96KiB", "line: 1KiB", "head: 1MiB", "drain: 90s",
                 "keep_alive: 2m", "backend_connect: 250ms"):
        assert said in out


@pytest.mark.parametrize(
    "text, said",
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(
            f"{chr(99 + i)}: &{chr(99 + i)} "
            f"[{', '.join(['*' + chr(98 + i)] * 9)}]\n"
            for i in range(20)), "200000 values"),
        ("a: " + "[" * 100 + "]" * 100, "32 levels"),
        ("a: &a [*a]\n", "alias"),
        ("a: *nowhere\n", "alias"),
        ("<<: {workers: 1}\n", "merge keys"),
        ("workers: 1\n---\nworkers: 2\n", "second document"),
        ("workers: \"\\0\"\n", "NUL"),
        ("workers: \x01\n", "control character"),
        ("a: [1, 2\nb: 3\n", "line 1"),
        ("\tworkers: 1\n", ""),
        ("", "empty"),
    ],
)
def test_the_dangers_of_yaml(tmp_path, text, said):
    path = write_config(tmp_path, text)
    status, _, err = check(path)
    assert status == 1
    assert said in err
    assert re.search(r"sallyport\.yaml:\d+:\d+: ", err)


def test_the_octets_are_utf8(tmp_path):
    path = tmp_path / "sallyport.yaml"
    path.write_bytes(b"workers: 1\nname: \xff\xfe\n")
    status, _, err = check(path)
    assert status == 1 and f"{path}:2:7: " in err


def test_a_boolean_only_where_one_is_meant(tmp_path, files):
    """YAML 1.1 would make false of the name of a backend called "no"."""
    text = GOOD.replace("backend: b", "backend: no").replace("  b:", "  no:")
    text += "log: {access: no}\n"
    status, out, err = check(written(files, tmp_path, text))
    assert (status, err) == (0, "")
    assert "backend no" in out


def test_a_file_that_is_not_there(tmp_path):
    status, _, err = check(tmp_path / "nowhere.yaml")
    assert status == 1
    assert "nowhere.yaml" in err and "No such file" in err


@pytest.mark.parametrize("args", [[], ["check"], ["run"], ["frobnicate"],
                                  ["check", "-c"], ["check", "-x"],
                                  ["run", "-c", "a", "b"]])
def test_wrong_use_is_told(args):
    done = subprocess.run([PROGRAM, *args], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage: sallyport" in done.stderr


def test_help_and_version():
    for args in ["help"], ["--help"], ["-h"]:
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True)
        assert done.returncode == 0 and "usage: " in done.stdout
    for args in ["version"], ["--version"]:
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True)
        assert done.returncode == 0
        assert re.match(r"sallyport \d+\.\d+\.\d+ \(OpenSSL 3\.", done.stdout)


def test_every_good_configuration_of_these_tests_is_good(tmp_path, site):
    path = write_config(tmp_path, config(site(WHOAMI)))
    assert check(path)[0] == 0
