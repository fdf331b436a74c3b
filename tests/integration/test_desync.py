"""The backend's side is not trusted either: what is malformed or ambiguous in
an answer never becomes an answer, nor a part of the next one.

Each case is what a server sends, with a second answer behind it that nobody
asked for.  It is judged by what the client, and another client after it, really
received: 502; or, where the head was out already, a body that cannot be taken
for a whole one.  HS-13, HS-14, SR-20, SR-22.
"""

import re

import pytest

import http1
from backend import Backend
from client import NAME, Client
from conftest import config
from sallyport import Sallyport

CL = b"Content-Length: "
TE = b"Transfer-Encoding: "
EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
CLEAN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean"
LATER = b"5\r\nabcde\r\n"


def ok(fields=b"", body=b"", line=b"HTTP/1.1 200 OK"):
    return line + b"\r\n" + fields + b"\r\n" + body


LINES = {
    "no version": b"200 OK",
    "HTTP/0.9": b"<html>",
    "HTTP/1.2": b"HTTP/1.2 200 OK",
    "HTTP/2.0": b"HTTP/2.0 200 OK",
    "HTTP/2": b"HTTP/2 200",
    "HTTP/1.10": b"HTTP/1.10 200 OK",
    "HTTP/01.1": b"HTTP/01.1 200 OK",
    "HTTP/1.1.1": b"HTTP/1.1.1 200 OK",
    "HTTP/1": b"HTTP/1 200 OK",
    "http/1.1": b"http/1.1 200 OK",
    "HTTP/1,1": b"HTTP/1,1 200 OK",
    "HTTP /1.1": b"HTTP /1.1 200 OK",
    "HTTPS/1.1": b"HTTPS/1.1 200 OK",
    "ICY": b"ICY 200 OK",
    "RTSP": b"RTSP/1.0 200 OK",
    "a space before": b" HTTP/1.1 200 OK",
    "two spaces": b"HTTP/1.1  200 OK",
    "a tab": b"HTTP/1.1\t200 OK",
    "a vertical tab": b"HTTP/1.1\x0b200 OK",
    "a NUL": b"HTTP/1.1\x00200 OK",
    "no space": b"HTTP/1.1200 OK",
    "no status": b"HTTP/1.1",
    "an empty status": b"HTTP/1.1 ",
    "a reason alone": b"HTTP/1.1 OK",
    "one digit": b"HTTP/1.1 2 OK",
    "two digits": b"HTTP/1.1 20 OK",
    "four digits": b"HTTP/1.1 2000 OK",
    "zeros in front": b"HTTP/1.1 0200 OK",
    "status 0": b"HTTP/1.1 000 OK",
    "status 99": b"HTTP/1.1 099 OK",
    "status 600": b"HTTP/1.1 600 OK",
    "status 999": b"HTTP/1.1 999 OK",
    "a plus": b"HTTP/1.1 +20 OK",
    "a minus": b"HTTP/1.1 -20 OK",
    "hexadecimal": b"HTTP/1.1 0xC8 OK",
    "a fraction": b"HTTP/1.1 200.1 OK",
    "a letter in it": b"HTTP/1.1 2O0 OK",
    "other digits": "HTTP/1.1 \uff12\uff10\uff10 OK".encode(),
    "a tab behind it": b"HTTP/1.1 200\tOK",
    "a comma behind it": b"HTTP/1.1 200, OK",
    "a NUL in the reason": b"HTTP/1.1 200 O\0K",
    "a bare CR in the reason": b"HTTP/1.1 200 O\rK",
    "an escape in the reason": b"HTTP/1.1 200 \x1b[1mOK",
    "a DEL in the reason": b"HTTP/1.1 200 O\x7fK",
    "two CR": b"HTTP/1.1 200 OK\r",
    "a request": b"GET / HTTP/1.1",
    "a byte order mark": b"\xef\xbb\xbfHTTP/1.1 200 OK",
    "an empty line before": b"\r\nHTTP/1.1 200 OK",
    "a bare LF before": b"\nHTTP/1.1 200 OK",
    "a bare CR before": b"\rHTTP/1.1 200 OK",
    "a NUL before": b"\0HTTP/1.1 200 OK",
    "a chunk's end before": b"0\r\n\r\nHTTP/1.1 200 OK",
}

