"""Many who are slow, each in its own way, driven by one thread: a round gives
every one of them a chance to move a little."""

import contextlib
import select
import socket
import ssl
import threading

import client
from client import NAME
from sallyport import wait_until

HOST = f"Host: {NAME}\r\n"


class Slow:
    """One that is slow.  step() moves it a little, and says whether it was cut;
    what it was told before is in `got`."""

    def __init__(self, sock):
        self.sock = sock
        self.got = b""
        self.steps = 0
        self.is_cut = False

    def send(self, data):
        with contextlib.suppress(ssl.SSLWantWriteError, BlockingIOError):
            self.sock.send(data)

    def move(self):
        """Gives a little."""

    def take(self):
        """Takes what there is."""
        self.got += (data := self.sock.recv(4096))
        return data

    def step(self):
        self.steps += 1
        try:
            self.move()
            while data := self.take():
                pass
            self.is_cut = data == b""
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        except OSError:
            self.is_cut = True
        return self.is_cut

    def close(self):
        self.sock.close()


class Handshake(Slow):
    """A ClientHello, never whole: octet by octet; or cut into TLS records of
    one octet each, which is the same to TLS and more to whoever parses it."""

    def __init__(self, port, in_records):
        super().__init__(socket.create_connection(("127.0.0.1", port)))
        self.sock.setblocking(False)
        out = ssl.MemoryBIO()
        hello = client.context().wrap_bio(ssl.MemoryBIO(), out,
                                          server_hostname=NAME)
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.do_handshake()
        data = out.read()
        self.left = [data[n:n + 1] for n in range(len(data) - 1)]
        if in_records:
            # what is in the record, each octet in one of its own
            self.left = [data[:3] + b"\0\1" + c for c in self.left[5:]]

    def move(self):
        if self.left:
            self.send(self.left.pop(0))


class Dripping(Slow):
    """A request of which there is always an octet more to come, in a TLS record
    of its own."""

    def __init__(self, port, identity, begin):
        self.client = client.Client(port, identity)
        super().__init__(self.client.sock)
        self.client.send(begin)
        self.sock.setblocking(False)

    def move(self):
        self.send(b"x")


class Reader(Slow):
    """Asks for much, and takes next to nothing of it."""

    def __init__(self, port, identity, target):
        self.client = client.Client(port, identity)
        super().__init__(self.client.sock)
        # what it does not take shall not fit into its own buffers either
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.client.send(f"GET {target} HTTP/1.1\r\n{HOST}\r\n")
        self.sock.setblocking(False)

    def step(self):
        """An octet; whoever was cut is told so by the poll, not by reading."""
        self.steps += 1
        with contextlib.suppress(ssl.SSLWantReadError, OSError):
            self.got += self.sock.recv(1)
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        gone = select.POLLRDHUP | select.POLLHUP | select.POLLERR
        self.is_cut = any(what & gone for _, what in poll.poll(0))
        return self.is_cut


class SlowBackend:
    """A server whose connections do what move(sock) does whenever it is their
    turn; when the other side has ended one it is over."""

    def __init__(self, move, reads=True):
        self.move = move
        self.reads = reads
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.server = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = []
        self.came = 0
        self.lock = threading.Lock()

    def _accept(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = self.listener.accept()
                sock.setblocking(False)
                self.connections.append(sock)
                self.came += 1

    def _step(self, sock):
        """Whether it is over."""
        try:
            self.move(sock)
            while self.reads:
                if not sock.recv(65536):
                    return True
        except BlockingIOError:
            return False
        except OSError:
            return True
        return False

    def step(self):
        self._accept()
        over = [c for c in self.connections if self._step(c)]
        for c in over:
            self.connections.remove(c)
            c.close()

    def close(self):
        for sock in self.connections:
            sock.close()
        self.listener.close()


def drive(members, beside, until=None, what="all to be cut"):
    """Rounds of one step each, and of beside(), until they are all cut, or
    something else holds."""
    until = until or (lambda: all(m.is_cut for m in members))

    def turn():
        for m in members:
            if not m.is_cut:
                m.step()
        beside()
        return until()

    wait_until(turn, what)
