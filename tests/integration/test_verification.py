"""What a site asks of a client's chain: the same verdict from a handshake and
from explain, and none that outlives its policy."""

import datetime
import shutil
import ssl
import types

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

import certs
import proxyproto
from client import Client
from conftest import config
from reloading import reload, reload_fails
from test_resumption import Visitor, both
from verdicts import alert, explained, verdict_on

HERE = [{"path": "/", "allow": "any", "respond": {}}]
days = datetime.timedelta


@pytest.fixture
def asking(serve, site, tmp_path):
    """asking(ca, **keys of clients): a sallyport, and its configuration."""

    def conf(ca, **keys):
        path = tmp_path / "asked-ca.pem"
        issuers = ca if isinstance(ca, list) else [ca]
        path.write_bytes(b"".join(i.certificate.public_bytes(certs.PEM)
                                  for i in issuers))
        made = site(HERE, ca=path)
        made["clients"].update(keys)
        return config(made)

    def start(ca, **keys):
        return serve(conf(ca, **keys))

    start.conf = conf
    return start


def policies(*oids):
    return x509.CertificatePolicies([
        x509.PolicyInformation(x509.ObjectIdentifier(o), None) for o in oids])


def test_PV_12_max_depth(asking, tmp_path):
    root = certs.Issuer.root("root")
    one = root.ca_below("one")
    two = one.ca_below("two")
    direct = root.leaf(tmp_path / "direct.pem")
    near = one.leaf(tmp_path / "near.pem")
    far = two.leaf(tmp_path / "far.pem", chain=[one.certificate])
    s = asking(root, max_depth=1)
    assert verdict_on(s, direct) is None
    assert verdict_on(s, near) is None
    assert verdict_on(s, far) == "cert-depth"
    reload(s, asking.conf(root, max_depth=0))
    assert verdict_on(s, direct) is None
    assert verdict_on(s, near) == "cert-depth"
    reload(s, asking.conf(root))
    assert verdict_on(s, far) is None


def test_PV_10_require_eku(asking, tmp_path):
    root = certs.Issuer.root("root")
    without = root.leaf(tmp_path / "without.pem", eku=())
    server = root.leaf(tmp_path / "server.pem", eku=(certs.SERVER,))
    s = asking(root)
    assert verdict_on(s, without) == "cert-purpose"
    assert verdict_on(s, server) == "cert-purpose"
    reload(s, asking.conf(root, require_eku=False))
    assert verdict_on(s, without) is None
    assert verdict_on(s, server) == "cert-purpose"


def test_max_validity(asking, tmp_path):
    root = certs.Issuer.root("root", end=days(days=400))
    day = root.leaf(tmp_path / "day.pem", start=days(hours=-1),
                    end=days(hours=23))
    year = root.leaf(tmp_path / "year.pem", end=days(days=365))
    s = asking(root, max_validity="24h")
    assert verdict_on(s, day) is None
    assert verdict_on(s, year) == "cert-validity"
    reload(s, asking.conf(root))
    assert verdict_on(s, year) is None


def test_min_key_bits(asking, tmp_path):
    root = certs.Issuer.root("root")
    key = rsa.generate_private_key(65537, 2048)
    certificate = root.sign(certs.name("rsa"), root.certificate.subject, key)
    path = certs.write(tmp_path / "rsa.pem", key, certificate)
    s = asking(root)
    assert verdict_on(s, path) is None
    reload(s, asking.conf(root, min_key_bits=3072))
    assert verdict_on(s, path) == "cert-weak"


def test_PV_11_policies(asking, tmp_path):
    root = certs.Issuer.root("root")
    sub = root.ca_below("sub", more=[(policies("1.2.3.4", "1.2.3.5"), False)])

    def leaf(label, *oids):
        return sub.leaf(tmp_path / f"{label}.pem",
                        more=[(policies(*oids), False)] if oids else ())

    good, other, none = (leaf("good", "1.2.3.4"), leaf("other", "1.2.3.5"),
                         leaf("none"))
    s = asking(root, policies=["1.2.3.4", "1.2.3.9"])
    assert verdict_on(s, good) is None
    assert verdict_on(s, other) == "cert-policy"
    assert verdict_on(s, none) == "cert-policy"
    reload(s, asking.conf(root))
    for each in good, other, none:
        assert verdict_on(s, each) is None