FIELDS = {
    "an empty name": b": b\r\n",
    "no colon": b"X-A b\r\n",
    "a space before the colon": b"X-A : b\r\n",
    "a tab before the colon": b"X-A\t: b\r\n",
    "a space in the name": b"X A: b\r\n",
    "a NUL in the name": b"X\0A: b\r\n",
    "a high octet in the name": b"X\xe4: b\r\n",
    "brackets in the name": b"X(A): b\r\n",
    "a CR in the name": b"X\rA: b\r\n",
    "folded": b"X-A: b\r\n c\r\n",
    "folded with a tab": b"X-A: b\r\n\tc\r\n",
    "folded, nothing on it": b"X-A: b\r\n \r\n",
    "folded before the first": b" X-A: b\r\n",
    "a NUL in the value": b"X-A: b\0c\r\n",
    "a bare CR in the value": b"X-A: b\rc\r\n",
    "a CR before the CRLF": b"X-A: b\r\r\n",
    "a bare LF": b"X-A: b\n",
    "a bare LF in the value": b"X-A: b\nX-B: c\r\n",
    "a field behind a bare LF": b"X-A: b\nSet-Cookie: evil\r\n",
    "an answer behind bare LFs": b"X-A: b\n\nHTTP/1.1 200 OK\r\n",
    "an escape": b"X-A: b\x1bc\r\n",
    "a DEL": b"X-A: b\x7fc\r\n",
    "a vertical tab": b"X-A: b\x0bc\r\n",
    "a form feed": b"X-A: b\x0cc\r\n",
    "a backspace": b"X-A: b\x08c\r\n",
    "a status line again": b"HTTP/1.1 200 OK\r\n",
}

LENGTHS = {
    "a plus": b"+5", "a minus": b"-5", "minus zero": b"-0", "empty": b"",
    "hexadecimal": b"0x5", "octal, C's way": b"0o5", "a fraction": b"5.0",
    "an exponent": b"5e0", "an underscore": b"0_5", "a list": b"5, 5",
    "a list that differs": b"5, 6", "a comma": b"5,", "a comma before": b",5",
    "a space within": b"5 5", "letters": b"five",
    "an overflow": b"18446744073709551621",
    "a large overflow": b"99999999999999999999999999",
    "too large": b"9223372036854775808", "full-width": "\uff15".encode(),
    "a semicolon": b"5;", "a quote": b'"5"', "a form feed": b"\x0c5",
    "a NUL": b"5\0", "a vertical tab": b"\x0b5", "a bare CR": b"5\r5",
    "a parameter": b"5;a=b", "two signs": b"--5",
}

CODINGS = {
    "gzip": b"gzip", "identity": b"identity", "deflate": b"deflate",
    "chunked twice": b"chunked, chunked", "gzip, chunked": b"gzip, chunked",
    "chunked, gzip": b"chunked, gzip", "cow": b"cow",
    "identity, chunked": b"identity, chunked", "empty": b"",
    "a comma": b"chunked,", "a comma before": b",chunked", "x": b"xchunked",
    "a parameter": b"chunked;a=b", "quoted": b'"chunked"',
    "a vertical tab": b"\x0bchunked", "a form feed": b"chunked\x0c",
    "a NUL": b"chunked\0", "another letter": b"chun\xe9ked",
    "a dot": b"chunked.", "spaces": b"chun ked", "a bare CR": b"chun\rked",
}

FRAMINGS = {
    "CL and TE": CL + b"5\r\n" + TE + b"chunked\r\n",
    "TE and CL": TE + b"chunked\r\n" + CL + b"5\r\n",
    "TE and CL 0": TE + b"chunked\r\n" + CL + b"0\r\n",
    "TE and a CL that is none": TE + b"chunked\r\n" + CL + b"x\r\n",
    "two CL": CL + b"5\r\n" + CL + b"6\r\n",
    "two CL that agree": CL + b"5\r\n" + CL + b"5\r\n",
    "two CL, one of them 0": CL + b"0\r\n" + CL + b"5\r\n",
    "CL in another case twice": CL + b"5\r\ncontent-length: 6\r\n",
    "two TE": TE + b"chunked\r\n" + TE + b"chunked\r\n",
    "two TE, one unknown": TE + b"chunked\r\n" + TE + b"cow\r\n",
    "two TE, one identity": TE + b"identity\r\n" + TE + b"chunked\r\n",
    "TE with a space before the colon": b"Transfer-Encoding : chunked\r\n",
    "CL with a space before the colon": b"Content-Length : 5\r\n",
    "TE folded": b"Transfer-Encoding:\r\n chunked\r\n",
    "CL folded": b"Content-Length:\r\n 5\r\n",
    "TE behind a bare LF": CL + b"5\r\nX: a\n" + TE + b"chunked\r\n",
    "TE behind a bare CR": CL + b"5\r\nX: a\r" + TE + b"chunked\r\n",
    "TE with a NUL": CL + b"5\r\nTransfer-Encoding\0: chunked\r\n",
}

