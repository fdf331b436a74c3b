"""forward_identity: what backends are told of the client, and that nobody else
can tell it to them."""

import base64
import ipaddress
import re
import urllib.parse

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

import certs
from backend import response
from client import NAME, Client
from conftest import config
from sallyport import check, write_config
from test_resumption import Visitor, both

ALL = {
    "client_cert": True,
    "client_cert_chain": True,
    "xfcc": ["by", "hash", "cert", "chain", "subject", "uri", "dns"],
    "forwarded": True,
    "fields": {
        "X-Who": "%{identity}",
        "X-About": "rule=%{rule} serial=%{serial} site=%{site}",
        "X-Names": "%{dns}|%{uri}",
        "X-Mail": "mail %{email}",
        "X-Subject": "%{subject}",
        "X-Until": "%{not_after}",
    },
}
NAMES = ["Client-Cert", "Client-Cert-Chain", "X-Forwarded-Client-Cert",
         "Forwarded", *ALL["fields"]]


def der_of(path):
    return certs.read(path).public_bytes(certs.DER)


def byte_sequence(der):
    return f":{base64.b64encode(der).decode()}:"


@pytest.fixture
def ask(backend, serve, site, web, pki):
    """ask(how...): what the backend gets of a request by this client."""

    def get(how=None, who=None, fields=(), allow="any", where="route",
            names=None, **more):
        b = backend()
        route = {"path": "/", "allow": allow, "backend": "b"}
        c = config(site([route], **more), {"b": [b.server]})
        if how is not None and where == "route":
            route["forward_identity"] = how
        elif how is not None:
            c["backends"]["b"]["forward_identity"] = how
        s = serve(c)
        got = web(s, who or pki.web).get("/", *fields)
        assert got.status == 200, s.log()
        return b.request()

    return get


def test_CC_5_nothing_without_being_told(ask):
    got = ask()
    for name in NAMES:
        assert name.lower() not in got.names()


@pytest.mark.parametrize("where", ["route", "backend"])
def test_CC_1_CC_2_the_certificate_and_its_verified_chain(ask, pki, where):
    got = ask({"client_cert": True, "client_cert_chain": True}, where=where)
    assert got.all("client-cert") == [byte_sequence(der_of(pki.web))]
    # neither leaf nor root
    issuing = pki.issuer.certificate.public_bytes(certs.DER)
    assert got.all("client-cert-chain") == [byte_sequence(issuing)]


def test_CC_2_the_chain_is_the_verified_one(ask, pki, tmp_path):
    """Not what the client sent besides."""
    junk = certs.Issuer.root("Junk")
    path = pki.issuer.leaf(tmp_path / "x.pem", "x", chain=[junk.certificate])
    got = ask({"client_cert": True, "client_cert_chain": True}, path)
    issuing = pki.issuer.certificate.public_bytes(certs.DER)
    assert got.all("client-cert-chain") == [byte_sequence(issuing)]


def test_CC_2_no_chain_where_the_root_issued(ask, tmp_path):
    root = certs.Issuer.root("Root")
    ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
    path = root.leaf(tmp_path / "x.pem", "x")
    got = ask({"client_cert": True, "client_cert_chain": True}, path, ca=ca)
    assert got.all("client-cert") == [byte_sequence(der_of(path))]
    assert "client-cert-chain" not in got.names()


def elements(xfcc):
    """As Envoy's readers take it apart: pairs of key and value."""
    found = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^;,]*)(?:;|$)', xfcc)
    assert ";".join(f"{k}={v}" for k, v in found) == xfcc
    return [(k, v[1:-1] if v.startswith('"') else v) for k, v in found]


def test_XF_1_to_5_xfcc(ask, pki):
    got = ask({"xfcc": ALL["xfcc"]})
    pairs = elements(got.get("x-forwarded-client-cert"))
    values = dict(pairs)
    assert [k for k, _ in pairs] == ["Hash", "Cert", "Chain", "Subject",
                                     "URI", "DNS"]
    assert values["Hash"] == certs.fingerprint(pki.web)
    pem = certs.read(pki.web).public_bytes(certs.PEM).decode()
    assert urllib.parse.unquote(values["Cert"]) == pem
    issuing = pki.issuer.certificate.public_bytes(certs.PEM).decode()
    assert urllib.parse.unquote(values["Chain"]) == pem + issuing
    assert values["Subject"] == "CN=web.corp.example,O=Corp"
    assert values["URI"] == certs.URI
    assert values["DNS"] == "web.corp.example"


