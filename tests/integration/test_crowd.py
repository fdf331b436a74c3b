"""SR-24: the slow by the hundred.  Each is cut when its time is over, and who
is quick beside them is served all the while.

Nothing here is timed: rounds go on until all of them are gone, and in every
round the quick one is served.
"""

import contextlib
import socket

import pytest

import crowd
from backend import OK, response
from client import Client
from conftest import config
from crowd import HOST, Dripping, Handshake, Reader, SlowBackend, drive
from sallyport import SANITIZED, wait_until

MANY = 50 if SANITIZED else 200
SHORT = "500ms" if not SANITIZED else "2s"
LARGE = 8 << 20  # more than sockets hold

CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
LONG = "Content-Length: 1000000\r\n\r\n"


@pytest.fixture
def many():
    """many(make): so many of them, closed in the end."""
    with contextlib.ExitStack() as stack:
        def start(make, count=MANY):
            made = [make() for _ in range(count)]
            for m in made:
                stack.callback(m.close)
            return made

        yield start


@pytest.fixture
def gate(serve, site, backend, pki):
    """gate(slow server...): /quick is another backend's; .quick() is served
    there, on a connection that is kept and on one of its own."""

    def start(server, **timeouts):
        quick = backend(OK)
        routes = [{"path": "/quick", "allow": "any", "backend": "quick"},
                  {"path": "/", "allow": "any", "backend": "slow"}]
        s = serve(config(site(routes),
                         {"quick": [quick.server], "slow": [server]},
                         timeouts=timeouts))
        kept = Client(s.port, pki.web)
        opened.append(kept)

        def serve_quick():
            assert kept.get("/quick").status == 200
            with Client(s.port, pki.batch) as c:
                assert c.get("/quick").status == 200

        s.quick = serve_quick
        return s

    opened = []
    yield start
    for c in opened:
        c.close()


def swallow(connection):
    """Takes a request for as long as it comes."""
    connection.read_to_end()


def large(connection):
    while True:
        r = connection.read_request()
        connection.send(response(b"x" * (LARGE if r.target == "/large" else 1)))


