"""Answers of our own to what fails: RFC 9110, 15.5 and 15.6; RFC 9457."""

import json
import re

import pytest

import conftest
from client import NAME

ROUTES = [
    {"path": "/only", "allow": [{"dns": "nobody.corp.example"}],
     "respond": {}},
    {"path": "/get", "methods": ["GET"], "allow": "any", "respond": {}},
    {"path": "/down", "allow": "any", "backend": "down"},
]
TITLES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found",
          405: "Method Not Allowed", 421: "Misdirected Request",
          503: "Service Unavailable"}
# what is asked, and what it comes to
FAILURES = [
    (("GET", "/a/../b"), 400, "http-path"),
    (("GET", "/only"), 403, "no-rule"),
    (("GET", "/none"), 404, "not-found"),
    (("PUT", "/get"), 405, "method-refused"),
    (("GET", "/down"), 503, "connect"),
]
JSON = "application/problem+json"


@pytest.fixture
def gate(serve, site, tmp_path, backend):
    """gate(page...): a sallyport with these error pages, (status, text)."""
    gone = backend()
    gone.close()

    def start(*pages):
        entries = []
        for n, (status, text, *kind) in enumerate(pages):
            path = tmp_path / f"page{n}"
            path.write_bytes(text)
            entries.append({"status": status, "file": str(path),
                            **({"content_type": kind[0]} if kind else {})})
        return serve(conftest.config(site(ROUTES), {"down": [gone.server]},
                                     error_pages=entries))

    return start


def reference(s, ref, reason):
    record = s.wait_for("request", ref=ref)
    assert record["err"] == reason
    return record


@pytest.mark.parametrize("request_, status, reason", FAILURES)
def test_a_short_text(gate, web, request_, status, reason):
    s = gate()
    got = web(s).request(*request_)
    assert got.status == status
    assert got.get("content-type") == "text/plain"
    assert got.get("cache-control") == "no-store"
    found = re.fullmatch(rf"{status} {TITLES[status]}\n"
                         r"reference: ([0-9a-f]{16})\n", got.body.decode())
    assert reference(s, found[1], reason)["status"] == status


@pytest.mark.parametrize("request_, status, reason", FAILURES)
def test_problem_details(gate, web, request_, status, reason):
    s = gate()
    got = web(s).request(*request_, [("Accept", JSON)])
    assert got.status == status
    assert got.get("content-type") == JSON
    said = json.loads(got.body)
    ref = said.pop("reference")
    assert said == {"type": "about:blank", "title": TITLES[status],
                    "status": status}
    assert reference(s, ref, reason)["status"] == status


@pytest.mark.parametrize("accept, kind", [
    (None, "text/plain"),
    ("*/*", "text/plain"),
    ("text/*", "text/plain"),
    ("image/png", "text/plain"),
    ("", "text/plain"),
    (JSON, JSON),
    (JSON.upper(), JSON),
    ("application/*", JSON),
    ("application/json", JSON),
    ("application/json, text/plain, */*", "text/plain"),
    ("application/json, */*;q=0.5", JSON),
    (f"{JSON};q=0.4, text/plain;q=0.5", "text/plain"),
    (f"{JSON};q=0.5, text/plain;q=0.4", JSON),
    (f"{JSON};q=0", "text/plain"),
    (f"*/*, {JSON};q=0", "text/plain"),
    ("text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"),
    (f"{JSON};q=2", "text/plain"),
])
def test_accept_chooses(gate, web, accept, kind):
    fields = [] if accept is None else [("Accept", accept)]
    got = web(gate()).get("/none", *fields)
    assert got.status == 404
    assert got.get("content-type") == kind


@pytest.mark.parametrize("accept", ["text/plain", JSON, "text/html"])
@pytest.mark.parametrize("status, target", [(404, "/none"), (503, "/down")])
def test_head_says_what_get_would(gate, web, accept, status, target):
    s = gate((503, b"<p>{reference}</p>"))
    client = web(s)
    get = client.get(target, ("Accept", accept))
    head = client.request("HEAD", target, [("Accept", accept)])
    assert (get.status, head.status) == (status, status)
    assert head.body == b"" and len(get.body) > 0
    assert head.get("content-length") == str(len(get.body))
    assert head.get("content-type") == get.get("content-type")
    # the connection is where it should be
    assert client.get("/get").status == 200


