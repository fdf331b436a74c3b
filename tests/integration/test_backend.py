"""Backends that answer badly, late, or not at all; and which one is asked."""

import contextlib
import socket
import threading
import time

import pytest

import http1
from backend import OK, response
from client import NAME
from conftest import config
from sallyport import CEILING, stopped, wait_until

HOST = f"Host: {NAME}\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def free_port():
    """A port that nobody listens on, and nobody will for a while."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    return s


@pytest.fixture
def refusing():
    """The address of a server that refuses connections."""
    with contextlib.closing(free_port()) as s:
        yield f"http://127.0.0.1:{s.getsockname()[1]}"


@pytest.fixture
def full():
    """The address of a server whose queue is full: it never accepts."""
    with contextlib.ExitStack() as stack:
        s = stack.enter_context(socket.socket())
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        # one more than the queue holds, and a few to be sure
        for _ in range(4):
            c = stack.enter_context(socket.socket())
            c.setblocking(False)
            c.connect_ex(s.getsockname())
        yield f"http://127.0.0.1:{s.getsockname()[1]}"


class TestBadResponses:
    """SR-22, HS-14: 502, or a body that is unmistakably broken; and never a
    second request on such a connection."""

    BAD = {
        "nothing": b"",
        "garbage": b"\0\1\2\3garbage\r\n\r\n",
        "no status line": b"Content-Length: 3\r\n\r\nabc",
        "HTTP/0.9": b"<html>hello</html>\n",
        "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "ICY": b"ICY 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "status 99": b"HTTP/1.1 99 X\r\nContent-Length: 0\r\n\r\n",
        "status 600": b"HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n",
        "status 2000": b"HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n",
        "status +20": b"HTTP/1.1 +20 X\r\nContent-Length: 0\r\n\r\n",
        "no status": b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "an empty line before": b"\r\n" + OK,
        "a switch nobody asked for":
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n"
            b"Connection: upgrade\r\n\r\n",
        "an announcement in 1xx":
            b"HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nabcde" + OK,
        "chunks in 1xx": b"HTTP/1.1 103 X\r\n" + CHUNKED + b"\r\n" + OK,
        "CL and TE": b"HTTP/1.1 200 OK\r\n" + CHUNKED
            + b"Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
            b"Content-Length: 4\r\n\r\nabcd",
        "two lengths that agree": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
            b"Content-Length: 3\r\n\r\nabc",
        "a list of lengths":
            b"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
        "a negative length":
            b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
        "a length with a plus":
            b"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        "a hexadecimal length":
            b"HTTP/1.1 200 OK\r\nContent-Length: 0x3\r\n\r\nabc",
        "an overflowing length":
            b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551619\r\n"
            b"\r\nabc",
        "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nabc",
        "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"
            b"\r\nabc",
        "chunked is not last":
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc",
        "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + CHUNKED
            + b"\r\n3\r\nabc\r\n0\r\n\r\n",
        "a folded field": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n"
            b"Content-Length: 0\r\n\r\n",
        "a NUL": b"HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n",
        "a bare CR": b"HTTP/1.1 200 OK\r\nX-A: b\rc\r\n"
            b"Content-Length: 0\r\n\r\n",
        "a bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "an empty name": b"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "no colon": b"HTTP/1.1 200 OK\r\nX-A\r\n\r\n",
        "a large head": b"HTTP/1.1 200 OK\r\n"
            + b"X-A: " + b"b" * 20000 + b"\r\n" * 1
            + b"".join(b"X-%d: %s\r\n" % (n, b"b" * 900) for n in range(99))
            + b"Content-Length: 0\r\n\r\n",
        "an endless line": b"HTTP/1.1 200 " + b"x" * 100000,
        "many fields": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 300
            + b"Content-Length: 0\r\n\r\n",
        "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
        "half a status line": b"HTTP/1.",
        "only an interim one": b"HTTP/1.1 103 X\r\n\r\n",
    }

    @pytest.mark.parametrize("what", BAD)
    def test_HS_14_502(self, backend, proxy, web, what):
        b = backend(script=lambda connection: (
            connection.read_request(), connection.send(self.BAD[what])))
        s = proxy(b)
        client = web(s)
        for n in range(2):
            got = client.get()
            assert got.status == 502
            assert got.body.startswith(b"502 Bad Gateway\n")
            # the client's connection is none the worse
            assert not got.wants_close()
        assert len(b.connections) == 2
        r = s.wait_for("request", 2)
        assert str(r["status"]) == "502" and r["err"]
        assert r["server"] == b.server

    BROKEN = {
        "less than its length":
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde",
        "no last chunk":
            b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n5\r\nabcde\r\n",
        "half a chunk": b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\na\r\nabcde",
        "half a last chunk": b"HTTP/1.1 200 OK\r\n" + CHUNKED
            + b"\r\n5\r\nabcde\r\n0\r\n",
        "a bad chunk size": b"HTTP/1.1 200 OK\r\n" + CHUNKED
            + b"\r\n5\r\nabcde\r\n0x1\r\na\r\n0\r\n\r\n",
        "a bad chunk end": b"HTTP/1.1 200 OK\r\n" + CHUNKED
            + b"\r\n5\r\nabcdef\r\n0\r\n\r\n",
        "a bad trailer": b"HTTP/1.1 200 OK\r\n" + CHUNKED
            + b"\r\n5\r\nabcde\r\n0\r\nX\r\n\r\n",
    }

    @pytest.mark.parametrize("what", BROKEN)
    def test_SR_22_a_broken_body(self, backend, proxy, web, what):
        """The client cannot take it for a whole one."""
        sent = threading.Event()

        def script(connection):
            connection.read_request()
            head, _, body = self.BROKEN[what].partition(b"\r\n\r\n")
            connection.send(head + b"\r\n\r\n")
            assert sent.wait(CEILING)
            connection.send(body)

        b = backend(script=script)
        s = proxy(b)
        client = web(s)
        client.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
        head = http1.read_response_head(client.incoming)
        assert head.status == 200
        sent.set()
        rest = client.read_to_end()
        assert client.end in ("eof", "reset")
        if head.framing == "chunked":
            assert not rest.endswith(b"0\r\n\r\n")
        else:
            assert len(rest) < head.framing
        assert s.wait_for("request")["err"]

    @pytest.mark.parametrize("excess", [b"x", OK, b"\r\n", b"HTTP/1.1 200"])
    @pytest.mark.parametrize("first", [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 204 X\r\n\r\n",
    ])
    def test_HS_14_what_follows_an_answer_is_no_answer(
            self, backend, proxy, web, first, excess):
        """SR-20: it is not the next client's."""
        b = backend(script=lambda connection: (
            connection.read_request(), connection.send(first + excess),
            connection.read_to_end()))
        client = web(proxy(b))
        for n in range(3):
            got = client.get()
            assert got.body in (b"abc", b"")
            assert got.status in (200, 204)
        assert len(b.connections) == 3

    def test_HS_14_what_follows_later_is_no_answer_either(
            self, backend, proxy, web):
        go = threading.Event()

        def script(connection):
            connection.read_request()
            connection.send(OK)
            assert go.wait(CEILING)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            connection.read_to_end()

        b = backend(script=script)
        client = web(proxy(b))
        assert client.get().body == b"ok\n"
        go.set()
        b.ended(0)
        assert client.get().body == b"ok\n"
        assert len(b.connections) == 2


