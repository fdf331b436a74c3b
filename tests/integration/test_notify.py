"""What systemd is told, by a socket that plays systemd's part."""

import os
import pathlib
import re
import signal
import time

from conftest import HERE, config
from reloading import reload, reload_fails
from sallyport import wait_until


def test_ready_is_said_when_all_serve_and_stopping_at_the_end(
    serve, site, systemd, tmp_path
):
    init = systemd(tmp_path / "notify")
    s = serve(config(site([HERE]), workers=3), env=init.env)
    init.wait_for("READY")
    status = init.wait_for("STATUS")
    assert status == (
        "3 of 3 workers serve generation 1, 0 connections, 0.0 requests/s"
    )
    assert init.all("WATCHDOG") == []
    s.stop()
    init.wait_for("STOPPING")
    assert init.all("READY") == ["1"]
    assert init.wait_for("STATUS").startswith("draining; ")


def test_a_reload_is_told_from_its_beginning_to_its_end(serve, site, systemd):
    init = systemd()
    conf = config(site([HERE]))
    s = serve(conf, env=init.env)
    init.wait_for("READY")
    for is_good in True, False, True:
        init.forget()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        if is_good:
            reload(s, conf)
        else:
            reload_fails(s, "workers: many\n")
        init.wait_for("READY")
        began = int(init.wait_for("MONOTONIC_USEC"))
        assert before <= began
        assert began <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        told = [k for m in init.said for k in m if k in ("RELOADING", "READY")]
        assert told == ["RELOADING", "READY"]
        init.wait_for("STATUS", lambda text, good=is_good: (
            "the last reload failed" in text) is not good)


def test_an_abstract_socket_is_one_too(serve, site, systemd):
    init = systemd()
    assert init.env["NOTIFY_SOCKET"].startswith("@")
    serve(config(site([HERE])), env=init.env)
    init.wait_for("READY")


def test_the_status_line_has_figures_and_comes_only_when_they_change(
    serve, site, systemd, web
):
    init = systemd()
    s = serve(config(site([HERE])), env=init.env)
    init.wait_for("STATUS")
    client = web(s)
    for _ in range(10):
        client.get()
    status = init.wait_for("STATUS", lambda t: " 1 connections" in t)
    assert re.search(r", [1-9]\d*\.\d requests/s$|, 0\.[1-9] requests/s$",
                     status)
    client.close()
    init.wait_for("STATUS", lambda t: t.endswith(" 0.0 requests/s"))
    lines = init.all("STATUS")
    assert all(a != b for a, b in zip(lines, lines[1:]))


def test_idle_workers_give_a_sign_of_life(serve, site, systemd):
    init = systemd(watchdog_ms=400)
    serve(config(site([HERE]), workers=2), env=init.env)
    init.wait_for("READY")
    init.forget()
    for count in range(1, 6):
        init.wait_for("WATCHDOG", lambda _: len(
            [m for m in init.said if "WATCHDOG" in m]) >= count)


def wakeups(pid):
    """How often it has waited: an idle worker does for each ping."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", status,
                         re.M)[1])


def test_no_sign_of_life_while_one_worker_does_not_turn(serve, site, systemd):
    init = systemd(watchdog_ms=400)
    s = serve(config(site([HERE]), workers=3), env=init.env)
    init.wait_for("WATCHDOG")
    stopped = s.workers()[1]
    os.kill(stopped, signal.SIGSTOP)
    try:
        s.wait_for("worker-late")
        init.forget()
        # others are asked as before: twice as often as systemd waits for
        asked = wakeups(s.workers()[0])
        wait_until(lambda: wakeups(s.workers()[0]) >= asked + 8, "pings")
        assert init.all("WATCHDOG") == []
    finally:
        os.kill(stopped, signal.SIGCONT)
    init.wait_for("WATCHDOG")
    # said once for each time, not with every ping that has no answer
    late = [r["msg"] for r in s.records("worker-late")]
    assert len(late) == len(set(late))


def test_a_watchdog_that_is_another_process_s_is_not_ours(
    serve, site, systemd
):
    init = systemd(watchdog_ms=40)
    serve(config(site([HERE])), env={**init.env, "WATCHDOG_PID": "1"})
    init.wait_for("STATUS", lambda t: "1 of 1" in t)
    assert init.all("WATCHDOG") == []


def test_sockets_are_left_with_systemd(serve, site, systemd):
    init = systemd()
    listeners = [{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}]
    s = serve(config(site([HERE]), workers=2, listeners=listeners),
              env=init.env)
    init.wait_for("READY")
    kept = init.kept("sallyport/listener")
    assert len(kept) == 4
    ports = [s.getsockname()[1] for s in kept]
    assert sorted(ports) == sorted(2 * s.ports)
