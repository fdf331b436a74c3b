"""SIGUSR2: another program goes on with the same sockets, or nothing changes."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading

import pytest

import sallyport
from client import Client
from conftest import config
from reloading import Load, descriptors
from sallyport import (CEILING, environment, processes_of, wait_until,
                       write_config)
from test_resumption import Visitor

REAL = sallyport.PROGRAM
HERE = {"path": "/", "allow": "any", "respond": {"body": "x"}}


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A copy of the program, which can be replaced."""
    copy = tmp_path / "bin" / "sallyport"
    copy.parent.mkdir()
    shutil.copy(sallyport.PROGRAM, copy)
    monkeypatch.setattr(sallyport, "PROGRAM", str(copy))
    return copy


def install(program, source):
    """As install(1) does: another file under the same name."""
    new = program.with_name("new")
    if isinstance(source, bytes):
        new.write_bytes(source)
        new.chmod(0o755)
    else:
        shutil.copy(source, new)
    new.rename(program)


@pytest.fixture
def serving(serve, site, program, tmp_path):
    started = []

    def start(**more):
        s = serve(config(site([HERE]), workers=2, control={
            "socket": str(tmp_path / "control.sock")}, **more))
        started.append(s)
        return s

    yield start
    # those that took over are no children of ours
    for s in started:
        for pid in processes_of(s.pid):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        s.process.wait(CEILING)
        wait_until(lambda: not processes_of(s.pid), "the end of all")
        s.assert_clean()


def main_pid(tmp_path):
    out = subprocess.run(
        [REAL, "status", "--json", "-s",
         tmp_path / "control.sock"], check=True, capture_output=True,
        env=environment(), timeout=CEILING).stdout
    return json.loads(out)["pid"]


def upgrade(s):
    done = len(s.records("upgraded"))
    os.kill(s.now, signal.SIGUSR2)
    pid = int(s.wait_for("upgraded", done + 1)["pid"])
    s.now = pid
    return pid


def test_a_new_program_takes_over_and_nobody_notices(serving, program, pki,
                                                     tmp_path):
    # what it says of itself is not to drown in what it says of them
    s = serving(log={"access": False})
    s.now = s.pid
    load = Load(s.port, pki.web, kept=3, fresh=3)
    original = program.read_bytes()
    for n in range(3):
        old = s.now
        load.more()
        install(program, original)
        pid = upgrade(s)
        assert main_pid(tmp_path) == pid != old
        s.wait_for("ended", n + 1)
        wait_until(lambda: not os.path.exists(f"/proc/{old}")
                   or old == s.pid, "the old one's end")
        load.more()
        # it runs the new file
        assert os.readlink(f"/proc/{pid}/exe") == str(program)
    assert s.process.wait(CEILING) == 0
    load.more()
    load.stop()
    assert not s.records("connection-barred")


def test_what_is_under_way_ends_in_the_old_one(serve, site, program, backend,
                                               pki, serving, tmp_path):
    gate = threading.Event()

    def script(connection):
        connection.read_request()
        assert gate.wait(60)
        connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 4\r\n\r\nlate")

    b = backend(script=script)
    s = serving(backends={"b": [b.server]})
    conf = json.loads(s.path.read_text())
    conf["sites"][0]["routes"] = [{"path": "/", "allow": "any",
                                   "backend": "b"}]
    write_config(s.path.parent, conf)
    s.process.send_signal(signal.SIGHUP)
    s.wait_for("reloaded")
    s.now = s.pid
    with Client(s.port, pki.web) as client:
        client.send("GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n")
        b.wait(lambda: b.connections, "a request")
        upgrade(s)
        assert s.process.poll() is None
        # systemd kills without patience what is not a child of its own
        assert parent(s.now) != s.pid and len(children(s.pid)) == 2
        gate.set()
        assert client.read_response().body == b"late"
        assert client.read_to_end() == b"" and client.end == "close_notify"
        assert s.process.wait(CEILING) == 0