class TestRetry:
    """HS-15: a kept connection may have been closed at that very moment."""

    def stale(self, backend):
        """Serves one request for each connection and then, when the second
        has come, closes without an answer."""
        def script(connection):
            b.record(connection.read_request())
            connection.send(response(b"%d" % connection.number))
            if connection.number == 0:
                b.record(connection.read_request())
            else:
                connection.read_to_end()

        b = backend(script=script)
        return b

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE",
                                        "OPTIONS"])
    def test_HS_15_an_idempotent_request_is_sent_once_more(
            self, backend, proxy, web, method):
        b = self.stale(backend)
        s = proxy(b)
        client = web(s)
        assert client.get().body == b"0"
        got = client.request(method, "/again")
        assert got.status == 200
        assert [r.target for r in b.requests] == ["/", "/again", "/again"]
        assert b.requests[1].fields == b.requests[2].fields
        r = s.wait_for("request", 2)
        assert str(r["retries"]) == "1"

    @pytest.mark.parametrize("method", ["POST", "PATCH", "FOO"])
    def test_HS_15_another_one_is_not(self, backend, proxy, web, method):
        b = self.stale(backend)
        client = web(proxy(b))
        assert client.get().body == b"0"
        assert client.request(method, "/once").status == 502
        assert [r.target for r in b.requests] == ["/", "/once"]

    def test_HS_15_nor_one_whose_content_is_gone(self, backend, proxy, web):
        b = self.stale(backend)
        client = web(proxy(b))
        assert client.get().body == b"0"
        got = client.request("PUT", "/once", body=b"x" * 100000)
        assert got.status == 502
        assert len(b.connections) == 1

    def test_HS_15_no_retry_of_a_retry(self, backend, proxy, web):
        def script(connection):
            b.record(connection.read_request())
            if connection.number == 0:
                connection.send(OK)
                b.record(connection.read_request())

        b = backend(script=script)
        client = web(proxy(b))
        assert client.get().status == 200
        assert client.get().status == 502
        assert len(b.connections) == 2

    def test_HS_15_not_once_an_octet_has_come(self, backend, proxy, web):
        def script(connection):
            connection.read_request()
            connection.send(OK)
            connection.read_request()
            connection.send(b"H")

        b = backend(script=script)
        client = web(proxy(b))
        assert client.get().status == 200
        assert client.get().status == 502
        assert len(b.connections) == 1

    def test_HS_15_not_on_a_connection_of_its_own(self, backend, proxy, web):
        """What was not kept cannot be stale: the backend saw the request."""
        b = backend(script=lambda connection: connection.read_request())
        client = web(proxy(b))
        assert client.get().status == 502
        assert len(b.connections) == 1

    def kept(self, backend, go, reset=False):
        """Answers; its first connection ends when it is told to go."""
        def script(connection):
            b.record(connection.read_request())
            connection.send(OK)
            if connection.number > 0:
                connection.read_to_end()
                return
            assert go.wait(CEILING)
            if reset:
                connection.reset()

        b = backend(script=script)
        return b

    @pytest.mark.parametrize("end", ["close", "reset"])
    def test_an_idle_connection_that_was_closed_is_not_used(
            self, backend, proxy, web, end):
        go = threading.Event()
        b = self.kept(backend, go, end == "reset")
        s = proxy(b)
        client = web(s)
        assert client.get().status == 200
        go.set()
        b.ended(0)
        # also what must not be sent twice gets through
        assert client.request("POST", "/", body=b"abc").status == 200
        assert len(b.requests) == 2

    @pytest.mark.parametrize("content", [b"", b"abc"])
    def test_HS_15_one_of_which_nothing_has_gone_is_sent_elsewhere(
            self, backend, proxy, web, content):
        go = threading.Event()
        b = self.kept(backend, go)
        s = proxy(b)
        client = web(s)
        assert client.get().status == 200
        with stopped(*s.workers()):  # it finds the request, and then the end
            client.send(f"POST / HTTP/1.1\r\n{HOST}"
                        f"Content-Length: {len(content)}\r\n\r\n")
            go.set()
            b.ended(0)
        b.wait(lambda: len(b.connections) == 2, "another connection")
        client.send(content)
        assert client.read_response().status == 200
        assert [r.method for r in b.requests] == ["GET", "POST"]

    @pytest.mark.parametrize("method, body", [("POST", b"abc"), ("POST", b""),
                                              ("PUT", b"abc"), ("GET", None)])
    def test_nor_one_that_was_reset_right_after_the_answer(
            self, backend, proxy, web, method, body):
        def script(connection):
            b.record(connection.read_request())
            if connection.number == 0:
                with stopped(s.worker):  # it finds both at once
                    connection.send(OK)
                    connection.reset()
            else:
                connection.send(OK)
                connection.read_to_end()

        b = backend(script=script)
        s = proxy(b)
        (s.worker,) = s.workers()
        client = web(s)
        assert client.get().status == 200
        assert client.request(method, "/", body=body).status == 200
        assert len(b.requests) == 2


