"""A WebSocket as real programs speak it: python3-websockets on both sides."""

import asyncio
import hashlib
import random
import threading

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

import certs
import client
from client import NAME
from conftest import config
from reloading import reload
from sallyport import CEILING, wait_until

LARGE = 8 << 20


class Echo:
    """A server that sends back what it gets; `ends` are the codes with which
    its connections were closed."""

    def __init__(self):
        self.ends = []
        self.paths = []
        self.headers = []
        self.loop = asyncio.new_event_loop()
        self.server = None
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,))
        self.thread.start()
        assert started.wait(CEILING)
        port = self.server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"

    def _run(self, started):
        async def serve():
            self.server = await websockets.serve(
                self._echo, "127.0.0.1", 0, max_size=2 * LARGE,
                ping_interval=None, subprotocols=["chat"])
            started.set()
            await self.server.wait_closed()

        self.loop.run_until_complete(serve())
        self.loop.close()

    async def _echo(self, ws):
        self.paths.append(ws.path)
        self.headers.append(ws.request_headers)
        try:
            async for message in ws:
                if message == "ping me":
                    await asyncio.wait_for(await ws.ping(b"pong"), CEILING)
                elif message == "close me":
                    await ws.close(4001, "as you wish")
                    break
                await ws.send(message)
        except ConnectionClosed:
            pass
        self.ends.append(ws.close_code)

    def close(self):
        self.loop.call_soon_threadsafe(self.server.close)
        self.thread.join(CEILING)
        assert not self.thread.is_alive()


@pytest.fixture
def echo():
    e = Echo()
    yield e
    e.close()


@pytest.fixture
def gate(serve, echo, site):
    return serve(config(site([route()]), {"b": [echo.address]}))


def route(**more):
    return {"path": "/", "allow": "any", "backend": "b",
            "upgrade": "websocket", **more}


def connect(s, identity, path="/chat", **options):
    return websockets.connect(
        f"wss://{NAME}{path}", host="127.0.0.1", port=s.port,
        server_hostname=NAME, ssl=client.context(identity),
        max_size=2 * LARGE, ping_interval=None, open_timeout=CEILING,
        **options)


def talk(s, identity, what, *path, **options):
    """what(ws), with a connection of the identity's, in a loop of its own."""
    async def run():
        async with connect(s, identity, *path, **options) as ws:
            return await asyncio.wait_for(what(ws), CEILING)

    return asyncio.run(run())


def test_HS_10_a_conversation(gate, echo, pki):
    async def chat(ws):
        assert ws.subprotocol == "chat"
        for n in range(50):
            await ws.send(f"message {n}")
            assert await ws.recv() == f"message {n}"
        await ws.send(b"\0\xff" * 10)
        assert await ws.recv() == b"\0\xff" * 10

    talk(gate, pki.web, chat, "/chat?a=b%2Fc", subprotocols=["chat"])
    assert echo.paths == ["/chat?a=b%2Fc"]
    assert echo.headers[0]["X-Forwarded-For"] == "127.0.0.1"
    r = gate.wait_for("request", status=101)
    assert "err" not in r


