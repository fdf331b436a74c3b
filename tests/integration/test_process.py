"""Supervisor and workers: who dies, who ends, and what becomes of requests."""

import os
import pathlib
import select
import signal
import socket
import subprocess
import threading

import pytest

import http1
from backend import OK
from client import NAME, Client, Refused
from conftest import HERE, config
from sallyport import (CEILING, PROGRAM, SANITIZED, Sallyport, environment, processes_of,
                       wait_until, write_config)

PRELOADS = pathlib.Path(PROGRAM).resolve().parent / "preload"
GET = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n"


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


class Slow:
    """A backend's script that answers when it is told to."""

    def __init__(self):
        self.arrived = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, connection):
        while True:
            connection.read_request()
            self.arrived.release()
            assert self.go.wait(CEILING)
            connection.send(OK)

    def wait(self):
        assert self.arrived.acquire(timeout=CEILING)


@pytest.fixture
def slow(backend):
    script = Slow()
    script.server = backend(script=script).server
    yield script
    script.go.set()


def waiting(client, slow):
    """A request is under way on this connection."""
    client.send(GET)
    slow.wait()
    return client


class TestWorkers:
    def test_as_many_as_configured_and_nobody_else(self, serve, site):
        for workers in 1, 3:
            s = serve(config(site([HERE]), workers=workers))
            assert len(s.workers()) == workers
            assert len(processes_of(s.pid)) == workers + 1

    def test_as_many_as_cpus(self, serve, site):
        s = serve(config(site([HERE]), workers="auto"))
        assert len(s.workers()) == len(os.sched_getaffinity(0))

    def test_all_of_them_serve(self, serve, site, web):
        s = serve(config(site([HERE]), workers=3))
        wait_until(lambda: web(s).get().status == 200 and len(
            {r["proc"] for r in s.records("request")}) == 3, "all three")

    def worker_of(self, s, client):
        """The process that has this connection."""
        client.get()
        port = client.sock.getsockname()[1]
        return s.wait_for("request", port=port)["proc"]

    def test_sigkill_loses_that_workers_connections_alone(self, serve, site,
                                                          web):
        s = serve(config(site([HERE]), workers=2))
        before = s.workers()
        of = {"worker-0": [], "worker-1": []}
        while min(map(len, of.values())) < 5:
            client = web(s)
            of[self.worker_of(s, client)].append(client)
        os.kill(before[0], signal.SIGKILL)
        # newcomers succeed at once, wherever the kernel sends them
        for _ in range(50):
            assert web(s).get().status == 200
        r = s.wait_for("worker-ended", pid=before[0])
        assert r["signal"] == "KILL"
        lost = f"worker-{r['worker']}"
        for client in of.pop(lost):
            assert client.read_to_end() == b""
            assert client.end in ("eof", "reset")
        for clients in of.values():
            for client in clients:
                assert client.get().status == 200
        wait_until(lambda: len(s.workers()) == 2, "a new worker")
        after = s.workers()
        assert before[1] in after and before[0] not in after
        # which serves
        wait_until(lambda: self.worker_of(s, web(s)) == lost, "its return")
        web.close()
        s.stop(deaths=1)

    def test_sigkill_under_load(self, serve, site, pki, web):
        """Each worker in turn: who connects is served, who is connected may
        be cut; nobody gets a wrong answer, nobody waits."""
        s = serve(config(site([
            {"path": "/", "allow": "any",
             "respond": {"body": "x" * 20000}}]), workers=2))
        end, failures, answers = threading.Event(), [], [0]

        def load():
            while not end.is_set():
                try:
                    client = Client(s.port, pki.web)
                except (Refused, OSError) as e:
                    # the handshake was with the one that died
                    cut.append(e)
                    continue
                with client:
                    for _ in range(20):
                        try:
                            got = client.get()
                        except (http1.Ended, Refused, OSError) as e:
                            cut.append(e)
                            break
                        if (got.status, len(got.body)) != (200, 20000):
                            failures.append(got)
                        answers[0] += 1

        cut = []
        threads = [threading.Thread(target=load) for _ in range(8)]
        for t in threads:
            t.start()
        for n in range(4):
            before = answers[0]
            wait_until(lambda: answers[0] > before + 50, "some load")
            victims = wait_until(
                lambda: len(w := s.workers()) == 2 and w, "two workers")
            os.kill(victims[n % 2], signal.SIGKILL)
            s.wait_for("worker-ended", pid=victims[n % 2])
            assert web(s).get().status == 200
        end.set()
        for t in threads:
            t.join(CEILING)
        assert not failures
        # at most what the eight had open at each of four deaths
        assert len(cut) <= 8 * 4
        web.close()
        s.stop(deaths=4)

    def test_a_lone_worker_comes_back(self, serve, site, web):
        """The kernel keeps who connects meanwhile: nobody is refused."""
        s = serve(config(site([HERE])))
        for n in range(3):
            worker, = wait_until(s.workers, "a worker")
            os.kill(worker, signal.SIGKILL)
            assert web(s).get().status == 200
        web.close()
        s.stop(deaths=3)

    def test_who_keeps_dying_is_started_less_often(self, serve, site):
        s = serve(config(site([HERE])))
        pauses = []
        for n in range(1, 6):
            worker, = wait_until(s.workers, "a worker")
            os.kill(worker, signal.SIGKILL)
            r = s.wait_for("worker-ended", n)
            pauses.append(int(r.get("restart_ms", 0)))
        assert pauses == sorted(pauses) and pauses[-1] >= 400
        s.stop(deaths=5)

    def test_a_new_worker_opens_no_file(self, serve, site, web, pki,
                                        tmp_path):
        """It serves what was checked, whatever became of the files."""
        for source in pki.api, pki.api.with_suffix(".key"), pki.ca.ca:
            copy = tmp_path / source.name
            copy.touch(mode=0o600)
            copy.write_bytes(source.read_bytes())
        s = serve(config(site([HERE], server=tmp_path / "api.pem",
                              ca=tmp_path / "clients-ca.pem")))
        for f in tmp_path.glob("*.*"):
            f.unlink()
        s.path.write_text("nonsense: yes")
        os.kill(s.workers()[0], signal.SIGKILL)
        assert web(s).get().status == 200
        web.close()
        s.stop(deaths=1)

    def test_a_stopped_worker_does_not_stop_the_others(self, serve, site,
                                                       web):
        s = serve(config(site([HERE]), workers=2))
        clients = {}
        while len(clients) < 2:
            client = web(s)
            clients[self.worker_of(s, client)] = client
        pid = s.workers()[0]
        os.kill(pid, signal.SIGSTOP)
        for client in clients.values():
            client.send(GET)
        # one of the two answers
        ready = wait_until(lambda: [
            c for c in clients.values()
            if c.sock.pending() or readable(c.sock)], "one of them")
        assert ready[0].read_response().status == 200
        os.kill(pid, signal.SIGCONT)


