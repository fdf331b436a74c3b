"""What a route changes of what passes: the path, header fields."""

import pytest

import conftest
from backend import response
from client import NAME
from sallyport import check, write_config


@pytest.fixture
def gate(backend, serve, site, web):
    """gate(keys, answer): a backend, and a client of a route /a/b with these
    keys, beside one for everything else."""

    def start(keys, answer=None, **more):
        b = backend(answer) if answer else backend()
        s = serve(conftest.config(site([
            {"path": "/a/b", "allow": "any", "backend": "b", **keys},
            {"path": "/", "allow": "any", "backend": "b"},
        ], **more), {"b": [b.server]}))
        return b, web(s)

    return start


@pytest.mark.parametrize("rewrite, target, got", [
    ({"strip_prefix": "/a/b"}, "/a/b/c?d", "/c?d"),
    ({"strip_prefix": "/a/b"}, "/a/b", "/"),
    ({"strip_prefix": "/a/b"}, "/a/b/", "/"),
    ({"strip_prefix": "/a/b"}, "/a/b?c=/d", "/?c=/d"),
    ({"strip_prefix": "/a"}, "/a/b/c", "/b/c"),
    ({"strip_prefix": "/a"}, "/a/b", "/b"),
    ({"add_prefix": "/x/y"}, "/a/b/c", "/x/y/a/b/c"),
    ({"strip_prefix": "/a/b", "add_prefix": "/x"}, "/a/b/c", "/x/c"),
    ({"strip_prefix": "/a/b", "add_prefix": "/x"}, "/a/b", "/x"),
    ({"strip_prefix": "/a/b", "add_prefix": "/x"}, "/a/b/?", "/x/?"),
    ({"strip_prefix": "/a/b"}, "/%61/%62/%C3%a4%2D?%2f", "/%C3%a4%2D?%2f"),
])
def test_a_path_is_rewritten(gate, rewrite, target, got):
    b, client = gate({"rewrite": rewrite})
    assert client.get(target).status == 200
    assert b.request(0).target == got
    # other routes are not concerned
    assert client.get("/a/c?d").status == 200
    assert b.request(1).target == "/a/c?d"


@pytest.mark.parametrize("target", [
    "/a/b/../../../etc", "/a/b/../../a/b", "/a/b//evil.example/",
    "/a/b/x/../y", "/a/b/%2e%2e/y", "/a/b/..%2f..%2fa/b/x", "/a/b/x;y",
    "/a/b\\..", "/a/b/%252e%252e/x",
])
def test_HS_6_what_is_rewritten_has_one_reading(gate, target):
    """Else it could climb out of the prefix that it gets."""
    b, client = gate({"rewrite": {"strip_prefix": "/a/b",
                                  "add_prefix": "/only/here"}},
                     paths="lenient")
    assert client.get(target).status == 400
    assert client.get("/a/b/[x]|y").status == 200
    assert b.request(0).target == "/only/here/[x]|y"
    assert len(b.requests) == 1


def test_the_longest_path_grows(gate):
    b, client = gate({"rewrite": {"add_prefix": "/" + "p" * 1000}})
    target = "/a/b/" + "x" * 8000
    assert client.get(target).status == 200
    assert b.request(0).target == "/" + "p" * 1000 + target


