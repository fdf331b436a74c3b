"""HS-6: a path reaches a backend as it was sent, or not at all."""

import pytest

import conftest

OPEN = "open"
CLOSED = "closed"


def routes():
    """/admin is closed to us, /app and /app/deep are two open routes, and
    whatever else there is goes to a third."""
    return [
        {"path": "/admin", "allow": [{"dns": "nobody.corp.example"}],
         "backend": "b"},
        {"path": "/app/deep", "allow": "any", "backend": "b"},
        {"path": "/app", "allow": "any", "backend": "b"},
        {"path": "/", "allow": "any", "backend": "b"},
    ]


@pytest.fixture
def asks(backend, serve, site, web):
    """asks(paths): a function that gives the status for a target, and holds
    that the backend got the very target, or nothing."""

    def start(paths, which=None):
        b = backend()
        s = serve(conftest.config(
            site(which or routes(), **({"paths": paths} if paths else {})),
            {"b": [b.server]}))
        client = web(s)

        def ask(target):
            n = len(b.requests)
            got = client.get(target)
            if got.status == 200:
                assert b.request(n).target == target
            else:
                assert len(b.requests) == n
            return got.status

        return ask

    return start


PLAIN = ["/", "/app", "/app/", "/app/x?y=/../admin;%2f", "/%61pp", "/100%25",
         "/a%20b", "/.well-known/x", "/...", "/a:b@c", "/app/deeper",
         "/adminx", "/a/%c3%a4"]
CLOSED_PLAIN = ["/admin", "/admin/", "/%61dmin/x", "/admin?x"]

# in no reading a path
NEVER = ["/a%00", "/a%0d%0aX:%20y", "/a%7f", "/a%", "/a%4", "/a%zz",
         "/a/%c0%ae%c0%ae/admin", "/a%c0%afb", "/%e0%80%af",
         "/a/%f0%80%80%ae/b", "/%u002e", "/%25252e", "/a%2500"]

# what strict refuses; and what lenient says to it
DOUBTFUL = [
    # dot segments
    ("/app/../admin", 400),
    ("/admin/../app", 400),
    ("/app/./x", 200),
    ("/app/x/../y", 200),
    ("/app/deep/../x", 400),
    ("/x/../y", 200),
    ("/x/%2e%2E/y", 200),
    ("/..", 200),
    ("/x/../admin", 400),
    ("/%2e%2e/admin", 400),
    ("/./admin", 400),
    ("/admin/./x", 403),
    ("/admin/x/..", 403),
    ("/app/../app/x", 200),
    # empty segments
    ("//", 200),
    ("/app//x", 200),
    ("/x//y", 200),
    ("//admin", 400),
    ("//app", 400),
    ("/app//deep", 400),
    ("/admin//", 403),
    # encoded slashes
    ("/app/a%2fb", 200),
    ("/a%2Fb", 200),
    ("/app%2fx", 400),
    ("/app/deep%2fx", 400),
    ("/%2fadmin", 400),
    ("/admin%2fx", 400),
    ("/app/..%2fadmin", 400),
    ("/app/..%2Fx", 400),
    ("/app/x%2f..", 200),
    # backslashes
    ("/app/a\\b", 200),
    ("/app/a%5cb", 200),
    ("/app\\x", 400),
    ("/app/..\\admin", 400),
    ("/app/..%5c..%5cadmin", 400),
    ("/x\\..\\y", 200),
    # semicolons
    ("/app/a;b=c", 200),
    ("/app;x=y/a", 400),
    ("/admin;x", 400),
    ("/admin%3bx", 400),
    ("/app/..;/admin", 400),
    ("/;/admin", 400),
    ("/x;y/z", 200),
    # escapes of escapes
    ("/app/a%252fb", 200),
    ("/app/%252e%252e/admin", 400),
    ("/app/%25%32e%25%32e/admin", 400),
    ("/%2561dmin", 400),
    ("/app/100%2541", 200),
    # all together
    ("/app/.%2e;x%5c%252e./admin", 400),
    ("/x/.%2e;x%5c%252e./y", 200),
    # octets outside RFC 3986
    ("/app/[a]|{b}^`\"<>", 200),
    ("/admin|x", 200),
    ("/admin/|x", 403),
]


@pytest.mark.parametrize("paths", [None, "strict", "lenient"])
def test_what_has_one_reading(asks, paths):
    ask = asks(paths)
    for target in PLAIN:
        assert ask(target) == 200, target
    for target in CLOSED_PLAIN:
        assert ask(target) == 403, target


