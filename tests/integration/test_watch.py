"""Files that change by themselves come into force; nothing half-written does."""

import os
import shutil
import socket
import ssl
import time

import pytest

import certs
from client import Client, refusal
from conftest import config
from reloading import Load, replace, signal_reload
from sallyport import SANITIZED, wait_until, write_config

HERE = {"path": "/", "allow": "any", "respond": {"body": "x"}}
# From the change until it is in force; with a sanitizer all takes longer.
SOON = 2 if not SANITIZED else 10


class Files:
    """A server's certificate, a CA and its CRL, of the test's own."""

    def __init__(self, directory, pki):
        self.dir = directory
        directory.mkdir()
        self.chain, self.key = directory / "api.pem", directory / "api.key"
        self.ca, self.crl = directory / "ca.pem", directory / "ca.crl"
        self.root = certs.Issuer.root("Own Root")
        self.server(pki.api)
        certs.write(self.ca, None, self.root.certificate)
        self.revoke()

    def client(self, name):
        return self.root.leaf(
            self.dir.parent / f"{name}.pem", name,
            sans=[certs.x509.DNSName(f"{name}.example")])

    def server(self, source):
        self.key.touch(mode=0o600)
        replace(self.key, source.with_suffix(".key").read_bytes())
        replace(self.chain, source.read_bytes())

    def revoke(self, *who):
        made = certs.write_crls(
            self.dir.parent / "made.crl",
            self.root.crl([certs.read(w) for w in who]))
        replace(self.crl, made.read_bytes())


@pytest.fixture
def files(tmp_path, pki):
    return Files(tmp_path / "tls", pki)


@pytest.fixture
def watching(serve, site, files):
    """watching(): sallyport, which has seen that nothing has changed yet."""

    def start(folder=files.dir, **more):
        conf = config(site([HERE], server=folder / "api.pem",
                           ca=folder / "ca.pem", crl=folder / "ca.crl"),
                      **more)
        return serve(conf)

    return start


def serial_at(port):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    # the server's certificate comes before it judges the client's
    with socket.create_connection(("127.0.0.1", port)) as raw:
        with c.wrap_socket(raw, server_hostname="api.corp.example") as s:
            der = s.getpeercert(binary_form=True)
    return certs.x509.load_der_x509_certificate(der).serial_number


def shows(s, path):
    return wait_until(lambda: serial_at(s.port) == certs.read(path)
                      .serial_number, f"{path} in force")


def test_a_renewed_certificate_comes_into_force(watching, files, pki):
    s = watching()
    newer = pki.ca.server(f"api-{os.getpid()}", "api.corp.example")
    load = Load(s.port, files.client("a"))
    files.server(newer)
    shows(s, newer)
    load.more()
    load.stop()
    s.wait_for("changed", what="certificate", how="changed")
    assert not s.records("connection-barred")


def test_sr2_a_replaced_crl_takes_effect_within_two_seconds(watching, files):
    """On new handshakes and on a connection that is open; another client of
    the same CA notices nothing."""
    good, bad = files.client("good"), files.client("bad")
    s = watching()
    load = Load(s.port, good)
    with Client(s.port, bad) as client:
        assert client.get().status == 200
        start = time.monotonic()
        files.revoke(bad)
        assert client.read_to_end() == b""
        assert client.end == "close_notify"
        assert time.monotonic() - start < SOON
    assert refusal(s.port, bad) == "certificate revoked"
    load.more()
    load.stop()
    # and back again
    files.revoke()
    s.wait_for("reloaded", 2)
    with Client(s.port, bad) as client:
        assert client.get().status == 200


def test_the_configuration_itself_waits_for_a_reload(watching, files, site):
    bad = files.client("bad")
    s = watching()
    edited = config(site([{**HERE, "respond": {"body": "edited"}}]))
    write_config(s.path.parent, edited)
    files.revoke(bad)
    s.wait_for("reloaded")
    with Client(s.port, files.client("good")) as client:
        assert client.get().body == b"x"
    # half a configuration is none of its business either
    write_config(s.path.parent, "listeners: [")
    files.revoke()
    s.wait_for("reloaded", 2)
    assert not s.records("reload-failed")


