"""What the supervisor says of itself, and a reload that is asked for."""

import datetime
import json
import os
import re
import socket
import stat
import subprocess

import pytest

import certs
from client import Client, refusal
from conftest import config
from reloading import Load, reload, reload_fails
from sallyport import (CEILING, PROGRAM, REPORT, environment, wait_until,
                       write_config)

HERE = {"path": "/", "allow": "any", "respond": {"body": "x"}}


def run(*args):
    done = subprocess.run([PROGRAM, *args], capture_output=True, text=True,
                          timeout=CEILING, env=environment())
    assert not REPORT.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


def ask(path, data):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(CEILING)
        s.connect(str(path))
        s.sendall(data)
        got = b""
        while more := s.recv(65536):
            got += more
        return got


@pytest.fixture
def at(tmp_path):
    return tmp_path / "control.sock"


@pytest.fixture
def answering(serve, site, at):
    def start(**more):
        return serve(config(site([HERE]), control={"socket": str(at)},
                            **more))

    return start


def status_of(at):
    code, out, err = run("status", "--json", "-s", at)
    assert code == 0, err
    return json.loads(out)


def test_status_as_json(serve, site, at, pki, backend):
    b = backend()
    s = serve(config(
        site([{"path": "/", "allow": "any", "backend": "b"}]),
        {"b": [b.server]}, workers=2, control={"socket": str(at)}))
    with Client(s.port, pki.web) as c:
        for _ in range(3):
            assert c.get().status == 200
        got = status_of(at)
        assert got["connections"] == 1 and got["requests"] == 3
    assert got["pid"] == s.pid and got["state"] == "serving"
    assert got["version"] and got["uptime_s"] >= 0
    assert got["configuration"] == str(s.path)
    assert got["generation"] == 1 and got["reloads"] == 0
    since = datetime.datetime.fromisoformat(got["since"][:-1])
    assert abs(since - certs.now()) < datetime.timedelta(seconds=CEILING)
    assert got["last_reload_failed"] is False
    assert got["last_reload_failure"] is None
    assert sorted(w["pid"] for w in got["workers"]) == sorted(s.workers())
    for n, w in enumerate(got["workers"]):
        assert (w["worker"], w["state"], w["generation"], w["deaths"]) == (
            n, "ready", 1, 0)
    assert sum(w["requests"] for w in got["workers"]) == 3
    assert got["listeners"] == [
        {"address": f"127.0.0.1:{s.port}", "name": None}]
    files = {f["path"]: f for f in got["files"]}
    assert files[str(pki.api)]["kind"] == "certificate"
    assert 360 < files[str(pki.api)]["days_left"] <= 365
    assert files[str(pki.ca.ca)]["kind"] == "ca"
    assert files[str(pki.ca.crl)]["kind"] == "crl"
    assert 25 < files[str(pki.ca.crl)]["days_left"] <= 30
    assert [b["name"] for b in got["backends"]] == ["b"]


def test_servers_are_told_as_the_workers_see_them(serve, site, at, web,
                                                  backend, tmp_path):
    b, other = backend(), backend()
    down = f"unix:{tmp_path}/b.sock"
    routes = [{"path": "/", "allow": "any", "backend": "b"}]
    s = serve(config(site(routes), {"b": [b.server, down]}, workers=2,
                     control={"socket": str(at)}))

    def servers(name="b"):
        return {one["server"]: one for each in status_of(at)["backends"]
                if each["name"] == name for one in each["servers"]}

    assert {one["state"] for one in servers().values()} == {"unknown"}
    client = web(s)
    for _ in range(4):
        assert client.get().status == 200
    kept = len(b.connections)
    wait_until(lambda: servers()[b.server]["idle"] == kept, "idle ones")
    good, bad = servers()[b.server], servers()[down]
    assert (good["state"], good["connections"], good["requests"],
            good["failures"], good["last_failure"]) == (
                "good", kept, 4, 0, None)
    assert (bad["state"], bad["connections"], bad["requests"]) == (
        "failing", 0, 0)
    assert bad["failures"] > 0 and bad["last_failure"] > "2026"
    # one of the two has had to do with it
    assert len(bad["workers"]) == len(good["workers"]) == 1
    assert bad["workers"][0]["failures"] == bad["failures"]
    assert bad["workers"][0]["resting"] is True
    code, out, _ = run("status", "-s", at)
    assert code == 0 and f"{b.server}: good, {kept} connections" in out
    assert f"{down}: failing" in out and "left alone by 1 workers" in out
    # another configuration, where they stand elsewhere: they are still known
    conf = json.loads(s.path.read_text())
    conf["backends"] = {"a": {"servers": [other.server]},
                        "b": {"servers": [down, b.server]}}
    reload(s, conf)
    assert servers("a")[other.server]["state"] == "unknown"
    again = servers()
    assert again[b.server]["requests"] == 4
    assert again[b.server]["connections"] == kept
    assert again[down]["failures"] == bad["failures"]
    # it is there now
    backend(path=tmp_path / "b.sock")
    wait_until(lambda: client.get().status == 200
               and servers()[down]["state"] == "good", "a good one")
    # the worker that knew it is gone
    for pid in s.workers():
        os.kill(pid, 9)
    wait_until(lambda: {one["state"] for one in servers().values()}
               == {"unknown"}, "nothing known")
    s.stop(deaths=2)


