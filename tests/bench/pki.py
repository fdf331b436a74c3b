"""Certificates for measurements: a root, an issuing CA, a server, clients."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "gate.bench.example"
CLIENT = "one.clients.bench.example"

_PEM = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----\n", re.S)


class Pki:
    """Of one kind of key; the files are below directory."""

    def __init__(self, directory, *options):
        self.dir = directory
        self._run("init", "--org", "Bench", *options)
        self._run("server", NAME, "--as", "server", *options)
        self._run("client", CLIENT, "--as", "client", *options)
        self._run("client", "gone.clients.bench.example", "--as", "gone",
                  *options)
        self._run("revoke", directory / "clients" / "gone.pem")
        self.ca = directory / "clients-ca.pem"
        self.crl = directory / "clients.crl"
        self.server_chain = directory / "servers" / "server.pem"
        self.server_key = directory / "servers" / "server.key"
        self.client_key = directory / "clients" / "client.key"
        leaf, issuing = _PEM.findall(
            (directory / "clients" / "client.pem").read_text()
        )
        self.client_leaf = self._write("client-leaf.pem", leaf)
        self.client_chain = self._write("client-chain.pem", issuing)
        self.server_pair = self._write(
            "server-pair.pem",
            self.server_chain.read_text() + self.server_key.read_text(),
        )

    def _run(self, *arguments):
        subprocess.run(
            [ROOT / "scripts" / "pki", "--dir", self.dir, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _write(self, name, text):
        path = self.dir / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path


def make_p256(directory):
    return Pki(directory)


def make_rsa(directory):
    return Pki(directory, "--rsa=2048")


KINDS = {"p256": make_p256, "rsa": make_rsa}
