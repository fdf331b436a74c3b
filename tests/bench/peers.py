"""Those who are compared, each with its configuration beside this file."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

import process

HERE = pathlib.Path(__file__).parent


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Peer:
    """One gateway with one configuration, running on the CPUs given."""

    name = None
    program = None
    template = None
    is_http = True  # it tells the backend who the client is
    has_crl = True

    def __init__(self, directory, pki, backend, cpus, crl=None, workers=1,
                 **more):
        self.dir = directory / self.name
        self.dir.mkdir(parents=True)
        self.dir.chmod(0o755)
        self.port = free_port()
        values = {
            "DIR": self.dir, "PORT": self.port, "BACKEND": backend,
            "WORKERS": workers, "CA": pki.ca,
            "SERVER_CHAIN": pki.server_chain, "SERVER_KEY": pki.server_key,
            "SERVER_PAIR": pki.server_pair,
            "CRL": self.crl(crl) if crl else "",
            "ROUTES": "",
        }
        values |= self.values(**more)
        text = (HERE / self.template).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        self.conf = self.dir / self.template.removesuffix(".in")
        self.conf.write_text(text)
        self.log = (self.dir / "stderr").open("w+")
        self.process = process.start(self.command(), cpus, self.log,
                                     stdout=self.log, cwd=self.dir)
        self._await()

    def values(self):
        return {}

    def crl(self, path):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def said(self):
        self.log.seek(0)
        text = self.log.read()
        for more in self.dir.glob("*.err"):
            text += more.read_text()
        return text[-2000:]

    def _await(self):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise process.Failed(f"{self.name} ended: {self.said()}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        process.settled_cpu(self.pids())

    def pids(self):
        return process.tree(self.process.pid)

    def stop(self):
        process.stop(self.process)
        self.log.close()

    @classmethod
    def find(cls):
        """The path of the program."""
        path = shutil.which(cls.program, path=os.environ["PATH"] + ":/usr/sbin")
        if path is None:
            raise process.Failed(f"{cls.program} is not installed")
        return path

    @classmethod
    def version(cls):
        done = subprocess.run([cls.find(), *cls.version_option],
                              capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[0]


class Sallyport(Peer):
    name = "sallyport"
    program = os.environ.get("SALLYPORT",
                             str(HERE.parents[1] / "build" / "sallyport"))
    template = "sallyport.yaml.in"
    version_option = ["version"]

    def crl(self, path):
        return f'crl: "{path}"'

    def values(self, routes="", cache=1000):
        return {"ROUTES": routes, "CACHE": cache,
                "USER": "user: root" if os.getuid() == 0 else ""}

    def command(self):
        return [self.find(), "run", "-c", self.conf]


class Nginx(Peer):
    name = program = "nginx"
    template = "nginx.conf.in"
    version_option = ["-v"]
    sessions = "ssl_session_cache shared:sessions:64m; ssl_session_tickets off;"

    def crl(self, path):
        return f"ssl_crl {path};"

    def values(self, routes="", **_):
        return {"ROUTES": routes, "SESSIONS": self.sessions}

    def command(self):
        return [self.find(), "-c", self.conf, "-p", self.dir,
                "-e", self.dir / "start.err"]


class Haproxy(Peer):
    name = program = "haproxy"
    template = "haproxy.cfg.in"
    version_option = ["-v"]
    sessions = "no-tls-tickets"

    def crl(self, path):
        return f"crl-file {path}"

    def values(self, routes="", **_):
        return {"ROUTES": routes, "SESSIONS": self.sessions}

    def command(self):
        return [self.find(), "-db", "-f", self.conf]


class Hitch(Peer):
    name = program = "hitch"
    template = "hitch.conf.in"
    version_option = ["--version"]
    is_http = False
    has_crl = False

    def values(self, **_):
        return {"USER": 'user = "nobody"' if os.getuid() == 0 else ""}

    def command(self):
        return [self.find(), f"--config={self.conf}"]


ALL = [Sallyport, Nginx, Haproxy, Hitch]
REFERENCES = ["nginx", "haproxy"]