def test_XF_3_the_hash_is_always_there(ask, pki):
    got = ask({"xfcc": "uri"})
    assert got.all("x-forwarded-client-cert") == [
        f"Hash={certs.fingerprint(pki.web)};URI={certs.URI}"]


def test_XF_5_keys_are_repeated_and_values_quoted(ask, pki, tmp_path):
    path = pki.issuer.leaf(tmp_path / "x.pem", "x", sans=[
        certs.dns("a.b"), x509.UniformResourceIdentifier("x:a;By=b,c=d"),
        certs.dns("c.d"), certs.dns("*.wild.corp")])
    got = ask({"xfcc": ["uri", "dns"]}, path)
    assert got.get("x-forwarded-client-cert") == (
        f"Hash={certs.fingerprint(path)};"
        'URI="x:a;By=b,c=d";DNS=a.b;DNS=c.d')


def test_XF_6_by_is_our_own_uri(ask, pki, tmp_path):
    server = pki.issuer.leaf(
        tmp_path / "s.pem", NAME, eku=(certs.SERVER,),
        sans=[certs.dns(NAME), x509.UniformResourceIdentifier("x://us")])
    got = ask({"xfcc": "by"}, server=server)
    assert got.get("x-forwarded-client-cert") == (
        f"By=x://us;Hash={certs.fingerprint(pki.web)}")


HOSTILE = [
    'x",By=spiffe://evil', 'x\\', 'x\\"', 'x";Hash=00,Hash=11', "a,b;c=d",
    "x\r\nX-Who: evil", "\u00fc\u2603", '"', "\\\\", " x ", "#x", "x\0y",
]


