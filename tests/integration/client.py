"""A TLS client that sends octets as they are and tells how it ended."""

import re
import socket
import ssl
import struct

import http1
from sallyport import CEILING

NAME = "api.corp.example"


class Refused(Exception):
    """The server's alert, in lower case: "unknown ca"."""


ALERT = re.compile(r" (?:sslv3|tlsv1|tlsv13|ssl/tls) (?:alert )?([a-z ]+) \(_ssl")


def alert_of(error):
    """What the alert says: "certificate revoked"; None: there was none."""
    found = ALERT.search(str(error))
    return found[1] if found else None


def context(identity=None, ca=None, version=None, alpn=("http/1.1",),
            ciphers=None):
    """identity: a certificate's file, with its key beside it."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # else an end without close_notify looks like one with it
    c.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    c.check_hostname = ca is not None
    c.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        c.load_verify_locations(ca)
    if version is not None:
        c.minimum_version = c.maximum_version = version
    if ciphers:
        c.set_ciphers(ciphers)
    if identity is not None:
        c.load_cert_chain(identity, identity.with_suffix(".key"))
    if alpn:
        c.set_alpn_protocols(list(alpn))
    return c


class Client:
    """One connection.  `end` becomes "close_notify", "eof" (without one),
    "reset", or the alert that ended it."""

    def __init__(self, port, identity=None, sni=NAME, address="127.0.0.1",
                 prelude=(), session=None, **options):
        """prelude: what is sent in front of TLS, piece by piece.  session: the
        context of a connection before, and its session."""
        self.end = None
        self.identity = identity
        raw = socket.create_connection((address, port), CEILING)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming = http1.Incoming(self._recv)
        for piece in prelude:
            raw.sendall(piece)
        try:
            tls, before = session or (context(identity, **options), None)
            self.sock = tls.wrap_socket(
                raw, server_hostname=sni, suppress_ragged_eofs=False,
                session=before
            )
        except ssl.SSLError as e:
            raw.close()
            raise Refused(alert_of(e) or str(e)) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _recv(self):
        if self.end:
            return b""
        try:
            data = self.sock.recv(65536)
        except ssl.SSLZeroReturnError:
            # the answer to a close_notify of our own
            self.end = "close_notify"
        except ssl.SSLEOFError:
            self.end = "eof"
        except ssl.SSLError as e:
            self.end = alert_of(e) or str(e)
            if e.reason == "UNEXPECTED_EOF_WHILE_READING":
                self.end = "eof"
        except ConnectionResetError:
            self.end = "reset"
        else:
            if not data:
                self.end = "close_notify"
            return data
        return b""

    def send(self, data):
        if isinstance(data, str):
            data = data.encode("latin-1")
        self.sock.sendall(data)

    def push(self, data):
        """Sends as much as is taken."""
        try:
            self.send(data)
        except OSError:
            pass

    def read_response(self, method="GET"):
        try:
            return http1.read_response(self.incoming, method)
        except http1.Ended:
            if self.end not in ("close_notify", "eof", "reset"):
                raise Refused(self.end) from None
            raise

    def request(self, method="GET", target="/", fields=(), body=None,
                host=NAME):
        """Sends a well-formed request, and reads the response."""
        head = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
        head += [f"{n}: {v}" for n, v in fields]
        if body is not None:
            head.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(head + ["", ""]).encode("latin-1")
                  + (body or b""))
        return self.read_response(method)

    def get(self, target="/", *fields, **options):
        return self.request("GET", target, fields, **options)

    def read_to_end(self):
        """All that still comes; how it ended is in `end`."""
        return self.incoming.to_end()

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()


def refusal(port, identity=None, **options):
    """How a connection is refused that should be: the alert."""
    try:
        with Client(port, identity, **options) as c:
            # with TLS 1.3 the client is done before the server has judged it
            c.push(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
            got = c.read_to_end()
            assert got == b"", got
            return c.end
    except Refused as e:
        return str(e)
