"""The identity profile of sallyport.yaml(5), written a second time.

Read from the manual and the RFCs, not from the program: regular expressions
and slices where that has parsers.  Rules are the dicts of the configuration,
presented names pairs of type and octets.
"""

import ipaddress
import re

LABEL = rb"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)"
HOST = re.compile(rb"(?:%s\.)*(%s)" % (LABEL, LABEL))
WILD = re.compile(rb"\*\.(?:%s\.)+%s" % (LABEL, LABEL))
NUMBER = re.compile(rb"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
UNRESERVED = rb"A-Za-z0-9._~\-"
PCHAR = rb"(?:[" + UNRESERVED + rb"!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
URI = re.compile(
    rb"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    rb"(?://(?P<authority>(?:[" + UNRESERVED + rb"!$&'()*+,;=:@\[\]]"
    rb"|%[0-9A-Fa-f]{2})*))?"
    rb"(?P<path>(?:" + PCHAR + rb"|/)*)"
    rb"(?P<query>\?(?:" + PCHAR + rb"|[/?])*)?"
    rb"(?P<fragment>#(?:" + PCHAR + rb"|[/?])*)?"
)
ATEXT = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL = re.compile(rb"(%s(?:\.%s)*)@(.*)" % (ATEXT, ATEXT), re.S)
SRV = re.compile(rb"_[A-Za-z0-9-]+\.(.*)", re.S)


def is_host(octets):
    found = HOST.fullmatch(octets)
    return (
        bool(found)
        and len(octets) <= 253
        and not NUMBER.fullmatch(found[1])
    )


def is_wildcard(octets):
    return bool(WILD.fullmatch(octets)) and is_host(octets[2:])


def counts(kind, octets):
    """Whether a presented name is well-formed."""
    if kind == "dns":
        return is_host(octets) or is_wildcard(octets)
    if kind == "uri":
        return (
            bool(URI.fullmatch(octets))
            and b"%00" not in octets
            and len(octets) <= 2048
        )
    if kind == "email":
        found = MAIL.fullmatch(octets)
        return bool(found) and len(found[1]) <= 64 and is_host(found[2])
    if kind == "srv":
        found = SRV.fullmatch(octets)
        return bool(found) and is_host(found[1])
    return len(octets) in (4, 16)


def is_plain(path):
    """A path in which every program sees the same segments."""
    if path == b"":
        return True
    if path.endswith(b"/") or b";" in path.lower().replace(b"%3b", b";"):
        return False
    decoded = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), path
    )
    escapes = re.findall(rb"%([0-9A-Fa-f]{2})", path)
    if any(int(e, 16) < 0x20 or e.lower() in (b"2f", b"5c", b"7f", b"25")
           for e in escapes):
        return False
    return not any(s in (b"", b".", b"..") for s in decoded[1:].split(b"/"))


def segments(path):
    return [] if path in (b"", b"/") else path[1:].split(b"/")


def begins(have, want):
    return have[: len(want)] == want


def same(a, b):
    """ASCII letters without case; everything else as it is."""
    fold = lambda s: bytes(c | 0x20 if 65 <= c <= 90 else c for c in s)
    return fold(a) == fold(b)


def dns(rule, value, wildcards):
    want = rule.encode()
    if is_wildcard(value):
        first, _, rest = want.partition(b".")
        return wildcards and first != b"" and same(rest, value[2:])
    return same(want, value)


def dns_suffix(rule, value, wildcards):
    want = rule.encode()[1:].split(b".")
    have = value.split(b".")
    if is_wildcard(value) and not wildcards:
        return False
    return len(have) > len(want) and all(
        same(a, b) for a, b in zip(have[-len(want):], want)
    )


def uri(rule, value, _):
    return rule.encode() == value


def uri_prefix(rule, value, _):
    want, have = URI.fullmatch(rule.encode()), URI.fullmatch(value)
    return (
        have["scheme"] == want["scheme"]
        and have["authority"] == want["authority"]
        and have["query"] is None
        and have["fragment"] is None
        and is_plain(have["path"])
        and begins(segments(have["path"]), segments(want["path"]))
    )


