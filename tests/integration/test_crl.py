"""Revocation lists: what is asked of them, whichever form they have, and that
an older one never takes the place of a newer one."""

import base64
import datetime

import pytest
from cryptography import x509

import certs
from conftest import config
from reloading import reload, reload_fails, replace
from sallyport import SANITIZED
from test_resumption import Visitor, both
from verdicts import alert, explained, verdict_on

HERE = [{"path": "/", "allow": "any", "respond": {}}]
delta = datetime.timedelta


@pytest.fixture
def world(tmp_path, site):
    """A root, an issuing CA, two clients of it; and a site of both CAs."""

    class World:
        root = certs.Issuer.root("root")
        issuing = root.ca_below("issuing")
        a = issuing.leaf(tmp_path / "a.pem")
        b = issuing.leaf(tmp_path / "b.pem")
        ca = tmp_path / "cas.pem"
        crl = tmp_path / "crl"

        def conf(self, *crls, form=certs.PEM, **revocation):
            replace(self.crl, b"".join(c.public_bytes(form) for c in crls))
            return self.conf_of([self.crl], **revocation)

        def conf_of(self, files, **revocation):
            made = site(HERE, ca=self.ca, crl=False)
            made["clients"]["crl"] = [str(f) for f in files]
            if revocation:
                made["clients"]["revocation"] = revocation
            return config(made)

    w = World()
    certs.write(w.ca, None, w.root.certificate, w.issuing.certificate)
    return w


def revoked(*paths):
    return [certs.read(p) for p in paths]


def test_forms_and_folders(serve, world, tmp_path):
    root, issuing = world.root.crl(), world.issuing.crl(revoked(world.a))
    s = serve(world.conf(root, issuing))
    assert verdict_on(s, world.a) == "cert-revoked"
    assert verdict_on(s, world.b) is None
    assert alert(s, world.a) == "certificate revoked"
    one, two = tmp_path / "one.der", tmp_path / "two.pem"
    one.write_bytes(issuing.public_bytes(certs.DER))
    two.write_bytes(root.public_bytes(certs.PEM))
    reload(s, world.conf_of([one, two]))
    assert verdict_on(s, world.a) == "cert-revoked"
    assert verdict_on(s, world.b) is None


def test_CR_6_missing_and_leaf_alone(serve, world):
    issuing = world.issuing.crl(revoked(world.a))
    s = serve(world.conf(issuing))
    # nothing of the root
    assert verdict_on(s, world.b) == "crl-missing"
    reload(s, world.conf(issuing, missing="allow"))
    assert verdict_on(s, world.b) is None
    assert verdict_on(s, world.a) == "cert-revoked"
    reload(s, world.conf(issuing, check="leaf"))
    assert verdict_on(s, world.b) is None
    assert verdict_on(s, world.a) == "cert-revoked"
    # a revoked issuing CA
    both_crls = [world.root.crl([world.issuing.certificate]), issuing]
    reload(s, world.conf(*both_crls))
    assert verdict_on(s, world.b) == "cert-revoked"
    reload(s, world.conf(*both_crls, check="leaf"))
    assert verdict_on(s, world.b) is None


def test_CR_5_expired(serve, world):
    late = [world.root.crl(), world.issuing.crl(
        revoked(world.a), start=delta(hours=-3), end=delta(hours=-1))]
    s = serve(world.conf(*late))
    assert verdict_on(s, world.b) == "crl-expired"
    assert verdict_on(s, world.a) == "cert-revoked"
    reload(s, world.conf(*late, expired="24h"))
    assert verdict_on(s, world.b) is None
    assert verdict_on(s, world.a) == "cert-revoked"
    told = [step["text"] for step in explained(s.path, world.b)["steps"]
            if step["part"] == "crl"]
    assert any("for a while it counts still" in t for t in told), told
    reload(s, world.conf(*late, expired="30m"))
    assert verdict_on(s, world.b) == "crl-expired"


@both
def test_SR_2_a_session_does_not_outlive_the_asking(serve, world, version):
    """What passes under one policy is asked for anew under a stricter one."""
    issuing = world.issuing.crl()
    s = serve(world.conf(issuing, missing="allow"))
    v = Visitor(world.a, version)
    assert v.visit(s.port)[1].status == 200
    assert v.visit(s.port)[0]
    reload(s, world.conf(issuing))
    assert v.visit(s.port) == "certificate unknown"


def test_CR_8_a_delta(serve, world):
    base = world.issuing.crl(revoked(world.a), number=5)

    def crls(number, *paths, start=delta(hours=-1)):
        return [world.root.crl(), base, world.issuing.crl(
            revoked(*paths), number=number, start=start,
            more=[(x509.DeltaCRLIndicator(5), True)])]

    s = serve(world.conf(*crls(6)))
    assert verdict_on(s, world.a) == "cert-revoked"
    assert verdict_on(s, world.b) is None
    reload(s, world.conf(*crls(7, world.b)))
    assert verdict_on(s, world.b) == "cert-revoked"
    # an older delta does not bring b back
    said = reload_fails(s, world.conf(*crls(6)))
    assert any("older than the one in force" in m for m in said), said
    assert alert(s, world.b) == "certificate revoked"
    # nor does none at all, once that is in force, and then the old one
    reload(s, world.conf(world.root.crl(), world.issuing.crl(
        revoked(world.a, world.b), number=8)))
    said = reload_fails(s, world.conf(*crls(6)))
    assert any("older than the one in force" in m for m in said), said