def readable(sock):
    return bool(select.select([sock], [], [], 0)[0])


class TestSigterm:
    def test_drains_what_is_under_way_then_ends_with_0(self, serve, site,
                                                       slow, web):
        s = serve(config(site([
            {"path": "/idle", "allow": "any", "respond": "whoami"},
            {"path": "/", "allow": "any", "backend": "b"},
        ]), {"b": [slow.server]}, workers=2))
        busy = [waiting(web(s), slow) for _ in range(4)]
        idle = web(s)
        assert idle.get("/idle").status == 200
        s.process.send_signal(signal.SIGTERM)
        # who is idle is let go, and nobody new comes in
        assert idle.read_to_end() == b"" and idle.end == "close_notify"
        wait_until(lambda: refuses(s.port), "no newcomers")
        assert s.process.poll() is None
        slow.go.set()
        for client in busy:
            got = client.read_response()
            assert got.body == b"ok\n" and got.wants_close()
            assert client.read_to_end() == b""
            assert client.end == "close_notify"
        web.close()
        assert s.wait() == 0

    def test_a_body_under_way_is_finished(self, proxy, backend, web):
        b = backend()
        s = proxy(b)
        client = web(s)
        client.send(f"POST / HTTP/1.1\r\nHost: {NAME}\r\n"
                    "Content-Length: 6\r\n\r\nabc")
        b.wait(lambda: b.connections)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(s.port), "no newcomers")
        client.send("def")
        assert client.read_response().wants_close()
        assert b.request().body == b"abcdef"
        client.close()
        assert s.wait() == 0

    def test_with_nothing_to_do_it_ends_at_once(self, serve, site, web):
        s = serve(config(site([HERE]), timeouts={"drain": "1h"}))
        idle = web(s)
        idle.get()
        s.process.send_signal(signal.SIGTERM)
        assert idle.read_to_end() == b"" and idle.end == "close_notify"
        idle.close()
        assert s.wait() == 0

    def test_the_deadline_cuts_what_is_left(self, proxy, slow, web):
        s = proxy(slow, timeouts={"drain": "300ms"})
        client = waiting(web(s), slow)
        s.process.send_signal(signal.SIGTERM)
        assert client.read_to_end() == b""
        assert client.end in ("eof", "reset")
        assert s.wait() == 0
        assert s.records("drain-deadline")
        assert s.records("request")[0]["err"] == "draining"

    def test_sigint_while_it_drains(self, proxy, slow, web):
        s = proxy(slow, timeouts={"drain": "1h"})
        client = waiting(web(s), slow)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(s.port), "no newcomers")
        s.process.send_signal(signal.SIGINT)
        assert client.read_to_end() == b""
        assert s.wait() == 0

    def test_a_worker_killed_while_it_drains(self, proxy, slow, web):
        s = proxy(slow, workers=2, timeouts={"drain": "1h"})
        waiting(web(s), slow)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(s.port), "no newcomers")
        left = wait_until(lambda: len(w := s.workers()) == 1 and w,
                          "the idle one's end")
        os.kill(left[0], signal.SIGKILL)
        assert s.wait() == 0
        s.assert_clean(deaths=1)


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), CEILING).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass
    return False


