"""Another configuration comes into force, everywhere or nowhere."""

import contextlib
import os
import signal
import socket
import ssl
import threading
import types

import pytest

import certs
from backend import response
from client import Client, refusal
from conftest import config
from reloading import (Load, descriptors, reload, reload_fails,
                       signal_reload)
from sallyport import CEILING, wait_until, write_config
from test_aborts import sockets_of
from test_resumption import Visitor


def answer(text, path="/", allow="any", **more):
    return {"path": path, "allow": allow, "respond": {"body": text}, **more}


def test_the_next_request_is_routed_by_the_new_configuration(serve, site, web):
    s = serve(config(site([answer("one")])))
    client = web(s)
    assert client.get().body == b"one"
    record = reload(s, config(site([answer("x", "/x"), answer("two")])))
    assert record["generation"] == 2
    assert client.get().body == b"two"
    assert web(s).get().body == b"two"
    changes = {(r["what"], r["how"]) for r in s.records("changed")}
    assert ("route", "changed") in changes and ("route", "added") in changes


def test_a_rule_or_route_that_went_refuses_the_next_request(serve, site, web):
    s = serve(config(site([answer("in", "/in"), answer("all")])))
    client, other = web(s), web(s)
    assert client.get("/in/a").status == 200
    assert other.get("/").status == 200
    reload(s, config(site([
        answer("in", "/in", [{"dns": "batch.corp.example"}])])))
    assert client.get("/in/a").status == 403
    assert other.get("/").status == 404


def test_mistakes_are_all_told_and_change_nothing(serve, site, web):
    s = serve(config(site([answer("one")])))
    client = web(s)
    bad = config(site([answer("two", bakend="b")]), timeouts={"drain": "x"})
    told = reload_fails(s, bad)
    assert len(told) == 2
    for line in told:
        path, line, column, _ = line.split(":", 3)
        assert path == str(s.path) and int(line) > 0 and int(column) > 0
    assert client.get().body == b"one"
    assert web(s).get().body == b"one"
    reload(s, config(site([answer("two")])))
    assert client.get().body == b"two"


