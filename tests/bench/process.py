"""Processes: started, pinned, measured, ended."""

import os
import pathlib
import re
import signal
import subprocess
import time

_PROC = pathlib.Path("/proc")


class Failed(Exception):
    """Something did not do what it was to do: the case is void."""


def _stat(pid):
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def tree(pid):
    """A process and all that descend from it."""
    children = {}
    for entry in _PROC.glob("[0-9]*"):
        try:
            parent = int(_stat(entry.name)[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for p in found:
        found += children.get(p, [])
    return found


def _of_threads(pid, file):
    return [p.read_text() for p in _PROC.glob(f"{pid}/task/*/{file}")]


def cpu(pids):
    """Seconds that they have been running, in user and system mode."""
    return sum(
        int(text.split()[0]) for pid in pids
        for text in _of_threads(pid, "schedstat")
    ) / 1e9


def system_share(pids):
    """Ticks in system mode, and in all."""
    fields = [_stat(pid) for pid in pids]
    system = sum(int(f[12]) for f in fields)
    return system, system + sum(int(f[11]) for f in fields)


def settled_cpu(pids):
    """Their CPU time as soon as they have nothing left to do."""
    last, end = -1, time.monotonic() + 2
    while (got := cpu(pids)) != last and time.monotonic() < end:
        last = got
        time.sleep(0.02)
    return got


def pss(pids):
    """Octets of memory that are theirs; what is shared counts in shares."""
    total = 0
    for pid in pids:
        try:
            text = (_PROC / str(pid) / "smaps_rollup").read_text()
        except PermissionError:
            raise Failed("root alone may read how much memory it has") from None
        total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M)[1])
    return total * 1024


def start(command, cpus, log, **options):
    """A process in a session of its own that may run on these CPUs only."""
    return subprocess.Popen(
        [str(c) for c in command],
        stderr=log,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        **options,
    )


def stop(process):
    """Asks it and all that descend from it, and after a while insists."""
    family = tree(process.pid) if process.poll() is None else []
    if family:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            pass
    for pid in family:
        try:
            if int(_stat(pid)[3]) == process.pid:  # still of our session
                os.kill(pid, signal.SIGKILL)
        except (OSError, ProcessLookupError):
            pass
    process.wait()