def test_what_was_refused_is_told_by_reason(serve, site, at, pki, web):
    rules = [{"dns": "nobody.corp.example"}]
    routes = [{"path": "/closed", "allow": rules, "respond": {"body": "x"}},
              HERE]
    conf = config(site(routes), workers=2, control={"socket": str(at)})
    s = serve(conf)
    assert status_of(at)["refused"] == {
        "handshakes": {}, "requests": {}, "connections": {}}
    assert "\nrefused\n" not in run("status", "-s", at)[1]
    for _ in range(3):
        assert refusal(s.port, pki.former)
    assert refusal(s.port)
    client = web(s)
    for path, status in ("/closed", 403), ("/closed", 403), ("/", 200):
        assert client.get(path).status == status
    want = {"handshakes": {"cert-revoked": 3, "cert-none": 1},
            "requests": {"no-rule": 2}, "connections": {}}
    wait_until(lambda: status_of(at)["refused"] == want, "all to be counted")
    assert status_of(at)["handshakes"] == 1
    code, out, _ = run("status", "-s", at)
    assert code == 0
    assert re.search(r"^refused$\n  handshakes +\S+ +\d\n", out, re.M)
    assert re.search(r"^  handshakes +cert-revoked +3$", out, re.M)
    assert re.search(r"^  requests +no-rule +2$", out, re.M)
    # one that is open, by a reload
    conf["sites"][0]["clients"]["max_validity"] = "1h"
    reload(s, conf)
    assert client.read_to_end() == b""
    (why,) = status_of(at)["refused"]["connections"].items()
    assert why == (s.wait_for("connection-barred")["err"], 1)


def test_status_for_people(answering, at, pki):
    s = answering()
    code, out, err = run("status", "-s", at)
    assert (code, err) == (0, "")
    assert f"pid {s.pid}, serving" in out
    assert f"127.0.0.1:{s.port}" in out and str(pki.api) in out


def test_deaths_and_generations_are_told(answering, at):
    s = answering(workers=2)
    os.kill(s.workers()[0], 9)
    wait_until(lambda: [w["deaths"] for w in status_of(at)["workers"]]
               in ([1, 0], [0, 1])
               and all(w["state"] == "ready"
                       for w in status_of(at)["workers"]), "one death")
    assert run("reload", "-s", at)[0] == 0
    got = status_of(at)
    assert [w["generation"] for w in got["workers"]] == [2, 2]
    assert got["generation"] == 2 and got["reloads"] == 1
    s.stop(deaths=1)


def test_reload_says_whether_it_is_in_force(answering, at, site, web):
    s = answering(workers=3)
    conf = json.loads(s.path.read_text())
    conf["sites"][0]["routes"][0]["respond"]["body"] = "new"
    write_config(s.path.parent, conf)
    assert run("reload", "-s", at) == (0, "generation 2 is in force\n", "")
    for _ in range(9):
        assert web(s).get().body == b"new"
    conf["sites"][0]["routes"][0]["alow"] = "any"
    conf["worker"] = 3
    write_config(s.path.parent, conf)
    code, out, err = run("reload", "-s", at)
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert len(lines) == 3 and "generation 2 stays in force" in lines[2]
    for line in lines[:2]:
        assert line.startswith(f"{s.path}:")
        assert all(n.isdigit() for n in line.split(":")[1:3])
    got = status_of(at)
    assert got["generation"] == 2 and got["reload_failures"] == 1
    assert got["last_reload_failed"] is True
    assert got["last_reload_mistake"] in lines
    assert got["last_reload_failure"]
    assert lines[0] in run("status", "-s", at)[1]


def test_the_socket_is_found_by_the_configuration(answering, at):
    s = answering()
    assert run("status", "-c", s.path)[0] == 0
    # also by one that has mistakes
    conf = json.loads(s.path.read_text())
    conf["nonsense"] = True
    write_config(s.path.parent, conf)
    code, _, err = run("reload", "-c", s.path)
    assert code == 1 and "nonsense" in err


