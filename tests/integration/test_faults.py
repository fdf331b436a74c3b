"""Calls that fail for want of resources: tests/preload/faults.c makes them.

At the start: it serves, or ends with a message.  Later: no process dies, and
when there is enough again, everybody is served.
"""

import collections
import contextlib
import errno
import mmap
import pathlib
import signal
import struct
import threading

import pytest

import http1
from backend import OK
from client import Client, Refused
from conftest import HERE, config
from reloading import descriptors, signal_reload
from sallyport import PROGRAM, REPORT, SANITIZED, Sallyport, wait_until

PRELOAD = pathlib.Path(PROGRAM).resolve().parent / "preload" / "faults.so"
LAYOUT = struct.Struct("=24sii3i")
ANYWHERE, SUPERVISOR, WORKERS = range(3)
ALWAYS = -1


class Faults:
    """What fails from now on, in a process that was started with env."""

    def __init__(self, path):
        path.write_bytes(bytes(LAYOUT.size))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), LAYOUT.size)
        self.env = {"FAULTS": str(path), "LD_PRELOAD": str(PRELOAD)}
        if SANITIZED:
            self.env["ASAN_OPTIONS"] = "verify_asan_link_order=0"

    def set(self, call, err, where=ANYWHERE, skip=0, times=1):
        self.stop()
        LAYOUT.pack_into(self.map, 0, call.encode(), err, where, skip, 0, 0)
        # the number of times arms it
        struct.pack_into("=i", self.map, 36, times)

    def stop(self):
        struct.pack_into("=i", self.map, 36, 0)

    @property
    def hits(self):
        return LAYOUT.unpack_from(self.map)[5]


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path / "faults")


# each with an error that it has for want of something
STARTING = [
    ("bind", errno.ENOMEM), ("dup2", errno.EMFILE),
    ("epoll_create1", errno.EMFILE), ("epoll_ctl", errno.ENOMEM),
    ("eventfd", errno.EMFILE), ("execv", errno.ENOMEM),
    ("fork", errno.EAGAIN), ("ftruncate", errno.ENOSPC),
    ("getrandom", errno.EAGAIN), ("getsockname", errno.ENOBUFS),
    ("inotify_add_watch", errno.ENOSPC), ("inotify_init1", errno.EMFILE),
    ("listen", errno.ENOBUFS), ("memfd_create", errno.ENFILE),
    ("mmap", errno.ENOMEM), ("open", errno.ENFILE), ("pipe2", errno.EMFILE),
    ("pread", errno.EIO), ("read", errno.EIO), ("recvmsg", errno.ENOMEM),
    ("sendmsg", errno.ENOBUFS), ("setsockopt", errno.ENOMEM),
    ("socket", errno.EMFILE), ("socketpair", errno.EMFILE),
    ("write", errno.ENOSPC),
]
if not SANITIZED:
    STARTING.append(("malloc", errno.ENOMEM))

# the first few of each
PLACES = [0, 1, 2, 3, 5, 8]
# deep in: between 60 and 400 OpenSSL 3.0 makes its default context, and goes
# on with half of one
DEEP = [500, 1000, 3000]


@pytest.mark.parametrize("call, err", STARTING)
def test_a_worker_that_cannot_start_is_replaced(
        tmp_path, site, pki, faults, call, err):
    for skip in range(8):
        faults.set(call, err, WORKERS, skip=skip)
        directory = tmp_path / f"{call}{skip}"
        directory.mkdir()
        s = Sallyport(directory, config(site([HERE])), env=faults.env)
        if s.is_ready:
            served(s, pki)
        s.kill()


@pytest.mark.parametrize("call, err", STARTING)
def test_at_the_start_it_serves_or_says_why_not(
        tmp_path, site, pki, faults, call, err):
    for skip in PLACES + (DEEP if call == "malloc" else []):
        faults.set(call, err, skip=skip)
        directory = tmp_path / f"{call}{skip}"
        directory.mkdir()
        s = Sallyport(directory, config(site([HERE])), env=faults.env)
        assert not REPORT.search(s.log()), s.log()
        if s.is_ready:
            served(s, pki)
            faults.stop()
            # a worker may have ended over it, and says so
            s.process.terminate()
            assert s.wait() == 0, s.log()
        else:
            status = s.wait()
            # either way it says what there was not enough of
            assert status in (1, -6), s.log()
            assert status == 1 or "sallyport: " in s.log(), (call, skip)
            assert s.log() or call == "write", (call, skip)
        assert faults.hits or skip, call
        if not faults.hits:
            break


