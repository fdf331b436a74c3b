"""Identity rules as requests meet them; each with each: test_rule_model.py."""

import ipaddress
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import certs
from conftest import config
from sallyport import check, write_config


@pytest.fixture(scope="module")
def one(pki, tmp_path_factory):
    """A client that has a name of every type."""
    sans = [
        certs.dns("one.svc.corp.example"),
        x509.UniformResourceIdentifier("spiffe://corp.example/ns/prod/one"),
        x509.RFC822Name("One@corp.example"),
        x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
        certs.srv("_https.one.corp.example"),
    ]
    path = tmp_path_factory.mktemp("rules") / "one.pem"
    return pki.issuer.leaf(path, "one", sans=sans, serial=0x0A0B0C)


@pytest.fixture
def status(serve, site, web):
    """status(identity, site...): of / with these rules, and what was logged."""

    def ask(who, allow, deny=None, wildcards="refuse", **more):
        route = {"path": "/", "allow": allow, "respond": "whoami"}
        if deny:
            route["deny"] = deny
        s = serve(config(site([route], wildcards=wildcards), **more))
        got = web(s, who).get("/")
        return got, s.wait_for("request")

    return ask


def spki(path):
    return hashes_of(certs.read(path).public_key().public_bytes(
        certs.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def hashes_of(octets):
    h = hashes.Hash(hashes.SHA256())
    h.update(octets)
    return h.finalize().hex()


RULES = [
    {"dns": "one.svc.corp.example"},
    {"dns_suffix": ".corp.example"},
    {"uri": "spiffe://corp.example/ns/prod/one"},
    {"uri_prefix": "spiffe://corp.example/ns/prod"},
    {"uri_id": "SPIFFE://Corp.Example"},
    {"spiffe": {"trust_domain": "corp.example", "path": "/ns/prod/one"}},
    {"spiffe": {"trust_domain": "corp.example", "path_prefix": "/ns"}},
    {"srv": "_https.one.corp.example"},
    {"email": "One@CORP.example"},
    {"ip": "10.1.0.0/16"},
    {"subject": {"CN": "one", "O": "Odd Corp"}},
    {"issuer": {"O": "Corp"}},
    {"serial": "0a0b0c", "issuer": {"O": "Corp"}},
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_type_admits(status, one, rule):
    got, record = status(one, [rule])
    assert got.status == 200
    assert record["rule"] == json.loads(got.body)["rule"]
    assert record["rule"].startswith(next(iter(rule)) + ":") or len(rule) > 1


@pytest.mark.parametrize("rule", [r for r in RULES if "issuer" not in r],
                         ids=str)
def test_and_does_not_admit_who_has_not_that(status, pki, rule):
    got, record = status(pki.batch, [rule])
    if "dns_suffix" in rule:
        assert got.status == 200
    else:
        assert (got.status, record["err"]) == (403, "no-rule")
        assert "rule" not in record


def test_pins(status, one, pki):
    pins = [{"fingerprint": certs.fingerprint(one).upper()},
            {"spki": spki(one)}]
    for pin in pins:
        got, record = status(one, [pin])
        assert got.status == 200
        assert record["identity"] in (certs.fingerprint(one), spki(one))
        assert status(pki.web, [pin])[0].status == 403


def test_deny_goes_first_and_is_logged(status, one, pki):
    deny = [{"spiffe": {"trust_domain": "corp.example",
                        "path_prefix": "/ns/prod/one"}}]
    got, record = status(one, "any", deny)
    assert (got.status, record["err"]) == (403, "denied")
    assert record["rule"] == "spiffe:corp.example/ns/prod/one/*"
    assert record["identity"] == "spiffe://corp.example/ns/prod/one"
    assert "One@corp.example" in record["sans"]
    assert status(pki.web, "any", deny)[0].status == 200


@pytest.mark.parametrize("deny, presents", [
    ({"spiffe": {"trust_domain": "evil.example", "path_prefix": "/"}},
     {"sans": [x509.UniformResourceIdentifier("spiffe://evil.example/a"), x509.UniformResourceIdentifier("x:y")]}),
    ({"common_name": "evil.example"}, {"cn": "evil.example"}),
    ({"dns": "evil.example"}, {"sans": [certs.dns("evil.example.")]}),
    ({"uri_prefix": "spiffe://evil.example/a"},
     {"sans": [x509.UniformResourceIdentifier("spiffe://evil.example/a/?")]}),
], ids=["two-uris", "cn-and-dns", "dot", "query"])
def test_nobody_gets_around_a_denial_by_presenting_more(
        status, pki, tmp_path, deny, presents):
    """What is unsure denies: a certificate may hold what its owner asked its
    CA for."""
    sans = presents.get("sans", []) + [certs.dns("web.corp.example")]
    who = pki.issuer.leaf(tmp_path / "who.pem", presents.get("cn", "x"),
                          sans=sans)
    allow = [{"dns": "web.corp.example"}]
    assert status(who, allow)[0].status == 200
    got, record = status(who, allow, [deny])
    assert (got.status, record["err"]) == (403, "denied")
    assert "evil.example" in record["identity"]


def test_groups(status, one, pki):
    groups = {"ops": [{"email": "One@corp.example"}, {"dns": "x.corp"}]}
    allow = [{"group": "ops", "issuer": {"O": "Corp"}}]
    got, record = status(one, allow, identities=groups)
    assert got.status == 200
    assert record["rule"] == "group:ops and issuer:O=Corp"
    assert record["identity"] == "One@corp.example"
    assert status(pki.web, allow, identities=groups)[0].status == 403


def test_ID_9_wildcards(status, pki, tmp_path):
    wild = pki.issuer.leaf(tmp_path / "wild.pem",
                           sans=[certs.dns("*.corp.example")])
    allow = [{"dns": "web.corp.example"}]
    got, record = status(wild, allow)
    assert (got.status, record["err"]) == (403, "wildcard-presented")
    got, record = status(wild, allow, wildcards="match")
    assert (got.status, record["identity"]) == (200, "*.corp.example")
    got, record = status(wild, "any", allow)
    assert (got.status, record["err"]) == (403, "denied")


def test_ID_3_the_common_name_counts_where_a_rule_says_so(status, pki,
                                                         tmp_path):
    bare = pki.issuer.leaf(tmp_path / "bare.pem", "web.corp.example")
    assert status(bare, [{"dns": "web.corp.example"}])[0].status == 403
    allow = [{"common_name": "web.corp.example"}]
    assert status(bare, allow)[0].status == 200
    # it has a DNS name
    assert status(pki.web, allow)[0].status == 403


def test_check_warns_of_common_names_and_shows_the_rules(site, tmp_path):
    route = {"path": "/", "respond": {}, "deny": [{"ip": "10.0.0.0/8"}],
             "allow": [{"common_name": "web.corp.example"},
                       {"dns_suffix": ".b\u00fccher.example"}]}
    path = write_config(tmp_path, config(site([route])))
    code, out, err = check(path)
    assert code == 0 and "common_name is for certificates" in err
    assert "      deny ip:10.0.0.0/8\n" in out
    assert "      allow dns_suffix:.xn--bcher-kva.example\n" in out