def test_partial_chain(asking, tmp_path):
    root = certs.Issuer.root("root")
    sub = root.ca_below("sub")
    stranger = certs.Issuer.root("stranger")
    leaf = sub.leaf(tmp_path / "leaf.pem")
    s = asking([sub, stranger])
    assert verdict_on(s, leaf) is None
    reload(s, asking.conf([sub, stranger], partial_chain=False))
    assert verdict_on(s, leaf) == "cert-unknown-ca"
    reload(s, asking.conf([sub, root], partial_chain=False))
    assert verdict_on(s, leaf) is None
    said = reload_fails(s, asking.conf(sub, partial_chain=False))
    assert any("none of these CAs is self-signed" in m for m in said), said


@both
@pytest.mark.parametrize("keys", [
    {"max_depth": 0}, {"min_key_bits": 3072}, {"policies": ["1.2.3.4"]},
    {"max_validity": "1h"}, {"partial_chain": False},
], ids=lambda k: next(iter(k)))
def test_SR_1_a_session_does_not_outlive_what_was_asked(asking, tmp_path,
                                                        version, keys):
    """Who would be refused now neither resumes nor comes back by what is
    kept of accepted chains."""
    root = certs.Issuer.root("root")
    sub = root.ca_below("sub")
    key = rsa.generate_private_key(65537, 2048)
    leaf = sub.sign(certs.name("leaf"), sub.certificate.subject, key)
    path = certs.write(tmp_path / "leaf.pem", key, leaf, sub.certificate)
    cas = [sub, certs.Issuer.root("stranger")] if (
        "partial_chain" in keys) else root
    s = asking(cas)
    v = Visitor(path, version)
    assert v.visit(s.port)[1].status == 200
    assert v.visit(s.port)[0]
    reload(s, asking.conf(cas, **keys))
    assert isinstance(v.visit(s.port), str)
    reload(s, asking.conf(cas))
    assert v.visit(s.port)[1].status == 200


def put(folder, label, issuer):
    path = folder / f"{label}.pem"
    path.write_bytes(issuer.certificate.public_bytes(certs.PEM))
    return path


def test_a_folder_of_cas_and_of_crls(serve, site, tmp_path):
    one, two = certs.Issuer.root("one"), certs.Issuer.root("two")
    first, second = one.leaf(tmp_path / "1.pem"), two.leaf(tmp_path / "2.pem")
    cas, crls = tmp_path / "cas", tmp_path / "crls"
    cas.mkdir()
    crls.mkdir()
    put(cas, "one", one)
    (cas / ".kept").write_text("no PEM")
    certs.write_crls(crls / "one.crl", one.crl())
    made = site(HERE, ca=cas, crl=crls)
    s = serve(config(made))
    assert verdict_on(s, first) is None
    assert verdict_on(s, second) == "cert-unknown-ca"
    reloads = len(s.records("reloaded"))
    # nobody says anything: it is seen
    put(cas, "two", two)
    s.wait_for("reloaded", reloads + 1)
    assert verdict_on(s, second) == "crl-missing"
    (crls / "two.crl").write_bytes(
        two.crl([certs.read(second)]).public_bytes(certs.DER))
    s.wait_for("reloaded", reloads + 2)
    assert verdict_on(s, first) is None
    assert verdict_on(s, second) == "cert-revoked"
    (cas / "README").write_text("these are ours")
    said = reload_fails(s, config(made))
    assert any("README: holds no certificate" in m for m in said), said
    shutil.rmtree(cas)
    cas.mkdir()
    said = reload_fails(s, config(made))
    assert any("holds no files" in m for m in said), said
    # the one before stays in force
    assert alert(s, first) is None
    assert alert(s, second) == "certificate revoked"


PARTNER = {"dns": [".partner.example"], "uri": ["spiffe://partner.example/"]}


@pytest.fixture
def partner(tmp_path):
    """A partner's CA, and what it signed."""
    root = certs.Issuer.root("partner")
    uri = x509.UniformResourceIdentifier

    def leaf(label, *sans, issuer=root, common_name="web.corp.example"):
        return issuer.leaf(tmp_path / f"{label}.pem", common_name, sans=sans)

    below = root.ca_below("Corp Issuing CA")
    return types.SimpleNamespace(
        root=root,
        ca=put(tmp_path, "partner", root),
        theirs=leaf("theirs", certs.dns("web.partner.example"),
                    uri("spiffe://partner.example/ns/web")),
        ours=leaf("ours", certs.dns("web.corp.example")),
        both=leaf("both", certs.dns("web.partner.example"),
                  uri("spiffe://corp.example/ns/web")),
        deep=leaf("deep", certs.dns("web.corp.example"), issuer=below),
        bare=leaf("bare"),
    )


