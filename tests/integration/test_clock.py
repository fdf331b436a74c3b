"""The clock is set while it serves: tests/preload/clock.c does that, for one
sallyport alone.  A machine that slept looks the same to it: the date has
moved on, and the monotonic clock has not."""

import datetime
import email.utils
import json
import mmap
import os
import pathlib
import signal
import struct
import subprocess
import time
from datetime import timedelta

import pytest

import certs
from client import Client, refusal
from conftest import config
from reloading import Load, replace, signal_reload
from sallyport import (CEILING, PROGRAM, SANITIZED, environment, wait_until)
from test_resumption import VERSIONS, Visitor
from test_revocation import Holder, answer

PRELOAD = pathlib.Path(PROGRAM).resolve().parent / "preload" / "clock.so"
HOUR = 3600
DAY = 24 * HOUR
# until it has been noticed; it is looked for once a second
SOON = 4 if not SANITIZED else 12

both = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


class Clock:
    """That of the processes that were started with env."""

    def __init__(self, path):
        path.write_bytes(bytes(8))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 8)
        self.env = {"CLOCK": str(path), "LD_PRELOAD": str(PRELOAD)}
        if SANITIZED:
            self.env["ASAN_OPTIONS"] = "verify_asan_link_order=0"

    def set(self, seconds):
        """So far from the right time."""
        struct.pack_into("=q", self.map, 0, seconds)

    def now(self):
        return time.time() + struct.unpack_from("=q", self.map)[0]


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture
def own(tmp_path):
    """A CA of the test's own, with clients who live for so long."""
    root = certs.Issuer.root("Own Root", start=timedelta(days=-60),
                             end=timedelta(days=60))
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    crl = certs.write_crls(tmp_path / "ca.crl", root.crl(
        start=timedelta(days=-60), end=timedelta(days=60)))

    def make(name, **lives):
        return root.leaf(tmp_path / f"{name}.pem", name,
                         sans=[certs.dns(f"{name}.example")], **lives)

    make.root, make.ca, make.crl = root, ca, crl
    return make


@pytest.fixture
def gate(serve, site, backend, own, clock, tmp_path):
    """gate(): sallyport with that clock, two workers, and tunnels."""

    def start(**more):
        b = backend(script=answer)
        routes = [{"path": "/", "allow": "any", "backend": "b",
                   "upgrade": "websocket"}]
        return serve(config(
            site(routes, ca=own.ca, crl=own.crl), {"b": [b.server]},
            workers=2, control={"socket": str(tmp_path / "control.sock")},
            **more), env=clock.env)

    return start


def seconds(rfc3339):
    at = datetime.datetime.fromisoformat(rfc3339.replace("Z", "+00:00"))
    return at.timestamp()


def is_now(clock, at):
    return abs(clock.now() - at) < SOON


def set_and_noticed(s, clock, shift):
    """By a worker that has connections."""
    count = len(s.records("clock-set"))
    clock.set(shift)
    s.wait_for("clock-set", count + 1)


@both
def test_set_forward_a_certificate_that_has_expired_by_it_is_out(
        gate, clock, own, version):
    short = own("short", end=timedelta(hours=12))
    long = own("long")
    s = gate()
    one, other = Holder(s, short, version), Holder(s, long, version)
    load = Load(s.port, long)
    start = time.monotonic()
    clock.set(DAY)
    one.is_out("certificate expired")
    assert time.monotonic() - start < SOON
    other.is_in()
    load.more()
    load.stop()
    s.wait_for("connection-barred", 3)
    assert {(r["serial"], r["err"]) for r in s.records("connection-barred")
            } == {(certs.serial_of(short), "cert-expired")}
    # and back, as if nothing had been
    clock.set(0)
    Holder(s, short, version).close()
    one.close()
    other.close()


