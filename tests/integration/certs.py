"""Certificates: ordinary ones by scripts/pki, odd ones made here."""

import datetime
import subprocess
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sallyport import ROOT

URI = "spiffe://corp.example/ns/prod/sa/web"

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


class Pki:
    """A CA of scripts/pki in its own directory."""

    def __init__(self, directory, org):
        self.dir = directory
        self.run("init", "--org", org)
        self.ca = directory / "clients-ca.pem"
        self.crl = directory / "clients.crl"

    def run(self, *args):
        subprocess.run(
            [ROOT / "scripts" / "pki", "--dir", self.dir, *args],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def server(self, label, *names):
        self.run("server", *names, "--as", label)
        return self.dir / "servers" / f"{label}.pem"

    def client(self, label, *names):
        self.run("client", *names, "--as", label)
        return self.dir / "clients" / f"{label}.pem"

    def revoke(self, path):
        self.run("revoke", path)

    def issuer(self):
        return Issuer.load(self.dir / "issuing" / "ca.pem",
                           self.dir / "issuing" / "ca.key")


def now():
    # cryptography 38 takes naive datetimes, which are UTC
    utc = datetime.datetime.now(datetime.timezone.utc)
    return utc.replace(tzinfo=None, microsecond=0)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name, org="Odd Corp"):
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, org)]
    if common_name is not None:
        attributes.append(
            x509.NameAttribute(NameOID.COMMON_NAME, common_name)
        )
    return x509.Name(attributes)


def write(path, key, *certificates):
    """PEM, the leaf first; and the key beside it."""
    path.write_bytes(b"".join(c.public_bytes(PEM) for c in certificates))
    if key is not None:
        private = path.with_suffix(".key")
        private.touch(mode=0o600)
        private.write_bytes(
            key.private_bytes(
                PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return path


class Issuer:
    """A CA, or whoever signs as if it were one."""

    def __init__(self, certificate, key):
        self.certificate = certificate
        self.key = key

    @classmethod
    def load(cls, certificate, key):
        return cls(
            x509.load_pem_x509_certificate(certificate.read_bytes()),
            serialization.load_pem_private_key(key.read_bytes(), None),
        )

    @classmethod
    def root(cls, common_name, **options):
        key = new_key()
        subject = name(common_name)
        self = cls(None, key)
        self.certificate = self.sign(subject, subject, key, ca=True,
                                      **options)
        return self

    def sign(self, subject, issuer, key, ca=False, eku=(CLIENT,), sans=(),
             start=timedelta(hours=-1), end=timedelta(days=30),
             serial=None, san_critical=False, more=()):
        at = now()
        b = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(at + start)
            .not_valid_after(at + end)
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(
                x509.KeyUsage(not ca, False, False, False, False, ca, ca,
                              False, False),
                True,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self.key.public_key()
                ),
                False,
            )
        )
        if eku and not ca:
            b = b.add_extension(x509.ExtendedKeyUsage(eku), False)
        if sans:
            b = b.add_extension(
                x509.SubjectAlternativeName(sans), san_critical
            )
        for extension, critical in more:
            b = b.add_extension(extension, critical)
        return b.sign(self.key, hashes.SHA256())

    def ca_below(self, common_name, **options):
        key = new_key()
        return Issuer(
            self.sign(name(common_name), self.certificate.subject, key,
                       ca=True, **options),
            key,
        )

    def leaf(self, path, common_name="odd", chain=(), subject=None,
             **options):
        """A client's certificate and key in files, its issuer's behind."""
        key = new_key()
        certificate = self.sign(
            subject or name(common_name), self.certificate.subject, key,
            **options,
        )
        return write(path, key, certificate, self.certificate, *chain)

    def self_signed(self, path, common_name, **options):
        key = new_key()
        alone = Issuer(None, key)
        subject = name(common_name)
        return write(path, key, alone.sign(subject, subject, key, **options))

    def crl(self, revoked=(), start=timedelta(hours=-1),
            end=timedelta(days=7), number=1, more=()):
        at = now()
        b = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at + start)
            .next_update(at + end)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self.key.public_key()
                ),
                False,
            )
            .add_extension(x509.CRLNumber(number), False)
        )
        for extension, critical in more:
            b = b.add_extension(extension, critical)
        for c in revoked:
            b = b.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(c.serial_number)
                .revocation_date(at)
                .build()
            )
        return b.sign(self.key, hashes.SHA256())


def long_crl(issuer, count, revoked=(), **options):
    """A CRL of so many entries in DER, and of those: cryptography(1) would
    take minutes for it."""
    whole, _ = _take(issuer.crl(revoked, **options).public_bytes(DER))
    tbs, rest = _take(_value(whole))
    parts, left = [], _value(tbs)
    while left:
        part, left = _take(left)
        parts.append(part)
    when = b"\x17\x0d260101000000Z"
    # sixteen octets each, and none that anybody was given
    entries = b"".join(
        _tlv(0x30, b"\x02\x10\x7f" + n.to_bytes(15, "big") + when)
        for n in range(count))
    listed = _value(parts[5]) if len(parts) == 7 else b""
    tbs = _tlv(0x30, b"".join(parts[:5]) + _tlv(0x30, entries + listed)
               + parts[-1])
    algorithm, _ = _take(rest)
    signature = issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return _tlv(0x30, tbs + algorithm + _tlv(3, b"\0" + signature))


def _tlv(tag, value):
    n = len(value)
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    head = bytes([n]) if n < 128 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + value


def _split(der):
    n, at = der[1], 2
    if n & 0x80:
        at += n & 0x7f
        n = int.from_bytes(der[2:at], "big")
    return at, at + n


def _take(der):
    """The first element, and what is behind it."""
    end = _split(der)[1]
    return der[:end], der[end:]


def _value(der):
    begin, end = _split(der)
    return der[begin:end]


def write_crls(path, *crls):
    path.write_bytes(b"".join(c.public_bytes(PEM) for c in crls))
    return path


def dns(value):
    return x509.DNSName(value)


def srv(value):
    octets = value.encode()
    return x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"),
                          b"\x16" + _length(octets) + octets)


def raw_san(tag, value):
    """A subjectAltName of one name, whatever its octets are."""
    value = tag + _length(value) + value
    return x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.17"), b"\x30" + _length(value) + value)


def _length(octets):
    n = len(octets)
    return bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])


def fingerprint(path):
    return read(path).fingerprint(hashes.SHA256()).hex()


def not_after(path):
    return read(path).not_valid_after


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def serial_of(path):
    """As the log has it: whole octets in hexadecimal."""
    digits = f"{read(path).serial_number:x}"
    return digits if len(digits) % 2 == 0 else "0" + digits