CHUNKS = {
    "a size with 0x": b"0x5\r\nabcde\r\n0\r\n\r\n",
    "a size with a plus": b"+5\r\nabcde\r\n0\r\n\r\n",
    "a size with a minus": b"-5\r\nabcde\r\n0\r\n\r\n",
    "a size with an underscore": b"0_5\r\nabcde\r\n0\r\n\r\n",
    "a size with a space before": b" 5\r\nabcde\r\n0\r\n\r\n",
    "a size with a space behind": b"5 \r\nabcde\r\n0\r\n\r\n",
    "a size with a tab behind": b"5\t\r\nabcde\r\n0\r\n\r\n",
    "no size": b"\r\nabcde\r\n0\r\n\r\n",
    "a size that is none": b"g\r\nabcde\r\n0\r\n\r\n",
    "an overflow": b"10000000000000005\r\nabcde\r\n0\r\n\r\n",
    "a large size": b"ffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
    "a sign by overflow": b"8000000000000005\r\nabcde\r\n0\r\n\r\n",
    "many digits": b"0" * 40 + b"5\r\nabcde\r\n0\r\n\r\n",
    "a bare LF behind the size": b"5\nabcde\r\n0\r\n\r\n",
    "a bare CR behind the size": b"5\rabcde\r\n0\r\n\r\n",
    "a bare LF behind the data": b"5\r\nabcde\n0\r\n\r\n",
    "a bare LF at the end": b"5\r\nabcde\r\n0\n\n",
    "nothing behind the data": b"5\r\nabcde0\r\n\r\n",
    "more data than the size": b"5\r\nabcdef\r\n0\r\n\r\n",
    "less data than the size": b"6\r\nabcde\r\n0\r\n\r\n",
    "a LF in an extension": b"5;a\nb\r\nabcde\r\n0\r\n\r\n",
    "a CR in an extension": b"5;a\rb\r\nabcde\r\n0\r\n\r\n",
    "a NUL in an extension": b"5;a\0\r\nabcde\r\n0\r\n\r\n",
    "an open quote in an extension": b'5;a="b\r\nabcde\r\n0\r\n\r\n',
    "a CRLF in a quoted extension": b'5;a="\r\nabcde\r\n0\r\n\r\n"',
    "no semicolon before an extension": b"5 a=b\r\nabcde\r\n0\r\n\r\n",
    "a negative zero": b"5\r\nabcde\r\n-0\r\n\r\n",
    "an extension without end": b"5;" + b"a" * 100000,
    "a size without end": b"0" * 100000,
    "a folded trailer": b"5\r\nabcde\r\n0\r\nX: a\r\n b\r\n\r\n",
    "a trailer without a colon": b"5\r\nabcde\r\n0\r\nX\r\n\r\n",
    "a trailer with a space before the colon":
        b"5\r\nabcde\r\n0\r\nX : a\r\n\r\n",
    "a trailer with a bare LF": b"5\r\nabcde\r\n0\r\nX: a\n\r\n",
    "a trailer with a bare CR": b"5\r\nabcde\r\n0\r\nX: a\rb\r\n\r\n",
    "a trailer with a NUL": b"5\r\nabcde\r\n0\r\nX: a\0\r\n\r\n",
    "a trailer without end": b"5\r\nabcde\r\n0\r\nX: " + b"a" * 100000,
    "an answer for a trailer": b"5\r\nabcde\r\n0\r\n" + EVIL,
}

INTERIM = {
    "101 that nobody asked for":
        b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "101 without a protocol": b"HTTP/1.1 101 X\r\n\r\n",
    "100 with a length": b"HTTP/1.1 100 X\r\n" + CL + b"4\r\n\r\nabcd",
    "103 with chunks": b"HTTP/1.1 103 X\r\n" + TE
                       + b"chunked\r\n\r\n0\r\n\r\n",
    "103 with two lengths": b"HTTP/1.1 103 X\r\n" + CL + b"0\r\n" + CL
                            + b"0\r\n\r\n",
    "103 with a folded field": b"HTTP/1.1 103 X\r\nA: b\r\n c\r\n\r\n",
    "103 with a bare LF": b"HTTP/1.1 103 X\nA: b\n\n",
    "103 with a NUL": b"HTTP/1.1 103 X\r\nA: \0\r\n\r\n",
    "more than anybody needs": b"HTTP/1.1 103 X\r\n\r\n" * 1000,
}

