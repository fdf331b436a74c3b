"""Programs that people really use, through mutual TLS: curl, wget, http.client,
urllib3, requests.  Each verifies the server and shows its certificate."""

import hashlib
import http.client
import json
import random
import socket
import ssl
import subprocess

import pytest
import requests
import urllib3

import client
from backend import response
from client import NAME
from conftest import config
from sallyport import CEILING

LARGE = 3 << 20
DATA = random.Random(1).randbytes(LARGE)


def serve_all(request):
    """What the clients ask for."""
    if request.target == "/echo":
        return response(request.body)
    if request.target == "/large":
        return response(DATA)
    if request.target == "/chunked":
        chunks = [DATA[n:n + 50000] for n in range(0, LARGE, 50000)]
        return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks)
                + b"0\r\n\r\n")
    if request.target == "/moved":
        return response(status=302, fields=[("Location", "/id")])
    if request.target == "/hints":
        return (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                + response(b"ok"))
    if request.target == "/head":
        return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    return response(request.target.encode())


@pytest.fixture
def gate(backend, proxy):
    b = backend(serve_all)
    s = proxy(b)
    s.backend = b
    return s


class Curl:
    """curl, with what every call of it needs."""

    def __init__(self, s, pki):
        self.url = f"https://{NAME}:{s.port}"
        self.command = [
            "curl", "--silent", "--show-error", "--noproxy", "*",
            "--max-time", str(CEILING),
            "--connect-to", f"{NAME}:{s.port}:127.0.0.1:{s.port}",
            "--cacert", pki.ca.ca, "--cert", pki.web,
            "--key", pki.web.with_suffix(".key"),
        ]

    def __call__(self, *args, data=None):
        done = subprocess.run(
            [*map(str, self.command), *args], input=data,
            capture_output=True, timeout=2 * CEILING)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def curl(gate, pki):
    return Curl(gate, pki)


class TestCurl:
    def test_a_connection_is_kept(self, curl, gate):
        got = curl(*(f"{curl.url}/{n}" for n in range(10)),
                   "--write-out", " %{num_connects}\n")
        lines = got.decode().splitlines()
        assert lines == ["/0 1", *(f"/{n} 0" for n in range(1, 10))]

    @pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
    def test_in_any_version(self, curl, version):
        """With HTTP/2 it is told by ALPN that there is 1.1."""
        assert curl(version, f"{curl.url}/a") == b"/a"

    @pytest.mark.parametrize("tls", ["--tls-max=1.2", "--tlsv1.3"])
    def test_with_either_tls(self, curl, tls):
        assert curl(*tls.split("="), f"{curl.url}/a") == b"/a"

    @pytest.mark.parametrize("path", ["large", "chunked"])
    @pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
    def test_a_download(self, curl, path, version):
        assert curl(version, f"{curl.url}/{path}") == DATA

    def test_an_upload_that_waits_for_100(self, curl, gate):
        got = curl("--data-binary", "@-", "-H", "Expect: 100-continue",
                   "--expect100-timeout", "1", f"{curl.url}/echo", data=DATA)
        assert got == DATA
        assert gate.backend.request().get("expect") == "100-continue"

    def test_an_upload_in_chunks(self, curl, gate):
        got = curl("--upload-file", "-", f"{curl.url}/echo", data=DATA)
        assert got == DATA
        r = gate.backend.request()
        assert (r.method, r.framing) == ("PUT", "chunked")

    def test_an_upload_with_a_length_by_http_1_0(self, curl, gate):
        got = curl("--http1.0", "--data-binary", "@-", f"{curl.url}/echo",
                   data=DATA)
        assert got == DATA
        assert gate.backend.request().framing == LARGE

    def test_head(self, curl):
        got = curl("--head", f"{curl.url}/head").decode().lower()
        assert got.startswith("http/1.1 200")
        assert "content-length: 1000" in got

    def test_interim_answers(self, curl):
        got = curl("--include", f"{curl.url}/hints")
        assert got.startswith(b"HTTP/1.1 103")
        assert b"HTTP/1.1 200" in got and got.endswith(b"ok")

    def test_it_follows_where_it_is_sent(self, curl):
        assert curl("--location", f"{curl.url}/moved") == b"/id"

    def test_a_range_and_conditions_are_passed_on(self, curl, gate):
        curl("--range", "1-5", "--time-cond", "1 Jan 2020", "--compressed",
             f"{curl.url}/a")
        r = gate.backend.request()
        assert r.get("range") == "bytes=1-5"
        assert r.get("if-modified-since").startswith("Wed, 01 Jan 2020")
        assert "gzip" in r.get("accept-encoding")

    def test_without_a_certificate_it_is_told_why_not(self, curl):
        at = curl.command.index("--cert")
        del curl.command[at:at + 4]
        done = subprocess.run([*map(str, curl.command), "--tls-max", "1.2",
                               f"{curl.url}/a"],
                              capture_output=True, timeout=2 * CEILING)
        assert done.returncode != 0 and b"alert" in done.stderr


