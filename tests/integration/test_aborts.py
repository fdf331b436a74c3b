"""Either side breaks off, in every state that a connection can be in, in every
way that there is.  What is under way ends on the other side too, nothing is left
open, and the worker is the same as before.  Under a sanitizer this is where
what is used after its end would show.
"""

import contextlib
import os
import socket
import ssl
import struct

import pytest

import client
import http1
from backend import OK, response
from client import NAME, Client
from conftest import config
from sallyport import CEILING, wait_until

HOST = f"Host: {NAME}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
          b"Upgrade: websocket\r\n\r\n")
LARGE = 16 << 20


def sockets_of(pid):
    links = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return sum(link.startswith("socket:") for link in links)


def get(target):
    return f"GET {target} HTTP/1.1\r\n{HOST}\r\n"


def post(target, framing, rest=""):
    return f"POST {target} HTTP/1.1\r\n{HOST}{framing}{rest}"


def serve(connection):
    """By the path: /quiet says nothing, /read takes all and says nothing, /half
    answers by half, /large more than anybody takes, /early before the request
    is there, /tunnel switches and then does not read."""
    while True:
        r = connection.read_head()
        if r.target == "/ok":
            http1.read_request_body(connection.incoming, r)
            connection.send(OK)
            continue
        if r.target == "/half":
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        elif r.target == "/hint":
            connection.send(b"HTTP/1.1 103 X\r\n\r\n")
        elif r.target == "/large":
            connection.send(response(b"x" * LARGE))
        elif r.target == "/early":
            connection.send(response(b"no", 403))
        elif r.target == "/tunnel":
            connection.send(SWITCH + b"abc")
        elif r.target == "/flood":
            connection.send(SWITCH + b"x" * LARGE)
        connection.read_to_end()
        return


@pytest.fixture
def gate(backend, serve_gate):
    return serve_gate(backend(script=serve).server)


@pytest.fixture
def serve_gate(site, pki, request):
    """serve_gate(server...): a gate, with the number of its sockets at rest."""
    start = request.getfixturevalue("serve")

    def make(*servers):
        routes = [
            {"path": "/own", "allow": "any", "respond": {"body": "own"}},
            {"path": "/tunnel", "allow": "any", "backend": "b",
             "upgrade": "websocket"},
            {"path": "/flood", "allow": "any", "backend": "b",
             "upgrade": "websocket"},
            {"path": "/", "allow": "any", "backend": "b"},
        ]
        s = start(config(
            site(routes), {"b": list(servers)},
            timeouts={"backend_keep_alive": "100ms",
                      **{k: "10m" for k in (
                          "tls_handshake", "request_head", "request_body",
                          "keep_alive", "client_write", "backend_connect")}}))
        s.worker, = s.workers()
        with Client(s.port, pki.web) as c:
            assert c.get("/own").body == b"own"
            s.at_rest = sockets_of(s.worker) - 1
        return s

    return make


def rests(s):
    """All that was opened for it has been closed."""
    wait_until(lambda: sockets_of(s.worker) <= s.at_rest, "all to be closed")
    assert s.workers() == [s.worker]


def push(c, data):
    """As much as is taken, while nobody reads."""
    c.sock.settimeout(0.2)
    with contextlib.suppress(TimeoutError, ssl.SSLError):
        c.sock.sendall(data)


# ---- clients ----------------------------------------------------------------


class Bare:
    """A TCP connection on which TLS is not done."""

    def __init__(self, port, hello=0.0, read=0):
        self.sock = socket.create_connection(("127.0.0.1", port))
        out = ssl.MemoryBIO()
        tls = client.context().wrap_bio(ssl.MemoryBIO(), out,
                                        server_hostname=NAME)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        data = out.read()
        self.sock.sendall(data[:int(len(data) * hello)])
        if read:
            self.sock.recv(read)

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()


def says(*parts, until=None):
    """A state: who has sent this and, if so, waited for that."""
    def reach(s, identity):
        c = Client(s.port, identity)
        for part in parts:
            c.send(part)
        if until is not None:
            while until not in c.incoming.all:
                c.incoming.more()
        return c

    return reach


def pushes(head, until, data):
    """The same, and then more than anybody takes."""
    def reach(s, identity):
        c = says(head, until=until)(s, identity)
        push(c, data)
        return c

    return reach