@pytest.mark.parametrize("bad", [
    b"#!/bin/sh\nexit 3\n",
    b"#!/bin/sh\nkill -9 $$\n",
    b"\x7fELF nonsense",
    # it lives, and will never say that it is ready
    f"#!{sys.executable}\nimport os, time\n"
    "os.closerange(3, 1000)\ntime.sleep(1000)\n".encode(),
], ids=["exit", "signal", "no program", "silent"])
def test_one_that_fails_changes_nothing(serving, program, pki, tmp_path, bad):
    s = serving()
    s.now = s.pid
    original = program.read_bytes()
    load = Load(s.port, pki.web)
    load.more()
    before = descriptors(s.pid)
    install(program, bad)
    for n in range(3):
        s.process.send_signal(signal.SIGUSR2)
        failed = s.wait_for("upgrade-failed", n + 1)
        wait_until(lambda: len(processes_of(s.pid)) == 3, "its end")
        load.more()
        assert main_pid(tmp_path) == s.pid
    assert failed["pid"] != s.pid
    load.stop()
    wait_until(lambda: descriptors(s.pid) == before, "no descriptor left")
    install(program, original)
    upgrade(s)
    with Client(s.port, pki.web) as c:
        assert c.get().status == 200


def test_a_configuration_with_mistakes_stops_it(serving, pki, tmp_path):
    s = serving()
    s.now = s.pid
    good = s.path.read_text()
    s.path.write_text("nonsense: yes")
    s.process.send_signal(signal.SIGUSR2)
    failed = s.wait_for("upgrade-failed")
    assert str(failed["status"]) == "1"
    with Client(s.port, pki.web) as c:
        assert c.get().status == 200
    assert main_pid(tmp_path) == s.pid
    s.path.write_text(good)
    upgrade(s)


def test_the_new_one_may_have_other_workers_and_listeners(serving, pki):
    # what it says of itself is not to drown in what it says of them
    s = serving(log={"access": False})
    s.now = s.pid
    load = Load(s.port, pki.web, kept=2, fresh=3)
    conf = json.loads(s.path.read_text())
    for workers in 4, 1, 2:
        conf["workers"] = workers
        write_config(s.path.parent, conf)
        load.more()
        old = s.now
        pid = upgrade(s)
        load.more()
        wait_until(lambda: len(children(pid)) == workers, "its workers")
    load.stop()


def parent(pid):
    with open(f"/proc/{pid}/stat") as f:
        return int(f.read().rpartition(")")[2].split()[1])


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()


def test_twice_at_once_is_once(serving):
    s = serving()
    s.now = s.pid
    for _ in range(5):
        s.process.send_signal(signal.SIGUSR2)
    s.wait_for("upgraded")
    assert s.process.wait(CEILING) == 0
    assert len(s.records("upgrading")) == 1


def test_sessions_resume_at_the_new_one(serving, pki):
    s = serving()
    s.now = s.pid
    v = Visitor(pki.web, ssl.TLSVersion.TLSv1_3)
    assert v.visit(s.port)[0] is False
    upgrade(s)
    s.wait_for("ended")
    assert v.visit(s.port)[0] is True


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
def test_SR_1_another_version_judges_for_itself(serving, program, pki,
                                                version):
    """It may have a mistake mended: who got in by that has a session still."""
    told = subprocess.run([program, "version"], capture_output=True,
                          check=True, text=True).stdout.split()[1]
    newer = told[:-1] + ("1" if told[-1] != "1" else "2")
    s = serving()
    s.now = s.pid
    v = Visitor(pki.web, version)
    assert v.visit(s.port)[0] is False
    assert v.visit(s.port)[0] is True
    install(program, program.read_bytes().replace(
        told.encode() + b"\0", newer.encode() + b"\0"))
    upgrade(s)
    s.wait_for("ended")
    resumed, answer = v.visit(s.port)
    assert (resumed, answer.status) == (False, 200)
    assert v.visit(s.port)[0] is True