def test_retry_after_with_503_alone(gate, web):
    client = web(gate())
    assert int(client.get("/down").get("retry-after")) >= 1
    for target in "/none", "/only", "/a//b":
        assert client.get(target).get("retry-after") is None


def test_the_reason_is_not_in_the_answer(gate, web):
    client = web(gate())
    for accept in "text/plain", JSON:
        got = client.get("/only", ("Accept", accept))
        assert got.status == 403
        for secret in b"rule", b"nobody", b"corp", b"web", b"cert":
            assert secret not in got.body.lower()


def test_a_malformed_request_is_answered_plainly(gate, web):
    client = web(gate((400, b"page {reference}", "text/html")))
    client.send(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nHost: {NAME}\r\n\r\n")
    got = client.read_response()
    assert got.status == 400
    assert re.fullmatch(rb"page [0-9a-f]{16}", got.body)
    client.read_to_end()
    assert client.end == "close_notify"


class TestPages:
    def test_the_very_status_goes_before_the_class(self, gate, web):
        client = web(gate(("4xx", b"any"), (404, b"none", "text/plain"),
                          ("5xx", b"down")))
        got = client.get("/none")
        assert (got.status, got.body) == (404, b"none")
        assert got.get("content-type") == "text/plain"
        got = client.get("/only")
        assert (got.status, got.body) == (403, b"any")
        assert got.get("content-type") == "text/html; charset=utf-8"
        got = client.get("/down")
        assert (got.status, got.body) == (503, b"down")
        assert got.get("retry-after")

    def test_where_there_is_none_a_text_is_said(self, gate, web):
        got = web(gate(("5xx", b"down"))).get("/none")
        assert got.get("content-type") == "text/plain"

    @pytest.mark.parametrize("page", [
        b"{reference}", b"a {reference} b", b"{reference}{reference}",
        b"{{reference}}{reference", b"{reference} \0\xff\r\n{Reference}",
    ], ids=["alone", "amid", "twice", "braces", "octets"])
    def test_the_reference_in_it(self, gate, web, page):
        s = gate((404, page))
        got = web(s).get("/none")
        ref = s.wait_for("request")["ref"]
        assert got.body == page.replace(b"{reference}", ref.encode())

    @pytest.mark.parametrize("page", [
        b"", b"x" * 65536, b"{reference}" * (65536 // 11),
        b"\0\xff{referenc", b"{" * 65536,
    ], ids=["empty", "long", "references", "cut", "braces"])
    def test_of_any_octets(self, gate, web, page):
        s = gate((404, page))
        got = web(s).get("/none")
        ref = s.wait_for("request")["ref"]
        assert got.body == page.replace(b"{reference}", ref.encode())
        assert got.get("content-length") == str(len(got.body))

    @pytest.mark.parametrize("accept, kind", [
        ("text/html", "text/html"), ("*/*", "text/html"),
        ("application/json, */*", "text/html"),
        ("application/json, */*;q=0.9", JSON),
        (JSON, JSON),
        ("text/html,*/*;q=0.8", "text/html"),
        ("image/png", "text/html"),
    ])
    def test_programs_still_get_problem_details(self, gate, web, accept,
                                                kind):
        s = gate((404, b"<p>", "text/html"))
        got = web(s).get("/none", ("Accept", accept))
        assert got.get("content-type") == kind

    def test_respond_is_not_an_error(self, serve, site, web, tmp_path):
        (tmp_path / "page").write_text("page")
        s = serve(conftest.config(site([
            {"path": "/", "allow": "any",
             "respond": {"status": 404, "body": "mine"}}]),
            error_pages=[{"status": "4xx", "file": str(tmp_path / "page")}]))
        assert web(s).get().body == b"mine"