CLIENT_STATES = {
    "connected": lambda s, who: Bare(s.port),
    "half a hello": lambda s, who: Bare(s.port, 0.5),
    "a hello, and nothing read": lambda s, who: Bare(s.port, 1),
    "a hello, and the answer read in part": lambda s, who: Bare(s.port, 1, 9),
    "after the handshake": says(),
    "half a request line": says("GET /o"),
    "half a head": says(get("/ok")[:-2]),
    "an empty line": says("\r\n"),
    "while the backend thinks": says(get("/quiet")),
    "while it thinks, and more requests wait": says(get("/quiet") * 20),
    "after an interim answer": says(get("/hint"), until=b"103 "),
    "before any content": says(post("/quiet", "Content-Length: 9\r\n\r\n")),
    "before 100": says(post("/quiet", "Expect: 100-continue\r\n"
                            "Content-Length: 9\r\n\r\n")),
    "half a content": says(post("/quiet", "Content-Length: 9\r\n\r\n", "abc")),
    "half a chunk": says(post("/quiet", CHUNKED, "9\r\nabc")),
    "half a chunk size": says(post("/quiet", CHUNKED, "3\r\nabc\r\n1")),
    "between chunks": says(post("/quiet", CHUNKED, "3\r\nabc\r\n")),
    "half a trailer": says(post("/quiet", CHUNKED, "0\r\nX: a")),
    "a content nobody takes": pushes(
        post("/quiet", f"Content-Length: {LARGE}\r\n\r\n"), None,
        b"x" * LARGE),
    "half an answer": says(get("/half"), until=b"abc"),
    "half an answer, and more requests wait": says(
        get("/half") + get("/ok") * 20, until=b"abc"),
    "an answer that is not taken": says(get("/large"), until=b"200 "),
    "an answer before the content": says(
        post("/early", "Content-Length: 9\r\n\r\n", "abc"), until=b"no"),
    "between requests": says(get("/ok"), until=b"ok\n"),
    "an answer of ours": says(get("/own"), until=b"own"),
    "an answer of ours, the content still to come": says(
        post("/own", "Content-Length: 9\r\n\r\n", "abc"), until=b"own"),
    "after a refusal": says("nonsense\r\n\r\n", until=b"400"),
    "after close": says(get("/own").replace(
        "\r\n\r\n", "\r\nConnection: close\r\n\r\n"), until=b"own"),
    "before the 101": says(f"GET /quiet HTTP/1.1\r\n{HOST}{UPGRADE}"),
    "a tunnel": says(f"GET /tunnel HTTP/1.1\r\n{HOST}{UPGRADE}",
                     until=b"abc"),
    "a tunnel that takes nothing": pushes(
        f"GET /tunnel HTTP/1.1\r\n{HOST}{UPGRADE}", b"abc", b"x" * LARGE),
    "a tunnel whose answers are not taken": says(
        f"GET /flood HTTP/1.1\r\n{HOST}{UPGRADE}", until=b"xxx"),
}


def goodbye(c):
    """close_notify, then the end."""
    if isinstance(c, Client):
        c.sock.setblocking(False)
        with contextlib.suppress(ssl.SSLError, OSError):
            c.sock.unwrap()
    c.close()


def half(c):
    """Its side of the connection ends; it still listens for a while."""
    c.sock.shutdown(socket.SHUT_WR)


WAYS = {"close": lambda c: c.close(), "reset": lambda c: c.reset(),
        "goodbye": goodbye, "half": half}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("state", CLIENT_STATES)
def test_a_client_breaks_off(gate, pki, state, how):
    some = [CLIENT_STATES[state](gate, pki.web) for _ in range(5)]
    for c in some:
        WAYS[how](c)
    rests(gate)
    for c in some:
        c.close()
    with Client(gate.port, pki.web) as c:
        assert c.get("/ok").body == b"ok\n"