WITHOUT_END = {
    "an endless reason": b"HTTP/1.1 200 " + b"x" * 200000,
    "an endless name": b"HTTP/1.1 200 OK\r\n" + b"x" * 200000,
    "an endless value": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200000,
    "endless fields": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20000,
    "endless blanks": b"HTTP/1.1 200 OK\r\nX:" + b" " * 200000,
    "endless NULs": b"\0" * 200000 + b"\r\n\r\n",
}


def cases():
    """Name, octets; all of them are to be refused as a whole."""
    for what, line in LINES.items():
        yield f"line: {what}", ok(CL + b"5\r\n", b"abcde", line)
    for what, fields in FIELDS.items():
        yield f"field: {what}", ok(fields + CL + b"5\r\n", b"abcde")
    for what, length in LENGTHS.items():
        yield f"length: {what}", ok(CL + length + b"\r\n", b"abcde")
    for what, coding in CODINGS.items():
        yield f"coding: {what}", ok(TE + coding + b"\r\n",
                                    LATER + b"0\r\n\r\n")
    for what, fields in FRAMINGS.items():
        yield f"framing: {what}", ok(fields, LATER + b"0\r\n\r\n")
    yield "framing: TE in HTTP/1.0", ok(
        TE + b"chunked\r\n", LATER + b"0\r\n\r\n", b"HTTP/1.0 200 OK")
    for what, interim in INTERIM.items():
        yield f"1xx: {what}", interim + ok(CL + b"5\r\n", b"abcde")
    for what, octets in WITHOUT_END.items():
        yield f"no end: {what}", octets


WHOLE = dict(cases())
# What comes after a good head.
BODIES = {what: ok(TE + b"chunked\r\n", body) for what, body in CHUNKS.items()}
assert len(WHOLE) + len(BODIES) > 190

# What looks odd and is fine: status, content, whether the connection to the
# backend is of use afterwards.
FINE = {
    "no reason": (ok(CL + b"3\r\n", b"abc", b"HTTP/1.1 200 "), 200, b"abc"),
    "no reason and no space": (
        ok(CL + b"3\r\n", b"abc", b"HTTP/1.1 200"), 200, b"abc"),
    "a reason with high octets": (
        ok(CL + b"3\r\n", b"abc", b"HTTP/1.1 200 \xe4\xf6"), 200, b"abc"),
    "a status nobody knows": (
        ok(CL + b"3\r\n", b"abc", b"HTTP/1.1 299 X"), 299, b"abc"),
    "zeros before the length": (ok(CL + b"003\r\n", b"abc"), 200, b"abc"),
    "zeros before a size": (
        ok(TE + b"chunked\r\n", b"0003\r\nabc\r\n000\r\n\r\n"), 200, b"abc"),
    "sizes in upper case": (
        ok(TE + b"CHUNKED\r\n", b"A\r\n0123456789\r\n0\r\n\r\n"), 200,
        b"0123456789"),
    "extensions": (
        ok(TE + b"chunked\r\n", b'3;a="\\"";b=c\r\nabc\r\n0;d\r\n\r\n'), 200,
        b"abc"),
    "an answer as content": (
        ok(CL + b"%d\r\n" % len(EVIL), EVIL), 200, EVIL),
    "an answer in a chunk": (
        ok(TE + b"chunked\r\n",
           b"%x\r\n%s\r\n0\r\n\r\n" % (len(EVIL), EVIL)), 200, EVIL),
    "CL named by Connection": (
        ok(b"Connection: content-length\r\n" + CL + b"3\r\n", b"abc"), 200,
        b"abc"),
    "TE named by Connection": (
        ok(b"Connection: transfer-encoding\r\n" + TE + b"chunked\r\n",
           b"3\r\nabc\r\n0\r\n\r\n"), 200, b"abc"),
    "a name that is nearly CL": (
        ok(b"Content_Length: 9\r\nContent-Length2: 9\r\n" + CL + b"3\r\n",
           b"abc"), 200, b"abc"),
    "304 with a length": (
        ok(CL + b"1000\r\n", b"", b"HTTP/1.1 304 X"), 304, b""),
    "interim ones before": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: a\r\n\r\n"
        + ok(CL + b"3\r\n", b"abc"), 200, b"abc"),
    "205 with a length of 0": (
        ok(CL + b"0\r\n", b"", b"HTTP/1.1 205 X"), 205, b""),
}