@pytest.mark.parametrize("paths", [None, "strict", "lenient"])
def test_what_is_no_path_in_any_reading(asks, paths):
    ask = asks(paths)
    for target in NEVER:
        assert ask(target) == 400, target


@pytest.mark.parametrize("paths", [None, "strict"])
def test_strict_refuses_what_servers_read_differently(asks, paths):
    ask = asks(paths)
    for target, _ in DOUBTFUL:
        assert ask(target) == 400, target


def test_lenient_serves_it_if_all_readings_lead_to_one_route(asks):
    ask = asks("lenient")
    got = [(target, ask(target)) for target, _ in DOUBTFUL]
    assert got == DOUBTFUL


def test_lenient_with_one_route_serves_them_all(asks):
    ask = asks("lenient", [{"path": "/", "allow": "any", "backend": "b"}])
    for target, _ in DOUBTFUL:
        assert ask(target) == 200, target


def test_lenient_where_no_route_has_any_reading(asks):
    ask = asks("lenient", [{"path": "/app", "allow": "any", "backend": "b"}])
    assert ask("/x//y") == 404
    assert ask("/x/../app") == 400
    assert ask("/app/../x") == 400


def test_each_site_by_itself(backend, serve, site, web, pki):
    b = backend()
    everything = [{"path": "/", "allow": "any", "backend": "b"}]
    s = serve(conftest.config([
        site(everything, paths="lenient"),
        site(everything, names=["other.corp.example"], server=pki.other),
    ], {"b": [b.server]}))
    assert web(s).get("/a//b").status == 200
    other = web(s, sni="other.corp.example")
    assert other.get("/a//b", host="other.corp.example").status == 400


RESERVED = "/:@!$&'()*+,="


@pytest.mark.parametrize("paths", ["strict", "lenient"])
def test_SR_18_an_escape_is_no_way_around_a_route(asks, paths):
    """Servers decode every escape: what names a closed route however it is
    spelled does not fall to an open one."""
    closed = RESERVED + "/%7C%20"
    ask = asks(paths, [
        {"path": closed, "allow": [{"dns": "nobody.corp.example"}],
         "backend": "b"},
        {"path": "/", "allow": "any", "backend": "b"},
    ])
    assert ask(closed) == 403
    for c in RESERVED[1:]:
        for escape in "%%%02x" % ord(c), "%%%02X" % ord(c):
            assert ask(closed.replace(c, escape)) == 403, escape
    assert ask("/" + "".join("%%%02X" % ord(c) for c in RESERVED[1:]) +
               "/%7c%20/x") == 403
    # no octet of a URI, and some send it all the same
    assert ask(RESERVED + "/|%20") == (400 if paths == "strict" else 403)


def backend_reads(target, decode, merge, slash, back, params):
    """A backend's own idea of a path, in one of the orders that exist."""
    import posixpath
    import urllib.parse

    path = target.partition("?")[0]
    for _ in range(decode):
        if not slash:
            path = path.replace("%2f", "%252f").replace("%2F", "%252F")
        path = urllib.parse.unquote(path, "latin-1")
    if back:
        path = path.replace("\\", "/")
    if params:
        path = "/".join(s.partition(";")[0] for s in path.split("/"))
    if merge:
        while "//" in path:
            path = path.replace("//", "/")
    resolved = posixpath.normpath(path.replace("//", "/\0/"))
    return resolved.replace("/\0/", "//").replace("\0", "") or "/"


def test_SR_18_no_backend_reads_a_closed_path_out_of_an_open_one(asks):
    """Random targets; a backend that reads them in its own way never finds
    /admin in one that was let through."""
    import itertools
    import random

    rng = random.Random(9110)
    parts = ["/", "/", "admin", "app", "x", ".", "..", "%2e", "%2E%2e", "%2f",
             "%5c", "\\", ";", "%3b", ";a=b", "//", "%252e", "%252f", "%25%32e",
             "%61dmin", "%2561dmin", "?", "|"]
    ask = asks("lenient")
    served = dangerous = 0
    for _ in range(3000):
        target = "/" + "".join(rng.choices(parts, k=rng.randint(1, 8)))
        reads = [backend_reads(target, *how) for how in
                 itertools.product((1, 2), *[(False, True)] * 4)]
        is_closed = any(r == "/admin" or r.startswith("/admin/")
                        for r in reads)
        dangerous += is_closed
        if ask(target) == 200:
            served += 1
            assert not is_closed, (target, reads)
    assert served > 300 and dangerous > 300
