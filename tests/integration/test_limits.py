"""Who takes more than a share, or drips; and what HTTP asks of a hop."""

import pytest

from client import Client, Refused, refusal
from sallyport import wait_until

HEAD = "Host: api.corp.example\r\n"


def drip(client, octet=b"x"):
    """Sends an octet whenever something could be read in a while, in vain."""
    client.sock.settimeout(0.02)
    count = 0
    try:
        while True:
            client.send(octet)
            count += 1
            try:
                client.sock.recv(1)
                break
            except TimeoutError:
                continue
    except OSError:
        pass
    return count


def reaches(port, identity):
    try:
        with Client(port, identity) as c:
            return c.get("/").status == 200
    except (OSError, Refused):
        return False


def test_SR_24_a_body_that_drips_is_no_progress(proxy, backend, web):
    b = backend(script=lambda c: c.read_to_end())
    s = proxy(b, timeouts={"request_body": "300ms"})
    c = web(s)
    c.send(f"POST / HTTP/1.1\r\n{HEAD}Content-Length: 1000000\r\n\r\n")
    assert drip(c) > 5
    assert s.wait_for("request", status=408)["err"] == "timeout"
    b.ended()


def test_SR_24_a_body_that_moves_is_not_cut(proxy, backend, web):
    b = backend()
    s = proxy(b, timeouts={"request_body": "300ms"}, limits={"progress": 16})
    c = web(s)
    c.send(f"POST / HTTP/1.1\r\n{HEAD}Content-Length: 1600\r\n\r\n")
    c.sock.settimeout(0.05)
    for _ in range(100):
        c.send(b"0123456789abcdef")
        if _ % 10 == 0:
            with pytest.raises(TimeoutError):
                c.sock.recv(1)
    c.sock.settimeout(20)
    assert c.read_response().status == 200
    assert len(b.request().body) == 1600


def test_SR_24_a_head_that_drips_is_cut_at_its_deadline(proxy, backend, web):
    s = proxy(backend(), timeouts={"request_head": "300ms"})
    c = web(s)
    c.send("GET / HTTP/1.1\r\nX: ")
    assert drip(c) > 5
    assert s.wait_for("request", status=408)["err"] == "timeout"


def test_SR_24_who_takes_nothing_is_cut(proxy, backend, web):
    body = b"x" * (32 << 20)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    b = backend(answer + body)
    s = proxy(b, timeouts={"client_write": "300ms"})
    c = web(s)
    c.send(f"GET / HTTP/1.1\r\n{HEAD}\r\n")
    assert s.wait_for("request", status=200)["err"] == "timeout"
    assert web(s).get("/").status == 200


def test_an_exchange_may_be_bound_as_a_whole(proxy, backend, web):
    def slow(connection):
        connection.read_head()
        connection.read_to_end()

    b = backend(script=slow)
    s = proxy(b, timeouts={"exchange": "300ms"})
    assert web(s).get("/").status == 504
    b.ended()


def test_one_address_has_so_many_connections(proxy, backend, pki):
    s = proxy(backend(), limits={"connections_per_address": 2})
    one, two = Client(s.port, pki.web), Client(s.port, pki.web)
    assert one.get("/").status == 200 and two.get("/").status == 200
    with pytest.raises((OSError, Refused)):
        Client(s.port, pki.web)
    assert "connections_per_address" in s.wait_for("connections-shed")["msg"]
    # a place that is free is taken
    one.close()
    assert two.get("/").status == 200
    wait_until(lambda: reaches(s.port, pki.web), "a free place")
    two.close()


def test_one_certificate_has_so_many_connections(proxy, backend, pki, web):
    s = proxy(backend(), limits={"connections_per_identity": 1})
    c = web(s)
    assert c.get("/").status == 200
    assert refusal(s.port, pki.web) == "close_notify"
    assert s.wait_for("handshake-refused")["err"] == "limit"
    assert web(s, pki.batch).get("/").status == 200
    assert c.get("/").status == 200


