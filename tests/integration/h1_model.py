"""HTTP/1.1 messages read after RFC 9112 and 9110, strictly, and slowly.

An independent model of src/http/h1_*: written from the RFCs and from what
sallyport.yaml(5) promises, with regular expressions, never incrementally.
verdict() says what tests/tools/h1_verdicts.c should say.
"""

import ipaddress
import re

# the limits of tests/tools/h1_verdicts.c
LINE, FIELD, HEAD, FIELDS, CHUNK_EXT, TRAILER = 200, 100, 500, 8, 24, 80

LARGEST = 2**63 - 1
OPTIONS = 32  # of Connection
SIZE_DIGITS = 16

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
VALUE = rb"[\t\x20-\x7e\x80-\xff]*"
TARGET = rb"[!\"$-~]+"  # visible ASCII but "#"
QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"'

REQUEST_LINE = re.compile(
    rb"(%b) (%b) HTTP/([0-9]\.[0-9])(.*)" % (TOKEN, TARGET), re.S)
STATUS_LINE = re.compile(
    rb"HTTP/(1\.[01]) ([1-5][0-9][0-9])(?: (%b))?" % VALUE)
FIELD_LINE = re.compile(rb"(%b):[ \t]*(%b)" % (TOKEN, VALUE))
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,%d})((?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*)"
    % (SIZE_DIGITS, TOKEN, TOKEN, QUOTED))
ABSOLUTE = re.compile(rb"(https?)://([^/?]*)(.*)", re.I)
REG_NAME = re.compile(rb"([A-Za-z0-9._-]+?)(\.?)")


class Refused(Exception):
    """This message is not good, whatever follows: the status for it."""

    def __init__(self, status=400):
        super().__init__(status)
        self.status = status


class More(Exception):
    """This message is good so far, and not whole."""


def lines_of(data, first, others, whole, most, *, start_line):
    """The lines of a section up to the empty one, and what follows it.  Of
    two limits the one that was reached first counts."""
    lines, at, begin = [], 0, 0
    while True:
        end = data.find(b"\n", at)
        line = data[at:] if end < 0 else data[at:end + 1]
        at += len(line)
        limit = first if not lines else others
        if len(line) - 2 > limit or at > whole:
            is_line = at - len(line) + limit + 2 <= min(at - 1, whole)
            is_first = start_line and not lines
            raise Refused(414 if is_line and is_first else 431)
        if end < 0:
            raise More
        if not line.endswith(b"\r\n"):
            raise Refused
        line = line[:-2]
        if not line and start_line and not lines:
            # RFC 9112, 2.2: one empty line before a request
            if start_line != "request" or begin:
                raise Refused
            begin = 1
        elif not line:
            return lines, data[at:]
        else:
            lines.append(line)
            if len(lines) - bool(start_line) > most:
                raise Refused(431)


def field_of(line):
    """RFC 9112, 5: no white space before the colon, no folding."""
    m = FIELD_LINE.fullmatch(line)
    if not m:
        raise Refused
    return m[1], m[2].rstrip(b" \t")


def check_authority(text):
    """RFC 9112, 3.2, RFC 3986, 3.2.2; the port, or None."""
    m = re.fullmatch(rb"(\[[^\]]*\]|[^:\[]*)(?::([0-9]{1,5}))?", text)
    if not m:
        raise Refused
    host, port = m[1], m[2]
    if port is not None and not 0 < int(port) < 65536:
        raise Refused
    try:
        if host.startswith(b"["):
            if b"%" in host:
                raise Refused
            ipaddress.IPv6Address(host[1:-1].decode())
            return port
        name = REG_NAME.fullmatch(host)
        if not name or b"" in name[1].split(b"."):
            raise Refused
        # the last label is a number: an address in its one spelling
        if name[1].split(b".")[-1].isdigit():
            ipaddress.IPv4Address(host.decode())
    except ValueError as e:
        raise Refused from e
    return port


def elements(value):
    """RFC 9110, 5.6.1; commas within quotes do not separate."""
    parts, now, quoted, escaped = [], b"", False, False
    for i in range(len(value)):
        c = value[i:i + 1]
        if escaped:
            escaped = False
        elif quoted and c == b"\\":
            escaped = True
        elif c == b'"':
            quoted = not quoted
        elif c == b"," and not quoted:
            parts.append(now)
            now = b""
            continue
        now += c
    return [p.strip(b" \t") for p in [*parts, now] if p.strip(b" \t")]


