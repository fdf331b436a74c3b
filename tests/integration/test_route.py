"""The second door: which site, which route, which rule."""

import ipaddress
import json

import pytest
from cryptography import x509

import certs
from client import NAME
from conftest import config

OTHER = "other.corp.example"


def fixed(text):
    return {"respond": {"body": text}}


def route(path, text=None, allow="any", **more):
    return {"path": path, "allow": allow, **fixed(text or path), **more}


class TestRules:
    """dns, uri and any; a rule's type matches that type alone."""

    ROUTES = [
        route("/dns", allow=[{"dns": "web.corp.example"}]),
        route("/uri", allow=[{"uri": certs.URI}]),
        route("/either", allow=[{"dns": "no.corp.example"},
                                {"uri": "spiffe://corp.example/no"},
                                {"dns": "Batch.Corp.Example."}]),
        route("/any"),
    ]

    @pytest.fixture
    def ask(self, serve, site, web):
        s = serve(config(site(self.ROUTES)))
        connections = {}

        def get(who, path):
            if who not in connections:
                connections[who] = web(s, who)
            return connections[who].get(path).status

        get.sallyport = s
        return get

    def test_who_the_route_names_comes_in(self, ask, pki):
        assert ask(pki.web, "/dns") == 200
        assert ask(pki.web, "/uri") == 200
        assert ask(pki.web, "/any/thing") == 200
        assert ask(pki.batch, "/either") == 200

    def test_ID_19_who_it_does_not_name_gets_403(self, ask, pki):
        assert ask(pki.batch, "/dns") == 403
        assert ask(pki.batch, "/uri") == 403
        assert ask(pki.web, "/either") == 403
        r = ask.sallyport.wait_for("request", status=403, path="/dns")
        assert r["err"] == "no-rule"
        assert r["serial"] == certs.serial_of(pki.batch)
        assert r["sans"] == "dns:batch.corp.example"
        assert "CN=batch.corp.example" in r["subject"]

    @pytest.mark.parametrize("name", ["web.corp.example", NAME])
    def test_ID_1_ID_25_only_the_file_says_whom_a_rule_names(
            self, serve, site, web, pki, name):
        """Not the SNI, the host, nor what the certificate itself presents."""
        s = serve(config(site(self.ROUTES, names=["web.corp.example", NAME])))
        c = web(s, pki.batch, sni=name)
        for host in "web.corp.example", NAME, "batch.corp.example":
            for form in "{}", "https://web.corp.example{}":
                assert c.get(form.format("/dns"), host=host).status != 200
        assert c.get("/either", host=name).status == 200
        assert c.get("/dns", ("X-Forwarded-Client-Cert",
                              "DNS=web.corp.example"), host=name).status == 403

    def test_SR_11_a_value_of_another_type_counts_nothing(self, ask, pki,
                                                          tmp_path):
        dns, uri = "web.corp.example", certs.URI
        for n, (options, path) in enumerate([
            ({"sans": [x509.UniformResourceIdentifier(dns)]}, "/dns"),
            ({"sans": [x509.UniformResourceIdentifier(f"dns:{dns}")]},
             "/dns"),
            ({"sans": [x509.RFC822Name(f"a@{dns}")]}, "/dns"),
            ({"sans": [certs.srv(dns)]}, "/dns"),
            ({"sans": [certs.srv(f"_https.{dns}")]}, "/dns"),
            ({"sans": [x509.DirectoryName(certs.name(dns))]}, "/dns"),
            ({"common_name": dns}, "/dns"),
            ({"common_name": dns, "sans": [certs.dns("a.example")]}, "/dns"),
            ({"sans": [x509.DNSName(uri)]}, "/uri"),
            ({"common_name": uri}, "/uri"),
        ]):
            who = pki.issuer.leaf(tmp_path / f"c{n}.pem", **options)
            assert ask(who, "/any") == 200, options
            assert ask(who, path) == 403, options

    @pytest.mark.parametrize("value, status", [
        ("WEB.corp.EXAMPLE", 200),  # ID-5
        ("*.corp.example", 403),  # ID-9
        ("web.corp.example.", 403),  # ID-21
        ("xweb.corp.example", 403),
        ("web.corp.example.evil.example", 403),
        ("eb.corp.example", 403),
        ("web.corp.exampl", 403),
        ("web.corp.example\0.evil.example", 403),  # ID-20, SR-13
        ("web.corp.example,dns:x", 403),
        (" web.corp.example", 403),
        ("web.corp.example ", 403),
        ("w\N{CYRILLIC SMALL LETTER IE}b.corp.example", 403),
        ("10.0.0.1", 403),  # ID-12
    ])
    def test_ID_5_dns_names_compare_by_labels(self, ask, pki, tmp_path,
                                              value, status):
        san = certs.raw_san(b"\x82", value.encode())
        who = pki.issuer.leaf(tmp_path / "c.pem", more=[(san, False)])
        assert ask(who, "/dns") == status

    @pytest.mark.parametrize("value, status", [
        (certs.URI, 200),
        (certs.URI.upper(), 403),
        (certs.URI.replace("corp", "CORP"), 403),
        (certs.URI + "/", 403),
        (certs.URI + "?x", 403),
        (certs.URI[:-1], 403),
        (certs.URI + "\0", 403),
        (certs.URI.replace("web", "%77eb"), 403),
        (certs.URI.replace("/ns", "/./ns"), 403),
    ])
    def test_ID_13_a_uri_is_compared_whole(self, ask, pki, tmp_path, value,
                                           status):
        san = certs.raw_san(b"\x86", value.encode())
        who = pki.issuer.leaf(tmp_path / "c.pem", more=[(san, False)])
        assert ask(who, "/uri") == status

    def test_ID_17_any_of_several_names_suffices(self, ask, pki, tmp_path):
        """ID-18: whatever their order."""
        sans = [
            certs.dns("a.example"),
            x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
            x509.RFC822Name("a@a.example"),
            certs.dns("web.corp.example"),
            x509.UniformResourceIdentifier(certs.URI),
        ]
        for n in range(len(sans)):
            who = pki.issuer.leaf(tmp_path / f"c{n}.pem",
                                  sans=sans[n:] + sans[:n])
            assert ask(who, "/dns") == ask(who, "/uri") == 200

    def test_ID_23_an_empty_subject(self, ask, pki, tmp_path):
        who = pki.issuer.leaf(tmp_path / "c.pem", subject=x509.Name([]),
                              sans=[certs.dns("web.corp.example")],
                              san_critical=True)
        assert ask(who, "/dns") == 200
        no_rule = pki.issuer.leaf(tmp_path / "d.pem", subject=x509.Name([]),
                                  sans=[certs.dns("a.example")],
                                  san_critical=True)
        assert ask(no_rule, "/dns") == 403