def ask(s, pki, target="/"):
    """One request on a connection of its own; 0 when it failed."""
    try:
        with contextlib.closing(Client(s.port, pki.web)) as c:
            return c.get(target).status
    except (OSError, Refused, http1.Ended):
        return 0


def served(s, pki, target="/"):
    wait_until(lambda: ask(s, pki, target) == 200, f"an answer for {target}")


SERVING = [
    ("accept4", errno.EMFILE), ("accept4", errno.ENFILE),
    ("accept4", errno.ENOMEM), ("accept4", errno.ENOBUFS),
    ("accept4", errno.ECONNABORTED), ("connect", errno.EADDRNOTAVAIL),
    ("connect", errno.EAGAIN), ("epoll_ctl", errno.ENOMEM),
    ("epoll_ctl", errno.ENOSPC), ("getpeername", errno.ENOBUFS),
    ("getsockname", errno.ENOBUFS), ("recv", errno.ENOMEM),
    ("recv", errno.EIO), ("send", errno.ENOBUFS), ("send", errno.ENOMEM),
    ("setsockopt", errno.ENOMEM), ("socket", errno.EMFILE),
    ("socket", errno.ENOBUFS), ("write", errno.ENOSPC), ("write", errno.EIO),
    ("sendmsg", errno.ENOBUFS), ("mmap", errno.ENOMEM),
]
ROUTES = [
    {"path": "/here", "allow": "any", "respond": {"status": 200}},
    {"path": "/", "allow": "any", "backend": "b"},
]


@pytest.mark.parametrize("call, err", SERVING)
def test_while_it_serves(tmp_path, site, pki, backend, faults, call, err):
    b = backend(OK)
    # connections to it end anywhere
    b.errors = collections.deque(maxlen=0)
    s = Sallyport(tmp_path, config(site(ROUTES), {"b": [b.server]}),
                  env=faults.env)
    try:
        assert s.is_ready, s.log()
        worker = s.workers()
        served(s, pki)
        for times in 1, ALWAYS:
            for skip in 0, 1, 3:
                faults.set(call, err, WORKERS, skip, times)
                asking = [threading.Thread(target=ask, args=(s, pki))
                          for _ in range(2)]
                for t in asking:
                    t.start()
                # some wait for what fails as long as it does
                wait_until(lambda: faults.hits or not any(
                    t.is_alive() for t in asking), "a failure, or no need")
                faults.stop()
                for t in asking:
                    t.join()
                served(s, pki)
                served(s, pki, "/here")
        assert s.workers() == worker, s.log()
    finally:
        faults.stop()
    s.stop()


RELOADING = [
    ("bind", errno.ENOMEM), ("epoll_ctl", errno.ENOMEM),
    ("ftruncate", errno.ENOSPC), ("getsockname", errno.ENOBUFS),
    ("inotify_add_watch", errno.ENOSPC), ("listen", errno.ENOBUFS),
    ("memfd_create", errno.ENFILE), ("mmap", errno.ENOMEM),
    ("open", errno.ENFILE), ("pread", errno.EIO),
    ("setsockopt", errno.ENOMEM), ("socket", errno.EMFILE),
]


@pytest.mark.parametrize("call, err", RELOADING)
def test_while_it_reloads(tmp_path, site, pki, faults, call, err):
    """In force, or refused and the old one stays; and then it works."""
    s = Sallyport(tmp_path, config(site([HERE])), env=faults.env)
    assert s.is_ready, s.log()
    for where in SUPERVISOR, WORKERS:
        for skip in PLACES:
            faults.set(call, err, where, skip)
            signal_reload(s)
            hits = faults.hits
            faults.stop()
            served(s, pki)
            if not hits:
                break
    assert signal_reload(s)["evt"] == "reloaded", s.log()
    served(s, pki)
    s.process.terminate()
    assert s.wait() == 0, s.log()
    assert not REPORT.search(s.log()), s.log()


UPGRADING = [
    ("pipe2", errno.EMFILE), ("epoll_ctl", errno.ENOMEM),
    ("fork", errno.EAGAIN), ("dup2", errno.EMFILE), ("execv", errno.ENOMEM),
]


@pytest.mark.parametrize("call, err", UPGRADING)
def test_while_it_is_upgraded(tmp_path, site, pki, faults, call, err):
    """What serves goes on, as if nobody had asked."""
    s = Sallyport(tmp_path, config(site([HERE])), env=faults.env)
    assert s.is_ready, s.log()
    before = descriptors(s.pid)
    for n in range(1, 4):
        faults.set(call, err, SUPERVISOR)
        s.process.send_signal(signal.SIGUSR2)
        s.wait_for("upgrade-failed", n)
        assert faults.hits == 1
        served(s, pki)
    assert descriptors(s.pid) == before
    s.stop()
