"""on_refusal: http: a client whose certificate is refused gets in far enough to
be told so, and not one step further."""

import datetime
import json
import ssl
import threading

import pytest

import certs
import http1
import proxyproto
from backend import OK
from client import NAME, Client, Refused, refusal
from conftest import config
from reloading import Load, reload, replace
from sallyport import CEILING, SANITIZED
from test_resumption import Visitor

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
both = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])

HTTP = {"on_refusal": "http"}

ROUTES = [
    {"path": "/here", "allow": "any", "respond": {"body": "here"}},
    {"path": "/whoami", "allow": "any", "respond": "whoami"},
    {"path": "/", "allow": "any", "backend": "b", "upgrade": ["websocket"]},
]

LINES = f"Host: {NAME}\r\n"


@pytest.fixture
def telling(serve, site, backend):
    """telling(): every route is for anybody, of a CA that is trusted; and its
    backend, which no test here lets anybody reach but in .is_alive()."""

    def start(detail=None, **more):
        b = backend(OK)
        how = {**HTTP, **({"detail": detail} if detail else {})}
        s = serve(config(site(ROUTES, **how), {"b": [b.server]}, **more))
        s.backend = b
        return s

    return start


@pytest.fixture
def strangers(pki, elsewhere, tmp_path):
    """Clients that are refused, and why."""
    early = pki.issuer.leaf(tmp_path / "early.pem",
                            start=datetime.timedelta(hours=1))
    late = pki.issuer.leaf(tmp_path / "late.pem",
                           end=datetime.timedelta(minutes=-1))
    return {
        None: "cert-none",
        pki.former: "cert-revoked",
        pki.api: "cert-purpose",
        elsewhere.web: "cert-unknown-ca",
        early: "cert-not-yet-valid",
        late: "cert-expired",
        pki.issuer.self_signed(tmp_path / "self.pem", "web"):
            "cert-unknown-ca",
        pki.issuer.leaf(tmp_path / "many.pem", sans=[
            certs.dns(f"a{i}.b") for i in range(101)]): "cert-sans-many",
    }


def told(response):
    """The problem that a refused client is told of."""
    assert response.status == 403
    assert response.all("content-type") == ["application/problem+json"]
    assert response.all("cache-control") == ["no-store"]
    problem = json.loads(response.body)
    assert problem["status"] == 403 and problem["title"] == "Forbidden"
    return problem


@both
def test_SR_10_every_kind_of_refusal_gets_an_answer(telling, strangers,
                                                    version):
    s = telling("code")
    for n, (who, reason) in enumerate(strangers.items(), 1):
        with Client(s.port, who, version=version) as c:
            for target in "/", "/here", "/whoami", "/nowhere":
                problem = told(c.get(target))
                assert problem["reason"] == reason
        r = s.wait_for("handshake-refused", n)
        assert r["err"] == reason and r["ref"] == problem["reference"]
        for r in s.records("request", conn=problem["reference"]):
            assert (r["err"], r["status"]) == (reason, 403)
            assert "route" not in r and "rule" not in r
    assert s.backend.connections == []