class TestHost:
    """SR-5: SNI and Host belong to one site, in whatever spelling."""

    @pytest.fixture
    def s(self, serve, site, pki):
        return serve(config([
            site([route("/", "ours")], names=[NAME, "*.svc.corp.example"]),
            site([route("/", "other")], names=[OTHER], server=pki.other),
            site([route("/", "deep")], names=["x.svc.corp.example"],
                 server=pki.api),
        ]))

    @pytest.mark.parametrize("host", [
        NAME, "API.Corp.EXAMPLE", NAME + ".", NAME + ":443", NAME + ":8443",
        "API.corp.example.:1", "a.svc.corp.example", "B.SVC.corp.example:99",
    ])
    def test_SR_5_a_host_of_the_site(self, s, web, host):
        got = web(s).get(host=host)
        assert (got.status, got.body) == (200, b"ours")

    @pytest.mark.parametrize("host", [
        OTHER, "OTHER.corp.example", OTHER + ".", OTHER + ":443",
        "Other.Corp.Example.:8443", "x.svc.corp.example", "unknown.example",
        "corp.example", "a.b.svc.corp.example", "svc.corp.example",
        "127.0.0.1", "[::1]", "[::1]:443", "xapi.corp.example",
        "api.corp.example.x", "localhost",
    ])
    def test_SR_5_a_host_of_another(self, s, web, host):
        client = web(s)
        got = client.get(host=host)
        assert got.status == 421
        assert b"other" not in got.body
        # HS-17: it concerns that request; the connection goes on
        assert client.get().body == b"ours"

    @pytest.mark.parametrize("form", ["https://{}/x", "http://{}/x",
                                      "HTTPS://{}/x"])
    @pytest.mark.parametrize("authority, host, status", [
        (NAME, NAME, 200),
        (NAME, OTHER, 200),  # H1-9: Host is ignored
        (OTHER, NAME, 421),
        (OTHER, OTHER, 421),
        (OTHER.upper() + ".:443", NAME, 421),
        (NAME.upper() + ".:443", OTHER, 200),
    ])
    def test_SR_5_absolute_form(self, s, web, form, authority, host, status):
        got = web(s).get(form.format(authority), host=host)
        assert got.status == status
        assert b"other" not in got.body

    def test_SR_5_the_second_request_of_a_connection(self, s, web):
        client = web(s)
        for host, status in ((NAME, 200), (OTHER, 421), (NAME, 200),
                             (OTHER + ".", 421), ("a.svc.corp.example", 200)):
            assert client.get(host=host).status == status

    def test_SR_5_pipelined(self, s, web):
        client = web(s)
        client.send("".join(f"GET / HTTP/1.1\r\nHost: {h}\r\n\r\n"
                            for h in (NAME, OTHER, NAME)))
        got = [client.read_response().status for _ in range(3)]
        assert got == [200, 421, 200]

    def test_SR_5_without_sni(self, serve, site, web, pki):
        """The site "*" serves its own; who has a site must ask for it."""
        s = serve(config([
            site([route("/", "ours")]),
            site([route("/", "star")], names=["*"], server=pki.other),
        ]))
        client = web(s, sni=None)
        assert client.get(host="127.0.0.1").body == b"star"
        assert client.get(host=NAME).status == 421
        assert web(s).get(host="unknown.example").status == 421

    def test_http_1_0_without_host(self, s, web):
        client = web(s)
        client.send("GET / HTTP/1.0\r\n\r\n")
        assert client.read_response().body == b"ours"
        client.read_to_end()
        assert client.end == "close_notify"