class Message:
    """The head of a request (answers: None) or of a response."""

    def __init__(self, lines, answers):
        self.fields, self.length, self.chunked = [], None, False
        self.host, self.status = None, None
        # more than one version was read by then: nobody could answer it
        if answers is None:
            self._request_line(lines[0])
        else:
            self._status_line(lines[0])
        for line in lines[1:]:
            self._field(*field_of(line))
        options = [o.lower() for n, v in self.fields
                   if n.lower() == b"connection" for o in elements(v)]
        if len(options) > OPTIONS:
            raise Refused(431)
        if self.chunked and (self.length is not None
                             or self.version == b"1.0"):
            raise Refused
        self.keep = b"close" not in options and (
            self.version == b"1.1" or b"keep-alive" in options)
        if answers is None:
            self._finish_request()
        else:
            self._finish_response(answers)

    def _request_line(self, line):
        m = REQUEST_LINE.fullmatch(line)
        if not m:
            raise Refused
        self.method, target, self.version, rest = m.groups()
        if self.version not in (b"1.0", b"1.1"):
            raise Refused(505)
        if rest:
            raise Refused
        self.scheme, self.authority, self.path = b"", None, target
        if self.method == b"CONNECT":
            if check_authority(target) is None:
                raise Refused
            self.authority, self.path = target, b""
        elif target == b"*":
            if self.method != b"OPTIONS":
                raise Refused
        elif not target.startswith(b"/"):
            m = ABSOLUTE.fullmatch(target)
            if not m:
                raise Refused
            self.scheme, self.authority, rest = m[1].lower(), m[2], m[3]
            check_authority(self.authority)
            if rest.startswith(b"?"):
                rest = b"/" + rest
            nothing = b"*" if self.method == b"OPTIONS" else b"/"
            self.path = rest or nothing

    def _status_line(self, line):
        m = STATUS_LINE.fullmatch(line)
        if not m:
            raise Refused
        self.version, self.status = m[1], int(m[2])

    def _field(self, name, value):
        known = name.lower()
        if known == b"content-length":
            if (self.length is not None or not re.fullmatch(rb"[0-9]+", value)
                    or int(value) > LARGEST):
                raise Refused
            self.length = int(value)
        elif known == b"transfer-encoding":
            if self.chunked or value.lower() != b"chunked":
                raise Refused
            self.chunked = True
        elif known == b"host" and self.status is None:
            if self.host is not None:
                raise Refused
            check_authority(value)
            self.host = value
        else:
            self.fields.append((name, value))

    def _finish_request(self):
        if self.version == b"1.1" and self.host is None:
            raise Refused
        if self.authority is None:
            self.authority = self.host or b""
        self.said = b"none"
        if self.chunked:
            self.said = b"stream"
        elif self.length is not None:
            self.said = b"length=%d" % self.length

    def _finish_response(self, answers):
        status, announced = self.status, self.chunked or bool(self.length)
        if answers == b"HEAD" or status < 200 or status in (204, 304):
            if status < 200 and announced:
                raise Refused
            if status == 204 and announced:
                self.keep = False
            self.said = b"none"
            if self.length is not None and status >= 200 and status != 204:
                self.said = b"none(%d)" % self.length
            self.length, self.chunked = None, False
        elif self.chunked:
            self.said = b"stream"
        elif self.length is not None:
            self.said = b"length=%d" % self.length
        else:
            self.said, self.keep = b"until-close", False

    def __bytes__(self):
        if self.status is not None:
            start = b"%d " % self.status
        else:
            scheme = self.scheme + b"!" if self.scheme else b""
            start = (self.method + b" " + scheme + self.path + b" host="
                     + self.authority + b" ")
        return (start + self.version + b" " + self.said
                + (b" keep " if self.keep else b" close ") + dump(self.fields))


def dump(fields):
    return b"".join(b"{%b: %b}" % f for f in fields)


def chunks_of(data, content, known):
    """RFC 9112, 7.1: the trailer fields, and what follows the body."""
    extensions = 0
    while True:
        end = data.find(b"\n")
        line = data if end < 0 else data[:end + 1]
        if len(line) - SIZE_DIGITS - 2 > CHUNK_EXT - extensions:
            raise Refused(413)
        if end < 0:
            raise More
        m = CHUNK_LINE.fullmatch(line[:-2])
        if not line.endswith(b"\r\n") or not m:
            raise Refused
        size = int(m[1], 16)
        extensions += len(m[2])
        if size > LARGEST:
            raise Refused
        if extensions > CHUNK_EXT:
            raise Refused(413)
        data = data[len(line):]
        if size == 0:
            break
        content += data[:size]
        if len(data) < size:
            raise More
        data = data[size:]
        if not b"\r\n".startswith(data[:2]):
            raise Refused
        if len(data) < 2:
            raise More
        data = data[2:]
    lines, rest = lines_of(data, FIELD, FIELD, TRAILER, FIELDS,
                           start_line=None)
    trailers = [field_of(line) for line in lines]
    return [t for t in trailers if t[0].lower() not in known], rest


def body_of(m, data, content, known):
    if m.said == b"stream":
        return chunks_of(data, content, known)
    if m.said == b"until-close":
        content += data
        return [], b""
    length = m.length or 0
    content += data[:length]
    if len(data) < length:
        raise More
    return [], data[length:]


def refusal(what, e):
    """A request is answered, and the status matters."""
    return b"refused:%d" % e.status if what == b"Q" else b"refused"


def verdict(what, data, known):
    """known: names, in lower case, that no trailer may have."""
    answers = {b"Q": None, b"S": b"GET", b"H": b"HEAD"}[what]
    content = bytearray()
    try:
        lines, rest = lines_of(
            data, LINE, FIELD, HEAD, FIELDS,
            start_line="request" if answers is None else "response")
        m = Message(lines, answers)
    except Refused as e:
        return refusal(what, e)
    except More:
        return b"more"
    try:
        trailers, rest = body_of(m, rest, content, known)
        end = dump(trailers) + b"+%d" % len(rest)
    except Refused as e:
        end = refusal(what, e)
    except More:
        end = b"more"
    return bytes(m) + b" | " + content.hex().encode() + b" " + end