class TestServers:
    def test_HS_18_refused_is_503(self, proxy, web, refusing):
        s = proxy(refusing)
        client = web(s)
        for _ in range(3):
            got = client.get()
            assert got.status == 503
            assert got.get("retry-after")
            assert not got.wants_close()
        r = s.wait_for("request")
        assert r["err"] == "connect"
        assert r["server"] == refusing

    def test_a_post_to_nobody_is_503_too(self, proxy, web, refusing):
        got = web(proxy(refusing)).request("POST", "/", body=b"x" * 1000)
        assert got.status == 503

    def test_failover_to_the_next(self, backend, proxy, web, refusing):
        b = backend()
        client = web(proxy(refusing, b))
        for _ in range(10):
            assert client.get().status == 200
        assert client.request("POST", "/", body=b"abc").status == 200
        assert len(b.requests) == 11

    def test_failover_when_one_goes_away(self, backend, proxy, web):
        a, b = backend(), backend()
        client = web(proxy(a, b))
        for _ in range(10):
            assert client.get().status == 200
        assert a.requests and b.requests
        a.close()
        for connection in a.connections:
            connection.sock.shutdown(socket.SHUT_RDWR)
        a.ended(0)
        before = len(b.requests)
        for _ in range(10):
            assert client.get().status == 200
        assert len(b.requests) >= before + 10

    def test_a_backend_that_comes_back(self, backend, proxy, web, tmp_path):
        path = tmp_path / "b.sock"
        client = web(proxy(f"unix:{path}"))
        assert client.get().status == 503
        backend(path=path)
        wait_until(lambda: client.get().status == 200, "its return")

    def test_requests_are_spread(self, backend, proxy, web):
        some = [backend() for _ in range(3)]
        client = web(proxy(*some))
        for _ in range(30):
            assert client.get().status == 200
        assert [len(b.requests) for b in some] == [10, 10, 10]

    def test_a_unix_socket(self, backend, proxy, web, tmp_path):
        b = backend(path=tmp_path / "b.sock")
        s = proxy(b)
        client = web(s)
        for _ in range(3):
            assert client.get("/a").body == b"ok\n"
        assert b.request(2).get("host") == NAME
        assert len(b.connections) == 1
        assert s.wait_for("request", 3)["server"] == b.server

    def test_a_unix_socket_that_is_not_there(self, proxy, web, tmp_path):
        assert web(proxy(f"unix:{tmp_path}/nobody")).get().status == 503

    def test_a_host_name(self, backend, proxy, web):
        b = backend()
        client = web(proxy(f"http://localhost:{b.port}"))
        for _ in range(3):
            assert client.get().body == b"ok\n"

    def test_a_host_name_that_does_not_resolve(self, proxy, web):
        s = proxy("http://nobody.invalid:80",
                  timeouts={"backend_connect": "2s"})
        got = web(s).get()
        assert got.status in (503, 504)
        assert s.wait_for("request")["err"] in ("resolve", "connect",
                                                "connect-timeout")

    def test_connections_are_kept_up_to_a_number(self, serve, site, backend,
                                                 web):
        go = threading.Event()
        answered = threading.Semaphore(0)

        def script(connection):
            b.record(connection.read_request())
            assert go.wait(CEILING)
            connection.send(OK)
            answered.release()
            connection.read_to_end()

        b = backend(script=script)
        conf = config(site([{"path": "/", "allow": "any", "backend": "b"}]))
        conf["backends"]["b"] = {"servers": [b.server], "idle_connections": 2}
        s = serve(conf)
        clients = [web(s) for _ in range(5)]
        for c in clients:
            c.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
        b.request(4)
        # all five answers come in one turn of the loop
        worker, = s.workers()
        with stopped(worker):
            go.set()
            for _ in clients:
                assert answered.acquire(timeout=CEILING)
        for c in clients:
            assert c.read_response().status == 200
        b.wait(lambda: sum(c.has_ended for c in b.connections) == 3)