def test_HS_10_pings_from_either_side(gate, pki):
    async def pings(ws):
        for n in range(20):
            pong = await ws.ping(b"%d" % n)
            await pong
        # and the server's, which the client's library answers
        await ws.send("ping me")
        assert await ws.recv() == "ping me"

    talk(gate, pki.web, pings)


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_HS_10_large_messages(gate, pki, compression):
    """In one frame, and in many; random, so that nothing makes it small."""
    data = random.Random(1).randbytes(LARGE)

    async def large(ws):
        sent = asyncio.ensure_future(ws.send(data))
        got = await ws.recv()
        await sent
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
        pieces = [data[n:n + 70000] for n in range(0, LARGE // 4, 70000)]
        sent = asyncio.ensure_future(ws.send(pieces))
        assert await ws.recv() == b"".join(pieces)
        await sent

    talk(gate, pki.web, large, compression=compression)


def test_HS_11_the_client_closes(gate, echo, pki):
    async def close(ws):
        await ws.send("a")
        assert await ws.recv() == "a"
        await ws.close(4000, "enough")
        return ws.close_code

    assert talk(gate, pki.web, close) == 4000
    gate.wait_for("request", status=101)
    wait_until(lambda: echo.ends, "the end at the server")
    assert echo.ends == [4000]


def test_HS_11_the_server_closes(gate, echo, pki):
    async def wait(ws):
        await ws.send("close me")
        with pytest.raises(ConnectionClosed):
            await ws.recv()
        return ws.close_code, ws.close_reason

    assert talk(gate, pki.web, wait) == (4001, "as you wish")
    assert "err" not in gate.wait_for("request", status=101)


def test_many_side_by_side(gate, pki):
    async def chatter(n):
        async with connect(gate, pki.web) as ws:
            for k in range(20):
                await ws.send(f"{n} {k}")
                assert await ws.recv() == f"{n} {k}"

    async def all_of_them():
        await asyncio.wait_for(
            asyncio.gather(*(chatter(n) for n in range(50))), CEILING)

    asyncio.run(all_of_them())
    gate.wait_for("request", 50, status=101)


def test_HS_11_it_is_cut_at_once_when_a_reload_ends_its_trust(
        serve, echo, site, pki, elsewhere):
    """Who is still trusted talks on."""
    routes = [route()]
    s = serve(config(site(routes, crl=False), {"b": [echo.address]}))

    async def talk_on(ws):
        await ws.send("a")
        assert await ws.recv() == "a"
        told = threading.Thread(target=reload, args=(s, config(
            site(routes, ca=pki.ca), {"b": [echo.address]})))
        told.start()
        try:
            while told.is_alive():
                await ws.send("b")
                assert await ws.recv() == "b"
            await ws.send("c")
            return await ws.recv()
        finally:
            told.join()

    assert talk(s, pki.web, talk_on) == "c"

    async def is_cut(ws):
        await ws.send("a")
        assert await ws.recv() == "a"
        told = threading.Thread(target=reload, args=(s, config(
            site(routes, ca=elsewhere.ca), {"b": [echo.address]})))
        told.start()
        with pytest.raises(ConnectionClosed):
            await ws.recv()
        told.join()
        return ws.close_code

    # without a closing handshake, which is for those two alone to make
    assert talk(s, pki.web, is_cut) == 1006
    assert s.wait_for("connection-barred")["err"] == "cert-unknown-ca"


def test_HS_11_it_is_cut_when_its_certificate_is_revoked(
        serve, echo, site, pki, tmp_path):
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    identity = root.leaf(tmp_path / "a.pem", sans=[certs.dns("a.example")])
    crl = certs.write_crls(tmp_path / "ca.crl", root.crl([]))
    s = serve(config(site([route()], ca=ca, crl=crl), {"b": [echo.address]}))

    async def is_cut(ws):
        await ws.send("a")
        assert await ws.recv() == "a"
        certs.write_crls(crl, root.crl([certs.read(identity)]))
        with pytest.raises(ConnectionClosed):
            await ws.recv()
        return ws.close_code

    assert talk(s, identity, is_cut) == 1006
    assert s.wait_for("connection-barred")["err"] == "cert-revoked"


def test_SR_20_no_websocket_where_the_route_permits_none(
        serve, echo, site, pki):
    closed = {"path": "/", "allow": "any", "backend": "b"}
    s = serve(config(site([closed]), {"b": [echo.address]}))

    async def nothing(ws):
        raise AssertionError("it was opened")

    with pytest.raises(websockets.InvalidStatusCode) as e:
        talk(s, pki.web, nothing)
    # what the server says to a request that asks for no upgrade
    assert e.value.status_code == 426