SLOW_CLIENTS = {
    "handshake": ("tls_handshake", lambda s, who: Handshake(s.port, False)),
    "handshake in records of one octet":
        ("tls_handshake", lambda s, who: Handshake(s.port, True)),
    "head": ("request_head", lambda s, who: Dripping(
        s.port, who, f"GET / HTTP/1.1\r\n{HOST}X: ")),
    "request line": ("request_head", lambda s, who: Dripping(
        s.port, who, "GET /")),
    "body": ("request_body", lambda s, who: Dripping(
        s.port, who, f"POST / HTTP/1.1\r\n{HOST}{LONG}")),
    "chunk": ("request_body", lambda s, who: Dripping(
        s.port, who, f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}ffff\r\n")),
    "chunk extension": ("request_body", lambda s, who: Dripping(
        s.port, who, f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}1;")),
    "trailer": ("request_body", lambda s, who: Dripping(
        s.port, who, f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}0\r\nX:")),
}


def told(s, key):
    """How many were cut with a reason, as the log has it."""
    evt = "handshake-refused" if key == "tls_handshake" else "request"
    return len(s.records(evt, err="timeout"))


@pytest.mark.parametrize("how", SLOW_CLIENTS)
def test_SR_24_slow_clients(gate, many, backend, pki, how):
    key, make = SLOW_CLIENTS[how]
    b = backend(script=swallow)
    s = gate(b.server, **{key: SHORT})
    slow = many(lambda: make(s, pki.web))
    drive(slow, s.quick)
    assert sum(m.steps for m in slow) > 2 * MANY
    wait_until(lambda: told(s, key) == MANY, "their reasons")
    for m in slow:
        if key != "tls_handshake":
            assert m.got.startswith(b"HTTP/1.1 408 "), m.got
    # nobody's work goes on behind
    for c in list(b.connections):
        b.ended(c.number)
    s.quick()


def test_SR_24_clients_that_take_next_to_nothing(gate, many, backend, pki):
    """And what is on its way to them is not left to the kernel to keep."""
    b = backend(script=large)
    s = gate(b.server, client_write=SHORT)
    slow = many(lambda: Reader(s.port, pki.web, "/large"), MANY // 2)
    drive(slow, s.quick)
    assert all(len(m.got) < LARGE // 2 for m in slow)
    wait_until(lambda: told(s, "client_write") == len(slow), "their reasons")
    for c in list(b.connections):
        b.ended(c.number)


def test_SR_24_all_of_them_at_once(gate, many, backend, pki):
    def either(connection):
        head = connection.read_head()
        if head.target != "/large":
            swallow(connection)
        connection.send(response(b"x" * LARGE))
        swallow(connection)

    keys = {key: SHORT for key, _ in SLOW_CLIENTS.values()}
    s = gate(backend(script=either).server, client_write=SHORT, **keys)
    slow = []
    for _, make in SLOW_CLIENTS.values():
        slow += many(lambda: make(s, pki.web), MANY // 10)
    slow += many(lambda: Reader(s.port, pki.web, "/large"), MANY // 10)
    drive(slow, s.quick)


def ask(port, identity, request):
    """Somebody who waits for an answer and is not slow."""
    c = Client(port, identity)
    c.send(request)
    c.sock.setblocking(False)
    return crowd.Slow(c.sock)


def drip(begin, then=b"x"):
    """move() of a slow backend: the beginning, then an octet each time, the
    last of them for ever."""
    at = {}

    def move(sock):
        n = at[sock] = at.get(sock, -1) + 1
        sock.send(begin if n == 0 else then[n - 1:n] or then[-1:])

    return move


GET = f"GET / HTTP/1.1\r\n{HOST}\r\n"
POST = f"POST / HTTP/1.1\r\n{HOST}Content-Length: 100000000\r\n\r\n"
OK_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"

# what it does, which of the timeouts is over, what it said before
SLOW_BACKENDS = {
    "says nothing": (lambda sock: None, "backend_response", b" 504 "),
    "drips a head": (drip(b"H", b"TTP/1.1 200 OK\r\nX: y"),
                     "backend_response", b" 504 "),
    "drips interim answers": (
        drip(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n",
             b"HTTP/1.1 103 X\r\nX: y"), "backend_response", b" 103 "),
    "stops after its head": (
        lambda sock, sent=set(): sock in sent or (sent.add(sock),
                                                  sock.send(OK_LONG)),
        "backend_body", b" 200 "),
    "drips an answer for ever": (drip(OK_LONG), "exchange", b" 200 "),
}


@pytest.mark.parametrize("how", SLOW_BACKENDS)
def test_SR_24_slow_backends(gate, many, pki, how):
    move, key, said = SLOW_BACKENDS[how]
    slow = SlowBackend(move)
    try:
        s = gate(slow.server, **{key: SHORT})

        def beside():
            slow.step()
            s.quick()

        def make():
            slow.step()
            return ask(s.port, pki.web, GET)

        waiting = many(make)
        drive(waiting, beside, lambda: all(
            m.is_cut or b" 504 " in m.got for m in waiting))
        # who was so slow that nothing was passed on got 504 alone
        assert any(said in m.got for m in waiting)
        assert all(said in m.got or b" 504 " in m.got for m in waiting)
        # each had a connection of its own, and none of them is left
        assert slow.came == MANY
        drive([], beside, lambda: not slow.connections,
              "their connections to be let go")
        s.wait_for("request", MANY, err="backend-timeout")
    finally:
        slow.close()


def test_SR_24_backends_that_take_nothing(gate, many, pki):
    """A request's content that nobody takes is not kept, and not for ever."""
    slow = SlowBackend(lambda sock: None, reads=False)

    class Sender(crowd.Slow):
        def move(self):
            self.send(b"x" * 16384)

    try:
        s = gate(slow.server, backend_body=SHORT)

        def make():
            c = Client(s.port, pki.web)
            c.send(POST)
            c.sock.setblocking(False)
            return Sender(c.sock)

        senders = many(make, MANY // 4)

        def beside():
            slow.step()
            s.quick()

        drive(senders, beside, lambda: all(
            m.is_cut or b" 504 " in m.got for m in senders))
        s.wait_for("request", len(senders) + 1)
    finally:
        slow.close()


def test_SR_24_backends_that_do_not_accept(gate, many, pki):
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            c = stack.enter_context(socket.socket())
            c.setblocking(False)
            c.connect_ex(full.getsockname())
        s = gate(f"http://127.0.0.1:{full.getsockname()[1]}",
                 backend_connect=SHORT)
        waiting = many(lambda: ask(s.port, pki.web, GET))
        drive(waiting, s.quick,
              lambda: all(b" 504 " in m.got for m in waiting))
        assert not any(m.is_cut for m in waiting)
