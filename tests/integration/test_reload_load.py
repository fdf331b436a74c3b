"""Reloads under load, good files and bad ones in turn: no request fails, no
tunnel is cut, and nothing is left behind.

RELOADS says how many; the default is for every day."""

import asyncio
import math
import os
import socket
import ssl
import threading

import pytest
from websockets.exceptions import ConnectionClosed

from backend import response
from conftest import HERE, config
from reloading import Load, descriptors, reload, reload_fails
from sallyport import CEILING, SANITIZED, wait_until
from test_resumption import Visitor
from test_websocket import Echo, connect, route

RELOADS = int(os.environ.get("RELOADS", "20" if SANITIZED else "120"))
CONTENT = bytes(range(256)) * 1536


class Rounds:
    """How many reloads there were: what is to take long waits for some."""

    def __init__(self):
        self.count = 0
        self.told = threading.Condition()

    def next(self, count=None):
        with self.told:
            self.count = count or self.count + 1
            self.told.notify_all()

    def wait(self, more):
        with self.told:
            until = self.count + more
            assert self.told.wait_for(lambda: self.count >= until, 600)

    def answer(self, connection):
        """A backend's script: downloads that take six reloads, or all."""
        # kept connections may rest for long
        connection.sock.settimeout(None)
        while True:
            request = connection.read_request()
            if not request.target.startswith("/long"):
                connection.send(response(b"ok\n"))
                continue
            parts = 6 if request.target == "/long" else RELOADS
            size = len(CONTENT) // parts
            connection.send(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n"
                            % len(CONTENT))
            for at in range(0, len(CONTENT), size):
                self.wait(1)
                connection.send(CONTENT[at:at + size])


class Downloads(Load):
    def _ask(self, client):
        got = client.get(self.target)
        if got.body != CONTENT:
            self.failures.append(f"{got.status}: {len(got.body)} octets")
        self.requests += 1
        return "close" not in got.all("connection")


class Returning(Load):
    """Comes again and again with the ticket of the visit before."""

    def _run(self, is_kept):
        v = Visitor(self.identity, ssl.TLSVersion.TLSv1_3 if is_kept else
                    ssl.TLSVersion.TLSv1_2)
        try:
            while not self.is_over.is_set():
                got = v.visit(self.port)
                if isinstance(got, str) or got[1].status != 200:
                    self.failures.append(str(got))
                    return
                self.connections += got[0]
                self.requests += 1
        except OSError as e:
            self.failures.append(repr(e))


class Chat(Load):
    """WebSockets that are open all the time."""

    def __init__(self, sallyport, identity, count):
        self.sallyport = sallyport
        super().__init__(sallyport.port, identity, kept=count, fresh=0)

    def _run(self, is_kept):
        async def talk():
            async with connect(self.sallyport, self.identity) as ws:
                while not self.is_over.is_set():
                    text = f"{self.requests} here"
                    await ws.send(text)
                    got = await asyncio.wait_for(ws.recv(), CEILING)
                    if got != text:
                        self.failures.append(got)
                    self.requests += 1

        try:
            asyncio.run(talk())
        except (OSError, ConnectionClosed, asyncio.TimeoutError) as e:
            self.failures.append(repr(e))


@pytest.fixture
def echo():
    e = Echo()
    yield e
    e.close()


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as s:
        yield s.getsockname()[1]