@pytest.fixture
def trusting(site, partner):
    """trusting(routes): a site of our CA, and of the partner for its names."""

    def make(routes=HERE, names=PARTNER, **more):
        made = site(routes, crl=False, **more)
        made["clients"]["trust"] = [{"ca": str(partner.ca), "names": names}]
        return config(made)

    return make


def test_ID_24_a_partner_vouches_for_its_own_names(serve, trusting, partner,
                                                   pki):
    s = serve(trusting())
    assert verdict_on(s, pki.web) is None
    assert verdict_on(s, partner.theirs) is None
    for path in partner.ours, partner.both, partner.deep:
        assert verdict_on(s, path) == "cert-name-constraint"
    assert alert(s, partner.ours) == "bad certificate"
    # no name at all: nothing is outside, and nothing can match but "any"
    assert verdict_on(s, partner.bare) is None
    said = explained(s.path, partner.both)
    assert any(step["part"] == "trust" and "spiffe://corp.example/ns/web"
               in step["text"] for step in said["steps"])


@pytest.mark.parametrize("rule", [
    {"common_name": "web.corp.example"},
    {"subject": {"CN": "web.corp.example", "O": "Odd Corp"}},
    {"issuer": {"CN": "partner", "O": "Odd Corp"}},
], ids=lambda r: next(iter(r)))
def test_a_partner_says_nothing_but_names(serve, trusting, partner, rule, web):
    """What it may write into subject, issuer and serial admits nobody, but is
    enough to be denied."""
    allowed = [{"path": "/", "allow": [rule], "respond": {}}]
    s = serve(trusting(allowed))
    assert web(s, partner.bare).get("/").status == 403
    assert "names" in str(explained(s.path, partner.bare, "--path", "/"))
    denied = [{"path": "/", "allow": "any", "deny": [rule], "respond": {}}]
    reload(s, trusting(denied))
    assert web(s, partner.bare).get("/").status == 403


@both
@pytest.mark.parametrize("cache", ["off", 1000])
def test_SR_1_a_partner_says_no_more_by_a_session(serve, trusting, partner,
                                                  version, cache):
    rule = {"common_name": "web.corp.example"}
    conf = trusting([{"path": "/", "allow": [rule], "respond": {}}])
    conf["sites"][0]["clients"]["cache"] = cache
    s = serve(conf)
    v = Visitor(partner.bare, version)
    for is_again in False, True, True:
        resumed, answer = v.visit(s.port)
        assert (resumed, answer.status) == (is_again, 403)
    # with the same leaf and without such bounds it is somebody
    clients = conf["sites"][0]["clients"]
    clients["ca"], bounds = str(partner.ca), clients.pop("trust")
    reload(s, conf)
    for is_again in False, True:
        resumed, answer = v.visit(s.port)
        assert (resumed, answer.status) == (is_again, 200)


@pytest.mark.parametrize("keeps_leaf", [False, True])
def test_a_partner_tells_backends_nothing_but_names(serve, trusting, partner,
                                                    pki, backend, keeps_leaf):
    told = {"xfcc": ["subject", "dns"], "client_cert": keeps_leaf,
            "fields": {"X-Subject": "%{subject}", "X-Issuer": "%{issuer}",
                       "X-Serial": "%{serial}", "X-Dns": "%{dns}"}}
    b = backend()
    conf = trusting([{"path": "/", "allow": "any", "backend": "b",
                      "forward_identity": told}])
    conf["backends"] = {"b": {"servers": [b.server]}}
    s = serve(conf)
    for who, is_bound in (partner.theirs, True), (pki.web, False):
        v = Visitor(who, ssl.TLSVersion.TLSv1_3)
        for is_again in False, True:
            assert v.visit(s.port)[0] == is_again
            got = b.request(len(b.requests) - 1)
            assert got.get("x-dns") in ("web.partner.example",
                                        "web.corp.example")
            assert (got.get("client-cert") is not None) == keeps_leaf
            for name in "x-subject", "x-issuer", "x-serial":
                assert (got.get(name) is None) == is_bound, name
            assert ("Subject=" in got.get("x-forwarded-client-cert")
                    ) != is_bound


