"""The PROXY protocol: PP-1 to PP-8."""

import socket
import threading

import pytest

import conftest
import proxyproto
from client import Client, Refused
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
    ])
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