class Files:
    """One configuration after the other, of which every second is bad."""

    def __init__(self, directory, site, pki, elsewhere, backends, taken):
        self.site, self.elsewhere = site, elsewhere
        self.backends, self.taken = backends, taken
        self.half = directory / "half.pem"
        whole = pki.ca.ca.read_bytes()
        self.half.write_bytes(whole[:len(whole) // 2])
        self.routes = [{**HERE, "path": "/here"},
                       route(path="/chat", backend="echo"),
                       {"path": "/", "allow": "any", "backend": "b"}]

    def config(self, *sites, **more):
        return config([self.site(self.routes), *sites], self.backends,
                      **{"workers": 2,
                         "log": {"format": "json", "level": "notice"}, **more})

    def good(self, n):
        """What most reloads bring: routes, a CRL, another organisation's
        site, an address."""
        if n % 4 == 0:
            self.routes[0]["path"] = f"/here{n}"
            return self.config()
        if n % 4 == 1:
            return self.config(self.site(
                [HERE], names=["partner.example"],
                server=self.elsewhere.server, ca=self.elsewhere.ca))
        if n % 4 == 2:
            return self.config(listeners=[{"address": "127.0.0.1:0"},
                                          {"address": "127.0.0.2:0"}])
        return self.config(limits={"connections": 5000 + n})

    def bad(self, n):
        kinds = [
            "sites: [",
            self.config(self.site([{"path": "/"}], names=["a.example"])),
            self.config(self.site([HERE], names=["a.example"], ca=self.half)),
            self.config(self.site([HERE], names=["a.example"],
                                  crl=self.half.with_name("none.crl"))),
            self.config(listeners=[
                {"address": "127.0.0.3:0"},
                {"address": f"127.0.0.1:{self.taken}"}]),
        ]
        return kinds[n % len(kinds)]


class Watched:
    """What sallyport's processes hold."""

    def __init__(self, s):
        self.s = s
        self.pids = [s.pid, *s.workers()]
        self.open = self.descriptors()
        self.rss = []

    def descriptors(self):
        return [descriptors(p) for p in self.pids]

    def look(self):
        self.rss.append([self.s.memory_kib(p, "VmRSS") for p in self.pids])

    def growth(self):
        """What each has grown by, in KiB, since the first third."""
        then = self.rss[:len(self.rss) // 3]
        now = self.rss[-len(then):]
        return [max(b) - max(a) for a, b in zip(zip(*then), zip(*now))]

    def nothing_is_left(self):
        assert self.pids == [self.s.pid, *self.s.workers()]
        wait_until(lambda: self.descriptors() == self.open,
                   f"{self.open}, not {self.descriptors()} descriptors")
        # with a sanitizer what is freed stays; LeakSanitizer tells at the end
        assert SANITIZED or max(self.growth()) < 600, self.growth()


def test_reloads_under_load_lose_nothing_and_leave_nothing(
        tmp_path, serve, site, pki, elsewhere, backend, echo, taken):
    rounds = Rounds()
    b = backend(script=rounds.answer)
    files = Files(tmp_path, site, pki, elsewhere,
                  {"b": [b.server], "echo": [echo.address]}, taken)
    plain = config(site([HERE]), workers=2,
                   log={"format": "json", "level": "notice"})
    s = serve(plain)
    # after which every worker has all that it is given at the start
    reload(s, plain)
    watched = Watched(s)
    reload(s, files.config())
    loads = [
        Load(s.port, pki.web, kept=3, fresh=2),
        Returning(s.port, pki.web, kept=1, fresh=1),
        Downloads(s.port, pki.web, kept=1, fresh=1, target="/long"),
        Downloads(s.port, pki.web, kept=1, fresh=0, target="/long/whole"),
        Chat(s, pki.web, 2),
    ]
    always = [loads[0], loads[1], loads[4]]
    try:
        for n in range(RELOADS):
            if n % 2:
                assert reload_fails(s, files.bad(n // 2))
            else:
                reload(s, files.good(n // 2))
            rounds.next()
            watched.look()
            if n % 5 == 0:
                for each in always:
                    each.more(2)
            assert not sum((each.failures for each in loads), [])
    finally:
        rounds.next(math.inf)
        for each in loads:
            each.is_over.set()
    for each in loads:
        each.stop()
    assert len(s.records("reloaded")) == 2 + (RELOADS + 1) // 2
    assert not s.records("worker-ended") + s.records("connection-barred")
    reload(s, plain)
    watched.nothing_is_left()
