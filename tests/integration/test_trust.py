"""Trust ends when the client's chain does, whatever is open then."""

import socket
from datetime import timedelta

import pytest

import certs
from client import Client
from conftest import config
from sallyport import wait_until

SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
          b"Upgrade: websocket\r\n\r\n")


@pytest.fixture
def short(tmp_path):
    """short(seconds): a CA, and a client of it that has so long to live."""
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)

    def make(seconds):
        return ca, root.leaf(tmp_path / f"{seconds}.pem",
                             end=timedelta(seconds=seconds),
                             sans=[certs.dns("a.example")])

    return make


def text(answer="one"):
    return [{"path": "/", "allow": "any", "respond": {"body": answer}}]


def left(path):
    return (certs.not_after(path) - certs.now()).total_seconds()


def test_an_idle_connection_ends_with_the_certificate(serve, site, short):
    ca, identity = short(8)
    s = serve(config(site(text(), ca=ca, crl=False)))
    with Client(s.port, identity) as c, Client(s.port, identity) as idle:
        assert not c.get("/").wants_close()
        # in the last seconds an answer is the last one
        wait_until(lambda: left(identity) < 4, "the last seconds")
        assert c.get("/").wants_close()
        assert idle.read_to_end() == b""
        assert idle.end == "close_notify"
        assert -3 < left(identity) < 0
    barred = s.wait_for("connection-barred")
    assert barred["err"] == "cert-expired" and "CN=odd" in barred["subject"]


def test_a_tunnel_ends_with_the_certificate(serve, site, backend, short):
    def silent(connection):
        connection.read_head()
        connection.send(SWITCH)
        connection.read_to_end()

    ca, identity = short(3)
    b = backend(script=silent)
    route = {"path": "/", "allow": "any", "backend": "b",
             "upgrade": "websocket"}
    s = serve(config(site([route], ca=ca, crl=False), {"b": [b.server]}))
    with Client(s.port, identity) as c:
        c.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n"
               "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert c.incoming.line().startswith("HTTP/1.1 101")
        c.read_to_end()
        assert c.end in ("eof", "reset")
        assert left(identity) < 0
    b.ended()


def test_a_response_in_flight_is_finished(serve, site, backend, short):
    ca, identity = short(3)

    def slow(connection):
        connection.read_head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        wait_until(lambda: left(identity) < -1, "the end of the certificate")
        connection.send(b"cd")
        connection.read_to_end()

    b = backend(script=slow)
    route = {"path": "/", "allow": "any", "backend": "b"}
    s = serve(config(site([route], ca=ca, crl=False), {"b": [b.server]}))
    with Client(s.port, identity) as c:
        assert c.get("/").body == b"abcd"
        assert c.read_to_end() == b""
    s.wait_for("connection-barred")
