"""Who takes slowly slows down who sends: nothing piles up in between."""

import ssl
import threading

import pytest

import http1
from backend import response
from client import NAME
from conftest import config
from sallyport import CEILING, SANITIZED, wait_until

MIB = 1 << 20
SIZE = 256 * MIB
BLOCK = b"x" * 65536
# what kernel buffers of two connections and ours may hold of a stream
IN_BETWEEN = 32 * MIB
# of the worker, for each connection that is stuck
STUCK_KIB = 512


HEAD = {
    "length": b"Content-Length: %d\r\n" % SIZE,
    "chunked": b"Transfer-Encoding: chunked\r\n",
    "close": b"",
}


def wrap(framing, block):
    if framing == "chunked":
        return b"%x\r\n%s\r\n" % (len(block), block)
    return block


class Source:
    """Sends until nobody takes it: `sent` is how much went."""

    def __init__(self, send):
        self.sent = 0
        self.send = send

    def run(self, size=SIZE):
        while self.sent < size:
            self.send(BLOCK)
            self.sent += len(BLOCK)


def assert_memory(s, worker, before_kib, stuck):
    if not SANITIZED:
        grown = s.memory_kib(worker, "VmRSS") - before_kib
        assert grown < stuck * STUCK_KIB, grown


def stuck(sources, probe):
    """Waits until none of them has sent anything during some requests."""
    def still():
        before = [s.sent for s in sources]
        for _ in range(20):
            probe()
        return before == [s.sent for s in sources] and all(before)

    wait_until(still, "all to be stuck")


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("clients", [1, 20])
def test_a_client_that_does_not_read(backend, proxy, web, framing, clients):
    """The backend cannot send on; when the client reads, all comes."""
    sources = []
    lock = threading.Lock()

    def script(connection):
        request = connection.read_request()
        while request.target == "/small":
            connection.send(response(b"ok"))
            request = connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\n" + HEAD[framing] + b"\r\n")
        source = Source(lambda b: connection.send(wrap(framing, b)))
        with lock:
            sources.append(source)
        source.run()
        if framing == "chunked":
            connection.send(b"0\r\n\r\n")

    b = backend(script=script)
    s = proxy(b, timeouts={"client_write": "1h", "backend_body": "1h"})
    worker, = s.workers()
    other = web(s)
    other.get("/small")
    before = s.memory_kib(worker, "VmRSS")
    slow = [web(s) for _ in range(clients)]
    for c in slow:
        c.send(f"GET /large HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
    wait_until(lambda: len(sources) == clients, "all to have begun")
    stuck(sources, lambda: other.get("/small"))
    assert all(x.sent < IN_BETWEEN for x in sources)
    assert_memory(s, worker, before, clients)
    # the first reads it all in the end; the others leave
    for c in slow[1:]:
        c.close()
    head = http1.read_response_head(slow[0].incoming)
    assert head.status == 200
    left = SIZE if framing == "length" else None
    took = drain(slow[0], left)
    assert took >= SIZE
    assert_memory(s, worker, before, clients)


def drain(c, size):
    """Reads to the end of a chunked content, or so much."""
    took = len(c.incoming.left())
    tail = c.incoming.left()[-5:]
    while took < size if size is not None else tail != b"0\r\n\r\n":
        data = c.sock.recv(1 << 18)
        assert data
        took += len(data)
        tail = (tail + data)[-5:]
    return took


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_backend_that_does_not_read(backend, proxy, web, framing):
    """The client cannot send on; when the backend reads, all comes."""
    go = threading.Event()

    def script(connection):
        head = connection.read_head()
        while head.target == "/small":
            connection.send(response(b"ok"))
            head = connection.read_head()
        assert go.wait(CEILING)
        tail = connection.incoming.left()
        left = SIZE - len(tail)
        while left > 0 if framing == "length" else tail != b"0\r\n\r\n":
            data = connection.sock.recv(1 << 18)
            assert data
            left -= len(data)
            tail = (tail + data)[-5:]
        connection.send(response(b"thanks"))

    b = backend(script=script)
    s = proxy(b, timeouts={"request_body": "1h", "backend_body": "1h",
                           "backend_response": "1h"})
    worker, = s.workers()
    other = web(s)
    other.get("/small")
    before = s.memory_kib(worker, "VmRSS")
    c = web(s)
    c.send(f"POST / HTTP/1.1\r\nHost: {NAME}\r\n".encode()
           + HEAD[framing] + b"\r\n")
    source = Source(lambda b: c.send(wrap(framing, b)))

    def push():
        source.run()
        if framing == "chunked":
            c.send(b"0\r\n\r\n")

    sender = threading.Thread(target=push)
    sender.start()
    stuck([source], lambda: other.get("/small"))
    assert source.sent < IN_BETWEEN
    assert_memory(s, worker, before, 1)
    go.set()
    sender.join(CEILING)
    assert source.sent == SIZE
    assert c.read_response().body == b"thanks"
    assert_memory(s, worker, before, 1)


def test_a_client_that_pipelines_and_does_not_read(serve, site, web):
    """Answers of our own do not pile up either."""
    s = serve(config(site([{"path": "/", "allow": "any",
                            "respond": {"body": "x" * 60000}}])))
    worker, = s.workers()
    other = web(s)
    other.get()
    before = s.memory_kib(worker, "VmRSS")
    c = web(s)
    c.sock.setblocking(False)
    requests = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode() * 100
    waits = 0
    while waits < 20:
        try:
            c.sock.send(requests)
            waits = 0
        except ssl.SSLWantWriteError:
            other.get()
            waits += 1
    assert_memory(s, worker, before, 1)
    # served before it was stuck, and `other`
    assert len(s.records("request")) < 2000
    c.sock.setblocking(True)
    for _ in range(10):
        assert len(c.read_response().body) == 60000
