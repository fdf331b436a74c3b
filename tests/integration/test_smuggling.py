"""What is malformed or ambiguous never becomes a request of its own.

Each case is judged by what the backend received: nothing, or exactly one
well-formed request, which the recording backend's strict parser vouches for.
SR-18 and SR-20; H1-1 to H1-21.
"""

import pytest

from backend import Backend, response
from client import NAME, Client
from conftest import config
from sallyport import Sallyport

HOST = f"Host: {NAME}\r\n"
CL = "Content-Length: "
TE = "Transfer-Encoding: "
SMUGGLED = f"GET /smuggled HTTP/1.1\r\n{HOST}\r\n"


@pytest.fixture(scope="module")
def sallyport(tmp_path_factory, site):
    """One for all cases: none may spoil it for the next."""
    b = Backend(lambda r: response(r.body))
    s = Sallyport(tmp_path_factory.mktemp("smuggling"), config(
        site([{"path": "/", "allow": "any", "backend": "b"}]),
        {"b": [b.server]}))
    assert s.is_ready, s.log()
    s.backend = b
    yield s
    s.stop()
    b.close()
    assert not b.errors, b.errors


def post(fields, rest="", line="POST /a HTTP/1.1"):
    return f"{line}\r\n{HOST}{fields}\r\n{rest}"


def get(fields="", line="GET /a HTTP/1.1", host=HOST):
    return f"{line}\r\n{host}{fields}\r\n"


LINES = {
    "two spaces": "GET  /a HTTP/1.1",
    "two spaces before the version": "GET /a  HTTP/1.1",
    "a tab": "GET\t/a HTTP/1.1",
    "a tab before the version": "GET /a\tHTTP/1.1",
    "a vertical tab": "GET /a\x0bHTTP/1.1",
    "a space before": " GET /a HTTP/1.1",
    "a space behind": "GET /a HTTP/1.1 ",
    "a space in the target": "GET /a b HTTP/1.1",
    "a NUL in the target": "GET /a\0 HTTP/1.1",
    "a DEL in the target": "GET /a\x7f HTTP/1.1",
    "a high octet in the target": "GET /\xe4 HTTP/1.1",
    "a bare CR in the target": "GET /a\r HTTP/1.1",
    "a fragment": "GET /a#b HTTP/1.1",
    "no target": "GET HTTP/1.1",
    "an empty target": "GET  HTTP/1.1",
    "no version": "GET /a",
    "HTTP/0.9": "GET /a",
    "HTTP/1.2": "GET /a HTTP/1.2",
    "HTTP/2.0": "GET /a HTTP/2.0",
    "HTTP/1.10": "GET /a HTTP/1.10",
    "HTTP/01.1": "GET /a HTTP/01.1",
    "http/1.1": "GET /a http/1.1",
    "HTTP/1,1": "GET /a HTTP/1,1",
    "HTTP /1.1": "GET /a HTTP /1.1",
    "HTTPS/1.1": "GET /a HTTPS/1.1",
    "a method that is no token": "G(T /a HTTP/1.1",
    "a method with a colon": "GET: /a HTTP/1.1",
    "an empty method": " /a HTTP/1.1",
    "asterisk with GET": "GET * HTTP/1.1",
    "authority with GET": f"GET {NAME}:443 HTTP/1.1",
    "a relative target": "GET a HTTP/1.1",
    "another scheme": f"GET ftp://{NAME}/a HTTP/1.1",
    "an empty authority": "GET http:///a HTTP/1.1",
    "userinfo": f"GET http://user@{NAME}/a HTTP/1.1",
    "a backslash for a slash": f"GET http:\\\\{NAME}/a HTTP/1.1",
}

HOSTS = {
    "none": "",
    "two": HOST + HOST,
    "two with different case": HOST + f"HOST: {NAME}\r\n",
    "two that differ": HOST + "Host: evil.example\r\n",
    "a list": f"Host: {NAME}, evil.example\r\n",
    "empty": "Host:\r\n",
    "userinfo": f"Host: user@{NAME}\r\n",
    "a path": f"Host: {NAME}/a\r\n",
    "a query": f"Host: {NAME}?a\r\n",
    "a fragment": f"Host: {NAME}#a\r\n",
    "a backslash": f"Host: {NAME}\\a\r\n",
    "a space": f"Host: {NAME} a\r\n",
    "an empty port is one too many": f"Host: {NAME}:\r\n",
    "port 0": f"Host: {NAME}:0\r\n",
    "port 65536": f"Host: {NAME}:65536\r\n",
    "a port that is none": f"Host: {NAME}:44a\r\n",
    "a port with a sign": f"Host: {NAME}:+443\r\n",
    "two ports": f"Host: {NAME}:1:2\r\n",
    "two dots at the end": f"Host: {NAME}..\r\n",
    "an empty label": "Host: api..corp.example\r\n",
    "a NUL": f"Host: {NAME}\0\r\n",
    "a high octet": f"Host: {NAME}\xe4\r\n",
    "an open bracket": "Host: [::1\r\n",
    "an escape": "Host: api%2ecorp.example\r\n",
    "folded": f"Host:\r\n {NAME}\r\n",
}