class TestRequest:
    KEYS = {"request": {
        "set_headers": {"X-Team": "web team", "X-Empty": "", "Cookie": "a=b"},
        "remove_headers": ["X-Debug", "Authorization"],
    }}

    def test_the_whole_request_octet_by_octet(self, gate):
        b, client = gate(self.KEYS)
        client.get("/a/b", ("X-A", "1"), ("X-Debug", "1"), ("X-B", "2"),
                   ("Authorization", "Basic x"))
        b.request(0)
        assert b.connections[0].received == (
            b"GET /a/b HTTP/1.1\r\n"
            b"Host: api.corp.example\r\n"
            b"X-A: 1\r\n"
            b"X-B: 2\r\n"
            b"X-Team: web team\r\n"
            b"X-Empty: \r\n"
            b"Cookie: a=b\r\n"
            b"X-Forwarded-For: 127.0.0.1\r\n"
            b"X-Forwarded-Proto: https\r\n"
            b"X-Forwarded-Host: api.corp.example\r\n"
            b"Via: 1.1 sallyport\r\n"
            b"\r\n"
        )

    def test_SR_16_what_is_set_stands_alone(self, gate):
        """In every spelling that a backend could take for the same."""
        b, client = gate(self.KEYS)
        forged = [(n, "forged") for n in (
            "X-Team", "x-team", "X_Team", "X.TEAM", "x~team", "cookie",
            "X-Debug", "x_debug", "AUTHORIZATION")]
        client.get("/a/b", *forged, ("X-Teams", "kept"))
        got = b.request(0)
        assert got.get("x-team") == "web team" and got.get("cookie") == "a=b"
        assert "forged" not in str(got.fields)
        assert got.get("x-teams") == "kept"

    def test_SR_17_connection_cannot_name_what_is_set(self, gate):
        b, client = gate(self.KEYS)
        client.get("/a/b", ("Connection", "X-Team, cookie"))
        assert b.request(0).get("x-team") == "web team"
        assert b.request(0).get("cookie") == "a=b"

    def test_SR_21_nor_do_trailers(self, gate):
        b, client = gate(self.KEYS)
        client.send(f"POST /a/b HTTP/1.1\r\nHost: {NAME}\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                    "X-Team: forged\r\nx_team: forged\r\nX-Debug: forged\r\n"
                    "X-Sum: 1\r\n\r\n")
        assert client.read_response().status == 200
        assert b.request(0).trailers == [("X-Sum", "1")]

    def test_other_routes_are_not_concerned(self, gate):
        b, client = gate(self.KEYS)
        client.get("/c", ("X-Debug", "1"), ("X_Team", "mine"))
        got = b.request(0)
        assert got.get("x-debug") == "1" and got.get("x_team") == "mine"


class TestResponse:
    KEYS = {"response": {
        "set_headers": {"Strict-Transport-Security": "max-age=1",
                        "Server": "gate"},
        "remove_headers": ["X-Powered-By", "ETag"],
    }}
    ANSWER = response(b"abc", fields=[
        ("Server", "secret/1.0"), ("X-Powered-By", "x"), ("X-A", "1"),
        ("x-powered-by", "y"), ("ETag", '"z"'), ("Set-Cookie", "a=b"),
        ("Connection", "Strict-Transport-Security")])

    def test_an_answer(self, gate):
        _, client = gate(self.KEYS, self.ANSWER)
        got = client.get("/a/b")
        assert got.body == b"abc"
        assert [f for f in got.fields if f[0] != "Date"] == [
            ("X-A", "1"), ("Set-Cookie", "a=b"),
            ("Strict-Transport-Security", "max-age=1"), ("Server", "gate"),
            ("Content-Length", "3")]
        other = client.get("/c")
        assert other.get("server") == "secret/1.0"
        assert other.get("strict-transport-security") is None

    def test_interim_answers_and_trailers(self, gate):
        _, client = gate(self.KEYS, (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
            b"X-Powered-By: x\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n0\r\nX-Powered-By: x\r\nX-Sum: 1\r\n"
            b"Strict-Transport-Security: no\r\n\r\n"))
        got = client.get("/a/b")
        assert [i.fields for i in got.interim] == [[("Link", "</a>")]]
        assert got.get("server") == "gate"
        assert got.trailers == [("X-Sum", "1")]

    def test_an_answer_of_the_routes_own(self, serve, site, web):
        s = serve(conftest.config(site([
            {"path": "/", "allow": "any", "respond": {"body": "x"},
             "methods": ["GET"], **self.KEYS}])))
        client = web(s)
        assert client.get().get("server") == "gate"
        # an error is not the route's answer
        assert client.request("PUT").get("server") is None


@pytest.mark.parametrize("field", [
    "Content-Length", "Transfer-Encoding", "Connection", "Host", "Via",
    "X-Forwarded-For", "x_ssl_client_dn", "Client-Cert",
])
@pytest.mark.parametrize("where", ["request", "response"])
def test_SR_15_check_refuses_what_is_not_the_operators(site, tmp_path, where,
                                                       field):
    for change in ({"set_headers": {field: "x"}},
                   {"remove_headers": [field]}):
        path = write_config(tmp_path, conftest.config(site([
            {"path": "/", "allow": "any", "backend": "b", where: change}]),
            {"b": ["http://127.0.0.1:1"]}))
        status, _, said = check(path)
        assert status != 0
        assert f"the field {field} cannot be set or removed" in said