def test_a_partner_tells_no_common_name_in_front_of_a_connection(
        serve, trusting, partner, pki, backend, web):
    def script(connection):
        connection.header = proxyproto.read_header(connection.incoming)
        b._serve(connection)

    b = backend(script=script)
    conf = trusting([{"path": "/", "allow": "any", "backend": "b"}])
    conf["backends"] = {"b": {"servers": [b.server],
                              "proxy_protocol": "v2"}}
    s = serve(conf)
    for who, told in (partner.theirs, None), (pki.web, b"web.corp.example"):
        assert web(s, who).get("/").status == 200
        assert b.connections[-1].header.ssl[2].get(proxyproto.CN) == told


def test_SR_1_a_connection_is_not_bound_as_another_is(serve, trusting, partner,
                                                      pki, site, tmp_path):
    """One certificate, at two sites that trust its CA with different things:
    what a reload makes of the one is nothing to the other."""
    rule = {"common_name": "web.corp.example"}
    routes = [{"path": "/", "allow": [rule], "respond": {}}]
    conf = trusting(routes)
    free = site(routes, names=["other.corp.example"], server=pki.other,
                ca=partner.ca, crl=False)
    conf["sites"].append(free)
    s = serve(conf)
    open_ones = []
    for n in range(6):
        # sessions that resume share what was read of the certificate
        for sni, status in ("api.corp.example", 403), (
                "other.corp.example", 200):
            v = Visitor(partner.bare, ssl.TLSVersion.TLSv1_3)
            assert v.visit(s.port, sni=sni)[1].status == status
            before = (v.context, v.session) if n % 2 else None
            c = Client(s.port, partner.bare, sni=sni, session=before)
            assert c.sock.session_reused == (n % 2 == 1)
            open_ones.append((c, sni, status))
    conf["log"] = {"level": "debug"}
    reload(s, conf)
    for c, sni, status in open_ones:
        assert c.get(host=sni).status == status
    # what changes for a client that is there ends its connection
    free["clients"]["trust"] = conf["sites"][0]["clients"]["trust"]
    free["clients"]["ca"] = conf["sites"][0]["clients"]["ca"]
    reload(s, conf)
    for c, sni, status in open_ones:
        if status == 403:
            assert c.get(host=sni).status == 403
        else:
            assert c.read_to_end() == b""


@both
def test_SR_1_a_session_does_not_outlive_the_trust(serve, trusting, partner,
                                                   version):
    s = serve(trusting())
    v = Visitor(partner.theirs, version)
    assert v.visit(s.port)[1].status == 200
    assert v.visit(s.port)[0]
    reload(s, trusting(names={"dns": [".partner.example"]}))
    assert v.visit(s.port) == "bad certificate"
    reload(s, trusting())
    assert v.visit(s.port)[1].status == 200


def test_a_ca_is_trusted_with_one_thing(serve, trusting, partner, pki):
    s = serve(trusting())
    said = reload_fails(s, trusting(ca=partner.ca))
    assert any("in another place already" in m for m in said), said


@pytest.mark.parametrize("order", [0, 1])
def test_PV_17_cross_signed(serve, site, tmp_path, order):
    """An issuing CA that two roots certified, one of which is no more: Go's
    verifier finds the way, OpenSSL 3.0 alone does not."""
    new, old = certs.Issuer.root("new"), certs.Issuer.root(
        "old", more=[(x509.NameConstraints(
            [certs.dns("elsewhere.example")], None), True)])
    issuing = new.ca_below("issuing")
    cross = old.sign(certs.name("issuing"), old.certificate.subject,
                     issuing.key, ca=True)
    shown = [cross, issuing.certificate]
    key = certs.new_key()
    leaf = issuing.sign(certs.name("leaf"), certs.name("issuing"), key,
                        sans=[certs.dns("web.corp.example")])
    path = certs.write(tmp_path / "leaf.pem", key, leaf,
                       *(shown[::-1] if order else shown))
    only = certs.write(tmp_path / "only.pem", key, leaf, cross)
    cas = tmp_path / "cas"
    cas.mkdir()
    put(cas, "new", new)
    put(cas, "old", old)
    s = serve(config(site(HERE, ca=cas)))
    assert verdict_on(s, path) is None
    assert verdict_on(s, only) == "cert-name-constraint"