def bodies(target="/"):
    """Requests of many kinds, each by itself well-formed."""
    yield f"GET {target} HTTP/1.1\r\n{LINES}\r\n"
    yield f"HEAD {target} HTTP/1.1\r\n{LINES}\r\n"
    yield f"POST {target} HTTP/1.1\r\n{LINES}Content-Length: 3\r\n\r\nabc"
    yield (f"GET {target} HTTP/1.1\r\n{LINES}Connection: upgrade\r\n"
           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    yield f"OPTIONS * HTTP/1.1\r\n{LINES}Max-Forwards: 0\r\n\r\n"
    yield f"TRACE {target} HTTP/1.1\r\n{LINES}\r\n"
    yield f"DELETE http://{NAME}{target} HTTP/1.1\r\n{LINES}\r\n"
    yield f"GET {target} HTTP/1.1\r\nHost: other.example\r\n\r\n"
    yield f"GET {target}%2e%2e/x//y HTTP/1.1\r\n{LINES}\r\n"


WAYS = {
    "plain": ({}, []),
    "proxied": ({"proxy_protocol": "require",
                 "trusted_proxies": ["127.0.0.1"]},
                [proxyproto.v2("203.0.113.9")]),
    "to a backend with the PROXY protocol": ({}, []),
}


@both
@pytest.mark.parametrize("on_refusal", ["alert", "http"])
@pytest.mark.parametrize("way", WAYS)
def test_SR_7_CC_4_no_way_in_without_the_verdict(serve, site, backend, pki,
                                                 way, on_refusal, version):
    """Who is refused reaches no backend, so none is told of anybody."""
    keys, prelude = WAYS[way]
    b = backend(OK)
    conf = config(
        site(ROUTES, on_refusal=on_refusal), {"b": [b.server]},
        listeners=[{"address": "127.0.0.1:0", "name": "one", **keys}])
    if "backend" in way:
        conf["backends"]["b"]["proxy_protocol"] = "v2"
    s = serve(conf)
    options = {"prelude": prelude, "version": version}
    for identity in pki.former, None:
        if on_refusal == "alert":
            assert refusal(s.port, identity, **options) in (
                "certificate revoked", "certificate required",
                "handshake failure")
        else:
            with Client(s.port, identity, **options) as c:
                assert c.get("/").status == 403
    s.wait_for("handshake-refused", 2)
    assert b.connections == []
    if "backend" not in way:
        with Client(s.port, pki.web, **options) as c:
            assert c.get("/").status == 200


@both
def test_nothing_that_is_asked_for_is_served(telling, pki, version):
    s = telling()
    with Client(s.port, pki.former, version=version) as c:
        for target in "/", "/here/", "/whoami/":
            for request in bodies(target):
                c.send(request)
                if request.startswith("HEAD"):
                    assert c.read_response("HEAD").status == 403
                    continue
                assert set(told(c.read_response())) == {
                    "type", "title", "status", "reference"}
    # what a connection does not always go on after
    for request in (f"CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n",
                    f"PUT / HTTP/1.1\r\n{LINES}Expect: 100-continue\r\n"
                    "Content-Length: 1\r\n\r\n",
                    f"PUT / HTTP/1.1\r\n{LINES}"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "GET / HTTP/1.0\r\n\r\n"):
        with Client(s.port, pki.former, version=version) as c:
            c.send(request)
            assert told(c.read_response())
    assert s.backend.connections == []


def test_pipelined_requests_are_refused_one_by_one(telling, pki):
    s = telling()
    with Client(s.port, pki.former) as c:
        c.send("".join(r for r in bodies() if not r.startswith("HEAD")))
        refs = {told(c.read_response())["reference"] for _ in range(8)}
    assert len(refs) == 1
    assert s.backend.connections == []


@pytest.mark.parametrize("head", [
    "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "Content-Length: 4\r\nContent-Length: 5",
    "Transfer-Encoding: chunked, identity", "Content-Length: +4",
    " folded: x", "Name : x", "X: a\nb"])
def test_framing_is_as_strict_as_for_others(telling, pki, head):
    s = telling()
    with Client(s.port, pki.former) as c:
        assert c.get("/").status == 403
        c.push(f"POST / HTTP/1.1\r\n{LINES}{head}\r\n\r\n"
               f"0\r\n\r\nGET /here HTTP/1.1\r\n{LINES}\r\n")
        r = c.read_response()
        assert r.status == 400 and b"here" not in r.body
        assert c.read_to_end() == b""
    assert s.backend.connections == []


def test_who_is_accepted_is_served_beside_them(telling, pki):
    s = telling("full")
    with Client(s.port, pki.former) as bad, Client(s.port, pki.web) as good:
        for n in range(5):
            assert bad.get("/").status == 403
            assert good.get("/").body == b"ok\n"
            assert len(s.backend.requests) == n + 1
    # what was agreed with one is not taken for the other
    s.wait_for("request", 10)
    assert len(s.records("handshake-refused")) == 1


@pytest.mark.parametrize("detail, more", [
    (None, []), ("none", []), ("code", ["reason"]),
    ("full", ["reason", "detail", "depth", "culprit", "subject", "issuer",
              "serial", "sha256"])])
def test_detail_is_as_much_as_is_told(telling, pki, detail, more):
    s = telling(detail)
    with Client(s.port, pki.former) as c:
        problem = told(c.get("/", ("Accept", "text/html")))
    assert list(problem) == ["type", "title", "status", "reference", *more]
    values = {"reason": "cert-revoked", "detail": "a certificate is revoked",
              "depth": 0, "culprit": "CN=former.corp.example,O=Corp",
              "serial": certs.serial_of(pki.former),
              "sha256": certs.fingerprint(pki.former)}
    assert {k: problem[k] for k in values if k in more} == {
        k: v for k, v in values.items() if k in more}


def test_SR_13_hostile_names_stay_within_the_answer(telling, tmp_path):
    hostile = 'x"},{"reason":"none\r\n\r\nHTTP/1.1 200 OK\x00\x1b'
    who = certs.Issuer.root("a\nb").leaf(tmp_path / "c.pem",
                                         common_name=hostile[:60])
    s = telling("full")
    with Client(s.port, who) as c:
        problem = told(c.get("/"))
        assert problem["reason"] == "cert-unknown-ca"
        assert told(c.get("/")) == problem
    assert not any(ord(x) < 0x20 for v in problem.values()
                   for x in str(v))


@both
def test_no_ticket_is_given_and_none_resumes(telling, pki, version):
    s = telling()
    for who in None, pki.former:
        v = Visitor(who, version)
        for _ in range(3):
            resumed, r = v.visit(s.port)
            assert not resumed and told(r)
            assert not v.session.has_ticket
    good = Visitor(pki.web, version)
    assert good.visit(s.port)[1].status == 200
    assert good.session.has_ticket
    # the session of one who is in, shown by one who has no certificate
    thief = Visitor(None, version)
    thief.context = good.context
    thief.session = good.session
    assert thief.visit(s.port)[0]


@pytest.fixture
def own(site, backend, tmp_path):
    """A CA whose CRL changes: .conf(**site), .revoke(), .pardon()."""
    class Own:
        def __init__(self):
            self.root = certs.Issuer.root("Root")
            self.ca = certs.write(tmp_path / "ca.pem", None,
                                  self.root.certificate)
            self.client = self.root.leaf(tmp_path / "client.pem",
                                         sans=[certs.dns("a.example")])
            self.crl = tmp_path / "ca.crl"
            self.backend = backend(OK)
            self.pardon()

        def _issue(self, *revoked):
            replace(self.crl, self.root.crl(revoked).public_bytes(certs.PEM))

        def revoke(self):
            self._issue(certs.read(self.client))

        def pardon(self):
            self._issue()

        def conf(self, **more):
            return config(site(ROUTES, ca=self.ca, crl=self.crl, **more),
                          {"b": [self.backend.server]}, watch=False)

    return Own()


@both
def test_SR_2_a_session_from_before_the_revocation(serve, own, version):
    s = serve(own.conf(**HTTP, detail="code"))
    v = Visitor(own.client, version)
    assert v.visit(s.port)[1].status == 200
    assert v.visit(s.port)[0]
    own.revoke()
    reload(s, own.conf(**HTTP, detail="code"))
    for _ in range(2):
        # the old session is offered each time
        resumed, r = v.visit(s.port, keep=False)
        assert not resumed and told(r)["reason"] == "cert-revoked"
    resumed, r = v.visit(s.port)
    assert not resumed and told(r)
    own.pardon()
    reload(s, own.conf(**HTTP, detail="code"))
    # that of a refused handshake is worth nothing afterwards either
    resumed, r = v.visit(s.port)
    assert not resumed and r.status == 200
    assert len(own.backend.requests) == 3


def test_who_was_refused_stays_so_until_it_comes_again(serve, own):
    own.revoke()
    s = serve(own.conf(**HTTP))
    with Client(s.port, own.client) as c, Client(s.port, own.client) as idle:
        assert c.get("/").status == 403
        own.pardon()
        reload(s, own.conf(**HTTP))
        r = c.get("/")
        assert told(r) and r.wants_close()
        assert c.read_to_end() == b"" and c.end == "close_notify"
        # nor is one kept that says nothing
        assert idle.read_to_end() == b"" and idle.end == "close_notify"
    with Client(s.port, own.client) as c:
        assert c.get("/").status == 200
    assert len(own.backend.requests) == 1


@pytest.mark.parametrize("pardoned", [False, True])
def test_on_refusal_is_taken_back_while_one_is_connected(serve, own, pardoned):
    own.revoke()
    s = serve(own.conf(**HTTP))
    with Client(s.port, own.client) as c:
        assert c.get("/").status == 403
        if pardoned:
            own.pardon()
        reload(s, own.conf())
        r = c.get("/whoami")
        assert told(r) and r.wants_close()
        assert c.read_to_end() == b""
    if not pardoned:
        assert refusal(s.port, own.client) == "certificate revoked"
    assert own.backend.connections == []


@pytest.mark.parametrize("before", [{}, HTTP])
def test_on_refusal_comes_while_one_is_connected(serve, own, before):
    """Who was let in and is barred now has no further request."""
    s = serve(own.conf(**before))
    with Client(s.port, own.client) as c:
        assert c.get("/").status == 200
        own.revoke()
        reload(s, own.conf(**HTTP))
        s.wait_for("connection-barred")
        assert c.read_to_end() == b"" and c.end == "close_notify"
    with Client(s.port, own.client) as c:
        assert told(c.get("/"))
    assert len(own.backend.requests) == 1


def test_a_site_beside_it_still_sends_alerts(serve, site, pki, elsewhere):
    quiet = site(ROUTES[:2], names=["other.corp.example"], server=pki.other)
    s = serve(config([site(ROUTES[:2], **HTTP), quiet]))
    with Client(s.port, elsewhere.web) as c:
        assert told(c.get("/here"))
        # nor is the way there through a connection of the other
        assert told(c.get("/here", host="other.corp.example"))
    assert refusal(s.port, elsewhere.web,
                   sni="other.corp.example") == "unknown ca"
    assert refusal(s.port, None, sni="other.corp.example",
                   version=ssl.TLSVersion.TLSv1_3) \
        == "certificate required"
    assert refusal(s.port, elsewhere.web, sni="nobody.example") \
        == "unrecognized name"


def test_it_has_the_limits_of_others(telling, pki):
    s = telling(limits={"requests_per_connection": 3})
    with Client(s.port, pki.former) as c:
        answers = [c.get("/") for _ in range(3)]
        assert [a.wants_close() for a in answers] == [False, False, True]
        assert c.read_to_end() == b""


@pytest.mark.parametrize("shorter", ["keep_alive", "tls_handshake"])
def test_who_asks_nothing_is_not_kept(telling, pki, shorter):
    """SR-24: no longer than who is in, nor than who shakes hands."""
    s = telling(timeouts={"keep_alive": "1h", "tls_handshake": "10m",
                          shorter: "1s" if SANITIZED else "300ms"})
    with Client(s.port, pki.former) as c:
        assert c.read_to_end() == b"" and c.end == "close_notify"
    with Client(s.port, pki.former) as c, Client(s.port, pki.web) as good:
        assert good.get("/").status == 200
        assert c.get("/").status == 403
        assert c.read_to_end() == b"" and c.end == "close_notify"
        if shorter == "tls_handshake":
            assert good.get("/").status == 200


def test_what_is_no_certificate_is_still_an_alert(telling, pki, tmp_path):
    """A key that does not belong to the certificate proves nothing."""
    s = telling()
    raw = tmp_path / "x.pem"
    raw.write_bytes(pki.former.read_bytes())
    raw.with_suffix(".key").write_bytes(
        pki.batch.with_suffix(".key").read_bytes())
    with pytest.raises((ssl.SSLError, Refused)):
        Client(s.port, raw)
    with Client(s.port, pki.former) as c:
        assert c.get("/").status == 403


class Flood:
    """Clients that are refused and come again at once, until told to stop."""

    def __init__(self, port, identities, count=6):
        self.port = port
        self.refused = 0
        self.is_over = threading.Event()
        self.failures = []
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._run, args=(identities[n % len(
                identities)], VERSIONS[n % 2]), daemon=True)
            for n in range(count)
        ]
        for t in self.threads:
            t.start()

    def _come(self, identity, version):
        """With an alert, or with an answer that says no."""
        try:
            with Client(self.port, identity, version=version) as c:
                return c.get("/").status == 403
        except (Refused, OSError, http1.Ended):
            return True

    def _run(self, identity, version):
        while not self.is_over.is_set():
            if not self._come(identity, version):
                self.failures.append(identity)
            with self.lock:
                self.refused += 1

    def stop(self):
        self.is_over.set()
        for t in self.threads:
            t.join(CEILING)
        assert not self.failures


