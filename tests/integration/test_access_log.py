"""The access log: where records go, how they look, and that nobody waits."""

import os
import resource
import signal
import socket

import pytest

from client import refusal
from conftest import config
from sallyport import check, wait_until, write_config


@pytest.fixture
def logging(serve, site):
    """logging(access_log): whoami behind every path."""

    def start(access_log, **more):
        route = {"path": "/", "allow": [{"dns": "web.corp.example"}],
                 "respond": "whoami"}
        return serve(config(site([route]), access_log=access_log, **more))

    return start


def lines_of(path, count):
    wait_until(lambda: path.exists()
               and path.read_text().count("\n") >= count, f"{count} lines")
    return path.read_text().splitlines()


def datagrams(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(str(path))
    s.settimeout(20)
    return s


def test_a_format_of_one_s_own(logging, web, pki, tmp_path):
    path = tmp_path / "access.log"
    s = logging({"to": f"file:{path}", "format":
                 '%{client} %{identity} "%{method} %{path}" %{status} %{err}'})
    web(s).get("/a%22b?secret=1")
    web(s, pki.batch).get("/x")
    assert lines_of(path, 2) == [
        '127.0.0.1 web.corp.example "GET /a%22b" 200 -',
        '127.0.0.1 - "GET /x" 403 no-rule',
    ]
    assert oct(path.stat().st_mode & 0o777) == "0o640"
    assert not s.records("request")


def test_a_file_is_opened_anew_on_SIGUSR1(logging, web, tmp_path):
    path, old = tmp_path / "access.log", tmp_path / "access.log.1"
    s = logging({"to": f"file:{path}", "format": "%{path}"}, workers=2)
    web(s).get("/before")
    assert lines_of(path, 1) == ["/before"]
    path.rename(old)
    os.kill(s.pid, signal.SIGUSR1)
    s.wait_for("access-log")

    def moved():
        web(s).get("/after")
        return path.exists() and path.read_text()

    wait_until(moved, "lines in the new file")


def test_the_query_and_fields_only_on_request(logging, web, tmp_path):
    path = tmp_path / "access.log"
    s = logging({"to": f"file:{path}", "format": "text", "query": True,
                 "fields": ["User-Agent", "X-Missing"]})
    web(s).get("/a?b=c", ("User-Agent", "me \"too\""), ("Cookie", "hidden"),
               ("Authorization", "Basic hidden"))
    line, = lines_of(path, 1)
    assert "path=\"/a?b=c\"" in line
    assert 'field_user_agent="me \\"too\\""' in line
    assert "x_missing" not in line and "hidden" not in line


def test_syslog_gets_datagrams(logging, web, tmp_path):
    path = tmp_path / "log"
    with datagrams(path) as listener:
        s = logging({"to": f"syslog:{path}", "format": "json"})
        web(s).get("/a")
        record = listener.recv(65536).decode()
    assert record.startswith("<30>sallyport[")
    assert '"evt":"request"' in record and record.endswith("}")


def test_syslog_may_come_and_go(logging, web, tmp_path):
    path = tmp_path / "log"
    s = logging({"to": f"syslog:{path}", "format": "%{path}"})
    c = web(s)
    assert c.get("/nobody-listens").status == 200
    for name in "/one", "/two":
        with datagrams(path) as listener:
            c.get(name)
            while not listener.recv(65536).decode().endswith(": " + name):
                pass
        path.unlink()


def test_a_refused_handshake_is_a_record_in_both(logging, elsewhere,
                                                 tmp_path):
    path = tmp_path / "access.log"
    s = logging({"to": f"file:{path}", "format": "%{err} %{subject}"})
    refusal(s.port, elsewhere.web)
    assert lines_of(path, 1)[0].startswith("cert-unknown-ca CN=web")
    assert s.wait_for("handshake-refused")["err"] == "cert-unknown-ca"


def test_a_full_disk_stops_nobody(logging, web):
    s = logging({"to": "file:/dev/full", "format": "json"})
    c = web(s)
    for _ in range(100):
        assert c.get("/").status == 200
    s.wait_for("access-log-dropped")
    # the rest is told at the end, if not before
    s.stop()
    assert sum(int(r["msg"].split()[0])
               for r in s.records("access-log-dropped")) == 100


def test_a_disk_that_is_full_for_a_while(logging, web, tmp_path):
    """Lines stay whole, and go on when there is room again.  It is the worker
    alone that has no room."""
    path = tmp_path / "access.log"
    s = logging({"to": f"file:{path}", "format": "%{path}"})
    c = web(s)
    _, most = resource.prlimit(s.workers()[0], resource.RLIMIT_FSIZE)
    resource.prlimit(s.workers()[0], resource.RLIMIT_FSIZE, (5000, most))
    for n in range(200):
        assert c.get(f"/{n}/" + "x" * 99).status == 200
    s.wait_for("access-log-dropped")
    resource.prlimit(s.workers()[0], resource.RLIMIT_FSIZE, (most, most))
    assert c.get("/last").status == 200
    wait_until(lambda: "/last" in path.read_text(), "a line after it")
    lines = path.read_text().splitlines()
    assert lines[-1] == "/last" and 10 < len(lines) < 200
    for n, line in enumerate(lines[:-1]):
        whole = f"/{n}/" + "x" * 99
        # the one that filled it may be cut, and is ended
        assert line == whole or whole.startswith(line) and (
            n == len(lines) - 2)


def test_a_pipe_that_nobody_reads_stops_nobody(logging, web, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    s = logging({"to": f"file:{path}", "format": "text"})
    c = web(s)
    for _ in range(1500):
        assert c.get("/" + "x" * 300).status == 200
    # what is read at last is whole lines
    assert os.read(reader, 300).startswith(b"time=")
    os.close(reader)


def test_a_log_that_nobody_reads_stops_nobody(serve, site, web):
    route = {"path": "/", "allow": "any", "respond": "whoami"}
    s = serve(config(site([route])))
    c = web(s)
    os.kill(s.pid, signal.SIGSTOP)
    try:
        for _ in range(500):
            assert c.get("/" + "x" * 500).status == 200
    finally:
        os.kill(s.pid, signal.SIGCONT)


def test_a_file_that_cannot_be_opened_is_no_start(site, tmp_path):
    from sallyport import Sallyport

    route = {"path": "/", "allow": "any", "respond": "whoami"}
    s = Sallyport(tmp_path, config(
        site([route]), access_log={"to": "file:/nowhere/access.log"}))
    assert not s.is_ready and s.wait() == 1
    assert "/nowhere/access.log" in s.log()


@pytest.mark.parametrize("access_log, message", [
    ({"to": "elsewhere"}, "expected stderr, journald, syslog"),
    ({"format": "plain"}, "expected json, text, or a line such as"),
    ({"format": "%{statsu}"}, 'did you mean "status"?'),
    ({"format": "%{status"}, 'without "}"'),
    ({"fields": ["a b"]}, "expected the name of a header field"),
])
def test_mistakes(site, tmp_path, access_log, message):
    route = {"path": "/", "allow": "any", "respond": "whoami"}
    path = write_config(tmp_path, config(site([route]),
                                         access_log=access_log))
    status, _, err = check(path)
    assert status == 1 and message in err, err
