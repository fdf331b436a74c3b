"""The real program, started, watched and stopped."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ.get("SALLYPORT", str(ROOT / "build" / "sallyport"))
SANITIZED = bool(os.environ.get("SALLYPORT_SAN"))

# Nothing takes so long; whoever waits for more waits for what never comes.
CEILING = 60 if SANITIZED else 20

REPORT = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error:")


def environment():
    env = dict(os.environ)
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    env.pop("JOURNAL_STREAM", None)
    return env


def write_config(directory, config):
    """A dict becomes YAML by being JSON; a text is written as it is."""
    path = pathlib.Path(directory) / "sallyport.yaml"
    if not isinstance(config, str):
        config = json.dumps(config, indent=1)
    path.write_text(config)
    return path


def as_we_are(config):
    """Root serves only where it is told to (tests of that say so)."""
    if os.geteuid() != 0:
        return config
    if not isinstance(config, str):
        return {"user": "root", **config}
    if re.search(r"^user:", config, re.M):
        return config
    return config + "\nuser: root\n"


def check(path, *options):
    """`sallyport check`: exit status, stdout, stderr."""
    done = subprocess.run(
        [PROGRAM, "check", *options, "-c", path],
        capture_output=True,
        text=True,
        timeout=CEILING,
        env=environment(),
    )
    assert not REPORT.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


_PAIR = re.compile(r' ?([a-z0-9_]+)=("((?:[^"\\]|\\.)*)"|[^ "]+)')
_ESCAPE = re.compile(r'\\(x[0-9a-f]{2}|["\\])')


def parse_line(line):
    """A record of the log, in whichever format; None for what is no record."""
    if line.startswith("{"):
        with contextlib.suppress(ValueError):
            return json.loads(line)
        return None
    record, at = {}, 0
    while at < len(line):
        pair = _PAIR.match(line, at)
        if not pair:
            return None
        quoted = pair[3] is not None
        record[pair[1]] = (
            _ESCAPE.sub(
                lambda e: chr(int(e[1][1:], 16)) if len(e[1]) > 1 else e[1],
                pair[3],
            )
            if quoted
            else pair[2]
        )
        at = pair.end()
    return record if "evt" in record else None


def processes_of(group):
    """Those of a process group that are still there and no zombies."""
    left = []
    # not "[0-9]*/stat": that looks whether each is there, and fails
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text()
        except OSError:
            continue
        rest = stat.rpartition(")")[2].split()
        if int(rest[2]) == group and rest[0] not in "ZX":
            left.append(int(process.name))
    return left


def wait_until(condition, what, ceiling=CEILING):
    """For what nobody tells us: asks again and again."""
    end = time.monotonic() + ceiling
    while not (got := condition()):
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.005)
    return got


# Becomes what follows, with these descriptors as systemd hands them over.
_LISTEN = """
import fcntl, os, sys
fds = [int(n) for n in sys.argv[1].split(",")]
high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 3 + len(fds)) for fd in fds]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i)
os.closerange(3 + len(fds), max(fds + high) + 1)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)),
                  LISTEN_FDNAMES=sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
"""


def with_sockets(command, sockets):
    """command: with sockets, pairs of name and socket, in LISTEN_FDS."""
    fds = ",".join(str(s.fileno()) for _, s in sockets)
    names = ":".join(n for n, _ in sockets)
    return [sys.executable, "-c", _LISTEN, fds, names, *map(str, command)]


@contextlib.contextmanager
def stopped(pid):
    """What happens meanwhile comes to that process all at once."""
    stat = pathlib.Path(f"/proc/{pid}/stat")
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T",
               "its stop")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Sallyport:
    """`sallyport run`; ready, or ended, when the constructor returns.

    sockets: what it inherits, pairs of name and socket.  bare: the
    configuration as it is, also for root.
    """

    def __init__(self, directory, config, sockets=(), env=None, bare=False):
        self.path = write_config(
            directory, config if bare else as_we_are(config)
        )
        self.lines = []
        self.parsed = []
        self.told = threading.Condition()
        self.has_ended = False
        command = [PROGRAM, "run", "-c", self.path]
        if sockets:
            command = with_sockets(command, sockets)
        self.process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[s.fileno() for _, s in sockets],
            env={**environment(), **(env or {})},
        )
        self.pid = self.process.pid
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self._wait(lambda: self.has_ended or self.records("ready"), "ready")

    def _read(self):
        rest = b""
        # by much at a time: it must keep pace with a log of each request
        while data := self.process.stderr.read1(1 << 20):
            *lines, rest = (rest + data).split(b"\n")
            self._take(lines)
        self._take([rest] if rest else [])
        with self.told:
            self.has_ended = True
            self.told.notify_all()

    def _take(self, lines):
        lines = [line.decode("ascii", "replace") for line in lines]
        parsed = [r for line in lines if (r := parse_line(line))]
        with self.told:
            self.lines += lines
            self.parsed += parsed
            self.told.notify_all()

    def _wait(self, condition, what):
        with self.told:
            if not self.told.wait_for(condition, CEILING):
                raise AssertionError(
                    f"waited in vain for {what} in:\n" + self.log()
                )

    def log(self):
        return "\n".join(self.lines)

    def records(self, evt=None, **fields):
        """The log's records of this event with these fields."""
        with self.told:
            parsed = self.parsed[:]
        return [
            r
            for r in parsed
            if evt in (None, r["evt"])
            and all(str(r.get(k)) == str(v) for k, v in fields.items())
        ]

    def wait_for(self, evt, count=1, **fields):
        """The last of `count` such records, once there are as many."""
        self._wait(
            lambda: len(self.records(evt, **fields)) >= count,
            f"{count} x {evt} {fields}",
        )
        return self.records(evt, **fields)[count - 1]

    @property
    def is_ready(self):
        return bool(self.records("ready"))

    @property
    def port(self):
        return self.ports[0]

    @property
    def ports(self):
        return [
            int(r["address"].rpartition(":")[2])
            for r in self.records("listening")
        ]

    def workers(self):
        children = f"/proc/{self.pid}/task/{self.pid}/children"
        return [int(p) for p in pathlib.Path(children).read_text().split()]

    def memory_kib(self, pid, key="VmHWM"):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.M)[1])

    def wait(self):
        """Its exit status, once it and its workers have gone."""
        status = self.process.wait(CEILING)
        wait_until(lambda: not processes_of(self.pid), "the end of the workers")
        self.reader.join(CEILING)
        return status

    def kill(self):
        for pid in [self.pid, *processes_of(self.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def assert_clean(self, deaths=0):
        """No report of a sanitizer; no worker died but those killed here."""
        assert not REPORT.search(self.log()), self.log()
        died = [
            r
            for r in self.records("worker-ended")
            if str(r.get("status")) != "0"
        ]
        assert len(died) == deaths, self.log()

    def stop(self, sig=signal.SIGTERM, deaths=0):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            status = self.wait()
        except (subprocess.TimeoutExpired, AssertionError):
            log = self.log()
            self.kill()
            raise AssertionError(f"did not end:\n{log}") from None
        self.assert_clean(deaths)
        assert status == 0, self.log()
