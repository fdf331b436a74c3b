"""Rules against names, some thousands of each with each: the program over real
handshakes and requests, against the model in rule_model.py."""

import collections
import ipaddress
import random

import pytest
from cryptography import x509

import certs
from client import NAME
from conftest import config
from rule_model import Model

SEED = 20261121
ROUTES = 150
CERTIFICATES = 80

LABELS = ["a", "b", "corp", "x-1"]
TAGS = {"email": 0x81, "dns": 0x82, "uri": 0x86, "ip": 0x87}


class Maker:
    """Values out of few parts, so that many are nearly the same."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def host(self):
        return ".".join(
            self.r.choice(LABELS) for _ in range(self.r.choice([1, 1, 2, 2, 3]))
        )

    def path(self):
        return "".join(
            "/" + self.r.choice(["ns", "web", "n"])
            for _ in range(self.r.choice([0, 0, 1, 2]))
        )

    def scheme(self):
        return self.r.choice(["spiffe", "spiffe", "https"])

    def address(self):
        if self.r.random() < 0.3:
            return f"2001:db8::{self.r.randint(0, 3)}"
        return f"10.0.{self.r.randint(0, 1)}.{self.r.randint(0, 3)}"

    def network(self):
        return self.r.choice(["10.0.0.0/23", "10.0.1.0/24", "10.0.0.2/31",
                              "2001:db8::/126", "0.0.0.0/0", "::/0"])

    def mail(self):
        return self.r.choice("aAb") + "@" + self.host()

    # what stands in the file

    def spiffe(self):
        rule = {"trust_domain": self.host()}
        path = self.path()
        if path and self.r.random() < 0.5:
            rule["path"] = path
        else:
            rule["path_prefix"] = path or "/"
        return rule

    def value(self, key):
        return {
            "dns": self.host,
            "dns_suffix": lambda: "." + self.host(),
            "uri": lambda: f"{self.scheme()}://{self.host()}{self.path()}",
            "uri_prefix":
                lambda: f"{self.scheme()}://{self.host()}{self.path()}",
            "uri_id": lambda: f"{self.scheme()}://{self.host()}",
            "spiffe": self.spiffe,
            "srv": lambda: f"_{self.r.choice('ab')}.{self.host()}",
            "email": self.mail,
            "ip": lambda: self.r.choice([self.address, self.network])(),
            "common_name": self.host,
            "subject": lambda: {"CN": self.host()},
            "group": lambda: self.r.choice(["one", "two"]),
        }[key]()

    def term(self, key=None):
        key = key or self.r.choice(
            ["dns", "dns_suffix", "uri", "uri_prefix", "uri_id", "spiffe",
             "srv", "email", "ip", "common_name", "subject", "group"])
        return {key: self.value(key)}

    def rule(self):
        rule = self.term()
        key = next(iter(rule))
        if self.r.random() < 0.3 and key not in ("common_name", "spiffe"):
            rule.update(self.term(self.r.choice(["dns_suffix", "ip",
                                                 "uri_prefix"])))
        return rule

    def route(self, n):
        route = {
            "path": f"/{n}",
            "allow": [self.rule() for _ in range(self.r.randint(1, 3))],
            "respond": {},
        }
        if self.r.random() < 0.3:
            # with a key that no rule of allow has, so that it hides none
            route["deny"] = [
                {**self.term(self.r.choice(["dns_suffix", "uri_prefix"])),
                 "issuer": {"O": self.r.choice(["Corp", "Corp", "corp"])}}
            ]
        return route

    # what certificates present

    def spoil(self, text):
        """Octets that are nearly the text."""
        octets = text.encode()
        at = self.r.randint(0, len(octets))
        piece = self.r.choice([b"\0", b".", b" ", b"\n", b"*", b"/", b"%00",
                               b"%2e", b"\xc3\xbc", b",", b"..", b"//", b"@",
                               b"?q", b"#f", b":1", b"-", b";", b"%2F"])
        return octets[:at] + piece + octets[at:]

    def flip(self, octets):
        return bytes(
            c ^ 0x20
            if chr(c).isascii() and chr(c).isalpha() and self.r.random() < 0.3
            else c
            for c in octets
        )

    def presented(self):
        kind = self.r.choice(["dns", "dns", "uri", "uri", "email", "srv",
                              "ip"])
        if kind == "ip":
            octets = ipaddress.ip_address(self.address()).packed
            return kind, octets + (b"\0" if self.r.random() < 0.1 else b"")
        text = self.value(kind)
        if kind == "dns" and self.r.random() < 0.2:
            text = "*." + text
        if kind == "uri" and self.r.random() < 0.4:
            text += self.r.choice(["/", "/..", "/%2e%2e/x", "//x", "/x", "?q",
                                   "#f", "/a;b", "/%41", "/%2541"])
        if self.r.random() < 0.2:
            return kind, self.spoil(text)
        if self.r.random() < 0.2:
            return kind, self.flip(text.encode())
        return kind, text.encode()


def der(tag, octets):
    n = len(octets)
    size = bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + size + octets


def general_name(kind, octets):
    if kind == "srv":
        oid = der(6, bytes.fromhex("2b06010505070807"))
        return der(0xA0, oid + der(0xA0, der(0x16, octets)))
    return der(TAGS[kind], octets)


def subject_alt_name(names):
    return x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.17"),
        der(0x30, b"".join(general_name(*n) for n in names)),
    )


@pytest.fixture(scope="module")
def clients(pki, tmp_path_factory):
    """Certificates with random names: path, names, CNs."""
    directory = tmp_path_factory.mktemp("model")
    make = Maker(SEED)
    made = []
    for n in range(CERTIFICATES):
        count = make.r.choice([0, 1, 1, 4, 12, 25])
        names = [make.presented() for _ in range(count)]
        cn = make.host()
        more = [(subject_alt_name(names), False)] if names else []
        path = pki.issuer.leaf(directory / f"{n}.pem", cn, more=more)
        made.append((path, names, [cn]))
    return made


@pytest.mark.parametrize("wildcards", ["refuse", "match"])
def test_the_program_and_the_model_agree(serve, site, web, clients,
                                         wildcards):
    make = Maker(SEED + 1)
    groups = {"one": [{"dns_suffix": ".corp"}, {"email": "a@corp"}],
              "two": [{"uri_prefix": "spiffe://corp"}, {"ip": "10.0.1.0/24"}]}
    routes = [make.route(n) for n in range(ROUTES)]
    s = serve(config(site(routes, wildcards=wildcards), identities=groups))
    expected = []
    for path, names, cns in clients:
        model = Model(names, cns, groups)
        client = web(s, path)
        for n, route in enumerate(routes):
            reason = model.reason(route, wildcards == "match")
            expected.append((f"/{n}", reason))
            status = client.get(f"/{n}").status
            assert status == (403 if reason else 200), (
                names, cns, route, reason)
        client.close()
    # a certificate at a time, so the log is in the same order
    s.wait_for("request", len(expected))
    assert [(r["path"], r.get("err")) for r in s.records("request")
            ] == expected
    # the parts do meet: none of the outcomes is rare
    seen = collections.Counter(reason for _, reason in expected)
    assert seen[None] > 500 and seen["no-rule"] > 4000, seen
    assert seen["denied"] > 50, seen
    assert (seen["wildcard-presented"] > 10) == (wildcards == "refuse"), seen
