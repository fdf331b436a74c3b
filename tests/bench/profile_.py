"""Where a gateway's time goes, by perf(1)."""

import contextlib
import shutil
import signal
import subprocess

import process


def _report(data, sort, limit, lines):
    done = subprocess.run(
        ["perf", "report", "-q", "--stdio", "-i", data, "--sort", sort,
         "--percent-limit", str(limit)],
        capture_output=True, text=True, check=False)
    shown = [s.rstrip(" -") for s in done.stdout.splitlines()]
    return [s for s in shown if s][:lines]


def perf(bench, case, peer, directory, lines=40):
    """By library, and the functions that cost most, while the case is
    measured once more; as a text."""
    if shutil.which("perf") is None:
        raise process.Failed("perf is not installed (Debian's linux-perf)")
    data = directory / "perf.data"

    @contextlib.contextmanager
    def around(pids):
        p = subprocess.Popen(
            ["perf", "record", "-q", "-e", "cpu-clock", "-F", "2000", "-o",
             data, "-p", ",".join(map(str, pids))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            p.send_signal(signal.SIGINT)
            p.wait()

    bench.measure(case, peer, around)
    return "\n".join([f"perf, {case.name}, {peer.name}:",
                      *_report(data, "dso", 1, 8), "",
                      *_report(data, "dso,symbol", 0.5, lines)])
