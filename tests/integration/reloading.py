"""Another configuration for a sallyport that runs."""

import os
import signal
import threading
import time

import http1
from client import Client, Refused
from sallyport import CEILING, write_config


def signal_reload(s):
    """SIGHUP, and what came of it: "reloaded" or "reload-failed"."""
    ends = "reloaded", "reload-failed"

    def count():
        return sum(len(s.records(e)) for e in ends)

    before = count()
    s.process.send_signal(signal.SIGHUP)
    s._wait(lambda: count() > before, "the end of a reload")
    return [r for r in s.records() if r["evt"] in ends][-1]


def reload(s, config):
    """The configuration, in force."""
    write_config(s.path.parent, config)
    record = signal_reload(s)
    assert record["evt"] == "reloaded", s.log()
    return record


def reload_fails(s, config):
    """A configuration that is refused; its mistakes, as the log tells them."""
    before = len(s.records("config"))
    write_config(s.path.parent, config)
    record = signal_reload(s)
    assert record["evt"] == "reload-failed", s.log()
    return [r["msg"] for r in s.records("config")[before:]]


def replace(path, data):
    """As cert-manager and all careful programs do it: at once."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.chmod(0o600)
    new.rename(path)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Load:
    """Clients that make requests until they are told to stop: on connections
    that are kept, and on one for each request.  What goes wrong is kept."""

    def __init__(self, port, identity, kept=2, fresh=1, target="/"):
        self.port = port
        self.identity = identity
        self.target = target
        self.is_over = threading.Event()
        self.failures = []
        self.requests = 0
        self.connections = 0
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._run, args=(n < kept,), daemon=True)
            for n in range(kept + fresh)
        ]
        for t in self.threads:
            t.start()

    def _ask(self, client):
        got = client.get(self.target)
        if got.status != 200:
            self.failures.append(f"status {got.status}")
        with self.lock:
            self.requests += 1
        return "close" not in got.all("connection")

    def _connect(self):
        with self.lock:
            self.connections += 1
        return Client(self.port, self.identity)

    def _run(self, is_kept):
        client = None
        try:
            while not self.is_over.is_set():
                client = client or self._connect()
                if not self._ask(client) or not is_kept:
                    client.close()
                    client = None
        except (OSError, http1.Ended, http1.Malformed, Refused) as e:
            self.failures.append(repr(e))
        finally:
            if client:
                client.close()

    def more(self, n=20):
        """Waits for so many more requests."""
        end = time.monotonic() + CEILING
        until = self.requests + n
        while self.requests < until and not self.failures:
            assert time.monotonic() < end, "no request goes through"
            time.sleep(0.001)

    def stop(self):
        self.is_over.set()
        for t in self.threads:
            t.join(CEILING)
        assert not self.failures, self.failures
        assert self.requests > 0