def test_CR_9_an_older_one_never_replaces_a_newer_one(serve, world):
    root = world.root.crl()
    old = world.issuing.crl(number=9)
    new = world.issuing.crl(revoked(world.a), number=10)
    s = serve(world.conf(root, old))
    assert verdict_on(s, world.a) is None
    reload(s, world.conf(root, new))
    assert verdict_on(s, world.a) == "cert-revoked"
    said = reload_fails(s, world.conf(root, old))
    assert any('the CRL of "CN=issuing,O=Odd Corp" (number 0x09) is older '
               "than the one in force (number 0x0a)" in m
               for m in said), said
    assert alert(s, world.a) == "certificate revoked"
    # both together: the newer one counts
    reload(s, world.conf(root, old, new))
    assert verdict_on(s, world.a) == "cert-revoked"
    # without any of this CA, and then with the old one
    reload(s, world.conf(root, missing="allow"))
    assert verdict_on(s, world.a) is None
    reload_fails(s, world.conf(root, old))
    # the very same and a newer one are welcome
    reload(s, world.conf(root, new))
    newer = world.issuing.crl(number=11)
    reload(s, world.conf(root, newer))
    assert verdict_on(s, world.a) is None


def test_CR_9_nor_when_a_file_changes_by_itself(serve, world):
    root = world.root.crl()
    s = serve(world.conf(root, world.issuing.crl(revoked(world.a), number=2)))
    failed = len(s.records("reload-failed"))
    world.conf(root, world.issuing.crl(number=1))
    s.wait_for("reload-failed", failed + 1)
    assert alert(s, world.a) == "certificate revoked"


@pytest.mark.parametrize("more, what", [
    (x509.IssuingDistributionPoint(None, None, False, False, None, True,
                                   False), "indirect"),
    (x509.IssuingDistributionPoint(
        None, None, False, False,
        frozenset([x509.ReasonFlags.key_compromise]), False, False),
     "some reasons only"),
    (x509.IssuingDistributionPoint(None, None, False, False, None, False,
                                   True), "attribute certificates"),
    (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"),
     "unknown critical extension"),
], ids=["indirect", "reasons", "attributes", "critical"])
def test_CR_1_CR_2_CR_7_unusable_is_a_mistake(serve, world, more, what):
    root = world.root.crl()
    s = serve(world.conf(root, world.issuing.crl()))
    said = reload_fails(s, world.conf(root, world.issuing.crl(
        number=2, more=[(more, True)])))
    assert any(what in m for m in said), said
    assert alert(s, world.a) is None


def test_CR_2_scopes(serve, world):
    def idp(users, cas):
        return x509.IssuingDistributionPoint(None, None, users, cas, None,
                                             False, False)

    users = world.issuing.crl(revoked(world.a), more=[(idp(True, False), True)])
    cas = world.issuing.crl(revoked(world.b), more=[(idp(False, True), True)])
    s = serve(world.conf(world.root.crl(), users, cas))
    assert verdict_on(s, world.a) == "cert-revoked"
    assert verdict_on(s, world.b) is None
    reload(s, world.conf(world.root.crl(), cas))
    assert verdict_on(s, world.a) == "crl-bad"
    reload(s, world.conf(world.root.crl(), cas, missing="allow"))
    assert verdict_on(s, world.a) is None


def private_memory(pid):
    """In octets, what no other process shares."""
    for line in open(f"/proc/{pid}/smaps_rollup", encoding="ascii"):
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no Private_Dirty")


@pytest.mark.parametrize("form", [certs.DER, certs.PEM], ids=["der", "pem"])
def test_CR_12_a_long_list_costs_workers_nothing(serve, world, tmp_path, form):
    """Its entries are the supervisor's business: workers share what it made of
    them, and have nothing of their own."""
    count = 300_000
    der = certs.long_crl(world.issuing, count, revoked(world.a), number=2)
    long = tmp_path / "long.crl"
    if form == certs.DER:
        long.write_bytes(der)
    else:
        long.write_bytes(b"-----BEGIN X509 CRL-----\n"
                         + base64.encodebytes(der)
                         + b"-----END X509 CRL-----\n")
    s = serve(world.conf(world.root.crl(), world.issuing.crl()))
    assert verdict_on(s, world.a) is None
    worker, = s.workers()
    before = private_memory(worker)
    reload(s, world.conf_of([world.crl, long], missing="allow"))
    assert alert(s, world.a) == "certificate revoked"
    assert alert(s, world.b) is None
    assert s.workers() == [worker]
    # a sanitizer has its own of whatever is touched
    most = count * (32 if SANITIZED else 8)
    assert private_memory(worker) - before < most
    told = [step["text"] for step in explained(s.path, world.a)["steps"]
            if step["part"] == "crl"]
    assert any(f"{count + 1} revoked" in t for t in told), told