class TestSigint:
    def test_ends_at_once(self, proxy, slow, web):
        s = proxy(slow, workers=2, timeouts={"drain": "1h"})
        client = waiting(web(s), slow)
        idle = web(s)
        s.process.send_signal(signal.SIGINT)
        for c in client, idle:
            assert c.read_to_end() == b""
        assert s.wait() == 0
        s.assert_clean()

    def test_to_the_whole_group_as_from_a_terminal(self, proxy, slow, web):
        s = proxy(slow, workers=2)
        client = waiting(web(s), slow)
        os.killpg(s.pid, signal.SIGINT)
        assert client.read_to_end() == b""
        assert s.wait() == 0
        s.assert_clean()


class TestSupervisorDies:
    def test_idle_workers_end_by_themselves(self, serve, site, web):
        s = serve(config(site([HERE]), workers=3))
        client = web(s)
        assert client.get().status == 200
        s.process.kill()
        assert client.read_to_end() == b""
        web.close()
        assert s.wait() == -signal.SIGKILL
        s.assert_clean()
        assert len(s.records("supervisor-gone")) == 3

    def test_what_is_under_way_is_finished(self, proxy, slow, web):
        s = proxy(slow)
        client = waiting(web(s), slow)
        s.process.kill()
        wait_until(lambda: refuses(s.port), "no newcomers")
        slow.go.set()
        assert client.read_response().body == b"ok\n"
        web.close()
        assert s.wait() == -signal.SIGKILL
        s.assert_clean()


class TestStart:
    def test_an_address_in_use(self, tmp_path, site):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            s = Sallyport(tmp_path, config(
                site([HERE]), listeners=[{"address": f"127.0.0.1:{port}"}]))
            assert s.wait() == 1
        r = s.wait_for("listen-failed")
        assert r["address"] == f"127.0.0.1:{port}"
        assert "in use" in r["error"]
        assert not s.is_ready

    def test_an_address_that_is_not_ours(self, tmp_path, site):
        s = Sallyport(tmp_path, config(
            site([HERE]), listeners=[{"address": "192.0.2.1:8443"}]))
        assert s.wait() == 1
        assert s.wait_for("listen-failed")["address"] == "192.0.2.1:8443"

    def test_several_listeners(self, serve, site, pki):
        s = serve(config(site([HERE]), workers=2, listeners=[
            {"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"},
            {"address": "[::1]:0"}, {"address": "*:0"}]))
        addresses = ["127.0.0.1", "127.0.0.1", "::1", "127.0.0.1"]
        assert len(s.ports) == 4
        for port, address in zip(s.ports, addresses):
            for _ in range(4):
                with Client(port, pki.web, address=address) as c:
                    assert c.get().status == 200

    def test_the_client_s_address_as_it_came(self, serve, site, pki):
        s = serve(config(site([
            {"path": "/", "allow": "any", "respond": "whoami"}]),
            listeners=[{"address": "[::]:0"}]))
        for address, seen in (("127.0.0.1", "127.0.0.1"), ("::1", "::1")):
            with Client(s.port, pki.web, address=address) as c:
                assert f'"client":"{seen}"' in c.get().body.decode()

    def test_workers_have_no_descriptor_of_somebody_else(self, tmp_path,
                                                         site):
        path = write_config(tmp_path, config(site([HERE])))
        with open(path) as left_open:
            p = subprocess.Popen([PROGRAM, "run", "-c", path],
                                 pass_fds=[left_open.fileno()],
                                 stderr=subprocess.PIPE, env=environment(),
                                 start_new_session=True)
        with p:
            while b"evt=ready" not in p.stderr.readline().replace(
                    b'"evt":"', b"evt="):
                pass
            workers = set(processes_of(p.pid)) - {p.pid}
            links = [os.readlink(fd) for pid in workers
                     for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
            p.terminate()
            assert p.wait(CEILING) == 0
        assert links
        assert not [n for n in links if n.endswith(".yaml")]


OLD_OPENSSL = (PRELOADS / "openssl_version.so").resolve()


@pytest.mark.parametrize("number, since", [
    ("300000e0", "3.0.15"), ("300000f0", None), ("30100060", "3.1.7"),
    ("30100070", None), ("30200000", "3.2.3"), ("30300010", "3.3.2"),
    ("30300020", None), ("30500000", None), ("40000000", None),
])
def test_SR_14_an_old_library_is_reported(serve, site, number, since):
    env = {"LD_PRELOAD": str(OLD_OPENSSL), "OPENSSL_NUMBER": number}
    if SANITIZED:
        env["ASAN_OPTIONS"] = "verify_asan_link_order=0"
    assert OLD_OPENSSL.exists()
    s = serve(config(site([HERE])), env=env)
    said = [r["msg"] for r in s.records("openssl-old")]
    assert len(said) == (since is not None)
    assert since is None or f"; {since} has not" in said[0]
    out = subprocess.run([PROGRAM, "version"], check=True, text=True,
                         capture_output=True, env={**environment(), **env})
    assert ("openssl-old" in out.stdout) == (since is not None)