class TestPath:
    ROUTES = [
        route("/a/b"),
        route("/a"),
        route("/post", methods=["POST", "PUT"],
              allow=[{"dns": "web.corp.example"}]),
        route("/post", "/post for readers", methods=["GET"]),
        route("/secret", allow=[{"dns": "nobody.corp.example"}]),
        route("/secret2"),
    ]

    @pytest.fixture
    def client(self, serve, site, web):
        return web(serve(config(site(self.ROUTES))))

    @pytest.mark.parametrize("target, body", [
        ("/a", "/a"), ("/a/", "/a"), ("/a/x", "/a"), ("/a?b", "/a"),
        ("/a/b", "/a/b"), ("/a/b/", "/a/b"), ("/a/b/c", "/a/b"),
        ("/a/bc", "/a"), ("/%61/b", "/a/b"), ("/a/%62", "/a/b"),
        ("/secret2", "/secret2"), ("/a?/../secret", "/a"),
        ("/a?x=%2F..%2f", "/a"),
    ])
    def test_a_prefix_by_whole_segments(self, client, target, body):
        assert client.get(target).body.decode() == body

    @pytest.mark.parametrize("target", ["/", "/ab", "/A", "/b", "/?a",
                                        "/a%20", "/a:b"])
    def test_no_route_is_404(self, client, target):
        assert client.get(target).status == 404

    @pytest.mark.parametrize("target", [
        "/a/../secret", "/secret/../a", "/a/./b", "/a/.", "/..", "//a",
        "/a//b", "/a/%2e%2e/secret", "/a/%2E%2e/secret", "/a/.%2e/b",
        "/%2fsecret", "/a%2fb", "/a%2F..%2Fsecret", "/a%5c..%5csecret",
        "/a\\..\\secret", "/a%00", "/a%0d%0aX:y", "/a%7f", "/a%2", "/a%",
        "/a%zz", "/a%252e", "/a/%252e%252e/secret", "/a/%c0%ae%c0%ae/x",
        "/a;x/b%3b", "/a%3b/../secret", "/a/..;/secret", "/%e0%80%af",
    ])
    def test_HS_6_what_could_be_read_in_two_ways_is_refused(self, client,
                                                            target):
        got = client.get(target)
        assert got.status == 400
        assert client.get("/a").body == b"/a"

    def test_what_is_reserved_for_others_is_403(self, client):
        for target in "/secret", "/secret/", "/%73ecret", "/secret/x?y":
            assert client.get(target).status == 403

    def test_the_method_decides_among_routes_of_one_path(self, client):
        assert client.get("/post").body == b"/post for readers"
        assert client.request("POST", "/post", body=b"").body == b"/post"
        assert client.request("PUT", "/post", body=b"x").body == b"/post"

    def test_a_method_does_not_fall_through_to_a_laxer_route(
            self, serve, site, web, pki):
        s = serve(config(site([
            route("/v1/orders", methods=["GET"],
                  allow=[{"dns": "web.corp.example"}]),
            route("/v1", "lax"),
            route("/", "laxer"),
        ])))
        for who in pki.web, pki.batch:
            for method in "POST", "DELETE", "get", "FOO", "OPTIONS", "HEAD":
                got = web(s, who).request(method, "/v1/orders/1")
                assert got.status == 405
                assert got.get("allow") == "GET"
                assert b"lax" not in got.body
        assert web(s, pki.batch).get("/v1/orders").status == 403
        assert web(s, pki.batch).get("/v1/x").body == b"lax"

    @pytest.mark.parametrize("request_line", [
        "TRACE /a HTTP/1.1", "CONNECT api.corp.example:443 HTTP/1.1",
    ])
    def test_HS_5_trace_and_connect_are_never_served(self, client,
                                                     request_line):
        client.send(f"{request_line}\r\nHost: api.corp.example:443\r\n\r\n")
        got = client.read_response()
        assert got.status == 405 and "GET" in got.get("allow")

    def test_options_of_the_server_itself(self, client):
        assert client.request("OPTIONS", "*").status in (404, 405)

    def test_a_405_says_what_is_served(self, client):
        got = client.request("DELETE", "/post")
        assert got.status == 405
        assert got.get("allow") == "POST, PUT, GET"