def uri_id(rule, value, _):
    scheme, host = rule.encode().split(b"://")
    have = URI.fullmatch(value)
    if have["authority"] is None:
        return False
    found = re.fullmatch(rb"([^:@\[\]]*)(?::0*([1-9][0-9]{0,4}))?",
                         have["authority"])
    return (
        bool(found)
        and (found[2] is None or int(found[2]) < 65536)
        and is_host(found[1])
        and same(have["scheme"], scheme)
        and same(found[1], host)
    )


def spiffe(rule, value, _):
    found = re.fullmatch(rb"spiffe://([^/]*)((?:/[A-Za-z0-9._-]+)+)", value)
    if not found or found[1] != rule["trust_domain"].encode():
        return False
    have = segments(found[2])
    if b"." in have or b".." in have:
        return False
    if "path" in rule:
        return have == segments(rule["path"].encode())
    return begins(have, segments(rule["path_prefix"].encode()))


def srv(rule, value, _):
    return same(rule.encode(), value)


def email(rule, value, _):
    a, b = rule.encode().split(b"@"), value.split(b"@")
    return a[0] == b[0] and same(a[1], b[1])


def ip(rule, value, _):
    net = ipaddress.ip_network(rule)
    return (
        len(value) == net.max_prefixlen // 8
        and ipaddress.ip_address(value) in net
    )


KINDS = {
    "dns": ("dns", dns),
    "dns_suffix": ("dns", dns_suffix),
    "uri": ("uri", uri),
    "uri_prefix": ("uri", uri_prefix),
    "uri_id": ("uri", uri_id),
    "spiffe": ("uri", spiffe),
    "srv": ("srv", srv),
    "email": ("email", email),
    "ip": ("ip", ip),
}


class Model:
    """What a certificate presents: names, and the CNs of its subject."""

    def __init__(self, names, cns, groups):
        self.names = names
        self.cns = cns
        self.groups = groups

    def term(self, key, value, wildcards):
        if key == "group":
            return self.any(self.groups[value], wildcards)
        if key == "issuer":
            return value == {"O": "Corp"}
        if key == "subject":
            return self.cns == [value["CN"]]
        if key == "common_name":
            return (
                not any(k in ("dns", "uri", "srv") for k, _ in self.names)
                and len(self.cns) == 1
                and is_host(self.cns[0].encode())
                and same(self.cns[0].encode(), value.encode())
            )
        kind, matches = KINDS[key]
        of_kind = [v for k, v in self.names if k == kind]
        if key == "spiffe" and len(of_kind) != 1:
            return False
        return any(
            counts(kind, v) and matches(value, v, wildcards) for v in of_kind
        )

    def any(self, rules, wildcards):
        return any(
            all(self.term(k, v, wildcards) for k, v in rule.items())
            for rule in rules
        )

    def denies(self, rule):
        """In a denial what is malformed or unsure counts as well: here of the
        keys that denials of the test have."""
        dots = [v[:-1] if v.endswith(b".") else v
                for k, v in self.names if k == "dns"]
        suffix, prefix = rule.get("dns_suffix"), rule.get("uri_prefix")
        below = (prefix or "").encode()
        return (
            rule["issuer"] == {"O": "Corp"}
            and (suffix is None or any(
                len(v) > len(suffix) and
                same(v[-len(suffix):], suffix.encode()) or
                is_wildcard(v) and dns_suffix(suffix, v, True)
                for v in dots))
            and (prefix is None or any(
                (re.split(rb"[?#]", v)[0] + b"/").startswith(below + b"/")
                for k, v in self.names if k == "uri"))
        )

    def reason(self, route, wildcards):
        if any(self.denies(rule) for rule in route.get("deny", [])):
            return "denied"
        if self.any(route["allow"], wildcards):
            return None
        if self.any(route["allow"], True):
            return "wildcard-presented"
        return "no-rule"
