"""A backend of its own process, for what is much: bulk_backend.py runs until
its standard input ends.

    GET /id/N       answers N
    GET /source/N   answers N octets of stream()
    POST /sink      answers how many octets came, and their SHA-256
    POST /both/N    answers N octets while it reads the request, the last of
                    them when that has ended; what came is told by
    GET /last       of the last POST /both
"""

import hashlib
import json
import random
import re
import socket
import sys
import threading

BLOCK = 1 << 20


def stream(size):
    """So many octets, no two blocks the same."""
    block = bytearray(random.Random(1).randbytes(BLOCK))
    for n in range(0, size, BLOCK):
        block[:8] = n.to_bytes(8, "big")
        yield memoryview(block)[:min(BLOCK, size - n)]


class Connection:
    last = None

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb", 1 << 18)

    def head(self):
        line = self.file.readline().split()
        if len(line) < 2:
            return None, None, None
        framing = 0
        while (field := self.file.readline().rstrip()):
            name, _, value = field.lower().partition(b":")
            if name == b"content-length":
                framing = int(value)
            elif name == b"transfer-encoding":
                framing = None
        return line[0].decode(), line[1].decode(), framing

    def content(self, framing):
        """The pieces of a request's content."""
        if framing is not None:
            while framing > 0:
                data = self.file.read1(min(framing, BLOCK))
                if not data:
                    raise ConnectionError
                framing -= len(data)
                yield data
            return
        while (left := int(self.file.readline(), 16)) > 0:
            while left > 0:
                data = self.file.read1(left)
                left -= len(data)
                yield data
            self.file.readline()
        self.file.readline()

    def digest(self, framing):
        size, sha = 0, hashlib.sha256()
        for data in self.content(framing):
            size += len(data)
            sha.update(data)
        return {"bytes": size, "sha256": sha.hexdigest()}

    def answer(self, body):
        self.sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            + body)

    def source(self, size, hold=0):
        """The rest of the answer: what is held back."""
        self.sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for block in stream(size):
            size -= len(block)
            if size < hold:
                return block
            self.sock.sendall(block)

    def both(self, size, framing):
        held = []
        sender = threading.Thread(
            target=lambda: held.append(self.source(size, 1)))
        sender.start()
        Connection.last = self.digest(framing)
        sender.join()
        self.sock.sendall(held[0])

    def one(self):
        method, target, framing = self.head()
        if method is None:
            return False
        number = int((re.search(r"\d+$", target) or ["0"])[0])
        if target.startswith("/id/"):
            self.answer(b"%d" % number)
        elif target.startswith("/source/"):
            self.source(number)
        elif target == "/sink":
            self.answer(json.dumps(self.digest(framing)).encode())
        elif target.startswith("/both/"):
            self.both(number, framing)
        else:
            self.answer(json.dumps(Connection.last).encode())
        return True

    def serve(self):
        try:
            while self.one():
                pass
        except OSError:
            pass
        self.sock.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection(sock).serve,
                             daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