@pytest.mark.parametrize("cn", HOSTILE, ids=repr)
def test_XF_8_a_subject_ends_nothing(ask, pki, tmp_path, cn):
    """SR-13: no second element, field or line, for any way to read quotes."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    path = pki.issuer.leaf(tmp_path / "x.pem", subject=subject)
    got = ask({"xfcc": ["subject"], "fields": {"X-Who": "%{subject}"}}, path)
    value = got.get("x-forwarded-client-cert")
    assert value.count('"') == 2 and value.endswith('"')
    assert not re.search(r'\\[\\"]', value)
    assert value.startswith(f'Hash={certs.fingerprint(path)};Subject="CN=')
    assert len(got.all("x-who")) == 1
    assert got.get("x-who").isascii() and got.get("x-who").isprintable()


def test_ID_23_an_empty_subject(ask, pki, tmp_path):
    key = certs.new_key()
    leaf = pki.issuer.sign(x509.Name([]), pki.issuer.certificate.subject, key,
                           sans=[certs.dns("a.b")], san_critical=True)
    path = certs.write(tmp_path / "x.pem", key, leaf,
                       pki.issuer.certificate)
    got = ask({"xfcc": ["subject", "dns"],
               "fields": {"X-S": "%{subject}", "X-D": "%{dns}"}}, path)
    assert got.get("x-forwarded-client-cert") == (
        f"Hash={certs.fingerprint(path)};DNS=a.b")
    assert "x-s" not in got.names() and got.get("x-d") == "a.b"


def test_FW_1_forwarded(ask):
    got = ask({"forwarded": True}, fields=[("Forwarded", "for=192.0.2.1")])
    assert got.all("forwarded") == [
        f"for=127.0.0.1;host={NAME};proto=https"]


def test_FW_2_an_ipv6_client(backend, serve, site, pki):
    b = backend()
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": {"forwarded": True}}
    c = config(site([route]), {"b": [b.server]})
    c["listeners"] = [{"address": "[::1]:0"}]
    s = serve(c)
    with Client(s.port, pki.web, address="::1") as client:
        client.request(host=f"{NAME}:8443")
    assert b.request().get("forwarded") == (
        f'for="[::1]";host="{NAME}:8443";proto=https')


def test_fields_of_choice(ask, pki):
    got = ask({"fields": ALL["fields"]},
              allow=[{"uri_prefix": "spiffe://corp.example/ns"}])
    assert got.get("x-who") == certs.URI
    assert got.get("x-about") == (
        "rule=uri_prefix:spiffe://corp.example/ns "
        f"serial={certs.serial_of(pki.web)} site={NAME}")
    assert got.get("x-names") == f"web.corp.example|{certs.URI}"
    assert got.get("x-subject") == "CN=web.corp.example,O=Corp"
    assert got.get("x-until") == (
        certs.not_after(pki.web).isoformat() + ".000Z")
    # it has no mail address
    assert "x-mail" not in got.names()


def test_no_identity_with_any(ask):
    assert "x-who" not in ask({"fields": ALL["fields"]}).names()


def test_addresses_are_written_out(ask, pki, tmp_path):
    path = pki.issuer.leaf(tmp_path / "x.pem", "x", sans=[
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1"))])
    got = ask({"fields": {"X-I": "%{ip}", "X-W": "%{identity}"}}, path,
              allow=[{"ip": "2001:db8::/32"}])
    assert got.get("x-i") == "10.0.0.1,2001:db8::1"
    assert got.get("x-w") == "2001:db8::1"


def test_the_route_goes_before_the_backend(backend, serve, site, web, pki):
    b = backend()
    routes = [
        {"path": "/own", "allow": "any", "backend": "b",
         "forward_identity": {"fields": {"X-Own": "%{serial}"}}},
        {"path": "/none", "allow": "any", "backend": "b",
         "forward_identity": {}},
        {"path": "/", "allow": "any", "backend": "b"}]
    c = config(site(routes), {"b": [b.server]})
    c["backends"]["b"]["forward_identity"] = {
        "fields": {"X-Theirs": "%{serial}"}}
    s = serve(c)
    client = web(s)
    # what one route emits is taken from the requests of all
    forged = [("X-Own", "forged"), ("x_theirs", "forged")]
    for n, (path, names) in enumerate([("/own", {"x-own"}), ("/none", set()),
                                       ("/", {"x-theirs"})]):
        client.get(path, *forged)
        got = b.request(n)
        assert "forged" not in str(got.fields)
        assert {x for x in got.names() if x in ("x-own", "x-theirs",
                                                "x_theirs")} == names


SPELLINGS = [
    str.lower, str.upper, lambda n: n.replace("-", "_"),
    lambda n: n.replace("-", "."), lambda n: n.replace("-", "~", 1),
]


@pytest.mark.parametrize("spell", range(len(SPELLINGS)))
def test_SR_15_SR_16_CC_3_forged_ones_are_dropped(ask, spell):
    forged = [(SPELLINGS[spell](n), "forged") for n in NAMES]
    got = ask(ALL, fields=forged)
    assert "forged" not in str(got.fields)
    for name in ("client-cert", "client-cert-chain", "forwarded",
                 "x-forwarded-client-cert", "x-subject"):
        assert len(got.all(name)) == 1


def test_SR_17_connection_names_none_of_them(ask):
    got = ask(ALL, fields=[("Connection", ", ".join(NAMES))])
    for name in ("client-cert", "client-cert-chain", "forwarded",
                 "x-forwarded-client-cert", "x-subject", "x-about"):
        assert len(got.all(name)) == 1


def test_SR_21_trailers_carry_none_of_them(backend, serve, site, web):
    b = backend()
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": ALL}
    client = web(serve(config(site([route]), {"b": [b.server]})))
    trailers = [(spell(n), "forged") for n in NAMES for spell in SPELLINGS]
    client.send(f"POST / HTTP/1.1\r\nHost: {NAME}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                + "".join(f"{n}: {v}\r\n" for n, v in trailers)
                + "X-Kept: a\r\n\r\n")
    assert client.read_response().status == 200
    got = b.request()
    assert got.trailers == [("X-Kept", "a")]
    assert "forged" not in str(got.fields)


@pytest.mark.parametrize("vary, said", [
    ("Client-Cert", "*"), ("accept, CLIENT-CERT-CHAIN", "*"), ("x_who", "*"),
    ("X-Forwarded-Client-Cert, Accept", "*"), ("Accept", "Accept"),
    ("X-Forwarded-Proto", "X-Forwarded-Proto"),
])
def test_CC_6_vary(backend, serve, site, web, vary, said):
    b = backend(response(b"abc", fields=[("Vary", vary), ("Vary", "Origin")]))
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": ALL}
    got = web(serve(config(site([route]), {"b": [b.server]}))).get()
    assert got.all("vary") == (["*"] if said == "*" else [said, "Origin"])


def test_CC_10_never_in_responses(backend, serve, site, web):
    b = backend(response(b"abc", fields=[
        ("Client-Cert", ":AA==:"), ("Client-Cert-Chain", ":AA==:"),
        ("X-Kept", "a")]))
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": ALL}
    got = web(serve(config(site([route]), {"b": [b.server]}))).get()
    assert got.get("x-kept") == "a"
    assert not [n for n in got.names() if "cert" in n]


def test_CC_9_too_much_of_it_is_refused(backend, serve, site, web, pki,
                                        tmp_path):
    many = pki.issuer.leaf(tmp_path / "x.pem", "x", sans=[
        certs.dns(f"{'a' * 50}{i}.corp.example") for i in range(60)])
    b = backend()
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": {"client_cert": True, "max_size": "2KiB"}}
    s = serve(config(site([route]), {"b": [b.server]}))
    assert web(s).get().status == 200
    assert web(s, many).get().status == 431
    assert s.wait_for("request", status=431)["err"] == "identity-long"
    assert len(b.requests) == 1


def test_many_clients_one_issuer_and_a_reload(backend, serve, site, web, pki,
                                              tmp_path):
    """A connection that is open is told of by what is in force now."""
    import json
    import os
    import signal

    b = backend()
    route = {"path": "/", "allow": "any", "backend": "b"}
    c = config(site([route]), {"b": [b.server]})
    s = serve(c)
    clients = [web(s, pki.web), web(s, pki.batch)]
    for client in clients:
        assert client.get().status == 200
    route["forward_identity"] = {"client_cert": True,
                                 "client_cert_chain": True}
    s.path.write_text(json.dumps(c))
    os.kill(s.pid, signal.SIGHUP)
    s.wait_for("reloaded")
    for n, (client, path) in enumerate(zip(clients, [pki.web, pki.batch])):
        assert client.get().status == 200
        got = b.request(2 + n)
        assert got.get("client-cert") == byte_sequence(der_of(path))
        assert got.all("client-cert-chain") == [byte_sequence(
            pki.issuer.certificate.public_bytes(certs.DER))]


@both
def test_CC_7_a_resumed_session_says_the_same(backend, serve, site, pki,
                                              version):
    b = backend()
    route = {"path": "/", "allow": [{"dns": "web.corp.example"}],
             "backend": "b", "forward_identity": ALL}
    s = serve(config(site([route]), {"b": [b.server]}))
    visitor = Visitor(pki.web, version)
    assert [visitor.visit(s.port)[0] for _ in range(3)] == [False, True, True]
    first, *others = (b.request(n).fields for n in range(3))
    assert dict(first)["Client-Cert"] == byte_sequence(der_of(pki.web))
    assert others == [first, first]


@pytest.mark.parametrize("how, said", [
    ({"client_cert_chain": True}, "client_cert_chain needs client_cert"),
    ({"fields": {"X-A": "%{name}"}}, 'there is no "%{name}"'),
    ({"fields": {"X-A": "%{identty}"}}, 'did you mean "%{identity}"?'),
    ({"fields": {"X-A": "%{identity"}}, '"%{" without "}"'),
    ({"fields": {"X-A": "x"}}, "belongs to set_headers"),
    ({"fields": {"X-A": "a\r\nb %{dns}"}}, "in one line"),
    ({"fields": {"Host": "%{dns}"}}, "has a meaning of its own"),
    ({"fields": {"authorization": "%{dns}"}}, "has a meaning of its own"),
    ({"fields": {"X A": "%{dns}"}}, "the name of a header field"),
    ({"fields": {"X-A": "%{dns}", "x_a": "%{uri}"}}, "is here already"),
    ({"xfcc": ["dn"]}, "one of by, hash, cert"),
    ({"xfcc": []}, "one of by, hash, cert"),
    ({"max_size": "1"}, "from 1KiB to 1MiB"),
])
def test_mistakes(site, tmp_path, how, said):
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": how}
    path = write_config(tmp_path, config(site([route]), {"b": ["http://x"]}))
    code, _, err = check(path)
    assert code == 1 and said in err


def test_set_headers_cannot_say_what_a_route_emits(site, tmp_path):
    routes = [
        {"path": "/a", "allow": "any", "backend": "b",
         "request": {"set_headers": {"X_Who": "me"}}},
        {"path": "/", "allow": "any", "backend": "b",
         "forward_identity": {"fields": {"X-Who": "%{identity}"}}}]
    path = write_config(tmp_path, config(site(routes), {"b": ["http://x"]}))
    code, _, err = check(path)
    assert code == 1 and "it tells a backend who the client is" in err


def test_what_check_shows_loads_again(site, tmp_path):
    route = {"path": "/", "allow": "any", "backend": "b",
             "forward_identity": ALL}
    path = write_config(tmp_path, config(site([route]), {"b": ["http://x"]}))
    code, first, err = check(path, "-T")
    assert code == 0, err
    again = tmp_path / "again.yaml"
    again.write_text(first)
    assert check(again, "-T") == (0, first, err)
