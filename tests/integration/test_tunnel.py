"""Upgrade: no tunnel before the 101 for what was asked; then bytes."""

import pytest

from conftest import config

ASK = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
          b"Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def echo(connection):
    """Switches, and returns what comes until the client's side has ended."""
    connection.read_head()
    connection.send(SWITCH)
    while data := connection.sock.recv(65536):
        connection.send(data)


@pytest.fixture
def upgrading(serve, site, backend):
    """upgrading(script or answer): a route that permits websocket."""

    def start(script, upgrade=("websocket",), **more):
        b = backend(script=script) if callable(script) else backend(script)
        route = {"path": "/", "allow": "any", "backend": "b"}
        if upgrade:
            route["upgrade"] = list(upgrade)
        return serve(config(site([route]), {"b": [b.server]}, **more)), b

    return start


def ask(client, *fields):
    head = "GET /chat HTTP/1.1\r\nHost: api.corp.example\r\n"
    head += "".join(f"{n}: {v}\r\n" for n, v in fields)
    client.send(head + "\r\n")


def read_head(client):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += client.incoming.exactly(1)
    return data.decode("latin-1")


def test_HS_10_bytes_pass_both_ways_after_101(upgrading, web):
    s, b = upgrading(echo)
    c = web(s)
    ask(c, *ASK, ("Sec-WebSocket-Key", "k"))
    head = read_head(c)
    assert head.startswith("HTTP/1.1 101 ")
    assert "upgrade: websocket\r\n" in head.lower()
    assert "sec-websocket-accept: x\r\n" in head.lower()
    for size in 1, 5, 70000, 300000:
        data = bytes(i % 251 for i in range(size))
        c.send(data)
        assert c.incoming.exactly(size) == data
    sent = b.connections[0].received.decode("latin-1").split("\r\n\r\n")[0]
    assert "Upgrade: websocket" in sent
    assert "Sec-WebSocket-Key: k" in sent


def test_HS_11_each_side_ends_for_itself(upgrading, web):
    def half(connection):
        connection.read_head()
        connection.send(SWITCH + b"all that I say")
        connection.sock.shutdown(1)
        connection.heard = connection.read_to_end()

    s, b = upgrading(half)
    c = web(s)
    ask(c, *ASK)
    read_head(c)
    assert c.incoming.exactly(14) == b"all that I say"
    assert c.read_to_end() == b""
    assert c.end == "close_notify"
    # the other direction is still open
    c.send(b"and I go on")
    c.sock.unwrap().close()
    assert b.ended().heard.endswith(b"and I go on")


def test_bytes_that_come_with_the_101_are_not_lost(upgrading, web):
    def eager(connection):
        connection.read_head()
        connection.send(SWITCH + b"hello")
        assert connection.sock.recv(1) == b"x"

    s, _ = upgrading(eager)
    c = web(s)
    ask(c, *ASK)
    read_head(c)
    assert c.incoming.exactly(5) == b"hello"
    c.send(b"x")


def test_SR_20_no_tunnel_where_the_route_does_not_permit(upgrading, web):
    s, b = upgrading(OK, upgrade=())
    assert web(s).get("/", *ASK).status == 200
    assert b"pgrade" not in b.connections[0].received


@pytest.mark.parametrize("fields", [
    (("Upgrade", "websocket"),),
    (("Connection", "keep-alive"), ("Upgrade", "websocket")),
    (("Connection", "Upgrade"), ("Upgrade", "h2c"), ("HTTP2-Settings", "x")),
    (("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
     ("HTTP2-Settings", "AAMAAABkAAQAAP__")),
    (("Connection", "Upgrade"), ("Upgrade", "foo, h2c")),
    (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Upgrade", "x")),
])
def test_SR_20_what_was_not_asked_in_full_is_not_passed_on(
        upgrading, web, fields):
    s, b = upgrading(OK)
    assert web(s).get("/", *fields).status == 200
    assert b"pgrade" not in b.connections[0].received
    assert b"HTTP2" not in b.connections[0].received


def test_SR_20_an_upgrade_with_content_is_no_upgrade(upgrading, web):
    s, b = upgrading(OK)
    body = b"GET /evil HTTP/1.1\r\n\r\n"
    assert web(s).request("POST", "/", ASK, body).status == 200
    assert len(b.requests) == 1
    head = b.connections[0].received.split(b"\r\n\r\n")[0]
    assert b"pgrade" not in head


def test_HS_10_no_upgrade_from_http_10(upgrading, web):
    s, b = upgrading(OK)
    c = web(s)
    c.send("GET / HTTP/1.0\r\nHost: api.corp.example\r\n"
           "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert c.read_to_end().startswith(b"HTTP/1.1 200")
    assert b"pgrade" not in b.connections[0].received


@pytest.mark.parametrize("answer", [
    # another token, none, one that Connection does not name, with content,
    # with another version
    b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
    b"HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Content-Length: 5\r\n\r\nhello",
    b"HTTP/1.0 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
])
def test_HS_10_a_101_that_does_not_fit_is_502(upgrading, web, answer):
    def script(connection):
        connection.read_head()
        connection.send(answer)
        connection.read_to_end()

    s, b = upgrading(script)
    c = web(s)
    ask(c, *ASK)
    assert c.read_response().status == 502
    b.ended()


def test_HS_10_a_101_that_nobody_asked_for_is_502(upgrading, web):
    def script(connection):
        connection.read_head()
        connection.send(SWITCH)
        connection.read_to_end()

    s, b = upgrading(script)
    assert web(s).get("/").status == 502
    b.ended()


def test_SR_20_a_refusal_of_the_upgrade_is_an_ordinary_answer(upgrading, web):
    """But the backend's connection is not used again: what it makes of the
    next octets there is not certain."""
    s, b = upgrading(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
    c = web(s)
    for _ in range(2):
        ask(c, *ASK)
        assert c.read_response().status == 403
    assert [r.connection for r in b.requests] == [0, 1]


def test_HS_11_a_silent_tunnel_is_cut(upgrading, web):
    def silent(connection):
        connection.read_head()
        connection.send(SWITCH)
        connection.read_to_end()

    s, b = upgrading(silent, timeouts={"tunnel": "300ms"})
    c = web(s)
    ask(c, *ASK)
    read_head(c)
    c.read_to_end()
    b.ended()
    assert s.wait_for("request", status=101)["err"] == "timeout"


@pytest.mark.parametrize("who", ["client", "backend"])
def test_HS_11_who_breaks_off_ends_both(upgrading, web, who):
    def script(connection):
        connection.read_head()
        connection.send(SWITCH)
        if who == "backend":
            connection.sock.recv(1)
            connection.reset()
        else:
            connection.read_to_end()

    s, b = upgrading(script)
    c = web(s)
    ask(c, *ASK)
    read_head(c)
    if who == "backend":
        c.send(b"x")
        c.read_to_end()
        assert c.end in ("eof", "reset")
    else:
        c.close()
    b.ended()
