"""Backends that are named, not addressed."""

import pytest

from client import Client
from conftest import config


@pytest.fixture
def named(serve, site, pki):
    """named(host, port): the answer of a backend at that name."""

    def get(host, port):
        routes = [{"path": "/", "allow": "any", "backend": "b"}]
        s = serve(config(site(routes), {"b": [f"http://{host}:{port}"]}))
        with Client(s.port, pki.web) as c:
            return c.get(), s

    return get


def test_a_name_of_the_hosts_file(named, backend):
    b = backend()
    got, _ = named("localhost", b.port)
    assert (got.status, got.body) == (200, b"ok\n")


def test_a_name_that_there_is_not(named):
    """RFC 6761, 6.4: nobody has a name below invalid.  Where no nameserver
    says so, time runs out."""
    got, s = named("none.invalid", 80)
    assert got.status in (503, 504)
    assert s.wait_for("request")["err"] in ("resolve", "connect-timeout")