FIELDS = {
    "a space before the colon": "X-A : b\r\n",
    "a tab before the colon": "X-A\t: b\r\n",
    "no colon": "X-A b\r\n",
    "an empty name": ": b\r\n",
    "a name with a space": "X A: b\r\n",
    "a name with a NUL": "X\0A: b\r\n",
    "a name with a high octet": "X\xe4: b\r\n",
    "a name in brackets": "X(A): b\r\n",
    "a name with a slash": "X/A: b\r\n",
    "folded": "X-A: b\r\n c\r\n",
    "folded with a tab": "X-A: b\r\n\tc\r\n",
    "folded, nothing on it": "X-A: b\r\n \r\n",
    "folded before the first": " X-A: b\r\n",
    "a NUL in the value": "X-A: b\0c\r\n",
    "a bare CR in the value": "X-A: b\rc\r\n",
    "a CR before the CRLF": "X-A: b\r\r\n",
    "a bare LF": "X-A: b\n",
    "a bare LF in the value": "X-A: b\nX-B: c\r\n",
    "an escape": "X-A: b\x1bc\r\n",
    "a DEL": "X-A: b\x7fc\r\n",
    "a vertical tab": "X-A: b\x0bc\r\n",
}

LENGTHS = {
    "a plus": "+5", "a minus": "-5", "minus zero": "-0", "empty": "",
    "hexadecimal": "0x5", "octal, C's way": "0o5", "a fraction": "5.0",
    "an exponent": "5e0", "an underscore": "0_5", "a list": "5, 5",
    "a list that differs": "5, 6", "a comma": "5,", "a space within": "5 5",
    "letters": "five", "an overflow": "18446744073709551621",
    "a large overflow": "99999999999999999999999999",
    "too large": "9223372036854775808", "full-width": "\xef\xbc\x95",
    "a semicolon": "5;", "a quote": '"5"', "a form feed": "\x0c5",
    "a NUL": "5\0", "a vertical tab": "\x0b5",
}

CODINGS = {
    "gzip": "gzip", "identity": "identity", "chunked twice": "chunked, chunked",
    "gzip, chunked": "gzip, chunked", "chunked, gzip": "chunked, gzip",
    "identity, chunked": "identity, chunked", "empty": "",
    "a comma": "chunked,", "a comma before": ",chunked", "x": "xchunked",
    "a parameter": "chunked;a=b", "quoted": '"chunked"', "cow": "cow",
    "a vertical tab": "\x0bchunked", "a form feed": "chunked\x0c",
    "a NUL": "chunked\0", "another letter": "chun\xe9ked",
    "a dot": "chunked.", "spaces": "chun ked",
}

CHUNKS = {
    "a size with 0x": "0x5\r\nabcde\r\n0\r\n\r\n",
    "a size with a plus": "+5\r\nabcde\r\n0\r\n\r\n",
    "a size with a minus": "-5\r\nabcde\r\n0\r\n\r\n",
    "a size with an underscore": "0_5\r\nabcde\r\n0\r\n\r\n",
    "a size with a space before": " 5\r\nabcde\r\n0\r\n\r\n",
    "a size with a space behind": "5 \r\nabcde\r\n0\r\n\r\n",
    "a size with a tab behind": "5\t\r\nabcde\r\n0\r\n\r\n",
    "no size": "\r\nabcde\r\n0\r\n\r\n",
    "a size that is none": "g\r\nabcde\r\n0\r\n\r\n",
    "an overflow": "10000000000000005\r\nabcde\r\n0\r\n\r\n",
    "a large size": "ffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
    "a sign by overflow": "8000000000000005\r\nabcde\r\n0\r\n\r\n",
    "many digits": "0" * 40 + "5\r\nabcde\r\n0\r\n\r\n",
    "a bare LF behind the size": "5\nabcde\r\n0\r\n\r\n",
    "a bare CR behind the size": "5\rabcde\r\n0\r\n\r\n",
    "a bare LF behind the data": "5\r\nabcde\n0\r\n\r\n",
    "a bare LF at the end": "5\r\nabcde\r\n0\n\n",
    "nothing behind the data": "5\r\nabcde0\r\n\r\n",
    "more data than the size": "5\r\nabcdef\r\n0\r\n\r\n",
    "less data than the size": "6\r\nabcde\r\n0\r\n\r\n",
    "a LF in an extension": "5;a\nb\r\nabcde\r\n0\r\n\r\n",
    "a CR in an extension": "5;a\rb\r\nabcde\r\n0\r\n\r\n",
    "a NUL in an extension": "5;a\0\r\nabcde\r\n0\r\n\r\n",
    "an open quote in an extension": '5;a="b\r\nabcde\r\n0\r\n\r\n',
    "a CRLF in a quoted extension": '5;a="\r\nabcde\r\n0\r\n\r\n"',
    "no semicolon before an extension": "5 a=b\r\nabcde\r\n0\r\n\r\n",
    "two ends in one": "5\r\nabcde\r\n00\r\n \r\n",
    "a folded trailer": "5\r\nabcde\r\n0\r\nX: a\r\n b\r\n\r\n",
    "a trailer without a colon": "5\r\nabcde\r\n0\r\nX\r\n\r\n",
    "a trailer with a space before the colon":
        "5\r\nabcde\r\n0\r\nX : a\r\n\r\n",
    "a trailer with a bare LF": "5\r\nabcde\r\n0\r\nX: a\n\r\n",
    "a trailer with a bare CR": "5\r\nabcde\r\n0\r\nX: a\rb\r\n\r\n",
    "a trailer with a NUL": "5\r\nabcde\r\n0\r\nX: a\0\r\n\r\n",
}

