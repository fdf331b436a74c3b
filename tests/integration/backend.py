"""A backend that records every octet and answers as it is told."""

import socket
import struct
import threading

import http1
from sallyport import CEILING, wait_until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"


def response(body=b"", status=200, fields=()):
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    head += [f"{n}: {v}" for n, v in fields]
    return "\r\n".join(head + ["", ""]).encode("latin-1") + body


class Connection:
    def __init__(self, sock, number):
        sock.settimeout(CEILING)
        self.sock = sock
        self.number = number
        self.has_ended = False
        self.incoming = http1.Incoming(self._recv)

    def _recv(self):
        try:
            return self.sock.recv(65536)
        except ConnectionResetError:
            return b""

    @property
    def received(self):
        return bytes(self.incoming.all)

    def read_request(self):
        return http1.read_request(self.incoming)

    def read_head(self):
        return http1.read_request_head(self.incoming)

    def read_to_end(self):
        return self.incoming.to_end()

    def send(self, data):
        self.sock.sendall(data)

    def reset(self):
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()


class Backend:
    """Serves connections, each in a thread of its own, by script(connection);
    without one, answers each request with `answer`: bytes, or a function of
    the request.  What it cannot read is in `errors`, and fails the test."""

    def __init__(self, answer=OK, script=None, path=None):
        self.answer = answer
        self.script = script or self._serve
        self.requests = []
        self.connections = []
        self.errors = []
        if path is None:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
            self.server = f"http://127.0.0.1:{self.port}"
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
            self.listener.listen(128)
            self.server = f"unix:{path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            connection = Connection(sock, len(self.connections))
            self.connections.append(connection)
            threading.Thread(
                target=self._run, args=(connection,), daemon=True
            ).start()

    def _run(self, connection):
        try:
            self.script(connection)
        except (http1.Ended, ConnectionError, BrokenPipeError):
            pass
        except Exception as e:
            self.errors.append((repr(e), connection.received[:2000]))
        finally:
            connection.sock.close()
            connection.has_ended = True

    def record(self, request):
        self.requests.append(request)

    def _serve(self, connection):
        while True:
            request = connection.read_request()
            request.connection = connection.number
            self.record(request)
            answer = self.answer
            connection.send(answer(request) if callable(answer) else answer)

    def wait(self, condition, what="the backend"):
        wait_until(condition, what)

    def request(self, number=0):
        """The request with this number, once it has come."""
        self.wait(lambda: len(self.requests) > number, f"request {number}")
        return self.requests[number]

    def ended(self, number=0):
        """The connection with this number, once its script is over."""
        self.wait(
            lambda: len(self.connections) > number
            and self.connections[number].has_ended,
            f"the end of connection {number}",
        )
        return self.connections[number]

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
