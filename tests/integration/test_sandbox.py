"""What processes give up, as the kernel tells it.

That the list of system calls is long enough is shown by every other test: a
worker that asks for more is killed, and no worker may die in them.
"""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import tempfile

import pytest
from cryptography.hazmat.primitives import serialization

from client import Client
from conftest import HERE, config
from sallyport import SANITIZED, Sallyport, wait_until

# Linux, include/uapi/linux/capability.h: CAP_NET_BIND_SERVICE
BIND = 1 << 10


def status(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):\s*(.*?)$", text, re.M))


def caps(pid):
    s = status(pid)
    return [int(s[k], 16) for k in ("CapInh", "CapPrm", "CapEff", "CapAmb")]


def memory(pid):
    """All that a process could write to and read back."""
    out = []
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            range_, rights = line.split()[:2]
            begin, end = (int(n, 16) for n in range_.split("-"))
            # a sanitizer's own books are larger than any memory
            if not rights.startswith("rw") or end - begin > 1 << 30:
                continue
            mem.seek(begin)
            out.append(mem.read(end - begin))
    return b"".join(out)


def confined(pid):
    s = status(pid)
    return s["Seccomp"] == "2" and s["NoNewPrivs"] == "1"


# A build with a sanitizer has no sandbox, see src/daemon/sandbox.h.
if not SANITIZED:

    def test_workers_are_confined_when_they_serve(serve, site):
        s = serve(config(site([HERE]), workers=2))
        assert len(s.workers()) == 2
        for pid in s.workers():
            assert confined(pid)
            assert caps(pid) == [0, 0, 0, 0]
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"^Max core file size +0 +0 ", limits, re.M)

    def test_a_worker_that_is_started_later_is_confined_too(serve, site):
        s = serve(config(site([HERE])))
        (first,) = s.workers()
        os.kill(first, signal.SIGKILL)
        s.wait_for("worker-ended")
        wait_until(
            lambda: s.workers() and s.workers() != [first]
            and confined(s.workers()[0]),
            "another worker",
        )
        s.stop(deaths=1)

    @pytest.mark.parametrize("mode,seccomp", [("log", "2"), ("off", "0")])
    def test_it_can_be_had_without(serve, site, web, mode, seccomp):
        s = serve(config(site([HERE]), sandbox=mode))
        (pid,) = s.workers()
        got = status(pid)
        assert (got["Seccomp"], got["NoNewPrivs"]) == (seccomp, "1")
        assert caps(pid) == [0, 0, 0, 0]
        assert web(s).get().status == 200


@pytest.fixture
def place(pki, site):
    """A folder that any user can read: a configuration and its files; place()
    is the configuration."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-"))
    folder.chmod(0o755)

    def make(owner, **more):
        for source in pki.api, pki.api.with_suffix(".key"), pki.ca.ca:
            shutil.copy(source, folder)
            os.chown(folder / source.name, pwd.getpwnam(owner).pw_uid, -1)
        server = folder / pki.api.name
        server.with_suffix(".key").chmod(0o600)
        ca = folder / pathlib.Path(pki.ca.ca).name
        return config(site([HERE], server=server, ca=ca), **more)

    make.folder = folder
    yield make
    shutil.rmtree(folder)


@pytest.fixture
def start(place):
    started = []

    def make(conf):
        started.append(Sallyport(place.folder, conf, bare=True))
        return started[-1]

    yield make
    for s in started:
        if s.process.returncode is None:
            s.stop()


def privileged_port():
    for port in range(1023, 600, -1):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port below 1024 is free")


# Only root can become somebody else.
if os.geteuid() == 0:
    NOBODY = pwd.getpwnam("nobody")

    def test_root_becomes_the_user_and_keeps_only_low_ports(
        start, place, pki
    ):
        port = privileged_port()
        s = start(place("nobody", user="nobody",
                        listeners=[{"address": f"127.0.0.1:{port}"}]))
        assert s.is_ready, s.log()
        for pid in [s.pid, *s.workers()]:
            got = status(pid)
            assert got["Uid"].split() == [str(NOBODY.pw_uid)] * 4
            assert got["Gid"].split() == [str(NOBODY.pw_gid)] * 4
            assert got["Groups"].split() == [str(NOBODY.pw_gid)]
        assert caps(s.pid) == [BIND] * 4
        assert int(status(s.pid)["CapBnd"], 16) == BIND
        for pid in s.workers():
            # what may be inherited goes with the sandbox
            assert caps(pid)[SANITIZED:] == [0] * (4 - SANITIZED)
        with Client(port, pki.web) as c:
            assert c.get().status == 200
        s.stop()

    def test_who_runs_as_the_user_cannot_look_into_it(start, place):
        s = start(place("nobody", user="nobody"))
        assert s.is_ready, s.log()
        for pid in [s.pid, *s.workers()]:
            owner = pathlib.Path(f"/proc/{pid}/environ").stat().st_uid
            assert owner == (NOBODY.pw_uid if SANITIZED else 0)

    def test_what_the_user_cannot_read_is_not_served(start, place):
        s = start(place("root", user="nobody"))
        assert not s.is_ready
        (mistake,) = s.records("config")
        assert re.search(r"cannot read \S+\.key: Permission denied$",
                         mistake["msg"])
        assert s.wait() == 1

    def test_a_user_that_there_is_not(start, place):
        s = start(place("root", user="nobody-has-this-name"))
        assert not s.is_ready
        assert s.records("user")[0]["level"] == "error"
        assert s.wait() == 1

    def test_root_serves_only_where_it_is_told_to(start, place):
        conf = place("root")
        del conf["user"]
        s = start(conf)
        try:
            pwd.getpwnam("sallyport")
        except KeyError:
            assert "no user sallyport" in s.records("user")[0]["msg"]
        else:
            assert s.records("user")[0]["msg"].startswith("runs as sallyport")
        assert not s.is_ready
        assert s.wait() == 1

if os.geteuid() == 0 and not SANITIZED:

    # a sanitizer keeps what was freed, as it was
    def test_keys_do_not_stay_with_the_supervisor(start, place, pki):
        s = start(place("root", user="root"))
        assert s.is_ready, s.log()
        pem = pki.api.with_suffix(".key").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        number = key.private_numbers().private_value
        held = memory(s.pid)
        # it is looked for in the right place
        assert str(place.folder).encode() in held
        for line in pem.splitlines()[1:-1]:
            assert line not in held
        for order in "big", "little":
            assert number.to_bytes(32, order)[1:-1] not in held