@pytest.mark.parametrize("what", ["missing", "empty", "half", "noise"])
def test_sr6_a_broken_ca_or_crl_changes_nothing(tmp_path, serve, site, web,
                                                pki, what):
    whole = pki.ca.ca.read_bytes()
    ca, crl = tmp_path / "ca.pem", tmp_path / "crl.pem"
    for path in ca, crl:
        ca.write_bytes(whole)
        crl.write_bytes(pki.ca.crl.read_bytes())
        conf = config(site([answer("one")], ca=ca, crl=crl), watch=False)
        s = serve(conf)
        client = web(s)
        data = path.read_bytes()
        path.unlink()
        if what != "missing":
            path.write_bytes({"empty": b"", "half": data[:len(data) // 2],
                              "noise": b"\0" * 100}[what])
        told = reload_fails(s, conf)
        assert any(path.name in t for t in told), told
        assert client.get().status == 200
        assert web(s).get().status == 200
        assert refusal(s.port, pki.former) == "certificate revoked"


@pytest.fixture
def own(tmp_path):
    """A CA of the test's own: nobody else's CRL is touched."""
    root = certs.Issuer.root("Own Root")
    ca, crl = tmp_path / "own.pem", tmp_path / "own.crl"
    certs.write(ca, None, root.certificate)
    good, bad = (
        root.leaf(tmp_path / f"{n}.pem", n,
                  sans=[certs.x509.DNSName(f"{n}.example")])
        for n in ("good", "bad"))

    def revoke(*who):
        certs.write_crls(crl, root.crl([certs.read(w) for w in who]))

    revoke()
    return types.SimpleNamespace(root=root, ca=ca, crl=crl, good=good,
                                 bad=bad, revoke=revoke)


def test_a_revoked_client_that_is_idle_is_closed(serve, site, own):
    conf = config(site([answer("x")], ca=own.ca, crl=own.crl), watch=False)
    s = serve(conf)
    with Client(s.port, own.good) as good, Client(s.port, own.bad) as bad:
        assert good.get().status == bad.get().status == 200
        own.revoke(own.bad)
        reload(s, conf)
        assert bad.read_to_end() == b"" and bad.end == "close_notify"
        record = s.wait_for("connection-barred")
        assert record["err"] == "cert-revoked"
        assert record["serial"] == certs.serial_of(own.bad)
        assert good.get().status == 200
    assert refusal(s.port, own.bad) == "certificate revoked"
    assert len(s.records("connection-barred")) == 1


def test_sr2_a_connection_that_was_resumed_is_judged_again_too(serve, site,
                                                               own):
    conf = config(site([answer("x")], ca=own.ca, crl=own.crl), watch=False)
    s = serve(conf)
    v = Visitor(own.bad, ssl.TLSVersion.TLSv1_3)
    v.visit(s.port)
    with socket.create_connection(("127.0.0.1", s.port), CEILING) as raw, \
            v.context.wrap_socket(raw, server_hostname="api.corp.example",
                                  session=v.session) as bad:
        assert bad.session_reused
        bad.sendall(b"GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        assert bad.recv(65536).startswith(b"HTTP/1.1 200")
        own.revoke(own.bad)
        reload(s, conf)
        while bad.recv(65536):
            pass
    assert s.wait_for("connection-barred")["err"] == "cert-revoked"


def test_a_revoked_client_ends_after_its_response(serve, site, own, backend):
    """Mid-download: what is under way ends whole, then the connection does."""
    size = 4 << 20
    head = f"HTTP/1.1 200 X\r\nContent-Length: {size}\r\n\r\n".encode()
    gate = threading.Event()

    def script(connection):
        connection.read_request()
        connection.send(head + b"x" * (size // 2))
        assert gate.wait(60)
        connection.send(b"x" * (size // 2))
        connection.read_to_end()

    b = backend(script=script)
    conf = config(
        site([{"path": "/", "allow": "any", "backend": "b"}], ca=own.ca,
             crl=own.crl), {"b": [b.server]}, watch=False)
    s = serve(conf)
    with Client(s.port, own.bad) as bad:
        bad.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        got = bad.incoming.exactly(size // 4)
        own.revoke(own.bad)
        reload(s, conf)
        s.wait_for("connection-barred")
        gate.set()
        got += bad.read_to_end()
        assert len(got.partition(b"\r\n\r\n")[2]) == size
        assert bad.end == "close_notify"


def test_a_revoked_client_loses_its_tunnel_at_once(serve, site, own, backend):
    def script(connection):
        connection.read_head()
        connection.send(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
                        b"Upgrade: websocket\r\n\r\n")
        connection.read_to_end()

    b = backend(script=script)
    conf = config(
        site([{"path": "/", "allow": "any", "backend": "b",
               "upgrade": ["websocket"]}], ca=own.ca, crl=own.crl),
        {"b": [b.server]}, watch=False)
    s = serve(conf)
    with Client(s.port, own.bad) as bad, Client(s.port, own.good) as good:
        for c in bad, good:
            c.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n"
                   "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            while c.incoming.line():
                pass
        own.revoke(own.bad)
        reload(s, conf)
        assert bad.read_to_end() == b""
        record = s.wait_for("request", err="cert-revoked")
        assert record["status"] == 101
        good.send("still here")
        b.wait(lambda: any(b"still here" in c.received
                           for c in b.connections), "the good one's tunnel")


TUNNEL = {"path": "/", "allow": "any", "backend": "b",
          "upgrade": ["websocket"]}


@pytest.mark.parametrize("then, err", [
    ({**TUNNEL, "allow": [{"dns": "good.example"}]}, "no-rule"),
    ({**TUNNEL, "deny": [{"dns": "bad.example"}]}, "denied"),
    ({**TUNNEL, "path": "/elsewhere"}, "not-found"),
    ({**TUNNEL, "methods": ["POST"]}, "method-refused"),
    ({**TUNNEL, "upgrade": ["other"]}, "not-found"),
], ids=["allow", "deny", "path", "methods", "upgrade"])
@pytest.mark.parametrize("is_answered", [True, False], ids=["open", "asked"])
def test_who_is_not_admitted_any_more_loses_a_tunnel(
        serve, site, own, backend, then, err, is_answered):
    """It has no next request that could be refused; nor does one begin that
    was asked for before."""
    gate = threading.Event()

    def script(connection):
        connection.read_head()
        assert gate.wait(CEILING)
        connection.send(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
                        b"Upgrade: websocket\r\n\r\n")
        connection.read_to_end()

    b = backend(script=script)

    def conf(route):
        return config(site([route], ca=own.ca, crl=own.crl),
                      {"b": [b.server]}, watch=False)

    s = serve(conf(TUNNEL))
    keeps = err in ("no-rule", "denied")
    with Client(s.port, own.bad) as bad, Client(s.port, own.good) as good:
        for c in bad, good:
            c.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n"
                   "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        b.wait(lambda: len(b.connections) == 2, "both")
        if is_answered:
            gate.set()
            for c in bad, good:
                while c.incoming.line():
                    pass
        reload(s, conf(then))
        gate.set()
        assert bad.read_to_end() == b""
        s.wait_for("request", err=err)
        if not keeps:
            return
        if not is_answered:
            assert good.incoming.line().startswith("HTTP/1.1 101")
        good.send("still here")
        b.wait(lambda: any(b"still here" in c.received
                           for c in b.connections), "the good one's tunnel")


def test_a_response_without_end_is_cut_after_the_drain_time(serve, site, own,
                                                            backend):
    def script(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nx")
        connection.read_to_end()

    b = backend(script=script)
    conf = config(
        site([{"path": "/", "allow": "any", "backend": "b"}], ca=own.ca,
             crl=own.crl), {"b": [b.server]}, watch=False,
        timeouts={"drain": "200ms"})
    s = serve(conf)
    with Client(s.port, own.bad) as bad:
        bad.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        bad.incoming.line()
        own.revoke(own.bad)
        reload(s, conf)
        bad.read_to_end()
        assert bad.end in ("eof", "reset")
    assert s.wait_for("request")["err"] == "cert-revoked"


@pytest.mark.parametrize("then, err", [
    ({"allow": [{"dns": "good.example"}]}, "no-rule"),
    ({"deny": [{"dns": "bad.example"}]}, "denied"),
], ids=["allow", "deny"])
def test_an_endless_response_is_cut_once_rules_refuse_its_client(
        serve, site, own, backend, then, err):
    """A stream of events would else never meet the rules of today.  That a
    route went is not its client's fault."""
    def script(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nx")
        if gate.wait(CEILING):
            connection.send(b"y")
        connection.read_to_end()

    gate = threading.Event()
    b = backend(script=script)
    route = {"path": "/", "allow": "any", "backend": "b"}
    gone = {**route, "path": "/gone"}

    def conf(*routes):
        return config(site(list(routes), ca=own.ca, crl=own.crl),
                      {"b": [b.server]}, watch=False,
                      timeouts={"drain": "200ms"})

    first = {**route, "path": "/first"}
    s = serve(conf(gone, first))
    with Client(s.port, own.bad) as bad, \
            Client(s.port, own.good) as good, \
            Client(s.port, own.bad) as other:
        for c, path in (bad, "/first"), (good, "/first"), (other, "/gone"):
            c.send(f"GET {path} HTTP/1.1\r\n"
                   "Host: api.corp.example\r\n\r\n")
        b.wait(lambda: len(b.connections) == 3, "all of them")
        assert bad.incoming.line().endswith("200 OK")
        reload(s, conf({**first, **then}))
        bad.read_to_end()
        assert bad.end in ("eof", "reset")
        assert s.wait_for("request")["err"] == err
        gate.set()
        for c in good, other:
            assert c.read_response().body == b"xy"


def test_sr1_open_connections_go_by_the_site_that_their_name_means_now(
        serve, site, own, pki, web):
    conf = config(site([answer("x")]))
    s = serve(conf)
    client = web(s)
    assert client.get().status == 200
    # the same name, another organisation
    reload(s, config(site([answer("x")], ca=own.ca, crl=own.crl)))
    assert client.read_to_end() == b""
    assert s.wait_for("connection-barred")["err"] == "cert-unknown-ca"
    with Client(s.port, own.good) as good:
        assert good.get().status == 200
        # the name is not served any more
        reload(s, config(site([answer("x")], names=["other.corp.example"],
                              server=pki.other)))
        assert good.read_to_end() == b""
        assert s.wait_for("connection-barred", 2)["err"] == "tls-no-site"


def test_requests_under_way_end_under_the_old_configuration(serve, site, web,
                                                           backend):
    gate = threading.Event()

    def script(connection):
        connection.read_request()
        assert gate.wait(60)
        connection.send(response(b"late"))
        connection.read_to_end()

    b = backend(script=script)
    s = serve(config(site([{"path": "/", "allow": "any", "backend": "b"}]),
                     {"b": [b.server]}))
    client = web(s)
    client.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
    b.wait(lambda: b.connections, "a connection")
    for n in range(3):
        reload(s, config(site([answer(f"new{n}")])))
    gate.set()
    assert client.read_response().body == b"late"
    assert client.get().body == b"new2"
    b.ended()


def test_who_waits_for_a_backend_is_told_of_by_its_own_site(
        serve, site, pki, tmp_path):
    """What a backend hears of a request is of the configuration that routed
    it, also where the sites have been renumbered since."""
    def server(label, name):
        return pki.issuer.leaf(
            tmp_path / f"{label}.pem", name, eku=(certs.SERVER,),
            sans=[certs.dns(name), certs.x509.UniformResourceIdentifier(
                f"x://{label}")])

    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        full.settimeout(CEILING)
        others = [stack.enter_context(socket.socket()) for _ in range(4)]
        for c in others:
            c.setblocking(False)
            c.connect_ex(full.getsockname())
        routes = [{"path": "/slow", "allow": "any", "backend": "b",
                   "forward_identity": {"xfcc": "by",
                                        "fields": {"X-Site": "%{site}"}}}]
        mine = site(routes, server=server("api", "api.corp.example"))
        other = site([answer("x")], names=["other.corp.example"],
                     server=server("other", "other.corp.example"))

        def conf(*sites):
            return config(list(sites), {
                "b": [f"http://127.0.0.1:{full.getsockname()[1]}"]})

        s = serve(conf(mine, other))
        worker, = s.workers()
        client = stack.enter_context(Client(s.port, pki.web))
        assert client.get("/none").status == 404
        before = sockets_of(worker)
        client.send("GET /slow HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        wait_until(lambda: sockets_of(worker) > before, "it to connect")
        reload(s, conf(other, mine))
        reload(s, conf(other, other | {"names": ["third.corp.example"]},
                       mine))
        for c in others:
            c.close()
        while True:
            taken = stack.enter_context(full.accept()[0])
            taken.settimeout(CEILING)
            got = taken.recv(65536)
            if got:
                break
        assert b"\r\nX-Site: api.corp.example\r\n" in got
        assert b"\r\nX-Forwarded-Client-Cert: By=x://api;" in got


def test_backends_that_stay_keep_their_connections(serve, site, web, backend):
    b = backend()
    conf = config(site([{"path": "/", "allow": "any", "backend": "b"}]),
                  {"b": [b.server]})
    s = serve(conf)
    client = web(s)
    for n in range(3):
        assert client.get().status == 200
        conf["backends"][f"unused{n}"] = {"servers": [b.server]}
        reload(s, conf)
    assert client.get().status == 200
    assert len(b.connections) == 1


def test_listeners_come_and_go(serve, site, web, pki):
    conf = config(site([answer("x")]))
    s = serve(conf)
    first = s.port
    conf["listeners"].append({"address": "127.0.0.2:0"})
    reload(s, conf)
    assert len(s.ports) == 2 and s.ports[0] == first
    with Client(s.ports[1], pki.web, address="127.0.0.2") as c:
        assert c.get().status == 200
        conf["listeners"].pop()
        reload(s, conf)
        assert c.get().status == 200
    with pytest.raises(ConnectionRefusedError):
        Client(s.ports[1], address="127.0.0.2")
    assert web(s).get().status == 200


def test_an_address_that_is_taken_changes_nothing(serve, site, web):
    conf = config(site([answer("x")]))
    s = serve(conf)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        conf["listeners"] += [{"address": "127.0.0.3:0"},
                              {"address": f"127.0.0.1:{port}"}]
        reload_fails(s, conf)
    assert s.records("listen-failed")[0]["address"] == f"127.0.0.1:{port}"
    assert web(s).get().status == 200
    assert not s.records("listening", address="127.0.0.3:0")
    before = descriptors(s.pid)
    reload_fails(s, {**conf, "listeners": [{"address": "192.0.2.1:1"}]})
    assert descriptors(s.pid) == before


def test_workers_grow_and_shrink_under_load(serve, site, pki):
    conf = config(site([answer("x")]))
    s = serve(conf)
    load = Load(s.port, pki.web, kept=2, fresh=3)
    for n in (3, 1, 2, 4, 1):
        reload(s, {**conf, "workers": n})
        wait_until(lambda: len(s.workers()) == n, f"{n} workers")
        load.more()
    load.stop()


def test_log_format_and_level_change(serve, site, web):
    s = serve(config(site([answer("x")]), log={"format": "text"}))
    reload(s, config(site([answer("x")]), log={"format": "json",
                                               "level": "notice"}))
    assert web(s).get().status == 200
    reload(s, config(site([answer("x")])))
    assert web(s).get().status == 200
    assert s.wait_for("request")
    assert len(s.records("request")) == 1


def test_a_worker_that_dies_meanwhile_comes_back_with_the_new_one(
        serve, site, pki):
    conf = config(site([answer("one")]), workers=2)
    s = serve(conf)
    for n in range(5):
        os.kill(s.workers()[0], 9)
        reload(s, config(site([answer(f"new{n}")]), workers=2))
        wait_until(lambda: len(s.workers()) == 2, "two workers")
        s.wait_for("worker-ended", n + 1)
        for _ in range(8):
            with Client(s.port, pki.web) as c:
                assert c.get().body == f"new{n}".encode()
    s.stop(deaths=5)


def test_sighup_in_a_row_is_no_storm(serve, site, web):
    conf = config(site([answer("x")]))
    s = serve(conf)
    for _ in range(50):
        s.process.send_signal(signal.SIGHUP)
    signal_reload(s)
    assert len(s.records("reloaded")) <= 52
    assert web(s).get().status == 200