class TestTimeouts:
    SHORT = {
        "request_head": "300ms", "request_body": "300ms",
        "keep_alive": "300ms", "client_write": "300ms",
        "backend_connect": "300ms", "backend_response": "300ms",
        "backend_body": "300ms", "tls_handshake": "300ms",
    }

    def only(self, name):
        return {name: self.SHORT[name]}

    def test_HS_18_no_answer_is_504(self, backend, proxy, web):
        b = backend(script=lambda connection: connection.read_to_end())
        s = proxy(b, timeouts=self.only("backend_response"))
        got = web(s).get()
        assert got.status == 504
        assert s.wait_for("request")["err"] == "backend-timeout"
        b.ended(0)

    def test_HS_18_no_answer_to_a_post_is_504(self, backend, proxy, web):
        b = backend(script=lambda connection: connection.read_to_end())
        s = proxy(b, timeouts=self.only("backend_response"))
        assert web(s).request("POST", body=b"abc").status == 504

    def test_HS_18_half_an_answer_is_504(self, backend, proxy, web):
        b = backend(script=lambda connection: (
            connection.read_request(), connection.send(b"HTTP/1.1 200 OK\r\n"),
            connection.read_to_end()))
        s = proxy(b, timeouts=self.only("backend_response"))
        assert web(s).get().status == 504

    def test_an_answer_that_stops(self, backend, proxy, web):
        b = backend(script=lambda connection: (
            connection.read_request(),
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"),
            connection.read_to_end()))
        s = proxy(b, timeouts=self.only("backend_body"))
        client = web(s)
        client.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
        assert http1.read_response_head(client.incoming).status == 200
        assert client.read_to_end() == b"a"
        assert client.end in ("eof", "reset")
        assert s.wait_for("request")["err"] == "backend-timeout"

    def test_HS_18_a_full_queue_is_504(self, proxy, web, full):
        s = proxy(full, timeouts=self.only("backend_connect"))
        assert web(s).get().status == 504
        assert s.wait_for("request")["err"] == "connect-timeout"

    def test_a_full_queue_fails_over(self, backend, proxy, web, full):
        s = proxy(full, backend(), timeouts=self.only("backend_connect"))
        client = web(s)
        for _ in range(4):
            assert client.get().status == 200

    @pytest.mark.parametrize("sent", ["G", f"GET / HTTP/1.1\r\n{HOST}",
                                      f"GET / HTTP/1.1\r\n{HOST}X: a"])
    def test_SR_24_a_head_that_stops_is_408(self, backend, proxy, web, sent):
        s = proxy(backend(), timeouts=self.only("request_head"))
        client = web(s)
        client.send(sent)
        got = client.read_response()
        assert got.status == 408 and got.wants_close()
        assert client.read_to_end() == b"" and client.end == "close_notify"
        assert s.wait_for("request")["err"] == "timeout"

    def test_SR_24_a_head_that_trickles_is_408(self, backend, proxy, web):
        """An octet now and then does not keep it alive."""
        s = proxy(backend(), timeouts=self.only("request_head"))
        client = web(s)
        start = time.monotonic()
        client.sock.settimeout(0.02)
        got = b""
        while not got:
            client.push("G")
            try:
                got = client.sock.recv(100)
            except TimeoutError:
                assert time.monotonic() < start + CEILING
        assert b" 408 " in got

    def test_SR_24_a_body_that_stops_is_408(self, backend, proxy, web):
        b = backend()
        s = proxy(b, timeouts=self.only("request_body"))
        client = web(s)
        client.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\na")
        got = client.read_response()
        assert got.status == 408 and got.wants_close()
        b.ended(0)
        assert not b.requests

    def test_a_skipped_body_that_stops(self, serve, site, web):
        """With an answer of our own the rest is read, but not for ever."""
        s = serve(config(site([{"path": "/", "allow": "any",
                                "respond": "whoami"}]),
                         timeouts=self.only("request_body")))
        client = web(s)
        client.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\na")
        assert client.read_response().status == 200
        assert client.read_to_end() == b""

    def test_an_idle_client_is_let_go(self, backend, proxy, web):
        s = proxy(backend(), timeouts=self.only("keep_alive"))
        for requests in 0, 1:
            client = web(s)
            for _ in range(requests):
                client.get()
            assert client.read_to_end() == b""
            assert client.end == "close_notify"

    def test_an_idle_backend_is_let_go(self, backend, proxy, web):
        b = backend()
        s = proxy(b, timeouts={"backend_keep_alive": "300ms"})
        client = web(s)
        assert client.get().status == 200
        b.ended(0)
        assert client.get().status == 200
        assert len(b.connections) == 2

    @pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x01\x00\x01"])
    def test_SR_24_a_handshake_that_stops(self, backend, proxy, web, sent):
        s = proxy(backend(), timeouts=self.only("tls_handshake"))
        with socket.create_connection(("127.0.0.1", s.port)) as c:
            c.sendall(sent)
            c.settimeout(CEILING)
            assert c.recv(100) == b""
        r = s.wait_for("handshake-refused")
        assert r["err"] == "timeout"
        assert web(s).get().status == 200

    def test_SR_24_a_client_that_takes_nothing(self, backend, proxy, web):
        """Nothing of its answer: it is cut, and the backend let go."""
        b = backend(script=lambda connection: (
            connection.read_request(),
            connection.send(b"HTTP/1.1 200 OK\r\n"
                            b"Content-Length: 1000000000\r\n\r\n"),
            [connection.send(b"x" * 65536) for _ in range(15000)]))
        s = proxy(b, timeouts=self.only("client_write"))
        client = web(s)
        client.send(f"GET / HTTP/1.1\r\n{HOST}\r\n")
        b.ended(0)
        assert s.wait_for("request")["err"] == "timeout"
        client.read_to_end()
        assert client.end in ("eof", "reset")

    def test_SR_24_others_are_unaffected(self, backend, proxy, web):
        s = proxy(backend(), timeouts=self.only("request_head"))
        slow = [web(s) for _ in range(20)]
        for c in slow:
            c.send("GET")
        quick = web(s)
        for _ in range(20):
            assert quick.get().status == 200
        for c in slow:
            assert c.read_response().status == 408
