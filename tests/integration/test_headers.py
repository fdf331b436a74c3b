"""What the backend is told, as it receives it."""

import re

import pytest

from backend import response
from client import NAME


@pytest.fixture
def ask(backend, proxy, web):
    """ask(fields...): what the backend got of a request with them."""
    b = backend()
    client = web(proxy(b))

    def get(*fields, target="/", method="GET", **options):
        n = len(b.requests)
        got = client.request(method, target, fields, **options)
        assert got.status == 200
        return b.request(n)

    return get


def test_the_whole_request_octet_by_octet(backend, proxy, web):
    b = backend()
    web(proxy(b)).get("/a?b", ("User-Agent", "x"))
    b.request()
    assert b.connections[0].received == (
        b"GET /a?b HTTP/1.1\r\n"
        b"Host: api.corp.example\r\n"
        b"User-Agent: x\r\n"
        b"X-Forwarded-For: 127.0.0.1\r\n"
        b"X-Forwarded-Proto: https\r\n"
        b"X-Forwarded-Host: api.corp.example\r\n"
        b"Via: 1.1 sallyport\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize("name, value", [
    ("Connection", "keep-alive"),
    ("Keep-Alive", "timeout=5"),
    ("Proxy-Connection", "keep-alive"),
    ("TE", "deflate"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQ"),
    ("Proxy-Authorization", "Basic x"),
])
def test_HS_1_what_concerns_one_hop_stays(ask, name, value):
    assert name.lower() not in ask((name, value), ("X-A", "b")).names()


@pytest.mark.parametrize("connection", [
    [("Connection", "x-a")],
    [("Connection", "X-A")],
    [("connection", "close-not, x-a ,keep-alive")],
    [("Connection", "keep-alive"), ("Connection", ",, x-a,")],
    [("CONNECTION", "\tX-a\t")],
    [("Connection", "x-b, x-a, x-c")],
])
def test_HS_1_what_connection_names_stays(ask, connection):
    got = ask(*connection, ("X-A", "1"), ("x-a", "2"), ("X-Other", "3"))
    assert "x-a" not in got.names() and "connection" not in got.names()
    assert got.get("x-other") == "3"


@pytest.mark.parametrize("named", [
    "Host", "Content-Length", "Via", "Cookie", "Authorization",
])
def test_HS_1_connection_cannot_take_away_what_is_needed(ask, named):
    """Host and framing are not fields that could be removed."""
    got = ask(("Connection", named), method="POST", body=b"abc")
    assert got.get("host") == NAME
    assert got.body == b"abc"
    assert got.get("via")


def test_HS_2_other_fields_pass_in_their_order(ask):
    sent = [
        ("X-B", "1"), ("Cookie", "a=b"), ("x-b", "2"), ("Cookie", "c=d"),
        ("Authorization", "Bearer x"), ("X-Empty", ""), ("X-B", "3"),
        ("X-High", "\xe4\xff"), ("X-Tab", "a\tb"), ("Accept", "a,b"),
    ]
    got = ask(*sent)
    assert got.fields[1:len(sent) + 1] == sent


def test_HS_7_credentials_pass_both_ways(backend, proxy, web):
    sent = [("Authorization", 'Digest username="a", uri="/", response="x"'),
            ("Authorization", "Bearer  y")]
    asked = [("WWW-Authenticate", 'Digest realm="r", nonce="n", Basic'),
             ("WWW-Authenticate", "Bearer")]
    b = backend(response(b"", 401, fields=asked))
    got = web(proxy(b)).get("/", *sent)
    assert [f for f in b.request().fields if f in sent] == sent
    assert [f for f in got.fields if f in asked] == asked


def test_HS_6_the_target_passes_octet_by_octet(ask):
    for target in ("/a?b=c&d=%20%2f", "/%61/%C3%A4?", "/a/?//..//",
                   "/~a!$&'()*+,=:@", "/a?\"<>\\^`{|}"):
        assert ask(target=target).target == target


def test_HS_3_via_is_added_behind_others(ask):
    got = ask(("Via", "1.0 fred"), ("Via", "1.1 jane"))
    assert got.all("via") == ["1.0 fred", "1.1 jane", "1.1 sallyport"]


def test_HS_3_via_has_the_configured_name(backend, proxy, web):
    b = backend()
    web(proxy(b, name="gate")).get()
    assert b.request().get("via") == "1.1 gate"


def test_the_host_that_was_asked_for_passes(ask):
    for host in NAME, "API.corp.example.", NAME + ":8443":
        got = ask(host=host)
        assert got.get("host") == got.get("x-forwarded-host") == host


def test_the_authority_of_an_absolute_target_is_the_host(ask):
    got = ask(target=f"https://{NAME}:99/x?y", host="elsewhere.example")
    assert got.target == "/x?y"
    assert got.get("host") == got.get("x-forwarded-host") == f"{NAME}:99"


FORGED = [
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
    "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Client-Cert",
    "X-Forwarded-User", "Forwarded", "X-Real-IP", "X-Remote-User",
    "Remote-User", "Client-Cert", "Client-Cert-Chain", "X-Client-Cert",
    "X-Client-DN", "X-Client-Verify", "X-SSL-Client-DN", "X-SSL-Cert",
    "SSL-Client-Cert", "SSL-Client-S-DN", "X-TLS-Client-Cert",
    "X-SPIFFE-ID", "X-Amzn-Mtls-Clientcert", "X-ARR-ClientCert",
    # a path that no route was asked for
    "X-Original-URL", "X-Rewrite-URL",
]
OURS = {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https",
        "x-forwarded-host": NAME}
