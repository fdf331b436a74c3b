"""When descriptors run out, of the process (EMFILE): those who are in are
served, newcomers are turned away and get no half-open connection, the log
says so once, and when there are some again all is as before."""

import contextlib
import os
import resource
import socket

import pytest

from client import Client, Refused
from sallyport import wait_until

SOME = 20


def reaches(port, identity):
    try:
        with Client(port, identity) as c:
            return c.get("/").status == 200
    except (OSError, Refused):
        return False


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@contextlib.contextmanager
def limited(pid, spare):
    """Only so many more descriptors than it has now."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = set(map(int, os.listdir(f"/proc/{pid}/fd")))
    limit = next(n for n in range(soft) if n - len(used - set(range(n, soft)))
                 == spare)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def crowded(proxy, backend, pki, web):
    """A worker with a connection to its backend and one of a client, which
    can open SOME more descriptors."""
    s = proxy(backend())
    s.worker, = s.workers()
    s.old = web(s)
    assert s.old.get("/").status == 200
    return s


def flood(s, count=4 * SOME):
    """Newcomers that wait; how many of them were turned away at once."""
    made = [socket.create_connection(("127.0.0.1", s.port))
            for _ in range(count)]
    for c in made:
        c.settimeout(0.01)
    away = set()

    def all_but_some():
        assert s.old.get("/").status == 200
        for c in made:
            with contextlib.suppress(TimeoutError):
                try:
                    gone = c.recv(1) == b""
                except ConnectionResetError:
                    gone = True
                if gone:
                    away.add(c)
        return len(away) >= count - SOME

    wait_until(all_but_some, "newcomers to be turned away")
    return made


def test_who_is_in_is_served_and_newcomers_are_turned_away(crowded, pki):
    s = crowded
    with limited(s.worker, SOME):
        made = flood(s)
        for _ in range(20):
            assert s.old.get("/").status == 200
        assert not reaches(s.port, pki.web)
        s.wait_for("accept-short")
        assert len(s.records("accept-short")) == 1
        # somebody leaves, and somebody else comes
        for c in made:
            c.close()
        wait_until(lambda: reaches(s.port, pki.web), "room for one")
    assert len(s.workers()) == 1 and s.workers()[0] == s.worker
    assert reaches(s.port, pki.web)


def test_it_is_said_once_however_often_one_gets_in_between(crowded, pki):
    s = crowded
    with limited(s.worker, SOME):
        made = flood(s)
        for n in range(5):
            made.pop(0).close()
            wait_until(lambda: reaches(s.port, pki.web), "room for one")
            made += flood(s)
        for c in made:
            c.close()
    s.wait_for("accept-short")
    assert len(s.records("accept-short")) == 1


def test_nothing_is_lost_for_good(crowded, pki):
    """As many descriptors as before, when they have all gone."""
    s = crowded
    before = descriptors(s.worker)
    with limited(s.worker, SOME):
        for _ in range(3):
            for c in flood(s):
                c.close()
    wait_until(lambda: reaches(s.port, pki.web), "room for one")
    wait_until(lambda: descriptors(s.worker) <= before, "the rest to go")


def test_no_descriptor_for_a_backend_is_503(crowded, web):
    """A client that is in is told, and its connection is none the worse."""
    s = crowded
    other = web(s)
    assert other.get("/").status == 200
    soft, hard = resource.prlimit(s.worker, resource.RLIMIT_NOFILE)
    answers = set()
    # while one request holds the only connection to the backend
    with limited(s.worker, 0):
        s.old.send("POST / HTTP/1.1\r\nHost: api.corp.example\r\n"
                   "Content-Length: 3\r\n\r\na")
        def refused():
            got = other.get("/")
            assert not got.wants_close()
            answers.add(got.status)
            return got.status == 503

        wait_until(refused, "the backend's connection to be in use")
        s.old.send("bc")
        assert s.old.read_response().status == 200
    assert s.wait_for("request", status=503)["err"] == "connect"
    assert s.wait_for("backend-failed")["error"] == os.strerror(24)
    # the server was not to blame, and does not rest for it
    assert other.get("/").status == 200
    assert answers <= {200, 503}