def test_reload_that_needs_an_address_which_is_taken(answering, at):
    s = answering()
    conf = json.loads(s.path.read_text())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        conf["listeners"].append({"address": f"127.0.0.1:{port}"})
        write_config(s.path.parent, conf)
        code, _, err = run("reload", "-s", at)
    assert code == 1 and "listened on" in err


def test_many_ask_for_a_reload_at_once(answering, at):
    s = answering()
    procs = [subprocess.Popen([PROGRAM, "reload", "-s", at],
                              stdout=subprocess.PIPE, env=environment())
             for _ in range(8)]
    for p in procs:
        assert p.wait(CEILING) == 0
        assert b"in force" in p.stdout.read()
    assert 2 <= status_of(at)["generation"] <= 9
    assert len(s.records("reloaded")) == status_of(at)["reloads"]


def test_mode_and_end_of_the_socket(answering, at):
    s = answering()
    mode = at.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    assert os.listdir(at.parent).count("control.sock") == 1
    s.stop()
    assert not at.exists()


def test_what_lies_there_is_replaced(answering, at):
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(at))
    answering()
    assert status_of(at)["state"] == "serving"


def test_off_and_auto_without_a_folder(serve, site, tmp_path, monkeypatch):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    s = serve(config(site([HERE]), control={"socket": "off"}))
    code, _, err = run("status", "-c", s.path)
    assert code == 1 and "off" in err
    code, _, err = run("status", "-s", tmp_path / "none")
    assert code == 1 and "No such file" in err


def test_auto_is_where_systemd_says(serve, site, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{folder}:/other")
    serve(config(site([HERE])))
    assert status_of(folder / "control.sock")["state"] == "serving"
    assert run("status")[0] == 0


def test_the_socket_moves_with_the_configuration(answering, serve, site, at,
                                                 tmp_path):
    s = answering()
    other = tmp_path / "other.sock"
    conf = json.loads(s.path.read_text())
    conf["control"]["socket"] = str(other)
    reload(s, conf)
    assert not at.exists() and status_of(other)["generation"] == 2
    conf["control"]["socket"] = "off"
    reload(s, conf)
    assert not other.exists()


def test_a_path_that_cannot_be_is_told_and_no_more(serve, site, web,
                                                   tmp_path):
    s = serve(config(site([HERE]),
                     control={"socket": str(tmp_path / "no" / "where")}))
    assert s.wait_for("control-failed")["error"]
    assert web(s).get().status == 200
    told = reload_fails(s, config(site([HERE]),
                                  control={"socket": "relative"}))
    assert "absolute" in told[0]


@pytest.mark.parametrize("data", [
    b"nonsense\n", b"\n", b"status\0\n", b"STATUS\n", b"status json \n"])
def test_what_is_no_command(answering, at, data):
    answering()
    assert ask(at, data) == b"failed\nno such command\n"


def test_callers_that_say_too_much_or_nothing(answering, at, web):
    s = answering()
    with pytest.raises((ConnectionError, AssertionError)):
        assert ask(at, b"x" * 100) != b""
    silent = []
    for _ in range(40):
        c = socket.socket(socket.AF_UNIX)
        c.connect(str(at))
        silent.append(c)
    # those that are too many are turned away, and nobody else notices
    assert web(s).get().status == 200
    for c in silent:
        c.close()
    wait_until(lambda: run("status", "-s", at)[0] == 0, "an answer")


def test_a_caller_that_leaves_before_its_answer(answering, at):
    s = answering()
    for n in range(5):
        with socket.socket(socket.AF_UNIX) as c:
            c.connect(str(at))
            c.sendall(b"reload\n")
    s.wait_for("reloaded")
    assert status_of(at)["state"] == "serving"


def test_status_while_it_drains(serve, site, at, pki, backend):
    import threading
    gate = threading.Event()

    def script(connection):
        connection.read_request()
        assert gate.wait(60)
        connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")

    b = backend(script=script)
    s = serve(config(
        site([{"path": "/", "allow": "any", "backend": "b"}]),
        {"b": [b.server]}, control={"socket": str(at)}))
    with Client(s.port, pki.web) as c:
        c.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        b.wait(lambda: b.connections, "a request")
        s.process.send_signal(15)
        s.wait_for("draining")
        assert status_of(at)["state"] == "ending"
        code, _, err = run("reload", "-s", at)
        assert code == 1 and "about to end" in err
        gate.set()
        assert c.read_response().status == 200


def test_status_under_load(answering, at, pki):
    s = answering(workers=2)
    load = Load(s.port, pki.web)
    for _ in range(20):
        assert status_of(at)["state"] == "serving"
    load.stop()
