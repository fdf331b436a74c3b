"""scripts/pki: what it issues is correct, and what it must refuse it refuses."""

import concurrent.futures
import ipaddress
import os
import pathlib
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

PKI = pathlib.Path(__file__).parents[2] / "scripts" / "pki"


def run(*args, cwd, ok=True):
    done = subprocess.run(
        [PKI, *args], cwd=cwd, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def ca(tmp_path):
    run("init", "--org", "Bücher & Söhne", cwd=tmp_path)
    return tmp_path


def certificates(path):
    end = b"-----END CERTIFICATE-----\n"
    blocks = path.read_bytes().split(end)[:-1]
    return [x509.load_pem_x509_certificate(b + end) for b in blocks]


def extension(cert, oid):
    return cert.extensions.get_extension_for_oid(oid)


def verify(ca, chain, purpose):
    """What openssl(1) says of the chain, with both CRLs: '' is fine."""
    pki = ca / "pki"
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-crl_check_all"]
        + ["-purpose", purpose, "-CAfile", pki / "root" / "ca.pem"]
        + ["-CRLfile", pki / "clients.crl", "-untrusted", chain, chain],
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stderr


def test_the_authorities_say_what_a_ca_must(ca):
    root, issuing = certificates(ca / "pki" / "clients-ca.pem")
    for cert, pathlen in (root, 1), (issuing, 0):
        basic = extension(cert, ExtensionOID.BASIC_CONSTRAINTS)
        assert basic.critical and basic.value.ca
        assert basic.value.path_length == pathlen
        usage = extension(cert, ExtensionOID.KEY_USAGE)
        assert usage.critical
        assert usage.value.key_cert_sign and usage.value.crl_sign
        assert not usage.value.digital_signature
        org = cert.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert org[0].value == "Bücher & Söhne"
    assert issuing.issuer == root.subject
    assert (
        extension(issuing, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
        == x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            extension(root, ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
        )
    )


def test_a_server_certificate_has_every_name(ca):
    names = ["api.corp.example", "*.svc.corp.example", "10.0.0.1", "::1"]
    run("server", *names, cwd=ca)
    path = ca / "pki" / "servers" / "api.corp.example.pem"
    leaf, _ = certificates(path)
    san = extension(leaf, ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert san.get_values_for_type(x509.DNSName) == names[:2]
    assert san.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(n) for n in names[2:]
    ]
    assert list(extension(leaf, ExtensionOID.EXTENDED_KEY_USAGE).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH
    ]
    assert verify(ca, path, "sslserver") == ""
    assert "unsuitable" in verify(ca, path, "sslclient")


def test_a_client_certificate_has_every_kind_of_name(ca):
    uri = "spiffe://corp.example/ns/prod/sa/web"
    run("client", "web.corp.example", "Web Server", "--uri", uri,
        "--email=ops@corp.example", cwd=ca)
    path = ca / "pki" / "clients" / "web.corp.example.pem"
    leaf, _ = certificates(path)
    san = extension(leaf, ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert san.get_values_for_type(x509.DNSName) == ["web.corp.example"]
    assert san.get_values_for_type(x509.UniformResourceIdentifier) == [uri]
    assert san.get_values_for_type(x509.RFC822Name) == ["ops@corp.example"]
    basic = extension(leaf, ExtensionOID.BASIC_CONSTRAINTS)
    assert basic.critical and not basic.value.ca
    usage = extension(leaf, ExtensionOID.KEY_USAGE)
    assert usage.critical and usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert list(extension(leaf, ExtensionOID.EXTENDED_KEY_USAGE).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    assert isinstance(leaf.public_key(), ec.EllipticCurvePublicKey)
    assert 1 << 64 < leaf.serial_number < 1 << 128
    assert verify(ca, path, "sslclient") == ""
    assert "unsuitable" in verify(ca, path, "sslserver")


def test_rsa_and_days_as_asked(ca):
    run("client", "a.corp.example", "--rsa=2048", "--days", "7", cwd=ca)
    leaf, _ = certificates(ca / "pki" / "clients" / "a.corp.example.pem")
    assert isinstance(leaf.public_key(), rsa.RSAPublicKey)
    assert leaf.public_key().key_size == 2048
    assert (leaf.not_valid_after - leaf.not_valid_before).days == 7


def test_a_leaf_never_outlives_its_issuer(ca):
    said = run("client", "a.corp.example", "--days", "9999", cwd=ca, ok=False)
    assert "ends before that" in said
    assert not list((ca / "pki" / "clients").iterdir())


def test_revoking_a_client_refuses_that_client_alone(ca):
    run("client", "a.corp.example", cwd=ca)
    run("client", "b.corp.example", cwd=ca)
    clients = ca / "pki" / "clients"
    run("revoke", "pki/clients/a.corp.example.pem", "--reason",
        "keyCompromise", cwd=ca)
    assert "revoked" in verify(ca, clients / "a.corp.example.pem", "sslclient")
    assert verify(ca, clients / "b.corp.example.pem", "sslclient") == ""
    again = run("revoke", clients / "a.corp.example.pem", cwd=ca)
    assert "already revoked" in again
    assert "Key Compromise" in run("show", "pki/clients.crl", cwd=ca)
    listed = run("list", cwd=ca).splitlines()
    assert [line[0] for line in listed] == ["R", "V"]


def test_revoking_the_issuing_ca_refuses_all(ca):
    run("client", "a.corp.example", cwd=ca)
    run("revoke", "pki/issuing/ca.pem", cwd=ca)
    path = ca / "pki" / "clients" / "a.corp.example.pem"
    assert "revoked" in verify(ca, path, "sslclient")


def test_each_crl_has_a_higher_number(ca):
    def numbers():
        return [
            extension(x509.load_pem_x509_crl(f.read_bytes()),
                      ExtensionOID.CRL_NUMBER).value.crl_number
            for f in sorted((ca / "pki" / "crl").iterdir())
        ]

    before = numbers()
    run("crl", "--days", "3", cwd=ca)
    assert numbers() == [n + 1 for n in before]
    crl = x509.load_pem_x509_crl((ca / "pki/crl/issuing.crl").read_bytes())
    assert (crl.next_update - crl.last_update).days == 3


def test_the_root_may_be_away(ca):
    (ca / "pki" / "root").rename(ca / "safe")
    run("client", "a.corp.example", cwd=ca)
    before = (ca / "pki" / "crl" / "root.crl").read_bytes()
    said = run("revoke", "pki/clients/a.corp.example.pem", cwd=ca)
    assert "root is not here" in said
    both = (ca / "pki" / "clients.crl").read_bytes()
    assert both.startswith(before) and both.count(b"BEGIN X509 CRL") == 2
    said = run("revoke", "pki/issuing/ca.pem", cwd=ca, ok=False)
    assert "not issued here" in said


def test_a_foreign_certificate_cannot_be_revoked(ca):
    other = ca / "other"
    other.mkdir()
    run("init", cwd=other)
    run("client", "a.corp.example", cwd=other)
    foreign = other / "pki" / "clients" / "a.corp.example.pem"
    assert "not issued here" in run("revoke", foreign, cwd=ca, ok=False)


def test_keys_are_private_and_certificates_are_not(ca):
    run("server", "a.corp.example", cwd=ca)
    for path in (ca / "pki").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.suffix == ".key":
            assert mode == 0o600, path
        elif path.is_dir():
            assert mode == 0o700, path
    assert stat.S_IMODE((ca / "pki/clients-ca.pem").stat().st_mode) == 0o644


def test_nothing_is_overwritten(ca):
    run("client", "a.corp.example", cwd=ca)
    before = {
        f: f.read_bytes() for f in (ca / "pki").rglob("*") if f.is_file()
    }
    assert "overwritten" in run("init", cwd=ca, ok=False)
    assert "overwritten" in run("client", "a.corp.example", cwd=ca, ok=False)
    assert before == {
        f: f.read_bytes() for f in (ca / "pki").rglob("*") if f.is_file()
    }
    run("client", "a.corp.example", "--as", "a-renewed", cwd=ca)
    assert (ca / "pki" / "clients" / "a-renewed.key").exists()


def test_issuing_side_by_side(ca):
    names = [f"c{n}.corp.example" for n in range(8)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda n: run("client", n, cwd=ca), names))
    for name in names:
        path = ca / "pki" / "clients" / f"{name}.pem"
        assert verify(ca, path, "sslclient") == ""
    assert len(run("list", cwd=ca).splitlines()) == len(names)


@pytest.mark.parametrize(
    "args",
    [
        ["server", "two words"],
        ["server", "*.example"],
        ["server", "10.0.0"],
        ["server", "a.b,DNS:c.d"],
        ["server", "a.b\nDNS.9 = c.d"],
        ["server", "a..b"],
        ["server", "*.*.corp.example"],
        ["server", "a.*.corp.example"],
        ["server", "*"],
        ["server", "bücher.example"],
        ["server", "1.2.3.400"],
        ["server", "a" * 64 + ".example"],
        ["server", "a.example", "--uri", "spiffe://a/b"],
        ["client"],
        ["client", ""],
        ["client", "a$ENV::HOME"],
        ["client", "../../x"],
        ["client", "a", "--as", "../x"],
        ["client", "a", "--uri", "no-scheme"],
        ["client", "a", "--uri", "spiffe://a/b\nDNS.9 = c.d"],
        ["client", "a", "--uri", "spiffe://a/$x"],
        ["client", "a", "--email", "copy"],
        ["client", "a", "--email", "a@b@c.d"],
        ["client", "a", "--days", "0"],
        ["client", "a", "--days", "-1"],
        ["client", "a", "--days"],
        ["client", "a", "--rsa=1024"],
        ["client", "a", "--nonsense", "x"],
        ["crl", "surplus"],
        ["revoke", "missing.pem"],
        ["revoke", "pki/clients.crl"],
        ["show", "pki/issuing/ca.key"],
        ["nonsense"],
    ],
)
def test_refuses(ca, args):
    before = sorted((ca / "pki").rglob("*"))
    run(*args, cwd=ca, ok=False)
    assert sorted((ca / "pki").rglob("*")) == before


@pytest.mark.parametrize("org", ["a\nb", "a$b", "a\\b", "", "x" * 49])
def test_refuses_the_organisation(tmp_path, org):
    run("init", "--org", org, cwd=tmp_path, ok=False)
    assert os.listdir(tmp_path) == []