@pytest.fixture
def wget(gate, pki, tmp_path):
    """wget resolves names by the system alone, so that it asks for an address:
    it is told not to mind the name."""

    def run(path, *args):
        out = tmp_path / "out"
        done = subprocess.run(
            ["wget", "--no-config", "--quiet", "--no-proxy", "--tries=1",
             f"--timeout={CEILING}", "--no-check-certificate", "--no-hsts",
             f"--certificate={pki.web}",
             f"--private-key={pki.web.with_suffix('.key')}",
             f"--header=Host: {NAME}", f"--output-document={out}", *args,
             f"https://127.0.0.1:{gate.port}{path}"],
            capture_output=True, timeout=2 * CEILING)
        return done.returncode, out.read_bytes()

    return run


class TestWget:
    @pytest.fixture
    def gate(self, backend, serve, site):
        """A site for clients that name none."""
        b = backend(serve_all)
        s = serve(config(site([{"path": "/", "allow": "any", "backend": "b"}],
                              names=(NAME, "*")), {"b": [b.server]}))
        s.backend = b
        return s

    @pytest.mark.parametrize("path", ["/large", "/chunked"])
    def test_a_download(self, wget, path):
        assert wget(path) == (0, DATA)

    def test_a_post(self, wget, gate, tmp_path):
        (tmp_path / "in").write_bytes(DATA)
        assert wget("/echo", f"--post-file={tmp_path}/in") == (0, DATA)

    def test_it_goes_on_where_it_was(self, wget, gate, tmp_path):
        gate.backend.answer = lambda r: (
            b"HTTP/1.1 206 Partial Content\r\n"
            b"Content-Range: bytes 1000-%d/%d\r\nContent-Length: %d\r\n\r\n"
            % (LARGE - 1, LARGE, LARGE - 1000)) + DATA[1000:]
        (tmp_path / "out").write_bytes(DATA[:1000])
        assert wget("/large", "--continue") == (0, DATA)
        assert gate.backend.request().get("range") == "bytes=1000-"

    def test_an_error_is_one(self, wget, gate):
        gate.backend.answer = response(b"no", 500)
        assert wget("/a")[0] == 8


@pytest.fixture
def here(monkeypatch):
    """The server's name leads to this machine."""
    was = socket.getaddrinfo

    def lookup(host, *args, **kwargs):
        return was("127.0.0.1" if host == NAME else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


class TestHttpClient:
    @pytest.fixture
    def connection(self, gate, pki, here):
        c = http.client.HTTPSConnection(
            NAME, gate.port, timeout=CEILING,
            context=client.context(pki.web, ca=pki.ca.ca))
        yield c
        c.close()

    def test_a_connection_is_kept(self, connection, gate):
        for n in range(5):
            connection.request("GET", f"/{n}")
            got = connection.getresponse()
            assert (got.status, got.read()) == (200, b"/%d" % n)
        assert len(gate.backend.connections) == 1

    @pytest.mark.parametrize("path", ["/large", "/chunked"])
    def test_a_download(self, connection, path):
        connection.request("GET", path)
        assert connection.getresponse().read() == DATA

    def test_an_upload_in_chunks(self, connection, gate):
        pieces = (DATA[n:n + 70000] for n in range(0, LARGE, 70000))
        connection.request("POST", "/echo", pieces, encode_chunked=True)
        assert connection.getresponse().read() == DATA
        assert gate.backend.request().framing == "chunked"


class TestUrllib3:
    @pytest.fixture
    def pool(self, gate, pki, here):
        p = urllib3.HTTPSConnectionPool(
            NAME, gate.port, maxsize=4, timeout=CEILING, retries=False,
            ca_certs=str(pki.ca.ca), cert_file=str(pki.web),
            key_file=str(pki.web.with_suffix(".key")))
        yield p
        p.close()

    def test_a_connection_is_kept(self, pool, gate):
        for n in range(10):
            assert pool.request("GET", f"/{n}").data == b"/%d" % n
        assert pool.num_connections == 1

    def test_an_answer_that_is_streamed(self, pool):
        got = pool.request("GET", "/chunked", preload_content=False)
        sha = hashlib.sha256()
        for piece in got.stream(10000):
            sha.update(piece)
        assert sha.digest() == hashlib.sha256(DATA).digest()

    def test_a_form(self, pool, gate):
        got = pool.request("POST", "/echo", fields={"a": ("f", DATA)})
        assert DATA in got.data
        assert "multipart/form-data" in gate.backend.request().get(
            "content-type")


class TestRequests:
    @pytest.fixture
    def session(self, gate, pki, here):
        with requests.Session() as s:
            s.trust_env = False
            s.verify = str(pki.ca.ca)
            s.cert = (str(pki.web), str(pki.web.with_suffix(".key")))
            s.url = f"https://{NAME}:{gate.port}"
            yield s

    def test_json_there_and_back(self, session):
        value = {"a": [1, 2, {"b": "\u00e4\u20ac"}]}
        got = session.post(f"{session.url}/echo", json=value, timeout=CEILING)
        assert got.json() == value == json.loads(got.text)

    def test_a_redirection(self, session):
        got = session.get(f"{session.url}/moved", timeout=CEILING)
        assert got.text == "/id" and len(got.history) == 1

    def test_a_generator_as_content(self, session):
        pieces = (DATA[n:n + 100000] for n in range(0, LARGE, 100000))
        got = session.put(f"{session.url}/echo", data=pieces, timeout=CEILING)
        assert got.content == DATA

    def test_who_shows_no_certificate_is_refused(self, session):
        session.cert = None
        with pytest.raises((requests.exceptions.SSLError,
                            requests.exceptions.ConnectionError)):
            session.get(f"{session.url}/a", timeout=CEILING)