class TestRespond:
    def test_whoami(self, serve, site, web, pki):
        s = serve(config(site([
            {"path": "/me", "allow": [{"uri": certs.URI}],
             "respond": "whoami"},
        ])))
        client = web(s)
        got = client.get("/me/too")
        assert got.get("content-type") == "application/json"
        assert got.get("cache-control") == "no-store"
        j = json.loads(got.body)
        c = certs.read(pki.web)
        assert j["client"] == "127.0.0.1"
        assert sorted((i["type"], i["value"]) for i in j["identities"]) == [
            ("dns", "web.corp.example"), ("uri", certs.URI)]
        assert j["certificate"]["subject"] == "CN=web.corp.example,O=Corp"
        assert j["certificate"]["issuer"] == "CN=Corp Issuing CA,O=Corp"
        assert j["certificate"]["serial"] == certs.serial_of(pki.web)
        assert j["certificate"]["sha256"] == certs.fingerprint(pki.web)
        assert j["certificate"]["notAfter"].startswith(
            c.not_valid_after.isoformat())
        assert j["tls"] == {
            "version": "TLSv1.3", "cipher": client.sock.cipher()[0],
            "group": "x25519", "sni": NAME, "alpn": "http/1.1",
            "resumed": False}
        assert (j["site"], j["route"]) == (NAME, "/me")
        assert j["rule"] == f"uri:{certs.URI}"
        assert j["identity"] == certs.URI

    def test_whoami_by_every_kind_of_name(self, serve, site, web, pki,
                                          tmp_path):
        s = serve(config(site([
            {"path": "/", "allow": "any", "respond": "whoami"}])))
        who = pki.issuer.leaf(tmp_path / "c.pem", sans=[
            certs.dns("*.corp.example"),
            certs.dns("bad_name..example"),
            x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
            x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
            x509.RFC822Name("ops@corp.example"),
            x509.UniformResourceIdentifier("https://corp.example/a?b"),
            certs.srv("_https.corp.example"),
        ])
        j = json.loads(web(s, who).get().body)
        got = {(i["type"], i["value"]): i.get("ignored")
               for i in j["identities"]}
        assert got[("dns", "bad_name..example")]
        del got[("dns", "bad_name..example")]
        assert got == dict.fromkeys([
            ("dns", "*.corp.example"), ("ip", "10.1.2.3"),
            ("ip", "2001:db8::1"), ("email", "ops@corp.example"),
            ("uri", "https://corp.example/a?b"),
            ("srv", "_https.corp.example"),
        ])
        assert j["rule"] == "any"

    def test_SR_13_whoami_stays_json_whatever_the_names(self, serve, site,
                                                        web, pki, tmp_path):
        s = serve(config(site([
            {"path": "/", "allow": "any", "respond": "whoami"}])))
        hostile = b'"},{"type":"dns"\0\r\n\x7f\xff\\'
        who = pki.issuer.leaf(
            tmp_path / "c.pem", common_name='a","b\\": "\n\t\x01\u00fc',
            more=[(certs.raw_san(b"\x82", hostile), False)])
        j = json.loads(web(s, who).get().body)
        assert len(j["identities"]) == 1 and j["identities"][0]["ignored"]

    def test_a_fixed_answer(self, serve, site, web):
        s = serve(config(site([
            {"path": "/gone", "allow": "any",
             "respond": {"status": 410, "body": "gone\n"}},
            {"path": "/html", "allow": "any",
             "respond": {"content_type": "text/html", "body": "<p>"}},
            {"path": "/empty", "allow": "any", "respond": {"status": 204}},
        ])))
        client = web(s)
        got = client.get("/gone")
        assert (got.status, got.body) == (410, b"gone\n")
        assert got.get("content-type") == "text/plain; charset=utf-8"
        got = client.get("/html")
        assert (got.status, got.body) == (200, b"<p>")
        assert got.get("content-type") == "text/html"
        got = client.get("/empty")
        assert (got.status, got.body, got.get("content-type")) == (
            204, b"", None)
        got = client.request("HEAD", "/html")
        assert (got.status, got.body) == (200, b"")
        assert got.get("content-length") == "3"
        # what a request brings is read and thrown away
        assert client.request("POST", "/html", body=b"x" * 9999).status == 200
        client.send(f"POST /html HTTP/1.1\r\nHost: {NAME}\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        assert client.read_response().status == 200


def test_a_refusal_tells_a_reference_that_the_log_has(serve, site, web, pki):
    s = serve(config(site([route("/a")])))
    got = web(s).get("/b")
    assert got.status == 404
    assert got.get("content-type") == "text/plain"
    ref = got.body.decode().split("reference: ")[1].strip()
    assert s.wait_for("request", ref=ref)["path"] == "/b"