SPELLINGS = {
    "as it is": lambda n: n,
    "lower": str.lower,
    "upper": str.upper,
    "mixed": lambda n: "".join(
        c.upper() if i % 2 else c.lower() for i, c in enumerate(n)),
    "underscores": lambda n: n.replace("-", "_"),
    "one underscore": lambda n: n.replace("-", "_", 1),
    "dots": lambda n: n.replace("-", "."),
    "odd": lambda n: n.replace("-", "~"),
}


def folded(name):
    return re.sub("[^a-z0-9]", "_", name.lower())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_SR_16_forged_identity_is_dropped(ask, spelling):
    """SR-15: in every spelling that a CGI or WSGI would take for the same."""
    for name in FORGED:
        spelt = SPELLINGS[spelling](name)
        got = ask((spelt, "forged"), ("X-Kept", "a"), (spelt, "forged too"))
        for n, v in got.fields:
            assert "forged" not in v, (n, v)
            if folded(n) == folded(name):
                assert OURS[n.lower()] == v
        assert got.get("x-kept") == "a"


def test_SR_15_made_anew_whatever_was_sent(ask):
    got = ask(("X-Forwarded-For", "192.0.2.66"),
              ("x_forwarded_for", "192.0.2.66"),
              ("X-Forwarded-Proto", "http"),
              ("X-Forwarded-Host", "evil.example"))
    for name, value in OURS.items():
        assert got.all(name) == [value]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "x-forwarded-proto",
                                  "X-FORWARDED-HOST", "Via"])
def test_SR_17_connection_cannot_name_our_fields(ask, name):
    got = ask(("Connection", f"close-not, {name}"), (name, "forged"),
              ("Connection", name.upper()))
    assert got.all(name) == [
        OURS.get(name.lower(), "1.1 sallyport")]


def test_SR_21_trailers_alter_nothing(backend, proxy, web):
    b = backend()
    client = web(proxy(b))
    trailers = [(SPELLINGS[s](n), "forged") for n in FORGED
                for s in ("as it is", "underscores")]
    trailers = trailers[:90] + [("X-Kept", "a"), ("Host", "evil.example"),
                                ("Content-Length", "7"),
                                ("Transfer-Encoding", "gzip"),
                                ("Authorization", "Basic x"),
                                ("Cookie", "a=b")]
    client.send(f"POST / HTTP/1.1\r\nHost: {NAME}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                + "".join(f"{n}: {v}\r\n" for n, v in trailers) + "\r\n")
    assert client.read_response().status == 200
    got = b.request()
    assert got.body == b"abc"
    assert got.get("host") == NAME
    for name, value in OURS.items():
        assert got.all(name) == [value]
    assert "forged" not in str(got.fields)
    assert got.trailers == [("X-Kept", "a")]


def test_HS_1_trailers_that_connection_names_stay(backend, proxy, web):
    """Both ways."""
    chunks = "3\r\nabc\r\n0\r\nX-A: 1\r\nX-B: 2\r\nTE: x\r\n\r\n"
    head = "Connection: x-a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b = backend(f"HTTP/1.1 200 OK\r\n{head}{chunks}".encode())
    client = web(proxy(b))
    client.send(f"POST / HTTP/1.1\r\nHost: {NAME}\r\n{head}{chunks}")
    for got in client.read_response(), b.request():
        assert got.body == b"abc"
        assert got.trailers == [("X-B", "2")]


def test_SR_15_on_every_route_that_reaches_a_backend(serve, site, web,
                                                     backend):
    """Also where the site is "*", and with HTTP/1.0."""
    from conftest import config

    b = backend()
    s = serve(config(site(
        [{"path": "/", "allow": "any", "backend": "b"}], names=["*"]),
        {"b": [b.server]}))
    client = web(s, sni=None)
    client.send("GET / HTTP/1.0\r\nX_Forwarded-For: forged\r\n"
                "Client-Cert: :forged:\r\nHost: a.example\r\n\r\n")
    assert client.read_response().status == 200
    got = b.request()
    assert "forged" not in str(got.fields)
    assert got.get("x-forwarded-for") == "127.0.0.1"


class TestResponse:
    def answered(self, backend, proxy, web, *fields, **options):
        b = backend(response(b"abc", fields=fields, **options))
        return web(proxy(b)).get()

    def test_fields_pass_in_their_order(self, backend, proxy, web):
        sent = [("Set-Cookie", "a=b"), ("Server", "x"), ("Set-Cookie", "c=d"),
                ("ETag", '"x"'), ("WWW-Authenticate", "Basic"),
                ("X-High", "\xe4")]
        got = self.answered(backend, proxy, web, *sent)
        assert [f for f in got.fields if f in sent] == sent

    def test_HS_1_what_concerns_one_hop_stays(self, backend, proxy, web):
        got = self.answered(
            backend, proxy, web, ("Connection", "x-a, keep-alive"),
            ("X-A", "1"), ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "close"), ("Upgrade", "h2c"),
            ("Proxy-Authenticate", "Basic"), ("X-B", "2"))
        for name in ("connection", "x-a", "keep-alive", "proxy-connection",
                     "upgrade", "proxy-authenticate"):
            assert name not in got.names()
        assert got.get("x-b") == "2"

    def test_HS_16_a_date_is_added_where_there_is_none(self, backend, proxy,
                                                       web):
        got = self.answered(backend, proxy, web)
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT",
                            got.get("date"))
        mine = "Sun, 06 Nov 1994 08:49:37 GMT"
        got = self.answered(backend, proxy, web, ("Date", mine))
        assert got.get("date") == mine

    def test_the_status_passes(self, backend, proxy, web):
        for status in 200, 201, 299, 302, 404, 418, 500, 599:
            got = self.answered(backend, proxy, web, status=status)
            assert (got.status, got.body) == (status, b"abc")