@pytest.fixture(scope="module")
def sallyport(tmp_path_factory, site):
    """One for all cases, with a server that sends what the path names and
    leaves the connection open: nobody is helped by its end."""
    tables = {"whole": WHOLE, "body": BODIES,
              "fine": {k: v[0] for k, v in FINE.items()}}

    def script(connection):
        while True:
            r = connection.read_request()
            r.connection = connection.number
            b.record(r)
            kind, _, number = r.target[1:].partition("/")
            if kind == "clean":
                connection.send(CLEAN)
                continue
            connection.send(list(tables[kind].values())[int(number)])
            if kind != "fine":
                connection.send(EVIL)
                connection.read_to_end()
                return

    b = Backend(script=script)
    s = Sallyport(tmp_path_factory.mktemp("desync"), config(
        site([{"path": "/", "allow": "any", "backend": "b"}]),
        {"b": [b.server]}, log={"format": "json"}))
    assert s.is_ready, s.log()
    s.backend = b
    yield s
    s.stop()
    b.close()
    assert not b.errors, b.errors


def ask(c, kind, table, what):
    c.send(f"GET /{kind}/{list(table).index(what)} HTTP/1.1\r\n"
           f"Host: {NAME}\r\n\r\n")


def last(s):
    return s.backend.connections[s.backend.requests[-1].connection]


def check_clean(s, c, case):
    """The next answer is the next request's own, of another connection; the
    one with the case is not used again."""
    assert c.get("/clean").body == b"clean"
    assert last(s) is not case
    s.backend.wait(lambda: case.has_ended, "the end of its connection")


@pytest.mark.parametrize("what", WHOLE)
def test_HS_14_SR_22_refused(sallyport, pki, what):
    with Client(sallyport.port, pki.web) as c:
        ask(c, "whole", WHOLE, what)
        got = c.read_response()
        assert got.status == 502
        assert all(m.status in (100, 103) for m in got.interim)
        case = last(sallyport)
        # the client's connection is none the worse
        check_clean(sallyport, c, case)
        assert b"EVIL" not in c.incoming.all
        # a reference is made of hexadecimal digits
        said = re.sub(rb"reference: \w+", b"", c.incoming.all)
        assert b"abc" not in said


@pytest.mark.parametrize("what", BODIES)
def test_HS_14_SR_22_broken_off(sallyport, pki, what):
    with Client(sallyport.port, pki.web) as c:
        ask(c, "body", BODIES, what)
        head = http1.read_response_head(c.incoming)
        if head.status == 502:
            c.incoming.exactly(head.framing)
        else:
            assert (head.status, head.framing) == (200, "chunked")
            with pytest.raises(http1.Ended):
                http1._chunked(c.incoming, head)
            assert c.end in ("eof", "reset")
        assert b"EVIL" not in c.incoming.all
        case = last(sallyport)
    with Client(sallyport.port, pki.web) as c:
        check_clean(sallyport, c, case)


@pytest.mark.parametrize("what", WHOLE)
def test_HS_13_HS_14_to_HEAD(sallyport, pki, what):
    """Where there is no content, its framing must hold all the same: an answer
    that is refused to GET is refused to HEAD."""
    with Client(sallyport.port, pki.web) as c:
        number = list(WHOLE).index(what)
        assert c.request("HEAD", f"/whole/{number}").status == 502
        case = last(sallyport)
        check_clean(sallyport, c, case)
        assert b"EVIL" not in c.incoming.all


@pytest.mark.parametrize("what", FINE)
def test_HS_14_written_anew(sallyport, pki, what):
    _, status, body = FINE[what]
    with Client(sallyport.port, pki.web) as c:
        ask(c, "fine", FINE, what)
        got = c.read_response()
        assert (got.status, got.body) == (status, body)
        assert "connection" not in got.names()
        case = last(sallyport)
        # and the connection is of use afterwards
        assert c.get("/clean").body == b"clean"
        assert last(sallyport) is case