TE_NAMES = {
    "a space before the colon": "Transfer-Encoding : chunked\r\n",
    "a tab before the colon": "Transfer-Encoding\t: chunked\r\n",
    "folded": "Transfer-Encoding:\r\n chunked\r\n",
    "folded before": "X: a\r\n Transfer-Encoding: chunked\r\n",
    "behind a bare LF": "X: a\nTransfer-Encoding: chunked\r\n",
    "behind a bare CR": "X: a\rTransfer-Encoding: chunked\r\n",
    "a NUL": "Transfer-Encoding\0: chunked\r\n",
    "twice": TE + "chunked\r\n" + TE + "chunked\r\n",
    "twice, the other unknown": TE + "chunked\r\n" + TE + "cow\r\n",
    "twice, identity": TE + "identity\r\n" + TE + "chunked\r\n",
    "in HTTP/1.0": None,
}


def cases():
    for what, line in LINES.items():
        yield f"line: {what}", get(line=line)
    for what, host in HOSTS.items():
        yield f"host: {what}", get(host=host)
    for what, fields in FIELDS.items():
        yield f"field: {what}", get(fields)
    for what, length in LENGTHS.items():
        yield f"H1_19 length: {what}", post(f"{CL}{length}\r\n", "abcde")
    for what, coding in CODINGS.items():
        yield f"H1_18 coding: {what}", post(f"{TE}{coding}\r\n",
                                      "5\r\nabcde\r\n0\r\n\r\n")
    for what, chunks in CHUNKS.items():
        yield f"H1_20 chunk: {what}", post(f"{TE}chunked\r\n", chunks)
    for what, fields in TE_NAMES.items():
        chunks = "5\r\nabcde\r\n0\r\n\r\n"
        if fields is None:
            yield f"H1_17 te: {what}", post(f"{TE}chunked\r\n", chunks,
                                      "POST /a HTTP/1.0")
        else:
            yield f"H1_18 te: {what}", post(fields + f"{CL}5\r\n", chunks)
            yield f"H1_18 te alone: {what}", post(fields, chunks)
    both = "0\r\n\r\n"
    for what, fields in {
        "CL.TE": f"{CL}{len(both + SMUGGLED)}\r\n{TE}chunked\r\n",
        "TE.CL": f"{TE}chunked\r\n{CL}{len(both)}\r\n",
        "CL.TE, CL 0": f"{CL}0\r\n{TE}chunked\r\n",
        "TE.CL, invalid CL": f"{TE}chunked\r\n{CL}x\r\n",
        "CL.CL": f"{CL}0\r\n{CL}{len(SMUGGLED)}\r\n",
        "CL.CL that agree": f"{CL}5\r\n{CL}5\r\n",
        "CL named by Connection": f"Connection: content-length\r\n{CL}0\r\n"
                                  f"{TE}chunked\r\n",
    }.items():
        yield f"H1_16 {what}", post(fields, both)


CASES = dict(cases())
assert len(CASES) > 150


@pytest.mark.parametrize("what", CASES)
def test_SR_18_refused(sallyport, pki, what):
    """400 or the like and the end: what follows it is not served either."""
    b = sallyport.backend
    before = len(b.requests)
    with Client(sallyport.port, pki.web) as c:
        c.push(CASES[what] + SMUGGLED)
        got = c.read_response()
        assert got.status in (400, 405, 414, 421, 431, 501, 505), got
        assert got.wants_close() or got.status in (405, 421)
        rest = c.read_to_end() if got.wants_close() else b""
        assert rest == b""
    # the case's own chunks may have begun to stream, never to be complete;
    # the backend shouts if it got anything malformed
    assert len(b.requests) == before, b.requests[before:]
    assert not b.errors, b.errors


