"""What the tests share: a CA, and factories that clear up after themselves."""

import types

import pytest

import certs
from backend import Backend
from client import NAME, Client
from sallyport import Sallyport, as_we_are
from systemd import Systemd

# a route that needs no backend
HERE = {"path": "/", "allow": "any", "respond": {"status": 200}}


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """The organisation's CA with a server and some clients."""
    ca = certs.Pki(tmp_path_factory.mktemp("pki") / "corp", "Corp")
    p = types.SimpleNamespace(
        ca=ca,
        issuer=ca.issuer(),
        api=ca.server("api", NAME, "*.svc.corp.example"),
        other=ca.server("other", "other.corp.example"),
        web=ca.client("web", "web.corp.example", "--uri", certs.URI),
        batch=ca.client("batch", "batch.corp.example"),
        former=ca.client("former", "former.corp.example"),
    )
    ca.revoke(p.former)
    return p


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory):
    """Another organisation, whose clients have the same names."""
    ca = certs.Pki(tmp_path_factory.mktemp("pki") / "elsewhere", "Elsewhere")
    return types.SimpleNamespace(
        ca=ca,
        issuer=ca.issuer(),
        server=ca.server("server", "partner.example"),
        web=ca.client("web", "web.corp.example", "--uri", certs.URI),
    )


@pytest.fixture(scope="session")
def site(pki):
    """Makes a site: everything may be said otherwise."""

    def make(routes, names=(NAME,), server=None, ca=None, crl=None, **more):
        server = server or pki.api
        ca = ca or pki.ca
        clients = {"ca": str(getattr(ca, "ca", ca))}
        if crl is None and hasattr(ca, "crl"):
            crl = ca.crl
        if crl:
            clients["crl"] = [str(crl)]
        return {
            "names": list(names),
            "certificates": [
                {"chain": str(server), "key": str(server.with_suffix(".key"))}
            ],
            "clients": clients,
            "routes": routes,
            **more,
        }

    return make


def config(sites, backends=None, **more):
    """One worker, so that what connections share is shared in the test."""
    return as_we_are({
        "workers": 1,
        "listeners": [{"address": "127.0.0.1:0"}],
        "sites": sites if isinstance(sites, list) else [sites],
        "backends": {
            name: {"servers": servers}
            for name, servers in (backends or {}).items()
        },
        "log": {"format": "json"},
        **more,
    })


def stop_all(started):
    failures = []
    for each in reversed(started):
        try:
            if isinstance(each, Backend):
                each.close()
                assert not each.errors, each.errors
            elif each.process.returncode is None:
                each.stop()
        except AssertionError as e:
            failures.append(e)
    for e in failures:
        raise e


@pytest.fixture
def serve(tmp_path):
    """serve(config): sallyport, ready.  Ends well, or the test has failed."""
    started = []

    def start(conf, **options):
        directory = tmp_path / f"sallyport{len(started)}"
        directory.mkdir()
        s = Sallyport(directory, conf, **options)
        started.append(s)
        assert s.is_ready, s.log()
        return s

    yield start
    stop_all(started)


@pytest.fixture
def backend():
    """backend(answer) or backend(script=...)."""
    started = []

    def start(*args, **options):
        started.append(Backend(*args, **options))
        return started[-1]

    yield start
    stop_all(started)


@pytest.fixture
def proxy(serve, site):
    """proxy(backend...): everything goes there, whoever asks."""

    def start(*backends, **more):
        routes = [{"path": "/", "allow": "any", "backend": "b"}]
        servers = [getattr(b, "server", b) for b in backends]
        return serve(config(site(routes), {"b": servers}, **more))

    return start


@pytest.fixture
def web(pki):
    """web(sallyport): a connection of the ordinary client; web.close() closes
    them all, as the end of the test does."""
    opened = []

    def connect(s, identity=None, **options):
        opened.append(Client(s.port, identity or pki.web, **options))
        return opened[-1]

    def close():
        for c in opened:
            c.close()

    connect.close = close
    yield connect
    close()


@pytest.fixture
def systemd():
    """systemd(): who is told by sd_notify, and keeps descriptors."""
    opened = []

    def make(*args, **options):
        opened.append(Systemd(*args, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
