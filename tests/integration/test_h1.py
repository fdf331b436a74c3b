"""HTTP/1.1 on both sides: framing, persistence, order."""

import os
import pathlib
import threading

import pytest

import http1
from backend import OK, response
from client import NAME, Client
from sallyport import stopped, wait_until

HOST = f"Host: {NAME}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


def get(target="/", *fields):
    return f"GET {target} HTTP/1.1\r\n{HOST}" + "".join(
        f"{f}\r\n" for f in fields) + "\r\n"


def post(framing, rest=""):
    return f"POST / HTTP/1.1\r\n{HOST}{framing}\r\n{rest}"


def echo(request):
    return response(request.body)


@pytest.fixture
def client(backend, proxy, web):
    """A client of a proxy before a backend that echoes what it gets."""
    c = None

    def connect(answer=echo, script=None, **more):
        nonlocal c
        b = backend(answer, script=script)
        s = proxy(b, **more)
        c = web(s)
        c.backend, c.sallyport = b, s
        return c

    return connect


class TestPersistence:
    def test_one_connection_many_requests(self, client):
        c = client()
        for n in range(20):
            body = b"%d" % n
            assert c.request("POST", f"/{n}", body=body).body == body
        assert [r.target for r in c.backend.requests] == [
            f"/{n}" for n in range(20)]
        # and one connection to the backend as well
        assert len(c.backend.connections) == 1

    def test_H1_22_pipelined_answers_in_order(self, client):
        c = client()
        c.send("".join(post(f"Content-Length: {len(str(n))}\r\n", n)
                       for n in range(50)))
        assert [c.read_response().body for _ in range(50)] == [
            b"%d" % n for n in range(50)]

    def test_pipelined_octet_by_octet(self, client):
        c = client()
        for n in range(3):
            for octet in post(CHUNKED, f"1\r\n{n}\r\n0\r\n\r\n"):
                c.send(octet)
        assert [c.read_response().body for _ in range(3)] == [
            b"0", b"1", b"2"]

    def test_H1_23_close_is_honoured_and_said(self, client):
        c = client()
        got = c.get("/", ("Connection", "close"))
        assert got.wants_close()
        assert c.read_to_end() == b""
        assert c.end == "close_notify"
        # the backend's connection is another matter
        assert "connection" not in c.backend.request().names()

    def test_nothing_is_served_behind_close(self, client):
        c = client()
        c.send(get("/1", "Connection: close") + get("/2"))
        assert c.read_response().wants_close()
        assert c.read_to_end() == b"" and c.end == "close_notify"
        assert len(c.backend.requests) == 1

    def test_requests_per_connection(self, client):
        c = client(limits={"requests_per_connection": 3})
        assert [c.get().wants_close() for _ in range(3)] == [
            False, False, True]
        c.read_to_end()
        assert c.end == "close_notify"

    def test_H1_4_one_empty_line_before_a_request(self, client):
        c = client()
        c.send("\r\n" + get())
        assert c.read_response().status == 200
        c.send("\r\n" + get())
        assert c.read_response().status == 200

    def test_a_client_that_closes_its_side_first(self, client):
        """close_notify between requests is answered by one."""
        c = client()
        c.get()
        c.sock.unwrap()


