"""HTTP/1.1 as the two ends of a test read it: what is not exactly right is an
error, so that reading a message is already half of judging it."""

import re

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"([!-~\x80-\xff]([ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?")
TARGET = re.compile(r"[!-~]+")


class Malformed(Exception):
    pass


class Ended(Exception):
    """The connection ended where more was needed."""


class Incoming:
    """What comes on a connection: recv() gives b"" at its end."""

    def __init__(self, recv):
        self.recv = recv
        self.all = bytearray()
        self.at = 0

    def left(self):
        return bytes(self.all[self.at:])

    def more(self):
        data = self.recv()
        if not data:
            raise Ended
        self.all += data

    def exactly(self, n):
        while len(self.all) - self.at < n:
            self.more()
        self.at += n
        return bytes(self.all[self.at - n:self.at])

    def line(self):
        while (end := self.all.find(b"\n", self.at)) < 0:
            self.more()
        line = self.exactly(end + 1 - self.at)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Malformed(f"line {line!r}")
        return line[:-2].decode("latin-1")

    def to_end(self):
        try:
            while True:
                self.more()
        except Ended:
            return self.exactly(len(self.all) - self.at)


class Message:
    def __init__(self):
        self.fields = []
        self.trailers = []
        self.chunks = []
        self.interim = []
        self.body = b""

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    def names(self):
        return [n.lower() for n, _ in self.fields]

    def wants_close(self):
        return "close" in (self.get("connection") or "").lower()

    def __repr__(self):
        return f"<{vars(self)}>"


def _fields(incoming):
    fields = []
    while line := incoming.line():
        name, colon, value = line.partition(":")
        value = value.strip(" \t")
        if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise Malformed(f"field {line!r}")
        fields.append((name, value))
    return fields


def _chunked(incoming, m):
    while True:
        line = incoming.line()
        if not re.fullmatch(r"[0-9a-fA-F]+", line):
            raise Malformed(f"chunk {line!r}")
        size = int(line, 16)
        if size == 0:
            break
        m.chunks.append(size)
        m.body += incoming.exactly(size)
        if incoming.exactly(2) != b"\r\n":
            raise Malformed("chunk without end")
    m.trailers = _fields(incoming)


def _framing(m):
    """The length of the content, "chunked", or None."""
    te, length = m.all("transfer-encoding"), m.all("content-length")
    if te and (te != ["chunked"] or length):
        raise Malformed(f"framing {te} {length}")
    if length and (len(length) > 1 or not re.fullmatch(r"\d+", length[0])):
        raise Malformed(f"length {length}")
    if te:
        return "chunked"
    return int(length[0]) if length else None


def read_request_head(incoming):
    m = Message()
    parts = incoming.line().split(" ")
    if len(parts) != 3 or parts[2] != "HTTP/1.1":
        raise Malformed(f"request line {parts}")
    m.method, m.target, _ = parts
    if not TOKEN.fullmatch(m.method) or not TARGET.fullmatch(m.target):
        raise Malformed(f"request line {parts}")
    m.fields = _fields(incoming)
    if len(m.all("host")) != 1:
        raise Malformed(f"host {m.all('host')}")
    m.framing = _framing(m)
    return m


def read_request_body(incoming, m):
    if m.framing == "chunked":
        _chunked(incoming, m)
    elif m.framing:
        m.body = incoming.exactly(m.framing)
    return m


def read_request(incoming):
    return read_request_body(incoming, read_request_head(incoming))


def read_response_head(incoming):
    m = Message()
    got = re.fullmatch(r"HTTP/1\.1 ([1-5]\d\d) (.*)", incoming.line())
    if not got:
        raise Malformed("status line")
    m.status, m.reason = int(got[1]), got[2]
    m.fields = _fields(incoming)
    m.framing = _framing(m)
    if m.framing is not None and (m.status < 200 or m.status == 204):
        raise Malformed(f"{m.status} announces content")
    return m


def read_response(incoming, method="GET"):
    interim = []
    while (m := read_response_head(incoming)).status < 200:
        interim.append(m)
    m.interim = interim
    if method == "HEAD" or m.status in (204, 304):
        return m
    if m.framing == "chunked":
        _chunked(incoming, m)
    elif m.framing is not None:
        m.body = incoming.exactly(m.framing)
    else:
        m.body = incoming.to_end()
    return m
