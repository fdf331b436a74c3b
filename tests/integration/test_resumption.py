"""Sessions that resume, and all those that must not: a ticket never lets in
whom a full handshake would refuse, and never ends in an alert by itself."""

import datetime
import os
import signal
import socket
import ssl
from datetime import timedelta

import pytest

import certs
import http1
from client import NAME, alert_of, context
from conftest import config
from reloading import reload
from sallyport import CEILING, wait_until

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
both = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


class Visitor:
    """One client, which keeps its sessions."""

    def __init__(self, identity, version):
        self.context = context(identity, version=version)
        self.session = None

    def visit(self, port, sni=NAME, keep=True):
        """GET /: whether the session was resumed, and the answer; or the
        alert.  The session is the one of the visit before."""
        raw = socket.create_connection(("127.0.0.1", port), CEILING)
        try:
            s = self.context.wrap_socket(raw, server_hostname=sni,
                                         session=self.session)
            resumed = s.session_reused
            s.sendall(f"GET / HTTP/1.1\r\nHost: {sni}\r\n\r\n".encode())
            r = http1.read_response(http1.Incoming(lambda: s.recv(65536)),
                                    "GET")
            if keep:
                self.session = s.session
            s.close()
            return resumed, r
        except ssl.SSLError as e:
            raw.close()
            return alert_of(e) or str(e)


WHOAMI = [{"path": "/", "allow": "any", "respond": "whoami"}]


def text(answer):
    return [{"path": "/", "allow": "any", "respond": {"body": answer}}]


def without_tls(body):
    """What whoami says, but for what differs from handshake to handshake."""
    start, _, rest = body.partition(b'"tls":')
    return start + rest.partition(b"},")[2]


@both
def test_a_session_resumes_as_the_same_client(serve, site, pki, version):
    s = serve(config(site(WHOAMI)))
    v = Visitor(pki.web, version)
    resumed, first = v.visit(s.port)
    assert not resumed
    for _ in range(3):
        resumed, again = v.visit(s.port)
        assert resumed
        assert b'"resumed":true' in again.body
        assert without_tls(again.body) == without_tls(first.body)


def test_each_resumption_of_tls_1_3_brings_a_new_ticket(serve, site, pki):
    """RFC 8446, C.4: clients use one once, so that nobody can link them."""
    s = serve(config(site(WHOAMI)))
    v, ids = Visitor(pki.web, ssl.TLSVersion.TLSv1_3), set()
    for i in range(4):
        assert v.visit(s.port)[0] == (i > 0)
        ids.add(v.session.id)
    assert len(ids) == 4


@both
def test_workers_share_the_keys_and_a_new_one_has_them(serve, site, pki,
                                                       version):
    s = serve(config(site(WHOAMI), workers=3))
    v = Visitor(pki.web, version)
    v.visit(s.port)
    for _ in range(10):
        assert v.visit(s.port)[0]
    for pid in s.workers():
        os.kill(pid, signal.SIGKILL)
        s.wait_for("worker-ended", pid=pid)
    wait_until(lambda: len(s.workers()) == 3, "three workers")
    assert v.visit(s.port)[0]
    s.kill()


@both
def test_SR_2_a_revoked_client_does_not_resume(serve, site, tmp_path, version):
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    client = root.leaf(tmp_path / "client.pem", sans=[certs.dns("a.example")])
    other = root.leaf(tmp_path / "other.pem", sans=[certs.dns("b.example")])
    crl = certs.write_crls(tmp_path / "ca.crl", root.crl())
    conf = config(site(WHOAMI, ca=ca, crl=crl), watch=False)
    s = serve(conf)
    bad, good = Visitor(client, version), Visitor(other, version)
    for v in bad, good:
        assert not v.visit(s.port)[0]
        assert v.visit(s.port)[0]
    certs.write_crls(crl, root.crl(revoked=[certs.read(client)]))
    reload(s, conf)
    assert bad.visit(s.port) == "certificate revoked"
    resumed, answer = good.visit(s.port)
    assert not resumed and answer.status == 200
    assert good.visit(s.port)[0]


@both
def test_SR_2_a_session_does_not_outlive_the_certificate(serve, site, tmp_path,
                                                         version):
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    client = root.leaf(tmp_path / "client.pem", end=timedelta(seconds=4),
                       sans=[certs.dns("a.example")])
    s = serve(config(site(WHOAMI, ca=ca, crl=False)))
    v = Visitor(client, version)
    assert not v.visit(s.port)[0]
    assert v.visit(s.port)[0]
    end = certs.not_after(client)
    wait_until(lambda: certs.now() > end, "the end of the certificate")
    assert v.visit(s.port) == "certificate expired"


@both
def test_SR_2_a_session_does_not_outlive_the_crl(serve, site, tmp_path,
                                                 version):
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    client = root.leaf(tmp_path / "client.pem",
                       sans=[certs.dns("a.example")])
    list_ = root.crl(end=timedelta(seconds=4))
    crl = certs.write_crls(tmp_path / "ca.crl", list_)
    s = serve(config(site(WHOAMI, ca=ca, crl=crl)))
    v = Visitor(client, version)
    assert not v.visit(s.port)[0]
    assert v.visit(s.port)[0]
    end = list_.next_update
    wait_until(lambda: certs.now() > end, "the end of the CRL")
    assert isinstance(v.visit(s.port), str)
    assert s.wait_for("handshake-refused")["err"] == "crl-expired"