@both
def test_set_back_nothing_breaks(gate, clock, own, version):
    identity = own("a", start=timedelta(days=-60))
    s = gate()
    one = Holder(s, identity, version)
    load = Load(s.port, identity)
    for shift in -30 * DAY, -HOUR, -31 * DAY, 0:
        set_and_noticed(s, clock, shift)
        got = one.kept.get()
        date = email.utils.parsedate_to_datetime(got.get("date"))
        assert got.get("date") and is_now(clock, date.timestamp())
        one.is_in()
        Holder(s, identity, version).close()
        assert signal_reload(s)["evt"] == "reloaded"
        assert is_now(clock, seconds(s.records("reloaded")[-1]["time"]))
        load.more()
    load.stop()
    one.close()


@both
def test_set_back_a_ticket_does_not_last_longer(gate, clock, own, version):
    identity = own("a", start=timedelta(days=-60))
    s = gate()
    v = Visitor(identity, version)
    v.visit(s.port)
    assert v.visit(s.port)[0]
    clock.set(-HOUR)
    resumed, got = v.visit(s.port)
    assert got.status == 200 and not resumed
    assert v.visit(s.port)[0]


@both
def test_set_forward_a_ticket_is_over_after_its_lifetime(gate, clock, own,
                                                         version):
    s = gate()
    v = Visitor(own("a"), version)
    v.visit(s.port)
    clock.set(HOUR - 60)
    # another second may have begun
    assert v.visit(s.port)[0]
    clock.set(HOUR + 60)
    resumed, got = v.visit(s.port)
    assert got.status == 200 and not resumed
    assert v.visit(s.port)[0]


def test_not_yet_valid_is_not_in_and_who_is_in_stays(gate, clock, own):
    s = gate()
    identity = own("a")
    with Client(s.port, identity) as c:
        assert c.get().status == 200
        set_and_noticed(s, clock, -DAY)
        assert refusal(s.port, identity) is not None
        assert s.wait_for("handshake-refused")["err"] == "cert-not-yet-valid"
        assert c.get().status == 200


@pytest.mark.parametrize("shift", [-DAY, DAY])
def test_deadlines_do_not_follow(gate, clock, own, shift):
    """Neither at once, nor a day later."""
    identity = own("a", start=timedelta(days=-60))
    s = gate(timeouts={"keep_alive": "2s"})
    start = time.monotonic()
    with Client(s.port, identity) as c:
        assert c.get().status == 200
        clock.set(shift)
        assert c.read_to_end() == b"" and c.end == "close_notify"
        assert 1.9 < time.monotonic() - start < SOON + 2


@pytest.mark.parametrize("shift", [-DAY, DAY])
def test_the_supervisor_goes_on(gate, clock, own, tmp_path, shift):
    s = gate()

    def status():
        return json.loads(subprocess.run(
            [PROGRAM, "status", "--json", "-s", tmp_path / "control.sock"],
            check=True, capture_output=True, env=environment(),
            timeout=CEILING).stdout)

    before = {f["path"]: f["days_left"] for f in status()["files"]}
    clock.set(shift)
    after = status()
    assert {f["path"]: f["days_left"] for f in after["files"]} == {
        p: n - shift // DAY for p, n in before.items()}
    assert 0 <= after["uptime_s"] < CEILING
    # files are still seen to change
    bad = own("bad", start=timedelta(days=-60))
    made = certs.write_crls(tmp_path / "made.crl", own.root.crl(
        [certs.read(bad)], start=timedelta(days=-60), end=timedelta(days=60)))
    replace(own.crl, made.read_bytes())
    s.wait_for("reloaded")
    assert is_now(clock, seconds(status()["since"]))
    assert refusal(s.port, bad) == "certificate revoked"
    # a worker that has to be started anew has nothing against it either
    os.kill(s.workers()[0], signal.SIGKILL)
    s.wait_for("worker-ended")
    wait_until(lambda: len(s.workers()) == 2, "two workers")
    assert refusal(s.port, bad) == "certificate revoked"
    s.stop(deaths=1)
