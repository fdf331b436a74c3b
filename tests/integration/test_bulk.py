"""Much at once, and large things: right to the last octet, in little memory."""

import concurrent.futures
import hashlib
import json
import pathlib
import select
import ssl
import subprocess
import sys

import pytest

import bulk_backend
import http1
from client import NAME, Client
from conftest import config
from sallyport import CEILING, SANITIZED

GIB = 1 << 30
LARGE = 64 << 20 if SANITIZED else 2 * GIB
REQUESTS = 2000 if SANITIZED else 10000
CONNECTIONS = 100
MEMORY_KIB = 32 << 10

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def bulk():
    """The address of the bulk backend."""
    p = subprocess.Popen(
        [sys.executable, HERE / "bulk_backend.py"], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    yield f"http://127.0.0.1:{int(p.stdout.readline())}"
    p.stdin.close()
    assert p.wait(CEILING) == 0
    p.stdout.close()


@pytest.fixture(scope="module")
def checksum():
    sha = hashlib.sha256()
    for block in bulk_backend.stream(LARGE):
        sha.update(block)
    return sha.hexdigest()


@pytest.fixture
def sallyport(serve, site, bulk):
    """Two workers before it; in the end they have used little memory."""
    s = serve(config(
        site([{"path": "/", "allow": "any", "backend": "b"}]), {"b": [bulk]},
        workers=2, log={"format": "json", "access": False}))
    yield s
    if not SANITIZED:
        for worker in s.workers():
            assert s.memory_kib(worker) < MEMORY_KIB


def many(port, identity, first, count):
    """So many requests on one connection; how many answers were right."""
    right = 0
    with Client(port, identity) as c:
        for n in range(first, first + count):
            c.send(f"GET /id/{n} HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
            got = c.read_response()
            right += got.status == 200 and got.body == b"%d" % n
    return right


def test_ten_thousand_requests_over_a_hundred_connections(sallyport, pki):
    share = REQUESTS // CONNECTIONS
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        right = list(pool.map(
            lambda k: many(sallyport.port, pki.web, k * share, share),
            range(CONNECTIONS)))
    assert sum(right) == REQUESTS


def test_ten_thousand_pipelined(sallyport, pki):
    """All at once on ten connections: answers in order."""
    share = REQUESTS // 10

    def one(k):
        numbers = range(k * share, (k + 1) * share)
        requests = "".join(f"GET /id/{n} HTTP/1.1\r\nHost: {NAME}\r\n\r\n"
                           for n in numbers).encode()
        got = bytearray()
        last = b"\r\n\r\n%d" % numbers[-1]
        with Client(sallyport.port, pki.web) as c:
            duplex(c, [requests], got.extend, lambda: got.endswith(last))
        incoming = http1.Incoming(lambda: b"")
        incoming.all += got
        return [int(http1.read_response(incoming).body)
                for _ in numbers] == list(numbers)

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        assert all(pool.map(one, range(10)))


def duplex(c, blocks, take, is_done):
    """Sends the blocks and takes what comes, both at the same time."""
    blocks, block = iter(blocks), b""
    c.sock.setblocking(False)
    while not is_done() or block is not None:
        if block is not None and len(block) == 0:
            block = next(blocks, None)
        moved = False
        try:
            data = c.sock.recv(65536)
            assert data
            take(data)
            moved = True
        except ssl.SSLWantReadError:
            pass
        try:
            if block:
                block = block[c.sock.send(block[:65536]):]
                moved = True
        except ssl.SSLWantWriteError:
            pass
        if not moved:
            select.select([c.sock], [c.sock] if block else [], [], CEILING)


def receive(c, size, sha):
    """So many octets that are no head."""
    space = bytearray(1 << 18)
    left = c.incoming.exactly(len(c.incoming.left()))
    sha.update(left)
    size -= len(left)
    while size > 0:
        n = c.sock.recv_into(space)
        assert n > 0
        sha.update(memoryview(space)[:n])
        size -= n
    assert size == 0


def test_a_download_of_two_gib(sallyport, pki, checksum):
    sha = hashlib.sha256()
    with Client(sallyport.port, pki.web) as c:
        c.send(f"GET /source/{LARGE} HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
        head = http1.read_response_head(c.incoming)
        assert head.framing == LARGE
        receive(c, LARGE, sha)
        assert sha.hexdigest() == checksum
        # and the connection is as good as before
        assert c.get("/id/7").body == b"7"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_upload_of_two_gib(sallyport, pki, checksum, framing):
    size = LARGE
    with Client(sallyport.port, pki.web) as c:
        head = f"POST /sink HTTP/1.1\r\nHost: {NAME}\r\n"
        if framing == "length":
            c.send(head + f"Content-Length: {size}\r\n\r\n")
            for block in bulk_backend.stream(size):
                c.sock.sendall(block)
        else:
            c.send(head + "Transfer-Encoding: chunked\r\n\r\n")
            for block in bulk_backend.stream(size):
                c.send(f"{len(block):x}\r\n")
                c.sock.sendall(block)
                c.send("\r\n")
            c.send("0\r\n\r\n")
        told = json.loads(c.read_response().body)
        assert told == {"bytes": size, "sha256": checksum}
        assert c.get("/id/7").body == b"7"


def test_a_gib_in_both_directions_at_once(sallyport, pki):
    """On one connection, as much up as down."""
    size = LARGE // 2
    sha, up = hashlib.sha256(), hashlib.sha256()
    with Client(sallyport.port, pki.web) as c:
        c.send(f"POST /both/{size} HTTP/1.1\r\nHost: {NAME}\r\n"
               f"Content-Length: {size}\r\n\r\n")
        head = http1.read_response_head(c.incoming)
        assert head.framing == size
        sha.update(left := c.incoming.exactly(len(c.incoming.left())))
        came = len(left)

        def take(data):
            nonlocal came
            came += len(data)
            sha.update(data)

        def sent():
            for block in bulk_backend.stream(size):
                up.update(block)
                yield block

        duplex(c, sent(), take, lambda: came >= size)
    assert sha.digest() == up.digest()
    with Client(sallyport.port, pki.web) as c:
        told = json.loads(c.get("/last").body)
        assert told == {"bytes": size, "sha256": up.hexdigest()}


def test_several_large_transfers_side_by_side(sallyport, pki):
    """A download does not hold up another, nor a small request."""
    size = LARGE // 32
    expected = hashlib.sha256()
    for block in bulk_backend.stream(size):
        expected.update(block)

    def download(_):
        sha = hashlib.sha256()
        with Client(sallyport.port, pki.web) as c:
            c.send(f"GET /source/{size} HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
            http1.read_response_head(c.incoming)
            receive(c, size, sha)
        return sha.hexdigest() == expected.hexdigest()

    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        downloads = [pool.submit(download, n) for n in range(8)]
        assert pool.submit(many, sallyport.port, pki.web, 0, 100).result(
        ) == 100
        assert all(d.result() for d in downloads)