def test_a_client_breaks_off_while_the_backend_is_connected_to(
        serve_gate, pki):
    """Nobody accepts there."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            c = stack.enter_context(socket.socket())
            c.setblocking(False)
            c.connect_ex(full.getsockname())
        s = serve_gate(f"http://127.0.0.1:{full.getsockname()[1]}")
        for how in WAYS.values():
            c = says(get("/ok"))(s, pki.web)
            wait_until(lambda: sockets_of(s.worker) >= s.at_rest + 2,
                       "it to connect")
            how(c)
            rests(s)
            c.close()


# ---- backends ---------------------------------------------------------------


def answers(*parts):
    """A state: a backend that has read the request and sent this."""
    def reach(connection):
        connection.read_request()
        for part in parts:
            connection.send(part)

    return reach


def reads(n):
    """A backend that has read so much of the request, and no more."""
    def reach(connection):
        connection.incoming.exactly(n)

    return reach


OK_9 = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
OK_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# what it has done when it breaks off, and what the client sent
BACKEND_STATES = {
    "nothing": (lambda connection: None, get("/")),
    "nothing, of content": (lambda connection: None, post(
        "/", "Content-Length: 9\r\n\r\n", "123456789")),
    "an octet read": (reads(1), get("/")),
    "half a content read": (reads(300), post(
        "/", f"Content-Length: {LARGE}\r\n\r\n", "x" * 100000)),
    "a request read": (answers(), get("/")),
    "after 100": (answers(b"HTTP/1.1 100 Continue\r\n\r\n"), get("/")),
    "after 103": (answers(b"HTTP/1.1 103 X\r\nA: b\r\n\r\n"), get("/")),
    "half a status line": (answers(b"HTTP/1.1 2"), get("/")),
    "half a head": (answers(b"HTTP/1.1 200 OK\r\nX: a"), get("/")),
    "after the head": (answers(OK_9), get("/")),
    "half a content": (answers(OK_9, b"abc"), get("/")),
    "half a chunk": (answers(OK_CHUNKED, b"9\r\nabc"), get("/")),
    "between chunks": (answers(OK_CHUNKED, b"3\r\nabc\r\n"), get("/")),
    "before the last line end": (
        answers(OK_CHUNKED, b"3\r\nabc\r\n0\r\n"), get("/")),
    "half a trailer": (answers(OK_CHUNKED, b"0\r\nX: a"), get("/")),
    "an answer that the client does not take": (
        answers(response(b"x" * LARGE)[:-1]), get("/")),
    "before 101": (answers(), f"GET /tunnel HTTP/1.1\r\n{HOST}{UPGRADE}"),
}


@pytest.mark.parametrize("how", ["close", "reset", "half"])
@pytest.mark.parametrize("state", BACKEND_STATES)
def test_a_backend_breaks_off(backend, serve_gate, pki, state, how):
    """502, or an answer that is unmistakably broken off; never a whole one."""
    reach, sent = BACKEND_STATES[state]
    is_over = []

    def script(connection):
        with contextlib.suppress(http1.Ended):
            reach(connection)
        if how == "reset":
            connection.reset()
        elif how == "half":
            connection.sock.shutdown(socket.SHUT_WR)
            connection.read_to_end()
        is_over.append(connection)

    s = serve_gate(backend(script=script).server)
    some = [Client(s.port, pki.web) for _ in range(3)]
    for c in some:
        push(c, sent.encode())
    for c in some:
        c.sock.settimeout(CEILING)
        with contextlib.suppress(http1.Ended):
            got = c.read_response()
            # a reset may come before the connection is there
            assert got.status in (502, 503 if "nothing" in state else 502)
            c.close()
            continue
        assert c.end in ("eof", "reset")
        c.close()
    rests(s)
    s.wait_for("request", 1 + 3)
    assert all(r.get("err") for r in s.records("request")[1:])


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_a_backend_breaks_off_a_tunnel(backend, serve_gate, pki, how):
    def script(connection):
        connection.read_head()
        connection.send(SWITCH + b"abc")
        connection.incoming.exactly(3)
        if how == "reset":
            connection.reset()
        elif how == "half":
            connection.sock.shutdown(socket.SHUT_WR)
            connection.read_to_end()

    s = serve_gate(backend(script=script).server)
    c = says(f"GET /tunnel HTTP/1.1\r\n{HOST}{UPGRADE}", until=b"abc")(
        s, pki.web)
    c.send(b"def")
    c.read_to_end()
    assert c.end == ("close_notify" if how != "reset" else "eof")
    c.close()
    rests(s)


# ---- the gate itself --------------------------------------------------------


@pytest.mark.parametrize("state", CLIENT_STATES)
def test_the_gate_ends_in_the_middle(gate, pki, state):
    """SIGINT: all is cut at once, whatever it was doing."""
    c = CLIENT_STATES[state](gate, pki.web)
    gate.stop(sig=2)
    c.close()