def test_without_memory_to_spare_newcomers_get_503(proxy, backend, web):
    body = b"x" * (8 << 20)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    s = proxy(backend(answer + body), limits={"memory": "1MiB"})
    idle = [web(s) for _ in range(33)]
    c = web(s)
    r = c.get("/")
    assert r.status == 503
    assert r.get("retry-after") and r.wants_close()
    assert s.wait_for("request", status=503)["err"] == "overload"
    for each in idle:
        each.close()


def test_a_body_that_says_itself_that_it_is_too_large(proxy, backend, web):
    b = backend()
    c = web(proxy(b, limits={"request_body": 1000}))
    assert c.request("POST", body=b"x" * 1000).status == 200
    # asked for, nothing more is sent, and nobody bothered
    c.send(f"POST / HTTP/1.1\r\n{HEAD}Expect: 100-continue\r\n"
           "Content-Length: 1001\r\n\r\n")
    r = c.read_response()
    assert (r.status, r.interim) == (413, [])
    assert len(b.requests) == 1


def test_a_body_that_turns_out_to_be_too_large(proxy, backend, web):
    b = backend()
    s = proxy(b, limits={"request_body": 1000})
    c = web(s)
    head = f"POST / HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n"
    c.send(head + "3e8\r\n" + "x" * 1000 + "\r\n0\r\n\r\n")
    assert c.read_response().status == 200
    assert len(b.request().body) == 1000
    c.send(head + "3e8\r\n" + "x" * 1000 + "\r\n1\r\nx\r\n0\r\n\r\n")
    r = c.read_response()
    assert r.status == 413 and r.wants_close()
    assert s.wait_for("request", status=413)["err"] == "http-body-long"
    # the backend has no whole request of it
    b.wait(lambda: all(x.has_ended for x in b.connections))
    assert len(b.requests) == 1


def test_HS_8_an_unknown_expectation_is_417(proxy, backend, web):
    b = backend()
    s = proxy(b)
    assert web(s).get("/", ("Expect", "wonders")).status == 417
    assert web(s).get("/", ("Expect", "100-continue")).status == 200
    assert len(b.requests) == 1


def test_HS_8_HTTP_10_expects_nothing(proxy, backend, web):
    b = backend()
    c = web(proxy(b))
    c.send(f"GET / HTTP/1.0\r\n{HEAD}Expect: 100-continue\r\n\r\n")
    assert c.read_to_end().startswith(b"HTTP/1.1 200")
    assert b.request().get("expect") is None


def test_HS_4_a_loop_is_508(proxy, backend, web):
    b = backend()
    c = web(proxy(b))
    assert c.get("/", ("Via", "1.0 a, 1.1 Sallyport (x, y)")).status == 508
    assert c.get("/", ("Via", "1.1 sallyport2")).status == 200
    assert b.request().all("via") == ["1.1 sallyport2", "1.1 sallyport"]


def test_HS_5_options_go_so_far_and_no_further(proxy, backend, web):
    b = backend()
    c = web(proxy(b))
    r = c.request("OPTIONS", "/", [("Max-Forwards", "0")])
    assert (r.status, b.requests) == (204, [])
    assert "GET" in r.get("allow")
    c.request("OPTIONS", "/", [("Max-Forwards", "7")])
    assert b.request().get("max-forwards") == "6"
    # for other methods it means nothing, and is passed on
    c.get("/", ("Max-Forwards", "0"))
    assert b.request(1).get("max-forwards") == "0"


def test_HS_12_a_client_that_takes_trailers_says_so(proxy, backend, web):
    b = backend()
    c = web(proxy(b))
    c.get("/", ("TE", "trailers, deflate"), ("Connection", "TE"))
    assert b.request().get("te") == "trailers"
    c.get("/")
    assert b.request(1).get("te") is None


def test_SR_16_framing_in_disguise_does_not_pass(proxy, backend, web):
    b = backend()
    c = web(proxy(b))
    c.get("/", ("Content_Length", "5"), ("Transfer_Encoding", "chunked"),
          ("transfer.encoding", "chunked"), ("HOST_", "x"), ("X_a", "kept"))
    names = b.request().names()
    assert "x_a" in names
    assert not [n for n in names if "_" in n and n not in ("x_a", "host_")]
