"""The PROXY protocol: PP-1 to PP-8."""

import socket
import ssl
import subprocess
import threading

import pytest

import certs
import conftest
import proxyproto
from backend import response
from client import NAME, Client, Refused, context as client_context
from reloading import reload
from sallyport import CEILING, wait_until

ROUTES = [{"path": "/me", "allow": "any", "respond": "whoami"},
          {"path": "/", "allow": "any", "backend": "b"}]


def pump(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def relay(port, header):
    """The port of something that passes one connection on, with the header
    and the first that comes in one segment."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        down, _ = listener.accept()
        listener.close()
        up = socket.create_connection(("127.0.0.1", port), CEILING)
        up.sendall(header + down.recv(65536))
        back = threading.Thread(target=pump, args=(up, down), daemon=True)
        back.start()
        pump(down, up)
        back.join(CEILING)
        down.close()
        up.close()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


class TestIn:
    """PP-8: required, from trusted sources, before TLS."""

    @pytest.fixture
    def gate(self, serve, site, backend):
        def start(trusted=("127.0.0.1",), **more):
            b = backend()
            s = serve(conftest.config(site(ROUTES), {"b": [b.server]}, **{
                "listeners": [{"address": "127.0.0.1:0", "name": "proxied",
                               "proxy_protocol": "require",
                               "trusted_proxies": list(trusted)}], **more}))
            return s, b

        return start

    @pytest.mark.parametrize("header, ip, port", [
        (proxyproto.v1("203.0.113.9"), "203.0.113.9", 4711),
        (proxyproto.v1("2001:db8::9", dest="::1"), "2001:db8::9", 4711),
        (proxyproto.v1("::ffff:203.0.113.9", dest="::1"), "203.0.113.9",
         4711),
        (proxyproto.v2("203.0.113.9"), "203.0.113.9", 4711),
        (proxyproto.v2("203.0.113.9", checksum=True), "203.0.113.9", 4711),
        (proxyproto.v2("2001:db8::9", dest="2001:db8::1"), "2001:db8::9",
         4711),
        (proxyproto.v2("203.0.113.9", tlvs=proxyproto.tlv(0xe0, b"x" * 60000),
                       checksum=True), "203.0.113.9", 4711),
    ], ids=["v1-tcp4", "v1-tcp6", "v1-mapped", "v2-tcp4", "v2-sum", "v2-tcp6",
            "v2-large"])
    def test_PP_8_the_client_is_whom_it_names(self, gate, web, header, ip,
                                              port):
        s, b = gate()
        client = web(s, prelude=[header])
        assert client.get("/x").status == 200
        assert b.request(0).get("x-forwarded-for") == ip
        record = s.wait_for("request")
        assert (record["client"], record["port"]) == (ip, port)
        assert f'"client":"{ip}"' in client.get("/me").body.decode()

    @pytest.mark.parametrize("header", [
        b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ::1 x y z\r\n",
        proxyproto.v2(), proxyproto.v2(command=0x20),
        proxyproto.v2("203.0.113.9", command=0x20),
    ])
    def test_PP_8_else_whoever_connects(self, gate, web, header):
        s, b = gate()
        assert web(s, prelude=[header]).get("/x").status == 200
        assert b.request(0).get("x-forwarded-for") == "127.0.0.1"

    @pytest.mark.parametrize("header", [
        b"", b"\r\n\r\n\0\r\nQUIX\n\x20\0\0\0",
        b"PROXY TCP4 203.0.113.9 192.0.2.2 4711\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.2 4711 443\n",
        b"PROXY UNKNOWN " + b"x" * 100 + b"\r\n",
        proxyproto.v2("203.0.113.9", command=0x22),
        proxyproto.v2("203.0.113.9", checksum=True)[:-1] + b"!",
        proxyproto.v2("203.0.113.9", tlvs=b"\4\0\5abc"),
        b"GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n",
    ])
    def test_PP_8_a_malformed_header_is_told_nothing(self, gate, pki, header):
        s, b = gate()
        with pytest.raises((OSError, Refused)):
            Client(s.port, pki.web, prelude=[header])
        record = s.wait_for("handshake-refused")
        assert record["err"] == "proxy-header"
        assert record["client"] == "127.0.0.1"
        assert b.requests == []

    @pytest.mark.parametrize("sent", [b"", b"PRO", b"\r\n\r\n\0\r\nQUIT\n\x21",
                                      proxyproto.v2("203.0.113.9")[:-1]])
    def test_PP_8_the_deadline_of_the_handshake_holds(self, gate, sent):
        """SR-24: also where it comes octet by octet."""
        s, _ = gate(timeouts={"tls_handshake": "300ms"})
        with socket.create_connection(("127.0.0.1", s.port), CEILING) as c:
            for octet in sent:
                c.sendall(bytes([octet]))
            assert c.recv(1) == b""
        assert s.wait_for("handshake-refused")["err"] == "timeout"

    def test_PP_8_who_leaves_in_the_middle(self, gate):
        s, _ = gate()
        with socket.create_connection(("127.0.0.1", s.port), CEILING) as c:
            c.sendall(b"PROXY TCP4 ")
        assert s.wait_for("handshake-refused")["err"] == "closed"

    def test_PP_8_octet_by_octet_and_split_anywhere(self, gate, pki):
        s, _ = gate()
        for header in (proxyproto.v1("203.0.113.9"),
                       proxyproto.v2("203.0.113.9", checksum=True)):
            for at in range(1, len(header)):
                with Client(s.port, pki.web,
                            prelude=[header[:at], header[at:]]) as c:
                    assert c.get("/me").status == 200
            octets = [bytes([o]) for o in header]
            with Client(s.port, pki.web, prelude=octets) as c:
                assert c.get("/me").status == 200
        assert len(s.records("handshake-refused")) == 0

    def test_PP_8_header_and_client_hello_in_one_segment(self, gate, pki):
        """What was read beyond the header is TLS's."""
        s, _ = gate()
        for header in (proxyproto.v1("203.0.113.9"),
                       proxyproto.v2("203.0.113.9")):
            with Client(relay(s.port, header), pki.web) as c:
                assert b"203.0.113.9" in c.get("/me").body

    def test_PP_8_strangers_are_dropped_and_counted(self, gate):
        s, _ = gate(trusted=["192.0.2.1", "2001:db8::/32", "10.0.0.0/8"])
        with socket.create_connection(("127.0.0.1", s.port), CEILING) as c:
            try:
                c.sendall(proxyproto.v1("203.0.113.9"))
                assert c.recv(1) == b""
            except ConnectionResetError:
                pass
        assert "trusted_proxies" in s.wait_for("connections-shed")["msg"]

    def test_PP_8_limits_count_the_address_it_names(self, gate, pki):
        s, _ = gate(limits={"connections_per_address": 2})
        open_ = [Client(s.port, pki.web, prelude=[proxyproto.v2("203.0.113.9")])
                 for _ in range(2)]
        for c in open_:
            assert c.get("/me").status == 200
        with pytest.raises((OSError, Refused)):
            Client(s.port, pki.web,
                   prelude=[proxyproto.v2("203.0.113.9")]).get("/me")
        # others are not concerned, whatever proxy they come through
        with Client(s.port, pki.web,
                    prelude=[proxyproto.v2("203.0.113.10")]) as c:
            assert c.get("/me").status == 200
        assert "connections_per_address" in s.wait_for(
            "connections-shed")["msg"]
        for c in open_:
            c.close()

        def comes_back():
            try:
                with Client(s.port, pki.web,
                            prelude=[proxyproto.v2("203.0.113.9")]) as c:
                    return c.get("/me").status == 200
            except (OSError, Refused):
                return False

        wait_until(comes_back, "room for the address")

    def test_PP_8_each_listener_by_itself(self, gate, web, pki):
        s, _ = gate(listeners=[
            {"address": "127.0.0.1:0", "name": "plain"},
            {"address": "127.0.0.1:0", "name": "proxied",
             "proxy_protocol": "require", "trusted_proxies": ["127.0.0.1"]},
        ])
        ports = {r["name"]: int(r["address"].rpartition(":")[2])
                 for r in s.records("listening")}
        with Client(ports["plain"], pki.web) as c:
            assert b'"client":"127.0.0.1"' in c.get("/me").body
        with Client(ports["proxied"], pki.web,
                    prelude=[proxyproto.v1("203.0.113.9")]) as c:
            assert b'"client":"203.0.113.9"' in c.get("/me").body
        # where none is expected a header is no TLS
        with pytest.raises((OSError, Refused)):
            Client(ports["plain"], pki.web,
                   prelude=[proxyproto.v1("203.0.113.9")])
        assert s.wait_for("handshake-refused")["err"] == "tls-plain"

    def test_a_reload_changes_what_a_listener_expects(self, serve, site, pki):
        """The socket stays, and what was said of it does not."""
        plain = {"address": "127.0.0.1:0", "name": "a"}
        proxied = {**plain, "proxy_protocol": "require",
                   "trusted_proxies": ["127.0.0.1"]}
        routes = [{"path": "/", "allow": "any", "respond": "whoami"}]
        s = serve(conftest.config(site(routes), listeners=[plain]))
        with Client(s.port, pki.web) as c:
            assert b'"client":"127.0.0.1"' in c.get().body
        for listener, prelude, ip in [
                (proxied, [proxyproto.v1("203.0.113.9")], "203.0.113.9"),
                (plain, [], "127.0.0.1")]:
            reload(s, conftest.config(site(routes), listeners=[listener]))
            with Client(s.port, pki.web, prelude=prelude) as c:
                assert f'"client":"{ip}"' in c.get().body.decode()


class TestOut:
    """PP-1 to PP-7: what a backend is told."""

    @pytest.fixture
    def gate(self, serve, site, backend):
        """gate(keys of the backend...): a sallyport, and a backend that keeps
        the headers it is told, by connection."""

        def start(listeners=None, **more):
            def script(connection):
                connection.header = proxyproto.read_header(
                    connection.incoming)
                b._serve(connection)

            b = backend(script=script)
            conf = conftest.config(site(ROUTES), {"b": [b.server]})
            conf["backends"]["b"].update({"proxy_protocol": "v2", **more})
            conf["listeners"] = listeners or conf["listeners"]
            return serve(conf), b, conf

        return start

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                         ssl.TLSVersion.TLSv1_3])
    def test_PP_4_the_details_of_tls(self, gate, web, pki, version):
        s, b, _ = gate(proxy_certificate=True)
        client = web(s, version=version)
        assert client.get("/x").status == 200
        h = b.connections[0].header
        assert h.family == socket.AF_INET
        assert h.source == client.sock.getsockname()
        assert h.dest == ("127.0.0.1", s.port)
        assert h.tlvs[proxyproto.ALPN] == b"http/1.1"
        assert h.tlvs[proxyproto.AUTHORITY] == NAME.encode()
        conn = s.wait_for("request")["conn"]
        assert h.tlvs[proxyproto.UNIQUE_ID] == conn.encode()
        bits, verify, tlvs = h.ssl
        assert (bits, verify) == (0x07, 0)
        assert tlvs[proxyproto.VERSION].decode() == client.sock.version()
        assert tlvs[proxyproto.CIPHER].decode() == client.sock.cipher()[0]
        assert tlvs[proxyproto.CN] == b"web.corp.example"
        assert tlvs[proxyproto.GROUP] == b"x25519"
        assert tlvs[proxyproto.KEY_ALG] == b"EC256"
        text = subprocess.run(
            ["openssl", "x509", "-in", str(pki.api), "-noout", "-text"],
            check=True, capture_output=True, text=True).stdout
        assert ("Signature Algorithm: "
                + tlvs[proxyproto.SIG_ALG].decode()) in text
        # the very certificate, as openssl verifies it
        shown = subprocess.run(
            ["openssl", "verify", "-CAfile", str(pki.ca.ca), "-untrusted",
             str(pki.web)],
            input=ssl.DER_cert_to_PEM_cert(tlvs[proxyproto.CLIENT_CERT]),
            capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr
        assert tlvs[proxyproto.CLIENT_CERT] == certs.read(
            pki.web).public_bytes(certs.DER)

    def test_PP_4_the_certificate_only_if_it_is_wanted(self, gate, web):
        s, b, _ = gate()
        web(s).get("/x")
        assert proxyproto.CLIENT_CERT not in b.connections[0].header.ssl[2]

    def test_PP_2_a_resumed_session(self, gate, pki):
        s, b, _ = gate()
        context = client_context(pki.web,
                                 version=ssl.TLSVersion.TLSv1_2)
        session = None
        for _ in range(2):
            raw = socket.create_connection(("127.0.0.1", s.port), CEILING)
            with context.wrap_socket(raw, server_hostname=NAME,
                                     session=session) as c:
                c.sendall(f"GET /x HTTP/1.1\r\nHost: {NAME}\r\n"
                          "Connection: close\r\n\r\n".encode())
                while c.recv(65536):
                    pass
                session = c.session
                resumed = c.session_reused
        assert resumed
        assert [c.header.ssl[:2] for c in b.connections] == [
            (0x07, 0), (0x05, 0)]

    @pytest.mark.parametrize("common_name, told", [
        ("b\u00fccher", "b\u00fccher".encode()),
        ("x" * 64, b"x" * 64),
        ("a\0b", None),  # PP-7: never cut at the NUL
    ])
    def test_PP_7_common_names(self, gate, web, pki, tmp_path, common_name,
                               told):
        s, b, _ = gate()
        who = pki.issuer.leaf(tmp_path / "c.pem", common_name,
                              sans=[certs.dns("a.example")])
        assert web(s, who).get("/x").status == 200
        assert b.connections[0].header.ssl[2].get(proxyproto.CN) == told

    def test_PP_6_a_large_certificate(self, gate, web, pki, tmp_path):
        s, b, _ = gate(proxy_certificate=True)
        sans = [certs.dns(f"{n:03}.{'x' * 60}.{'y' * 60}.example")
                for n in range(80)]
        who = pki.issuer.leaf(tmp_path / "c.pem", sans=sans)
        assert web(s, who).get("/x").status == 200
        der = b.connections[0].header.ssl[2][proxyproto.CLIENT_CERT]
        assert len(der) > 8192
        assert der == certs.read(who).public_bytes(certs.DER)

    def test_PP_1_connections_are_of_one_client_alone(self, gate, web, pki):
        s, b, _ = gate()
        one, two = web(s), web(s, pki.batch)
        for _ in range(3):
            for client in one, two:
                assert client.get("/x").status == 200
        assert len(b.connections) == 2
        ends = {c.header.source for c in b.connections}
        assert ends == {c.sock.getsockname() for c in (one, two)}
        # each request on the connection of its own client
        assert [r.connection for r in b.requests] == [0, 1] * 3
        names = [c.header.ssl[2][proxyproto.CN] for c in b.connections]
        assert names == [b"web.corp.example", b"batch.corp.example"]
        # and it ends with it, while the other one goes on
        one.close()
        b.ended(0)
        assert two.get("/x").status == 200
        assert len(b.connections) == 2
        assert web(s).get("/x").status == 200
        assert len(b.connections) == 3

    def test_PP_1_a_backend_that_closes_is_told_again(self, gate, web):
        s, b, _ = gate()
        client = web(s)
        for n in range(3):
            assert client.get("/x").status == 200
            assert len(b.connections) == n + 1
            b.connections[n].sock.shutdown(socket.SHUT_RDWR)
            b.ended(n)
        assert {c.header.source for c in b.connections} == {
            client.sock.getsockname()}

    def test_PP_1_the_header_is_the_first_there_is(self, gate, web):
        """Whole, before the request, on each connection once."""
        s, b, _ = gate()
        client = web(s)
        client.get("/x")
        client.get("/y")
        received = b.connections[0].received
        assert received.startswith(proxyproto.SIGNATURE)
        assert received.count(proxyproto.SIGNATURE) == 1
        assert [r.target for r in b.requests] == ["/x", "/y"]

    def test_other_backends_are_shared_as_ever(self, gate, web, pki, serve,
                                               site, backend):
        b = backend()
        s = serve(conftest.config(site(ROUTES), {"b": [b.server]}))
        for who in pki.web, pki.batch, pki.web:
            assert web(s, who).get("/x").status == 200
        assert len(b.connections) == 1

    def test_the_address_that_a_proxy_named_goes_on(self, gate, pki):
        s, b, _ = gate(listeners=[
            {"address": "127.0.0.1:0", "proxy_protocol": "require",
             "trusted_proxies": "127.0.0.1"}])
        for source, dest in (("203.0.113.9", "192.0.2.2"),
                             ("2001:db8::9", "2001:db8::2")):
            prelude = [proxyproto.v2(source, dest=dest, dport=8443)]
            with Client(s.port, pki.web, prelude=prelude) as c:
                assert c.get("/x").status == 200
            h = b.connections[-1].header
            assert h.source == (source, 4711)
            assert h.dest == (dest, 8443)

    def test_a_reload_begins_anew(self, gate, web):
        """Connections made for an old configuration are not used by the new
        one, and one in use ends when its exchange does."""
        s, b, conf = gate()
        client = web(s)
        assert client.get("/x").status == 200
        reload(s, conf)
        b.ended(0)
        assert client.get("/x").status == 200
        assert len(b.connections) == 2
        held = threading.Event()

        def slowly(request):
            held.wait(CEILING)
            return response(b"slow")

        b.answer = slowly
        client.send(f"GET /slow HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
        b.request(2)
        reload(s, conf)
        held.set()
        assert client.read_response().body == b"slow"
        b.ended(1)
        assert client.get("/x").status == 200
        assert len(b.connections) == 3

    def test_SR_8_clients_that_leave_at_any_time(self, gate, pki):
        """While connecting, greeting, waiting, and in between."""
        s, b, _ = gate(proxy_certificate=True)
        for n in range(40):
            c = Client(s.port, pki.web)
            c.push(f"GET /x HTTP/1.1\r\nHost: {NAME}\r\n\r\n" * (n % 3))
            if n % 2:
                c.read_response() if n % 3 else None
            c.close()
        with Client(s.port, pki.web) as c:
            assert c.get("/x").status == 200
        wait_until(lambda: all(getattr(x, "has_ended", False)
                               for x in b.connections), "all to end")
