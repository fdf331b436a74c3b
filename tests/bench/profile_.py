"""Where a gateway's time goes, by perf(1)."""

import contextlib
import subprocess


def perf(bench, case, peer, directory, lines=45):
    """The functions that cost most while the case is measured, as a text."""
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
            p.send_signal(2)
            p.wait()

    bench.measure(case, peer, around)
    done = subprocess.run(
        ["perf", "report", "-q", "--stdio", "-i", data, "--sort", "dso,symbol",
         "--percent-limit", "0.4"],
        capture_output=True, text=True, check=False)
    shown = [s for s in done.stdout.splitlines() if s.strip()]
    return "\n".join([f"perf, {case.name}, {peer.name}:", *shown[:lines]])
