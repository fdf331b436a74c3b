"""Who leaves, and how: what counts as gone, and what that does to the rest.

A client that only says that it will send no more (close_notify, RFC 8446,
6.1) still wants its answer.  One whose connection has ended is gone, however
politely: between having left and half of TCP closed there is no telling.
"""

import contextlib
import os
import socket
import ssl
import threading

import pytest

import http1
from backend import OK, response
from client import NAME
from sallyport import CEILING, stopped

HOST = f"Host: {NAME}\r\n"
GET = f"GET / HTTP/1.1\r\n{HOST}\r\n"


def say_no_more(c):
    """close_notify, and the connection stays."""
    c.sock.setblocking(False)
    # it goes out first; what then comes may be an answer, or an end
    with contextlib.suppress(ssl.SSLError):
        c.sock.unwrap()
    c.sock.settimeout(CEILING)


def say_goodbye(c):
    """close_notify and FIN, as a program does that gives up."""
    say_no_more(c)
    c.sock.shutdown(socket.SHUT_WR)


@pytest.fixture
def waiting(backend):
    """A backend that has got a request and waits for go before it answers;
    `gone` is set when its connection ended instead."""

    def script(connection):
        r = connection.read_request()
        b.record(r)
        if r.target == "/quick":
            connection.send(OK)
            r = connection.read_request()
            b.record(r)
        connection.sock.settimeout(0.01)
        while not b.go.is_set():
            try:
                if not connection.sock.recv(1):
                    b.gone.set()
                    return
            except TimeoutError:
                pass
        connection.send(response(b"late", fields=[("X-A", "b")]))

    b = backend(script=script)
    b.go, b.gone = threading.Event(), threading.Event()
    return b


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("content", [b"", b"abc"])
def test_a_client_that_sends_no_more_gets_its_answer(
        waiting, proxy, web, version, content):
    s = proxy(waiting)
    c = web(s, version=version)
    c.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: {len(content)}\r\n\r\n"
           .encode() + content)
    assert waiting.request().body == content
    say_no_more(c)
    # whatever became of that would be done when others have been served
    assert web(s).get("/quick").status == 200
    assert not waiting.gone.is_set()
    waiting.go.set()
    assert c.read_response().body == b"late"
    assert c.read_to_end() == b"" and c.end == "close_notify"


def test_it_may_say_so_at_once(waiting, proxy, web):
    c = web(proxy(waiting))
    c.send(GET + GET)
    say_no_more(c)
    # not before: SSL_shutdown(3) takes an answer for a fault
    waiting.go.set()
    assert [c.read_response().body for _ in range(2)] == [b"late"] * 2
    assert c.read_to_end() == b"" and c.end == "close_notify"


def test_H1_21_not_in_the_middle_of_its_request(waiting, proxy, web):
    s = proxy(waiting)
    c = web(s)
    c.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\nabc")
    say_no_more(c)
    c.read_to_end()
    assert s.wait_for("request")["err"] == "truncated"
    waiting.ended()
    assert not waiting.requests


@pytest.mark.parametrize("leave", [
    say_goodbye,
    lambda c: c.sock.shutdown(socket.SHUT_WR),
    lambda c: c.close(),
    lambda c: c.reset(),
], ids=["close_notify and FIN", "FIN", "close", "reset"])
def test_a_client_whose_connection_has_ended_is_gone(
        waiting, proxy, web, leave):
    """What the backend does for it is of no use, and is stopped."""
    s = proxy(waiting)
    c = web(s)
    c.send(GET)
    waiting.request()
    leave(c)
    assert waiting.gone.wait(CEILING)
    assert s.wait_for("request")["err"] == "closed"


def test_what_it_pipelined_goes_nowhere(waiting, proxy, web):
    s = proxy(waiting)
    c = web(s)
    c.send(GET * 5)
    waiting.request()
    c.close()
    assert waiting.gone.wait(CEILING)
    waiting.go.set()
    assert web(s).get("/quick").status == 200
    s.wait_for("request", 2)
    assert len(s.records("request")) == len(waiting.requests) == 2


def test_who_has_left_between_requests_is_told_nothing_more(
        backend, proxy, web):
    """A goodbye of ours would be answered by a reset."""
    s = proxy(backend(OK))
    c = web(s)
    assert c.get().status == 200
    with stopped(*s.workers()):  # it finds both at once
        say_goodbye(c)
    with socket.socket(fileno=os.dup(c.sock.fileno())) as beneath:
        beneath.settimeout(CEILING)
        assert beneath.recv(1) == b""
