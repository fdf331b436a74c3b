"""What sallyport.service does under a real systemd.  Runs as root in the
container of scripts/check-systemd; says "passed" in `result` beside it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).parent
PKI = HERE / "pki"
ETC = pathlib.Path("/etc/sallyport")
DROPINS = pathlib.Path("/etc/systemd/system/sallyport.service.d")
UNIT = "sallyport.service"
NAME = "api.corp.example"
CEILING = 30


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done


def systemctl(*args, **options):
    return run("systemctl", *args, **options)


def show(key, unit=UNIT):
    return systemctl("show", "-P", key, unit).stdout.strip()


def wait_until(condition, what):
    end = time.monotonic() + CEILING
    while not (got := condition()):
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.02)
    return got


def journal(*args, unit=UNIT):
    run("journalctl", "--sync")
    out = run("journalctl", "-u", unit, "-o", "json", *args).stdout
    return [json.loads(line) for line in out.splitlines()]


def workers(pid=None):
    pid = pid or show("MainPID")
    path = f"/proc/{pid}/task/{pid}/children"
    return [int(p) for p in pathlib.Path(path).read_text().split()]


def configure(key=str(ETC / "tls/api.key"), name="sallyport", **more):
    conf = {
        "workers": 2,
        "listeners": [{"address": "127.0.0.1:443"}],
        "sites": [{
            "names": [NAME],
            "certificates": [{"chain": "tls/api.pem", "key": key}],
            "clients": {"ca": "tls/clients-ca.pem"},
            "routes": [{"path": "/", "allow": "any",
                        "respond": {"status": 200, "body": "ok"}}],
        }],
        **more,
    }
    (ETC / f"{name}.yaml").write_text(json.dumps(conf, indent=1))


def drop_in(name, *lines):
    DROPINS.mkdir(exist_ok=True)
    (DROPINS / f"{name}.conf").write_text("\n".join(["[Service]", *lines, ""]))
    systemctl("daemon-reload")


def no_drop_in(name):
    (DROPINS / f"{name}.conf").unlink()
    systemctl("daemon-reload")


def context():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.load_verify_locations(PKI / "clients-ca.pem")
    c.load_cert_chain(PKI / "clients/web.pem", PKI / "clients/web.key")
    return c


def ask(s):
    """One request, the last of its connection: its status."""
    s.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n"
              "Connection: close\r\n\r\n".encode())
    head = s.recv(4096)
    return int(head.split(b" ")[1]) if head else 0


def request(port=443):
    """One request on a connection of its own: its status."""
    with socket.create_connection(("127.0.0.1", port), CEILING) as raw:
        with context().wrap_socket(raw, server_hostname=NAME) as s:
            return ask(s)


def resumed(c, session):
    """Whether a connection resumes that session, and the next one."""
    with socket.create_connection(("127.0.0.1", 443), CEILING) as raw:
        with c.wrap_socket(raw, server_hostname=NAME, session=session) as s:
            assert ask(s) == 200
            return s.session_reused, s.session


class Clients:
    """Make requests all the time.  `refused` could not connect, `broken` lost
    a connection that there was."""

    def __init__(self, count=3):
        self.done, self.refused, self.broken = 0, [], []
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run)
                        for _ in range(count)]

    def _run(self):
        while not self.stop.is_set():
            try:
                status = request()
                assert status == 200, status
            except ConnectionRefusedError as e:
                with self.lock:
                    self.refused.append(repr(e))
                time.sleep(0.01)
            except (OSError, AssertionError) as e:
                with self.lock:
                    self.broken.append(repr(e))
            else:
                with self.lock:
                    self.done += 1

    def some_more(self, count=20):
        until = self.done + count
        wait_until(lambda: self.done >= until, "requests to be served")


@contextlib.contextmanager
def clients(may_break=False):
    c = Clients()
    for t in c.threads:
        t.start()
    try:
        c.some_more()
        yield c
        c.some_more()
    finally:
        c.stop.set()
        for t in c.threads:
            t.join()
    print(f"    {c.done} requests served, {len(c.refused)} refused,"
          f" {len(c.broken)} broken off")
    assert not c.refused, c.refused[:3]
    assert may_break or not c.broken, c.broken[:3]


def restarted(before):
    """Waits until another main process serves."""
    wait_until(lambda: show("MainPID") not in ("0", before)
               and show("SubState") == "running", "a restart")


def starts():
    """READY=1, as a user, on port 443"""
    systemctl("start", UNIT)
    assert show("ActiveState") == "active"
    assert request() == 200
    assert re.match(r".*2 of 2 workers serve", show("StatusText"))
    pid = show("MainPID")
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    assert not re.search(r"^Uid:\s+0\s", status, re.M)
    assert re.search(r"^CapPrm:\s+0{13}400$", status, re.M), status
    for worker in workers():
        status = pathlib.Path(f"/proc/{worker}/status").read_text()
        assert re.search(r"^CapPrm:\s+0{16}$", status, re.M)
        assert re.search(r"^Seccomp:\s+2$", status, re.M)


def reloads():
    """ExecReload, with a good and a bad configuration"""
    pid = show("MainPID")
    with clients():
        for n in range(5):
            configure(limits={"connections": 5000 + n})
            systemctl("reload", UNIT)
        (ETC / "sallyport.yaml").write_text("workers: many\n")
        assert systemctl("reload", UNIT, check=False).returncode != 0
        wait_until(lambda: "the last reload failed" in show("StatusText"),
                   "the failure in the status line")
        assert show("ActiveState") == "active"
        configure()
        systemctl("reload", UNIT)
    assert show("MainPID") == pid


def restarts():
    """a restart refuses nobody, the sockets being in the store"""
    # a socket for each worker, and the keys of tickets
    assert int(show("NFileDescriptorStore")) == 3
    with clients() as c:
        for _ in range(3):
            systemctl("restart", UNIT)
            c.some_more(5)
    assert int(show("NFileDescriptorStore")) == 3


def is_upgraded():
    """another program takes over, and is the main process then"""
    program = pathlib.Path("/usr/sbin/sallyport")
    with clients() as c:
        for _ in range(3):
            before = show("MainPID")
            new = program.with_name("sallyport.new")
            shutil.copy(program, new)
            new.rename(program)
            systemctl("kill", "--kill-whom=main", "--signal=USR2", UNIT)
            restarted(before)
            wait_until(lambda: not pathlib.Path(f"/proc/{before}").exists(),
                       "the end of the old one")
            c.some_more()
        assert show("NRestarts") == "0" and show("ActiveState") == "active"
        # it is the new one that reloads, keeps sockets and restarts
        systemctl("reload", UNIT)
        systemctl("restart", UNIT)


def resumes_afterwards():
    """sessions outlive a restart and a crash, their keys being in the store"""
    c = context()
    reused, session = resumed(c, None)
    assert not reused
    systemctl("restart", UNIT)
    reused, session = resumed(c, session)
    assert reused
    before = show("MainPID")
    os.kill(int(before), signal.SIGKILL)
    restarted(before)
    assert resumed(c, session)[0]


def survives_a_worker():
    """a worker that is killed"""
    main_pid = show("MainPID")
    with clients(may_break=True):
        before = workers()
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(workers()) == 2 and before[0] not in workers(),
                   "another worker")
    assert show("MainPID") == main_pid


def survives_the_supervisor():
    """a supervisor that is killed: refuses nobody either"""
    with clients(may_break=True):
        before = show("MainPID")
        os.kill(int(before), signal.SIGKILL)
        restarted(before)


def last_sign():
    """When systemd last heard of the watchdog, in microseconds."""
    return int(show("WatchdogTimestampMonotonic"))


def is_watched():
    """a worker that hangs: the watchdog restarts the service"""
    drop_in("watchdog", "WatchdogSec=2s")
    systemctl("restart", UNIT)
    before = show("MainPID")
    # it turns while nothing happens, for longer than the watchdog waits
    since = last_sign()
    wait_until(lambda: last_sign() > since + 5_000_000, "signs of life")
    assert show("MainPID") == before
    with clients(may_break=True):
        os.kill(workers()[0], signal.SIGSTOP)
        restarted(before)
    assert any("Watchdog timeout" in m["MESSAGE"]
               for m in journal("_PID=1", "+", f"UNIT={UNIT}"))
    no_drop_in("watchdog")


def reads_credentials():
    """keys that only root can read, and encrypted ones"""
    key = HERE / "api.key"
    shutil.copy(PKI / "servers/api.key", key)
    key.chmod(0o400)
    configure(key="credential:api.key")
    assert systemctl("restart", UNIT, check=False).returncode != 0
    assert any("CREDENTIALS_DIRECTORY" in m["MESSAGE"] for m in journal())
    drop_in("credential", f"LoadCredential=api.key:{key}")
    systemctl("reset-failed", UNIT)
    systemctl("restart", UNIT)
    assert request() == 200
    sealed = pathlib.Path("/etc/credstore.encrypted/api.key")
    sealed.parent.mkdir(exist_ok=True)
    run("systemd-creds", "encrypt", "--with-key=host", "--name=api.key",
        str(key), str(sealed))
    key.unlink()
    drop_in("credential", f"LoadCredentialEncrypted=api.key:{sealed}")
    systemctl("restart", UNIT)
    assert request() == 200
    # and they are there when all is read again
    systemctl("reload", UNIT)
    no_drop_in("credential")
    configure()
    systemctl("restart", UNIT)


def is_activated():
    """sockets that systemd opens, before the service is there"""
    systemctl("stop", UNIT)
    configure(listeners=[{"address": "127.0.0.1:443", "name": "https"}])
    systemctl("start", "sallyport.socket")
    assert show("ActiveState") == "inactive"
    assert request() == 200
    assert show("ActiveState") == "active"
    with clients():
        for _ in range(50):
            # so many are not what StartLimitBurst is for
            systemctl("reset-failed", UNIT)
            systemctl("restart", UNIT)
    systemctl("stop", "sallyport.socket", UNIT)
    configure()


def has_instances():
    """sallyport@.service"""
    configure(name="other", listeners=[{"address": "127.0.0.1:444"}])
    systemctl("start", UNIT, "sallyport@other.service")
    assert request() == 200
    assert request(444) == 200
    systemctl("stop", "sallyport@other.service")


def is_heard_in_the_journal():
    """lines have priorities"""
    levels = {}
    for m in journal():
        if evt := re.match(r"level=\w+ evt=(\S+)", m["MESSAGE"]):
            levels.setdefault(evt[1], set()).add(m["PRIORITY"])
    assert levels["listening"] == {"5"}, levels
    assert levels["request"] == {"6"}
    assert "3" in levels["config"]
    assert "3" in levels["worker-ended"]


def writes_records():
    """an access log in the journal, with fields, and one that is rotated"""
    configure(access_log={"to": "journald", "format": "json"})
    systemctl("reload", UNIT)
    assert request() == 200
    m = journal("-n", "1", "SALLYPORT_EVT=request")[0]
    assert m["SALLYPORT_STATUS"] == "200" and m["SALLYPORT_PATH"] == "/"
    assert m["SALLYPORT_RULE"] == "any" and m["PRIORITY"] == "6", m
    log = pathlib.Path("/var/log/sallyport/access.log")
    configure(access_log={"to": f"file:{log}", "format": "%{status}"})
    systemctl("reload", UNIT)
    assert request() == 200
    wait_until(lambda: log.read_text() == "200\n", "a record")
    with clients() as c:
        for _ in range(3):
            run("logrotate", "-f", "/etc/logrotate.d/sallyport")
            c.some_more(50)
    old = [log.with_name(f"access.log.{n}") for n in (1, 2, 3)]
    assert old[0].exists() and log.stat().st_size > 0
    assert old[1].with_suffix(".2.gz").exists(), list(log.parent.iterdir())
    configure()
    systemctl("reload", UNIT)
    # and while it does not run, rotating is no mistake either
    systemctl("stop", UNIT)
    run("logrotate", "-f", "/etc/logrotate.d/sallyport")
    systemctl("start", UNIT)


SCENARIO = [
    starts,
    reloads,
    restarts,
    is_upgraded,
    resumes_afterwards,
    writes_records,
    survives_a_worker,
    survives_the_supervisor,
    is_watched,
    reads_credentials,
    is_activated,
    has_instances,
    is_heard_in_the_journal,
]


def prepare():
    run("systemd-sysusers")
    (ETC / "tls").mkdir(parents=True, exist_ok=True)
    shutil.copy(PKI / "servers/api.pem", ETC / "tls")
    shutil.copy(PKI / "servers/api.key", ETC / "tls")
    shutil.copy(PKI / "clients-ca.pem", ETC / "tls")
    shutil.chown(ETC / "tls/api.key", "sallyport", "sallyport")
    configure()


def main():
    result = "failed"
    try:
        prepare()
        for step in SCENARIO:
            begin = time.monotonic()
            print(f"+ {step.__doc__}", flush=True)
            step()
            print(f"  {time.monotonic() - begin:.1f} s", flush=True)
        result = "passed"
    except Exception:
        traceback.print_exc()
        print(run("journalctl", "-u", "sallyport*", "-n", "60", "--no-pager",
                  check=False).stdout)
    (HERE / "result").write_text(result)
    sys.exit(result != "passed")


main()