class TestHttp10:
    def test_H1_15_closes_without_keep_alive(self, client):
        c = client()
        c.send(f"GET / HTTP/1.0\r\n{HOST}\r\n")
        assert c.read_response().wants_close()
        assert c.read_to_end() == b"" and c.end == "close_notify"
        r = c.backend.request()
        assert r.get("via") == "1.0 sallyport"

    def test_keep_alive_when_asked_for(self, client):
        c = client()
        for _ in range(3):
            c.send(f"GET / HTTP/1.0\r\n{HOST}Connection: keep-alive\r\n\r\n")
            got = c.read_response()
            assert got.get("connection") == "keep-alive"

    def test_H1_15_no_chunks_to_it(self, client):
        """What has no length ends with the connection."""
        c = client(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   b"3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: a\r\n\r\n")
        c.send(f"GET / HTTP/1.0\r\n{HOST}Connection: keep-alive\r\n\r\n")
        got = c.read_response()
        assert got.get("transfer-encoding") is None
        assert (got.body, c.end) == (b"abcdefg", "close_notify")

    def test_H1_15_no_interim_response_to_it(self, client):
        c = client(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)
        c.send(f"GET / HTTP/1.0\r\n{HOST}\r\n")
        got = c.read_response()
        assert (got.status, got.interim) == (200, [])

    def test_H1_17_no_transfer_coding_from_it(self, client):
        c = client()
        c.send(f"POST / HTTP/1.0\r\n{HOST}{CHUNKED}\r\n0\r\n\r\n")
        assert c.read_response().status == 400
        assert c.read_to_end() == b""
        assert not c.backend.requests

    def test_a_backend_that_speaks_1_0(self, client):
        c = client(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc")
        for n in range(2):
            assert c.get().body == b"abc"
        # which does not keep connections unless it says so
        assert len(c.backend.connections) == 2


class TestFraming:
    @pytest.mark.parametrize("size", [0, 1, 100, 16384, 16385, 100000,
                                      3000000])
    def test_content_length_both_ways(self, client, size):
        body = bytes(i * 7 % 251 for i in range(size))
        c = client()
        got = c.request("POST", "/", body=body)
        assert got.body == body and got.framing == size
        assert c.backend.request().framing == size

    @pytest.mark.parametrize("sizes", [
        [], [1], [1] * 50, [16384], [16385, 1], [65536, 100000, 3],
        [1000000],
    ])
    def test_chunked_both_ways(self, client, sizes):
        def chunks(octet):
            return b"".join(b"%x\r\n%s\r\n" % (n, octet * n)
                            for n in sizes) + b"0\r\n\r\n"

        c = client(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   + chunks(b"b"))
        c.send(post(CHUNKED).encode() + chunks(b"a"))
        got = c.read_response()
        assert got.framing == "chunked" and got.body == b"b" * sum(sizes)
        up = c.backend.request()
        assert up.framing == "chunked" and up.body == b"a" * sum(sizes)
        # the connections are as good as before
        assert c.get().status == 200
        assert len(c.backend.connections) == 1

    def test_chunk_extensions_are_left_out(self, client):
        c = client()
        c.send(post(CHUNKED, '3;a=b;c="d;\\" e" ;f\r\nabc\r\n0;x\r\n\r\n'))
        assert c.read_response().body == b"abc"

    def test_no_content_at_all(self, client):
        c = client()
        for method in "GET", "DELETE", "OPTIONS", "PATCH", "FOO":
            assert c.request(method).status == 200
            r = c.backend.request(len(c.backend.requests) - 1)
            assert (r.method, r.framing) == (method, None)

    def test_a_get_may_have_content(self, client):
        c = client()
        assert c.request("GET", body=b"abc").body == b"abc"

    def test_until_close(self, client):
        """The backend tells the end by closing; the client gets chunks."""
        def script(connection):
            request = connection.read_request()
            c.backend.record(request)
            connection.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
            connection.send(b"def")

        c = client(script=script)
        for _ in range(2):
            got = c.get()
            assert (got.framing, got.body) == ("chunked", b"abcdef")
        assert len(c.backend.connections) == 2

    def test_until_close_without_a_body(self, client):
        c = client(script=lambda connection: (
            connection.read_request(),
            connection.send(b"HTTP/1.1 200 OK\r\n\r\n")))
        assert c.get().body == b""

    def test_HS_12_trailers_both_ways(self, client):
        c = client(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                   b"Trailer: X-Sum\r\n\r\n1\r\nb\r\n0\r\n"
                   b"X-Sum: 1\r\nX-Sum: 2\r\n\r\n")
        c.send(post(CHUNKED + "Trailer: X-Up\r\n",
                    "1\r\na\r\n0\r\nX-Up: \t3 \r\n\r\n"))
        got = c.read_response()
        assert got.trailers == [("X-Sum", "1"), ("X-Sum", "2")]
        assert got.get("trailer") == "X-Sum"
        assert c.backend.request().trailers == [("X-Up", "3")]


class TestWithoutContent:
    @pytest.mark.parametrize("framing", [
        b"Content-Length: 1000\r\n", b"Transfer-Encoding: chunked\r\n", b"",
    ])
    def test_HS_13_head(self, client, framing):
        c = client(b"HTTP/1.1 200 OK\r\n" + framing + b"X-A: b\r\n\r\n")
        for _ in range(2):
            got = c.request("HEAD")
            assert got.status == 200 and got.get("x-a") == "b"
            if b"Length" in framing:
                assert got.get("content-length") == "1000"
        assert len(c.backend.connections) == 1

    @pytest.mark.parametrize("status, fields, length", [
        (204, b"", None),
        (204, b"Content-Length: 0\r\n", None),
        (304, b"", None),
        (304, b"Content-Length: 1000\r\n", "1000"),
        (304, b"ETag: x\r\n", None),
    ])
    def test_HS_13_204_and_304(self, client, status, fields, length):
        c = client(b"HTTP/1.1 %d X\r\n%s\r\n" % (status, fields))
        for _ in range(2):
            got = c.get()
            assert (got.status, got.body) == (status, b"")
            assert got.get("content-length") == length
            assert got.get("transfer-encoding") is None
        assert len(c.backend.connections) == 1

    @pytest.mark.parametrize("fields", [
        b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"])
    def test_HS_13_204_that_announces_content(self, client, fields):
        """Whether something follows nobody knows: not used again."""
        c = client(b"HTTP/1.1 204 X\r\n%s\r\n" % fields)
        for _ in range(2):
            got = c.get()
            assert (got.status, got.framing) == (204, None)
        assert len(c.backend.connections) == 2


class TestInterim:
    def test_HS_9_several_pass(self, client):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </%d>\r\n\r\n"
        c = client(hints % 1 + b"HTTP/1.1 102 Processing\r\n\r\n" + hints % 2
                   + OK)
        for _ in range(2):
            got = c.get()
            assert [m.status for m in got.interim] == [103, 102, 103]
            assert got.interim[0].get("link") == "</1>"
            assert "date" not in got.interim[0].names()
            assert got.body == b"ok\n"

    def test_too_many_are_a_storm(self, client):
        c = client(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + OK)
        c.send(get())
        interim = 0
        while http1.read_response_head(c.incoming).status == 103:
            interim += 1
        assert 0 < interim < 100
        r = c.sallyport.wait_for("request")
        assert (str(r["status"]), r["err"]) == ("502", "http-1xx")

    def test_HS_8_100_continue_comes_from_the_backend(self, client):
        def script(connection):
            # one that closed here might be asked once more just then
            while True:
                r = connection.read_head()
                assert r.get("expect") == "100-continue"
                connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
                http1.read_request_body(connection.incoming, r)
                connection.send(response(r.body))

        c = client(script=script)
        for framing, body in (("Content-Length: 3\r\n", "abc"),
                              (CHUNKED, "3\r\nabc\r\n0\r\n\r\n")):
            c.send(post("Expect: 100-continue\r\n" + framing))
            m = http1.read_response_head(c.incoming)
            assert m.status == 100
            c.send(body)
            assert c.read_response().body == b"abc"

    def test_HS_8_a_final_answer_instead(self, client):
        """The client was not asked for its content, and does not send it."""
        def script(connection):
            connection.read_head()
            connection.send(response(b"too large", 413))
            connection.read_to_end()

        c = client(script=script)
        c.send(post("Expect: 100-continue\r\nContent-Length: 99999\r\n"))
        got = c.read_response()
        assert (got.status, got.body) == (413, b"too large")
        assert got.wants_close()
        assert c.read_to_end() == b"" and c.end == "close_notify"

    def test_HS_8_a_refusal_of_our_own_comes_at_once(self, client):
        c = client()
        c.send(f"POST /../x HTTP/1.1\r\n{HOST}Expect: 100-continue\r\n"
               "Content-Length: 5\r\n\r\n")
        got = c.read_response()
        assert (got.status, got.interim) == (400, [])
        assert got.wants_close()

    def test_HS_8_an_unknown_expectation(self, client):
        c = client()
        c.send(get("/", "Expect: a-miracle"))
        assert c.read_response().status == 417
        assert not c.backend.requests

    def test_HS_8_http_1_0_cannot_expect(self, client):
        c = client()
        c.send(f"POST / HTTP/1.0\r\n{HOST}Expect: 100-continue\r\n"
               "Content-Length: 3\r\n\r\nabc")
        got = c.read_response()
        assert (got.status, got.interim, got.body) == (200, [], b"abc")
        assert "expect" not in c.backend.request().names()


class TestEarly:
    """The backend answers before the request is there."""

    def test_an_answer_before_the_content(self, client):
        def script(connection):
            connection.read_head()
            connection.send(response(b"no", 403))
            connection.read_to_end()

        c = client(script=script)
        c.send(post("Content-Length: 1000000\r\n", "x" * 1000))
        got = c.read_response()
        assert (got.status, got.body) == (403, b"no")
        assert got.wants_close()
        # H1-23: lingering, so that what is under way does not reset it
        c.send("x" * 100000)
        assert c.read_to_end() == b"" and c.end == "close_notify"

    def test_an_answer_and_a_reset_before_the_content(self, client):
        """Who sends much learns why it is not wanted."""
        def script(connection):
            connection.read_head()
            # closed with unread octets in it, which resets it
            connection.incoming.exactly(1000)
            connection.send(response(b"no", 403))

        c = client(script=script)
        c.push(post("Content-Length: 2000000\r\n", "x" * 2000000))
        got = c.read_response()
        assert (got.status, got.body) == (403, b"no")

    def test_an_answer_that_begins_while_the_request_goes_on(self, client):
        """Both directions stream at once."""
        def script(connection):
            head = connection.read_head()
            connection.send(b"HTTP/1.1 200 OK\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(head.framing):
                octet = connection.incoming.exactly(1)
                connection.send(b"1\r\n" + octet + b"\r\n")
            connection.send(b"0\r\n\r\n")

        c = client(script=script)
        c.send(post("Content-Length: 5\r\n"))
        head = http1.read_response_head(c.incoming)
        assert head.framing == "chunked"
        for octet in "abcde":
            c.send(octet)
            assert c.incoming.line() == "1"
            assert c.incoming.exactly(3) == octet.encode() + b"\r\n"
        assert c.incoming.exactly(5) == b"0\r\n\r\n"


class TestIncomplete:
    """H1-21: half a request is never a request."""

    @pytest.mark.parametrize("sent", [
        post("Content-Length: 10\r\n", "12345"),
        post(CHUNKED, "5\r\n12345\r\n"),
        post(CHUNKED, "5\r\n123"),
        post(CHUNKED, "5\r\n12345\r\n0\r\n"),
        post(CHUNKED, "5\r\n12345\r\n0\r\nX-T: a\r\n"),
    ])
    def test_H1_21_a_request_that_ends_early(self, client, sent):
        c = client()
        c.send(sent)
        up = c.backend.connections
        wait_until(lambda: up and b"\r\n\r\n" in up[0].received, "its head")
        c.close()
        connection = c.backend.ended()
        assert not c.backend.requests
        assert b"POST / HTTP/1.1" in connection.received
        assert not connection.received.endswith(b"0\r\n\r\n")
        r = c.sallyport.wait_for("request")
        assert r["err"] in ("truncated", "closed")

    @pytest.mark.parametrize("sent", [
        "GET / HT", post("Content-Length: 10\r\n", "12345")])
    def test_what_comes_together_with_a_reset(self, client, sent):
        """One event tells of both, and no other comes."""
        c = client(timeouts={"request_head": "10m", "request_body": "10m"})
        s = c.sallyport
        worker, = s.workers()
        c.get()
        before = sockets_of(worker)
        other = Client(s.port, c.identity)
        other.get()
        assert sockets_of(worker) == before + 1
        with stopped(worker):
            other.send(sent)
            other.reset()
        wait_until(lambda: sockets_of(worker) <= before, "its end")

    def test_half_a_head_is_nothing(self, client):
        c = client()
        c.send(get()[:-2])
        c.close()
        wait_until(lambda: not established(c.sallyport), "its end")
        assert not c.backend.connections

    def test_a_client_that_leaves_while_it_waits(self, client):
        """The backend need not make an answer that nobody reads."""
        arrived = threading.Event()

        def script(connection):
            connection.read_request()
            arrived.set()
            connection.read_to_end()

        c = client(script=script)
        c.send(get())
        assert arrived.wait(20)
        c.close()
        c.backend.ended()
        r = c.sallyport.wait_for("request")
        assert r["err"] == "closed"


def sockets_of(pid):
    """How many sockets it has open."""
    links = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(fd))
        except FileNotFoundError:
            pass
    return sum(link.startswith("socket:") for link in links)


def established(s):
    """Connections to sallyport's port that are not closed yet."""
    port = f":{s.port:04X}"
    rows = open("/proc/net/tcp").read().splitlines()[1:]
    return [r for r in rows
            if r.split()[1].endswith(port) and r.split()[3] == "01"]


class TestLimits:
    def test_H1_7_a_long_target(self, client):
        c = client()
        assert c.get("/" + "a" * 8000).status == 200
        got = c.get("/" + "a" * 9000)
        assert got.status == 414 and got.wants_close()

    @pytest.mark.parametrize("field", [
        "X-A: " + "b" * 20000, "x" * 20000 + ": b",
        "\r\n".join(f"X-{n}: {'b' * 1000}" for n in range(40)),
        "\r\n".join(f"X-{n}: b" for n in range(101)),
    ])
    def test_H1_14_large_fields(self, client, field):
        c = client()
        c.send(get("/", field))
        got = c.read_response()
        assert got.status == 431 and got.wants_close()
        assert not c.backend.requests

    def test_H1_14_endless_without_a_line_end(self, client):
        c = client()
        c.push(get()[:-2] + "X-A: " + "a" * 1000000)
        got = c.read_response()
        assert got.status == 431

    @pytest.mark.parametrize("status, body", [
        (413, "3;" + "a" * 5000 + "\r\nabc\r\n0\r\n\r\n"),
        (413, ("1;" + "a" * 100 + "\r\nx\r\n") * 50 + "0\r\n\r\n"),
        (431, "0\r\n" + "X-T: " + "a" * 9000 + "\r\n\r\n"),
        (431, "0\r\n" + "X-T: a\r\n" * 101 + "\r\n"),
    ])
    def test_H1_20_extensions_and_trailers_are_bounded(self, client, status,
                                                       body):
        c = client()
        c.send(post(CHUNKED, body))
        assert c.read_response().status == status
        c.read_to_end()
        assert not c.backend.requests

    def test_they_are_configured(self, client):
        c = client(limits={"request": {"line": "256", "field": "300",
                                       "fields": 10, "head": "1KiB"}})
        assert c.get("/" + "a" * 200).status == 200
        assert c.get("/" + "a" * 300).status == 414