def test_half_a_file_keeps_the_old_one_and_is_told_once(watching, files):
    good, bad = files.client("good"), files.client("bad")
    s = watching()
    whole = files.ca.read_bytes()
    with Client(s.port, good) as client:
        replace(files.ca, whole[:len(whole) // 2])
        s.wait_for("reload-failed")
        assert any("ca.pem" in r["msg"] for r in s.records("config"))
        assert client.get().status == 200
        # the same again, and then something else that is wrong
        before = len(s.records("reloading"))
        replace(files.ca, whole[:len(whole) // 2])
        s.wait_for("reloading", before + 1)
        with Client(s.port, bad) as other:
            assert other.get().status == 200
        replace(files.ca, b"nothing\n")
        s.wait_for("reload-failed", 2)
        replace(files.ca, whole)
        s.wait_for("reloading", before + 3)
        files.revoke(bad)
        s.wait_for("reloaded")
        assert client.get().status == 200
    assert refusal(s.port, bad) == "certificate revoked"
    assert len(s.records("reload-failed")) == 2


def test_a_certificate_without_its_key_waits_for_it(watching, files, pki,
                                                    tmp_path):
    """Two files are two renames; what lies between is not in force."""
    s = watching()
    newer = pki.ca.server(f"pair-{os.getpid()}", "api.corp.example")
    replace(files.chain, newer.read_bytes())
    s.wait_for("reload-failed")
    with Client(s.port, files.client("a")) as client:
        assert client.get().status == 200
    replace(files.key, newer.with_suffix(".key").read_bytes())
    shows(s, newer)


def test_a_file_written_in_place(watching, files):
    bad = files.client("bad")
    s = watching()
    made = certs.write_crls(files.dir.parent / "made.crl",
                            files.root.crl([certs.read(bad)]))
    with open(files.crl, "r+b") as f:
        f.truncate()
        f.write(made.read_bytes())
    s.wait_for("reloaded")
    assert refusal(s.port, bad) == "certificate revoked"


def test_a_file_that_is_gone_and_comes_back(watching, files):
    bad = files.client("bad")
    s = watching()
    files.crl.unlink()
    s.wait_for("reload-failed")
    with Client(s.port, bad) as client:
        assert client.get().status == 200
    files.revoke(bad)
    s.wait_for("reloaded")
    assert refusal(s.port, bad) == "certificate revoked"


def test_a_file_that_goes_as_soon_as_it_was_read(watching, files):
    """It alone is so new that it is looked at once more, and is gone then."""
    s = watching()
    newest = max(f.stat().st_ctime for f in files.dir.iterdir())
    wait_until(lambda: time.time() > newest + 0.1, "the others to be old")
    files.revoke()
    assert signal_reload(s)["evt"] == "reloaded"
    files.crl.unlink()
    s.wait_for("reload-failed")


def test_symbolic_links_that_are_swapped_as_kubernetes_does(
        tmp_path, watching, files):
    bad = files.client("bad")
    mount = tmp_path / "mount"
    mount.mkdir()

    def publish(name):
        shutil.copytree(files.dir, mount / name)
        (mount / "..data_tmp").symlink_to(name)
        (mount / "..data_tmp").rename(mount / "..data")

    publish("..1")
    for f in files.dir.iterdir():
        (mount / f.name).symlink_to(f"..data/{f.name}")
    s = watching(mount)
    for n in range(2, 5):
        files.revoke(*[bad] * (n % 2 == 0))
        publish(f"..{n}")
        shutil.rmtree(mount / f"..{n - 1}")
        s.wait_for("reloaded", n - 1)
        if n % 2 == 0:
            assert refusal(s.port, bad) == "certificate revoked"
            continue
        with Client(s.port, bad) as client:
            assert client.get().status == 200


def test_a_link_into_another_folder(tmp_path, watching, files):
    """The link stays; what it leads to is replaced, or the folder is."""
    bad = files.client("bad")
    links = tmp_path / "links"
    links.mkdir()
    (tmp_path / "current").symlink_to("tls")
    for f in files.dir.iterdir():
        (links / f.name).symlink_to(f"../current/{f.name}")
    s = watching(links)
    files.revoke(bad)
    s.wait_for("reloaded")
    shutil.copytree(files.dir, tmp_path / "other")
    files.dir = tmp_path / "other"
    files.crl = files.dir / "ca.crl"
    files.revoke()
    assert refusal(s.port, bad) == "certificate revoked"
    (tmp_path / "swap").symlink_to("other")
    (tmp_path / "swap").rename(tmp_path / "current")
    s.wait_for("reloaded", 2)
    with Client(s.port, bad) as client:
        assert client.get().status == 200
    # and the new folder is watched
    files.revoke(bad)
    s.wait_for("reloaded", 3)


def test_a_folder_that_is_replaced(watching, files):
    bad = files.client("bad")
    s = watching()
    old = files.dir.with_name("old")
    fresh = files.dir.with_name("fresh")
    shutil.copytree(files.dir, fresh)
    files.dir.rename(old)
    fresh.rename(files.dir)
    files.revoke(bad)
    s.wait_for("reloaded")
    assert refusal(s.port, bad) == "certificate revoked"
    files.revoke()
    s.wait_for("reloaded", 2)


def test_other_files_in_the_folder_are_none_of_its_business(watching, files):
    s = watching()
    # what was written just before the start is looked at once more
    replace(files.ca, files.ca.read_bytes())
    s.wait_for("unchanged")
    count = len(s.records("reloading"))
    for n in range(20):
        (files.dir / f"other{n}").write_text("x")
    files.revoke(files.client("bad"))
    s.wait_for("reloaded")
    assert len(s.records("reloading")) == count + 1
    assert len(s.records("reloaded")) == 1


def test_a_file_that_never_rests_is_read_all_the_same(watching, files):
    bad = files.client("bad")
    s = watching()
    files.revoke(bad)
    wait_until(lambda: [files.ca.touch()] and s.records("reloaded"),
               "a reload while files go on changing")
    assert refusal(s.port, bad) == "certificate revoked"


def test_watch_off(watching, files):
    bad = files.client("bad")
    s = watching(watch=False)
    files.revoke(bad)
    fds = os.listdir(f"/proc/{s.pid}/fd")
    assert not any("inotify" in os.readlink(f"/proc/{s.pid}/fd/{n}")
                   for n in fds if os.path.islink(f"/proc/{s.pid}/fd/{n}"))
    with Client(s.port, bad) as client:
        assert client.get().status == 200
    signal_reload(s)
    assert refusal(s.port, bad) == "certificate revoked"


def test_sr2_a_list_that_comes_into_a_folder(watching, files, site, serve):
    """And one that is replaced there, and one that goes."""
    good, bad = files.client("good"), files.client("bad")
    lists = files.dir.parent / "lists"
    lists.mkdir()
    replace(lists / "a.crl", files.crl.read_bytes())
    s = serve(config(site([HERE], server=files.chain, ca=files.ca,
                          crl=lists)))
    load = Load(s.port, good)
    with Client(s.port, bad) as client:
        assert client.get().status == 200
        files.revoke(bad)
        replace(lists / "b.crl", files.crl.read_bytes())
        start = time.monotonic()
        assert client.read_to_end() == b"" and client.end == "close_notify"
        assert time.monotonic() - start < SOON
    (lists / "b.crl").unlink()
    s.wait_for("reloaded", 2)
    with Client(s.port, bad) as client:
        assert client.get().status == 200
        replace(lists / "a.crl", files.crl.read_bytes())
        assert client.read_to_end() == b""
    load.more()
    load.stop()