@both
@pytest.mark.parametrize("same_ca", [False, True])
def test_SR_1_a_session_of_one_site_is_none_of_another(
        serve, site, pki, elsewhere, version, same_ca):
    other = pki.ca if same_ca else elsewhere.ca
    s = serve(config([
        site(text("one"), names=[NAME]),
        site(text("two"), names=["other.corp.example"], server=pki.other,
             ca=other),
    ]))
    v = Visitor(pki.web, version)
    assert v.visit(s.port)[1].body == b"one"
    got = v.visit(s.port, sni="other.corp.example", keep=False)
    if same_ca:
        # SR-3: never an alert because of the session alone
        assert (got[0], got[1].body) == (False, b"two")
    else:
        assert got == "unknown ca"
    # and where it belongs it is still good
    assert v.visit(s.port)[0]


@both
@pytest.mark.parametrize("change", ["rule", "crl", "ca"])
def test_SR_1_a_session_of_an_older_policy_is_ignored(
        serve, site, pki, elsewhere, tmp_path, version, change):
    conf = config(site(text("one")))
    s = serve(conf)
    v = Visitor(pki.web, version)
    v.visit(s.port)
    assert v.visit(s.port)[0]
    # the same again is no change
    reload(s, conf)
    assert v.visit(s.port)[0]
    routes, options = text("one"), {}
    if change == "rule":
        routes[0]["allow"] = [{"dns": "web.corp.example"}]
    elif change == "crl":
        options["crl"] = False
    else:
        both_cas = tmp_path / "both.pem"
        both_cas.write_text(pki.ca.ca.read_text()
                            + elsewhere.ca.ca.read_text())
        options = {"ca": both_cas, "crl": False}
    reload(s, config(site(routes, **options)))
    resumed, answer = v.visit(s.port)
    assert not resumed and answer.status == 200
    assert v.visit(s.port)[0]


@both
def test_SR_3_a_ticket_of_another_server_is_ignored(serve, site, pki, version):
    conf = config(site(text("one")))
    one, two = serve(conf), serve(conf)
    v = Visitor(pki.web, version)
    v.visit(one.port)
    resumed, answer = v.visit(two.port)
    assert not resumed and answer.body == b"one"


@both
def test_a_fleet_shares_the_keys_of_a_file(serve, site, pki, tmp_path,
                                           version):
    keys = [tmp_path / "new.key", tmp_path / "old.key"]
    for k in keys:
        k.touch(mode=0o600)
        k.write_bytes(os.urandom(80))
    options = {"sessions": {"keys": [str(k) for k in keys]}}
    rotated = {"sessions": {"keys": [str(k) for k in reversed(keys)]}}
    conf = config(site(text("one")), **options)
    one, two = serve(conf), serve(conf)
    v = Visitor(pki.web, version)
    v.visit(one.port)
    assert v.visit(two.port)[0]
    # another order of keys is another configuration: full, then resumed
    reload(two, config(site(text("one")), **rotated))
    assert v.visit(two.port)[1].status == 200
    assert v.visit(two.port)[0]


def test_a_key_s_file_of_another_length_is_a_mistake(site, tmp_path):
    from sallyport import check, write_config

    key = tmp_path / "short.key"
    key.write_bytes(os.urandom(48))
    path = write_config(tmp_path, config(site(text("one")),
                                         sessions={"keys": str(key)}))
    status, _, err = check(path)
    assert status == 1 and "expected 80 random octets" in err, err


@pytest.mark.parametrize("octets", [
    bytes(80), os.urandom(48) + bytes(32), os.urandom(16) + bytes(64),
    b"n" * 16 + b"changeme" * 8, os.urandom(60) + bytes(20),
    os.urandom(40).hex().encode(),
], ids=["zeros", "half", "name", "word", "cut", "hex"])
def test_SR_6_a_key_that_can_be_guessed_is_a_mistake(site, tmp_path, octets):
    """Such as of a file that a crash left with zeros in it: who knows the key
    needs no certificate."""
    from sallyport import check, write_config

    key = tmp_path / "bad.key"
    key.touch(mode=0o600)
    key.write_bytes(octets)
    path = write_config(tmp_path, config(site(text("one")),
                                         sessions={"keys": str(key)}))
    status, _, err = check(path)
    assert status == 1 and "hardly random" in err, err


@both
def test_tickets_can_be_switched_off(serve, site, pki, version):
    s = serve(config(site(text("one")), sessions={"tickets": False}))
    v = Visitor(pki.web, version)
    for _ in range(3):
        assert not v.visit(s.port)[0]


@both
def test_a_full_handshake_is_due_after_the_lifetime(serve, site, pki, version):
    s = serve(config(site(text("one")), sessions={"lifetime": "10s"}))
    v = Visitor(pki.web, version)
    start = datetime.datetime.now()
    v.visit(s.port)
    # however often it is renewed
    wait_until(lambda: not v.visit(s.port)[0], "a full handshake")
    took = (datetime.datetime.now() - start).total_seconds()
    assert 8 < took < 14


@both
def test_a_resumed_connection_is_judged_again_with_what_it_showed(
        serve, site, pki, tmp_path, version):
    """The issuing CA comes from the client alone, and is in the ticket."""
    root = tmp_path / "root.pem"
    root.write_text((pki.ca.dir / "root" / "ca.pem").read_text())
    s = serve(config(site(text("one"), ca=root, crl=False)))
    v = Visitor(pki.web, version)
    v.visit(s.port)
    raw = socket.create_connection(("127.0.0.1", s.port), CEILING)
    c = v.context.wrap_socket(raw, server_hostname=NAME, session=v.session)
    assert c.session_reused
    incoming = http1.Incoming(lambda: c.recv(65536))

    def ask():
        c.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        return http1.read_response(incoming, "GET").body

    assert ask() == b"one"
    reload(s, config(site(text("two"), ca=root, crl=False)))
    assert ask() == b"two"
    c.close()
