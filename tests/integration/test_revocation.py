"""A CRL is replaced on disk: within two seconds the client that it names has
nothing left, however it holds on; another client of the same CA notices
nothing."""

import time

import pytest

import certs
from backend import OK
from client import NAME, Client, refusal
from conftest import config
from reloading import Load, replace
from sallyport import SANITIZED, wait_until
from test_resumption import VERSIONS, Visitor

# From the change until it is in force; with a sanitizer all takes longer.
SOON = 2 if not SANITIZED else 10

SWITCH = (b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
          b"Upgrade: websocket\r\n\r\n")


def answer(connection):
    """Requests are answered; a tunnel sends back what it gets."""
    while True:
        request = connection.read_head()
        if "upgrade" not in request.names():
            connection.send(OK)
            continue
        connection.send(SWITCH)
        while True:
            connection.send(connection.incoming.exactly(4))


class Holder:
    """A client, and all by which one can be in: a connection that is kept, one
    that never said anything, a tunnel and a ticket."""

    def __init__(self, s, identity, version):
        self.s, self.identity, self.version = s, identity, version
        self.kept = self.connect()
        self.silent = self.connect()
        self.tunnel = self.connect()
        self.ticket = Visitor(identity, version)
        assert self.kept.get().status == 200
        self.tunnel.send(f"GET /chat HTTP/1.1\r\nHost: {NAME}\r\n"
                         "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        while self.tunnel.incoming.line():
            pass
        assert self.ticket.visit(s.port)[0] is False
        assert self.ticket.visit(s.port)[0] is True
        self.is_in()

    def connect(self):
        return Client(self.s.port, self.identity, version=self.version)

    def is_in(self):
        assert self.kept.get().status == 200
        self.tunnel.send(b"ping")
        assert self.tunnel.incoming.exactly(4) == b"ping"
        assert self.ticket.visit(self.s.port)[1].status == 200
        # and the ticket that it has then is good
        assert self.ticket.visit(self.s.port)[0] is True

    def is_out(self, alert):
        """Waits for it."""
        for c in self.kept, self.silent:
            assert c.read_to_end() == b""
            assert c.end == "close_notify"
        assert self.tunnel.read_to_end() == b""
        # another worker may be about to follow
        wait_until(lambda: self.ticket.visit(self.s.port, keep=False)
                   == alert, "the end of the ticket")
        assert refusal(self.s.port, self.identity,
                       version=self.version) == alert

    def close(self):
        for c in self.kept, self.silent, self.tunnel:
            c.close()


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_SR_2_a_replaced_crl_leaves_nothing_of_who_is_revoked(
        serve, site, tmp_path, backend, version):
    root = certs.Issuer.root("Own Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    good, bad = (root.leaf(tmp_path / f"{n}.pem", n,
                           sans=[certs.dns(f"{n}.example")])
                 for n in ("good", "bad"))
    crl = certs.write_crls(tmp_path / "ca.crl", root.crl())
    b = backend(script=answer)
    routes = [{"path": "/", "allow": "any", "backend": "b",
               "upgrade": "websocket"}]
    s = serve(config(site(routes, ca=ca, crl=crl), {"b": [b.server]},
                     workers=2))
    one, other = Holder(s, bad, version), Holder(s, good, version)
    load = Load(s.port, good)
    made = certs.write_crls(tmp_path / "made.crl",
                            root.crl([certs.read(bad)]))
    start = time.monotonic()
    replace(crl, made.read_bytes())
    one.is_out("certificate revoked")
    assert time.monotonic() - start < SOON
    other.is_in()
    load.more()
    load.stop()
    s.wait_for("connection-barred", 3)
    assert {(r["serial"], r["err"]) for r in s.records("connection-barred")
            } == {(certs.serial_of(bad), "cert-revoked")}
    one.close()
    other.close()
