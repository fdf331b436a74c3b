"""make demo: in one command, and nothing of it is left."""

import contextlib
import os
import pathlib
import signal
import subprocess

from sallyport import (CEILING, PROGRAM, ROOT, environment, processes_of,
                       wait_until)


def environment_for(tmp_path):
    env = environment()
    # the make that runs these tests is not the one of the demo
    for name in "MAKEFLAGS", "MFLAGS", "MAKELEVEL":
        env.pop(name, None)
    env["TMPDIR"] = str(tmp_path)
    return env


def left_of(tmp_path):
    """Processes that were started with something of that folder."""
    left = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(tmp_path) in (process / "cmdline").read_text():
                left.append(process.name)
    return left


def test_demo_once(tmp_path):
    flavour = os.environ.get("SALLYPORT_SAN")
    done = subprocess.Popen(
        ["make", "-C", ROOT, "demo", "DEMO=once"]
        + ([f"SAN={flavour}"] if flavour else []),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env=environment_for(tmp_path),
    )
    said, _ = done.communicate(timeout=10 * CEILING)
    assert done.returncode == 0, said
    assert "All as it should be." in said
    assert "Sanitizer" not in said
    assert os.listdir(tmp_path) == []
    assert processes_of(done.pid) == [] == left_of(tmp_path)


def test_demo_until_ctrl_c(tmp_path):
    done = subprocess.Popen(
        [ROOT / "scripts" / "demo", PROGRAM],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env=environment_for(tmp_path),
        # it may be ignored here, and a shell could not undo that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        for line in done.stdout:
            if line.startswith("Now you:"):
                break
        assert os.listdir(tmp_path)
        os.killpg(done.pid, signal.SIGINT)
        rest = done.stdout.read()
        assert done.wait(CEILING) == 130, rest
        wait_until(lambda: not processes_of(done.pid), "its processes' end")
        assert left_of(tmp_path) == []
        assert os.listdir(tmp_path) == []
    finally:
        done.stdout.close()