# What looks alike and is fine: exactly one well-formed request comes of it,
# and the one behind it is a request of its own.
FINE = {
    "no space behind the colon": (get("X-A:b\r\n"), b""),
    "spaces around the value": (get("X-A: \t b \t \r\n"), b""),
    "TE in another case": (
        post("tRANSFER-eNCODING: cHUNKED\r\n", "5\r\nabcde\r\n0\r\n\r\n"),
        b"abcde"),
    "TE with spaces around": (
        post("Transfer-Encoding:\t chunked \r\n", "5\r\nabcde\r\n0\r\n\r\n"),
        b"abcde"),
    "leading zeros of a size": (
        post(f"{TE}chunked\r\n", "0005\r\nabcde\r\n000\r\n\r\n"), b"abcde"),
    "leading zeros of a length": (post(f"{CL}005\r\n", "abcde"), b"abcde"),
    "upper case sizes": (
        post(f"{TE}chunked\r\n", "A\r\n0123456789\r\n0\r\n\r\n"),
        b"0123456789"),
    "a request in the content": (
        post(f"{CL}{len(SMUGGLED)}\r\n", SMUGGLED), SMUGGLED.encode()),
    "a request in a chunk": (
        post(f"{TE}chunked\r\n",
             f"{len(SMUGGLED):x}\r\n{SMUGGLED}\r\n0\r\n\r\n"),
        SMUGGLED.encode()),
    "CL in a field's value": (get("X-A: Content-Length: 5\r\n"), b""),
    "a name that is nearly CL": (get("Content_Length: 5\r\n"
                                     "Content-Length2: 5\r\n"), b""),
    "a name that is nearly TE": (get("Transfer_Encoding: chunked\r\n"), b""),
    "CL 0": (post(f"{CL}0\r\n"), b""),
    "an upgrade with content": (
        post(f"Connection: upgrade\r\nUpgrade: websocket\r\n{CL}5\r\n",
             "abcde"), b"abcde"),
    "an upgrade to h2c": (
        get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"), b""),
    "CL named by Connection": (
        post(f"Connection: content-length\r\n{CL}5\r\n", "abcde"), b"abcde"),
    "TE named by Connection": (
        post(f"Connection: transfer-encoding\r\n{TE}chunked\r\n",
             "5\r\nabcde\r\n0\r\n\r\n"), b"abcde"),
}


@pytest.mark.parametrize("what", FINE)
def test_SR_18_written_anew(sallyport, pki, what):
    b = sallyport.backend
    before = len(b.requests)
    sent, body = FINE[what]
    with Client(sallyport.port, pki.web) as c:
        c.send(sent + get(line="GET /next HTTP/1.1"))
        assert c.read_response().body == body
        assert c.read_response().status == 200
    first, second = b.requests[before:]
    assert (first.target, first.body) == ("/a", body)
    assert (second.target, second.body) == ("/next", b"")
    assert "upgrade" not in first.names()
    assert not b.errors, b.errors


@pytest.mark.parametrize("framing", [CL + str(len(SMUGGLED)), TE + "chunked"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_SR_20_content_that_a_backend_does_not_expect(
        proxy, backend, web, method, framing):
    """RFC 9110, 9.3.1: some read no content of such a request, and take it
    for the next one; not if the connection is to be closed."""
    def careless(connection):
        while True:
            m = connection.read_head()
            b.record(m)
            connection.send(response())
            if m.wants_close():
                return

    b = backend(script=careless)
    s = proxy(b)
    c = web(s)
    content = SMUGGLED
    if "chunked" in framing:
        content = f"{len(SMUGGLED):x}\r\n{SMUGGLED}\r\n0\r\n\r\n"
    c.send(post(framing + "\r\n", content, f"{method} /a HTTP/1.1"))
    assert c.read_response(method).status == 200
    assert web(s).get("/b").status == 200
    assert [r.target for r in b.requests] == ["/a", "/b"]
    assert [r.wants_close() for r in b.requests] == [True, False]


def test_H1_4_two_empty_lines_before_a_request(sallyport, pki):
    with Client(sallyport.port, pki.web) as c:
        c.push("\r\n\r\n" + get())
        assert c.read_response().status == 400


@pytest.mark.parametrize("sent", [b"\0" * 100, b"\r", b"\n", b"\xff\xfe\r\n",
                                  b"\x16\x03\x01" * 10 + b"\r\n\r\n"])
def test_garbage(sallyport, pki, sent):
    with Client(sallyport.port, pki.web) as c:
        c.push(sent + b"\r\n\r\n")
        assert c.read_response().status == 400
