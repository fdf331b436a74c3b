"""Many of something: clients, revoked certificates, routes, rules."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def routes(count):
    """sallyport's, as YAML; the last one is for /128, which the load asks for.
    Each has a path of its own and a rule."""
    paths = [f"/part-{i % 100}/service-{i}" for i in range(count - 1)]
    return "\n".join(
        f"      - {{path: {p}, allow: [{{dns_suffix: .clients.bench.example}}],"
        " backend: backend}" for p in [*paths, "/128"]
    )


def rules(count):
    """So many rules; the last one is for the client of the load."""
    names = [f"client-{i}.clients.bench.example" for i in range(count - 1)]
    listed = ", ".join(f"{{dns: {n}}}"
                       for n in [*names, "one.clients.bench.example"])
    return f"      - {{path: /rules, allow: [{listed}], backend: backend}}"


def _issuer(pki):
    folder = pki.dir / "issuing"
    return (
        x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()),
        serialization.load_pem_private_key((folder / "ca.key").read_bytes(),
                                           None),
    )


def clients(pki, count, path):
    """Certificates with the key of the PKI's client, each its own name."""
    ca, key = _issuer(pki)
    public = serialization.load_pem_private_key(
        pki.client_key.read_bytes(), None).public_key()
    start = ca.not_valid_before
    end = start + datetime.timedelta(days=300)
    out = []
    for i in range(count):
        name = f"client-{i}.clients.bench.example"
        subject = x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bench"),
            x509.NameAttribute(NameOID.COMMON_NAME, name)])
        b = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(ca.subject).public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start).not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]),
                           False)
            .add_extension(x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH]), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    ca.public_key()), False)
        )
        out.append(b.sign(key, hashes.SHA256()).public_bytes(PEM))
    path.write_bytes(b"".join(out))
    return path


def _der(tag, *content):
    body = b"".join(content)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _utc(when):
    return _der(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


def crl(pki, count, path):
    """A CRL of the issuing CA with so many entries, and the root's as it is.

    Written here octet by octet: a library wants minutes for a million.
    """
    ca, key = _issuer(pki)
    now = datetime.datetime.now(datetime.timezone.utc)
    when = _utc(now - datetime.timedelta(days=1))
    entry = _der(0x30, _der(2, b"\x01" + bytes(15)), when)
    tail = entry[4 + 16:]
    head = entry[:4]
    entries = b"".join(
        head + b"\x01" + (i * 0x9E3779B97F4A7C15 % 2 ** 120).to_bytes(15, "big")
        + tail for i in range(count))
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        ca.public_key()).key_identifier
    authority = _der(0x30, _der(6, bytes.fromhex("551d23")),
                     _der(4, _der(0x30, _der(0x80, key_id))))
    number = _der(0x30, _der(6, bytes.fromhex("551d14")),
                  _der(4, _der(2, b"\x7f")))
    tbs = _der(
        0x30, _der(2, b"\x01"), ECDSA_SHA256, ca.subject.public_bytes(),
        _utc(now - datetime.timedelta(hours=1)),
        _utc(now + datetime.timedelta(days=30)),
        _der(0x30, entries) if count else b"",
        _der(0xA0, _der(0x30, authority, number)))
    signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    whole = _der(0x30, tbs, ECDSA_SHA256, _der(3, b"\0", signature))
    pem = x509.load_der_x509_crl(whole).public_bytes(PEM)
    path.write_bytes(pem + (pki.dir / "crl" / "root.crl").read_bytes())
    return path