@pytest.mark.parametrize("how", ["alert", "http"])
def test_a_flood_of_refusals_stops_nobody(serve, site, backend, pki, elsewhere,
                                          how):
    """Who is in is served all the while, and others still get in; the flood
    reaches nothing."""
    b = backend(OK)
    s = serve(config(site(ROUTES, on_refusal=how), {"b": [b.server]},
                     limits={"connections_per_address": "unlimited"}))
    rounds = 0
    with Client(s.port, pki.web) as first:
        assert first.get("/").status == 200
        flood = Flood(s.port, [None, pki.former, elsewhere.web, pki.api])
        load = Load(s.port, pki.web, kept=2, fresh=1)
        while flood.refused < (100 if SANITIZED else 400):
            load.more(10)
            assert first.get("/").status == 200
            rounds += 1
        flood.stop()
        load.stop()
        assert first.get("/").status == 200
    # and nothing of theirs came through
    assert len(b.requests) == load.requests + rounds + 2
    s.wait_for("handshake-refused")


@both
def test_who_leaves_at_any_moment_leaves_nothing(telling, pki, version):
    """With a reset, or politely; before, within and after a request."""
    s = telling()
    long = "Content-Length: 60000\r\n\r\n"
    pieces = ["", "G", f"GET / HTTP/1.1\r\n{LINES}",
              f"GET / HTTP/1.1\r\n{LINES}\r\n",
              f"GET / HTTP/1.1\r\n{LINES}\r\n" * 20,
              f"POST / HTTP/1.1\r\n{LINES}{long}",
              f"POST / HTTP/1.1\r\n{LINES}{long}" + "x" * 30000,
              f"POST / HTTP/1.1\r\n{LINES}Transfer-Encoding: chunked\r\n\r\n4"]
    left = 0
    for who in None, pki.former:
        for piece in pieces:
            for leave in Client.reset, Client.close:
                c = Client(s.port, who, version=version)
                c.push(piece)
                leave(c)
                left += 1
    s.wait_for("handshake-refused", left)
    with Client(s.port, pki.web) as c:
        assert c.get("/").status == 200
    assert len(s.backend.requests) == 1
