"""The first door: TLS, and the client's chain."""

import re
import socket
import ssl
import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

import certs
import http1
from client import NAME, Client, Refused, alert_of, context, refusal
from conftest import config
from sallyport import CEILING

WHOAMI = [{"path": "/", "allow": "any", "respond": "whoami"}]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

both_versions = pytest.mark.parametrize(
    "version", VERSIONS, ids=["TLSv1.2", "TLSv1.3"]
)


@pytest.fixture
def whoami(serve, site):
    """whoami(...): one site that tells everyone who they are."""
    return lambda **options: serve(config(site(WHOAMI, **options)))


@both_versions
def test_both_versions(whoami, web, pki, version):
    c = web(whoami(), version=version, ca=pki.ca.ca)
    got = c.get("/whoami")
    assert got.status == 200
    assert f'"version":"{c.sock.version()}"' in got.body.decode()
    assert c.sock.version() == ["TLSv1.2", "TLSv1.3"][VERSIONS.index(version)]


@both_versions
def test_no_certificate(whoami, version):
    s = whoami()
    alert = refusal(s.port, version=version)
    # RFC 8446, 6.2: certificate_required is of TLS 1.3; RFC 5246, 7.4.6
    assert alert == ("certificate required"
                     if version == ssl.TLSVersion.TLSv1_3
                     else "handshake failure")
    r = s.wait_for("handshake-refused", err="cert-none")
    assert (r["sni"], r["site"], r["client"]) == (NAME, NAME, "127.0.0.1")


def wrong_ca(d, pki, elsewhere):
    return elsewhere.web


def expired(d, pki, elsewhere):
    return pki.issuer.leaf(d / "c.pem", start=timedelta(days=-9),
                           end=timedelta(seconds=-2))


def not_yet_valid(d, pki, elsewhere):
    return pki.issuer.leaf(d / "c.pem", start=timedelta(hours=1))


def revoked(d, pki, elsewhere):
    return pki.former


def no_client_auth(d, pki, elsewhere):
    return pki.issuer.leaf(d / "c.pem", eku=[certs.SERVER])


def servers_certificate(d, pki, elsewhere):
    return pki.api


def any_usage(d, pki, elsewhere):
    return pki.issuer.leaf(
        d / "c.pem", eku=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])


def no_usage(d, pki, elsewhere):
    return pki.issuer.leaf(d / "c.pem", eku=None)


def self_signed(d, pki, elsewhere):
    return pki.issuer.self_signed(d / "c.pem", "web.corp.example",
                                  sans=[certs.dns("web.corp.example")])


def same_issuer_name(d, pki, elsewhere):
    """A CA with the name of the real one and another key."""
    fake = certs.Issuer.root("fake")
    fake.certificate = fake.sign(pki.issuer.certificate.subject,
                                 pki.issuer.certificate.subject, fake.key,
                                 ca=True)
    return fake.leaf(d / "c.pem", sans=[certs.dns("web.corp.example")])


def leaf_as_ca(d, pki, elsewhere):
    """Signed by an ordinary client's key."""
    web = certs.Issuer.load(pki.web, pki.web.with_suffix(".key"))
    return web.leaf(d / "c.pem", chain=[pki.issuer.certificate])


def a_ca(d, pki, elsewhere):
    key = certs.new_key()
    c = pki.issuer.sign(certs.name("a ca"), pki.issuer.certificate.subject,
                        key, ca=True)
    return certs.write(d / "c.pem", key, c, pki.issuer.certificate)


def unknown_critical(d, pki, elsewhere):
    extension = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    return pki.issuer.leaf(d / "c.pem", more=[(extension, True)])


def many_names(d, pki, elsewhere):
    return pki.issuer.leaf(
        d / "c.pem",
        sans=[certs.dns(f"n{i}.corp.example") for i in range(200)])


def tampered(d, pki, elsewhere):
    """One's own certificate, made to say something else."""
    key = certs.new_key()
    c = pki.issuer.sign(certs.name("mine"), pki.issuer.certificate.subject,
                        key, sans=[certs.dns("bat.corp.example")])
    der = c.public_bytes(certs.DER).replace(b"bat.corp", b"web.corp")
    return certs.write(d / "c.pem", key, x509.load_der_x509_certificate(der))


REFUSED = [
    # who, the alert of RFC 8446, 6.2, and our own reason
    (wrong_ca, "unknown ca", "cert-unknown-ca"),
    (expired, "certificate expired", "cert-expired"),
    (not_yet_valid, "certificate expired", "cert-not-yet-valid"),
    (revoked, "certificate revoked", "cert-revoked"),
    (no_client_auth, "unsupported certificate", "cert-purpose"),
    (servers_certificate, "unsupported certificate", "cert-purpose"),
    (any_usage, "unsupported certificate", "cert-purpose"),
    (no_usage, "unsupported certificate", "cert-purpose"),
    (self_signed, "unknown ca", "cert-unknown-ca"),
    (same_issuer_name, "", "cert-"),
    (leaf_as_ca, "unknown ca", "cert-"),
    (a_ca, "", "cert-"),
    (unknown_critical, "unsupported certificate", "cert-critical-extension"),
    (tampered, "bad certificate", "cert-signature"),
    (many_names, "bad certificate", "cert-sans-many"),
]


@both_versions
@pytest.mark.parametrize("make, alert, err", REFUSED,
                         ids=[m.__name__ for m, _, _ in REFUSED])
def test_SR_12_a_chain_is_refused(whoami, tmp_path, pki, elsewhere, make,
                                  alert, err, version):
    s = whoami()
    who = make(tmp_path, pki, elsewhere)
    got = refusal(s.port, who, version=version)
    assert alert in got
    assert got not in ("eof", "reset", "close_notify")
    r = s.wait_for("handshake-refused")
    assert r["err"].startswith(err)
    assert r["serial"] == certs.serial_of(who)
    # and who is good still gets in
    with Client(s.port, pki.web, version=version) as c:
        assert c.get().status == 200


def test_a_chain_needs_no_extra_certificates(whoami, web, pki, tmp_path):
    """The issuing CA is known here: a client may leave it out."""
    alone = tmp_path / "alone.pem"
    pem = pki.web.read_bytes()
    end = b"-----END CERTIFICATE-----\n"
    alone.write_bytes(pem.split(end)[0] + end)
    key = pki.web.with_suffix(".key").read_bytes()
    alone.with_suffix(".key").write_bytes(key)
    assert web(whoami(), alone).get().status == 200


class TestThreeLevels:
    """root > issuing > leaf, with CRLs made here."""

    @pytest.fixture
    def tree(self, tmp_path):
        root = certs.Issuer.root("root")
        issuing = root.ca_below("issuing")
        leaf = issuing.leaf(tmp_path / "leaf.pem",
                            sans=[certs.dns("web.corp.example")])
        ca = certs.write(tmp_path / "ca.pem", None, root.certificate)
        return root, issuing, leaf, ca

    def serve(self, whoami, tmp_path, tree, root_crl, issuing_crl):
        crls = certs.write_crls(tmp_path / "all.crl", root_crl, issuing_crl)
        return whoami(ca=tree[3], crl=crls)

    def test_nothing_is_revoked(self, whoami, tmp_path, tree, web):
        root, issuing, leaf, ca = tree
        certs.write(ca, None, root.certificate, issuing.certificate)
        s = self.serve(whoami, tmp_path, tree, root.crl(), issuing.crl())
        assert web(s, leaf).get().status == 200

    def test_the_leaf_is_revoked(self, whoami, tmp_path, tree):
        root, issuing, leaf, ca = tree
        certs.write(ca, None, root.certificate, issuing.certificate)
        s = self.serve(whoami, tmp_path, tree, root.crl(),
                       issuing.crl([certs.read(leaf)]))
        assert refusal(s.port, leaf) == "certificate revoked"
        r = s.wait_for("handshake-refused", err="cert-revoked")
        assert str(r["depth"]) == "0"

    def test_the_intermediate_is_revoked(self, whoami, tmp_path, tree):
        root, issuing, leaf, ca = tree
        certs.write(ca, None, root.certificate, issuing.certificate)
        s = self.serve(whoami, tmp_path, tree,
                       root.crl([issuing.certificate]), issuing.crl())
        assert refusal(s.port, leaf) == "certificate revoked"
        r = s.wait_for("handshake-refused", err="cert-revoked")
        assert str(r["depth"]) == "1" and "CN=issuing" in r["culprit"]

    def test_a_crl_has_expired(self, whoami, tmp_path, tree):
        root, issuing, leaf, ca = tree
        certs.write(ca, None, root.certificate, issuing.certificate)
        s = self.serve(
            whoami, tmp_path, tree, root.crl(),
            issuing.crl(start=timedelta(days=-9), end=timedelta(days=-1)))
        assert refusal(s.port, leaf) == "certificate unknown"
        s.wait_for("handshake-refused", err="crl-expired")

    def test_a_crl_is_missing(self, whoami, tmp_path, tree):
        root, issuing, leaf, ca = tree
        certs.write(ca, None, root.certificate, issuing.certificate)
        crls = certs.write_crls(tmp_path / "some.crl", root.crl())
        s = whoami(ca=ca, crl=crls)
        assert refusal(s.port, leaf) == "certificate unknown"
        s.wait_for("handshake-refused", err="crl-missing")

    def test_without_crls_nothing_is_asked_of_them(self, whoami, tree, web):
        root, issuing, leaf, ca = tree
        assert web(whoami(ca=ca, crl=None), leaf).get().status == 200


class TestSites:
    """SNI picks the site, and with it the certificate and the CAs."""

    @pytest.fixture
    def sites(self, site, pki, elsewhere):
        return [
            site(WHOAMI, names=[NAME, "*.svc.corp.example"]),
            site(WHOAMI, names=["partner.example"], server=elsewhere.server,
                 ca=elsewhere.ca),
        ]

    @both_versions
    @pytest.mark.parametrize(
        "sni, is_ours",
        [
            (NAME, True),
            (NAME.upper(), True),
            ("a.svc.corp.example", True),
            ("partner.example", False),
            ("Partner.Example", False),
        ],
    )
    def test_each_name_its_certificate_and_ca(self, serve, sites, pki,
                                              elsewhere, sni, is_ours,
                                              version):
        s = serve(config(sites))
        ours = (pki.web, pki.ca.ca, "unknown ca", NAME)
        theirs = (elsewhere.web, elsewhere.ca.ca, "unknown ca",
                  "partner.example")
        good, bad = (ours, theirs) if is_ours else (theirs, ours)
        with Client(s.port, good[0], sni=sni, ca=good[1],
                    version=version) as c:
            body = c.get(host=sni).body.decode()
            assert f'"site":"{good[3]}"' in body
        assert refusal(s.port, bad[0], sni=sni, version=version) == bad[2]
        with pytest.raises(Refused):
            Client(s.port, good[0], sni=sni, ca=bad[1], version=version)

    @pytest.mark.parametrize(
        "sni",
        [
            None,
            "unknown.example",
            "svc.corp.example",
            "a.b.svc.corp.example",
            "api.corp.example.evil.example",
            "xapi.corp.example",
        ],
    )
    @both_versions
    def test_an_unknown_name_is_refused(self, serve, sites, pki, sni,
                                        version):
        s = serve(config(sites))
        assert refusal(s.port, pki.web, sni=sni,
                       version=version) == "unrecognized name"
        r = s.wait_for("handshake-refused", err="tls-no-site")
        assert r.get("sni") == sni

    @pytest.mark.parametrize("sni", [None, "unknown.example",
                                     "a.b.svc.corp.example"])
    @both_versions
    def test_the_star_takes_what_is_left(self, serve, site, sites, web, pki,
                                         sni, version):
        sites.append(site(WHOAMI, names=["*"], server=pki.other))
        s = serve(config(sites))
        c = web(s, sni=sni, version=version)
        peer = x509.load_der_x509_certificate(c.sock.getpeercert(True))
        assert "other.corp.example" in peer.subject.rfc4514_string()
        got = c.get(host=sni or "127.0.0.1")
        assert '"site":"*"' in got.body.decode()
        assert web(s).get().body.count(b'"site":"api.corp.example"') == 1

    def test_the_star_has_a_ca_of_its_own(self, serve, site, sites, pki,
                                          elsewhere):
        sites.append(site(WHOAMI, names=["*"], server=pki.other,
                          ca=elsewhere.ca))
        s = serve(config(sites))
        assert refusal(s.port, pki.web, sni=None) == "unknown ca"
        assert refusal(s.port, elsewhere.web, sni=NAME) == "unknown ca"

    def test_tells_which_cas_it_believes(self, serve, sites, elsewhere):
        s = serve(config(sites))
        for sni, org in ((NAME, "Corp"), ("partner.example", "Elsewhere")):
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{s.port}",
                 "-servername", sni],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=CEILING,
            )
            names = re.search(r"Acceptable client certificate CA names\n"
                              r"((?:.*CN = .*\n)+)", done.stdout)
            assert names, done.stdout
            assert all(f"O = {org}" in n for n in names[1].splitlines())


class TestAlpn:
    def test_http_1_1_is_chosen(self, whoami, web):
        c = web(whoami(), alpn=["h2", "http/1.1"])
        assert c.sock.selected_alpn_protocol() == "http/1.1"
        assert '"alpn":"http/1.1"' in c.get().body.decode()

    @pytest.mark.parametrize("offer, chosen", [
        (["http/1.0"], "http/1.0"),
        (["http/1.0", "http/1.1"], "http/1.1"),
    ])
    def test_H1_15_who_knows_no_better_gets_http_1_0(self, whoami, web, offer,
                                                     chosen):
        c = web(whoami(), alpn=offer)
        assert c.sock.selected_alpn_protocol() == chosen
        assert c.get().status == 200

    def test_who_asks_for_nothing_gets_http_1_1(self, whoami, web):
        c = web(whoami(), alpn=None)
        assert c.sock.selected_alpn_protocol() is None
        assert c.get().status == 200

    @both_versions
    def test_nothing_in_common_is_refused(self, whoami, pki, version):
        s = whoami()
        assert refusal(s.port, pki.web, alpn=["h2", "spdy/3"],
                       version=version) == "no application protocol"
        s.wait_for("handshake-refused", err="tls-alpn")


def test_SR_6_system_roots_are_never_used(serve, site, tmp_path, pki,
                                          elsewhere, monkeypatch):
    """Not even where OpenSSL is told by the environment where they are."""
    monkeypatch.setenv("SSL_CERT_FILE", str(elsewhere.ca.ca))
    monkeypatch.setenv("SSL_CERT_DIR", str(elsewhere.ca.dir))
    s = serve(config(site(WHOAMI)))
    assert refusal(s.port, elsewhere.web) == "unknown ca"


def read_all(sock):
    sock.settimeout(CEILING)
    got = b""
    try:
        while data := sock.recv(65536):
            got += data
    except ConnectionResetError:
        pass
    return got


@pytest.mark.parametrize("sent", [
    b"GET / HTTP/1.1\r\nHost: api.corp.example\r\n\r\n",
    b"POST / HTTP/1.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT api.corp.example:443 HTTP/1.1\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x00" * 64,
])
def test_who_speaks_no_tls_is_told_off(whoami, sent):
    s = whoami()
    with socket.create_connection(("127.0.0.1", s.port)) as c:
        c.sendall(sent)
        got = read_all(c)
    assert b"HTTP" not in got
    assert s.wait_for("handshake-refused")["err"] == "tls-plain"


@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
def test_who_leaves_before_the_handshake(whoami, web, sent):
    s = whoami()
    with socket.create_connection(("127.0.0.1", s.port)) as c:
        c.sendall(sent)
    assert s.wait_for("handshake-refused")["err"] == "closed"
    assert web(s).get().status == 200


def s_client(s, pki, *options, text=""):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{s.port}",
         "-servername", NAME, "-cert", pki.web,
         "-key", pki.web.with_suffix(".key"), *options],
        input=text, capture_output=True, text=True, timeout=CEILING,
    )


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(whoami, pki, version):
    s = whoami()
    done = s_client(s, pki, version, "-cipher", "ALL:@SECLEVEL=0")
    assert "alert protocol version" in done.stderr
    assert s.wait_for("handshake-refused")["err"] == "tls-version"


def test_the_oldest_version_is_configured(serve, site, pki):
    s = serve(config(site(WHOAMI), tls={"min_version": "1.3"}))
    assert refusal(s.port, pki.web, version=ssl.TLSVersion.TLSv1_2) == (
        "protocol version")
    with Client(s.port, pki.web) as c:
        assert c.get().status == 200


def test_ciphers_and_groups_are_configured(serve, site, pki, web):
    s = serve(config(site(WHOAMI), tls={
        "ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ciphersuites": "TLS_CHACHA20_POLY1305_SHA256",
        "groups": "P-384:P-256",
    }))
    got = web(s).get().body.decode()
    assert '"cipher":"TLS_CHACHA20_POLY1305_SHA256"' in got
    assert '"group":"secp384r1"' in got
    c = web(s, version=ssl.TLSVersion.TLSv1_2)
    assert c.sock.cipher()[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
    done = s_client(s, pki, "-tls1_3", "-ciphersuites",
                    "TLS_AES_128_GCM_SHA256")
    assert "alert handshake failure" in done.stderr
    s.wait_for("handshake-refused", err="tls-cipher")


@pytest.mark.parametrize("cipher", [
    "AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA",
    "DHE-RSA-AES128-GCM-SHA256", "aNULL", "eNULL", "3DES", "RC4",
])
def test_weak_ciphers_are_refused(whoami, pki, cipher):
    s = whoami()
    done = s_client(s, pki, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert "Cipher is (NONE)" in done.stdout or "no cipher" in done.stderr


def test_renegotiation_is_refused(whoami, pki):
    s = whoami()
    done = s_client(s, pki, "-tls1_2", text="R\n")
    assert "RENEGOTIATING" in done.stdout + done.stderr
    assert "no renegotiation" in done.stderr
    assert "HTTP/1.1" not in done.stdout


def test_nothing_is_compressed(whoami, pki):
    s = whoami()
    for version in "-tls1_2", "-tls1_3":
        assert "Compression: NONE" in s_client(s, pki, version).stdout


def test_SR_2_without_tickets_each_handshake_is_a_full_one(serve, site, pki):
    """There is no other kind of resumption: no session has an identifier."""
    s = serve(config(site(WHOAMI), sessions={"tickets": False}))
    for version in "-tls1_2", "-tls1_3":
        out = s_client(s, pki, version).stdout
        assert "session ticket" not in out.lower()
        assert not re.search(r"Session-ID: \w", out)
    ctx = context(pki.web, version=ssl.TLSVersion.TLSv1_2)
    session = None
    for _ in range(2):
        raw = socket.create_connection(("127.0.0.1", s.port), CEILING)
        with ctx.wrap_socket(raw, server_hostname=NAME,
                             session=session) as c:
            assert not c.session_reused
            session = c.session


def handshake_in_pieces(s, pki, cut, version):
    """A handshake whose every octet goes out as cut(data) says; the
    connection's octets in and out, and the TLS object."""
    ctx = context(pki.web, version=version)
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ctx.wrap_bio(inward, outward, server_hostname=NAME)
    sock = socket.create_connection(("127.0.0.1", s.port), CEILING)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(f, *args):
        while True:
            try:
                result = f(*args)
            except ssl.SSLWantReadError:
                result = None
            for piece in cut(outward.read()):
                sock.sendall(piece)
            if result is not None:
                return result
            inward.write(sock.recv(65536))

    call(lambda: tls.do_handshake() or True)
    call(tls.write, f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    incoming = http1.Incoming(lambda: call(tls.read, 65536))
    got = http1.read_response(incoming)
    sock.close()
    return got


def octet_by_octet(data):
    return [data[i:i + 1] for i in range(len(data))]


def records_of_one_octet(data):
    """The first flight as TLS records with one octet of handshake each."""
    out = b""
    while data and data[0] == 22 and not records_of_one_octet.is_done:
        size = int.from_bytes(data[3:5], "big")
        for i in range(size):
            out += data[:3] + b"\x00\x01" + data[5 + i:6 + i]
        data = data[5 + size:]
    records_of_one_octet.is_done = True
    return [out + data]


@both_versions
def test_SR_4_a_client_hello_octet_by_octet(whoami, pki, version):
    """Over TCP segments; the whole handshake too, for good measure."""
    got = handshake_in_pieces(whoami(), pki, octet_by_octet, version)
    assert got.status == 200 and f'"sni":"{NAME}"' in got.body.decode()


@both_versions
def test_SR_4_a_client_hello_in_records_of_one_octet(whoami, pki, version):
    records_of_one_octet.is_done = False
    got = handshake_in_pieces(whoami(), pki, records_of_one_octet, version)
    assert got.status == 200 and f'"sni":"{NAME}"' in got.body.decode()


def test_several_certificates_by_the_kind_of_key(serve, site, pki, tmp_path):
    """A site has an EC and an RSA certificate; the client can do one."""
    pki.ca.run("server", NAME, "--as", "api-rsa", "--rsa=2048")
    rsa = pki.ca.dir / "servers" / "api-rsa.pem"
    conf = site(WHOAMI)
    conf["certificates"].append(
        {"chain": str(rsa), "key": str(rsa.with_suffix(".key"))})
    s = serve(config(conf))
    for cipher in "ECDHE-ECDSA-AES128-GCM-SHA256", (
            "ECDHE-RSA-AES128-GCM-SHA256"):
        done = s_client(s, pki, "-tls1_2", "-cipher", cipher)
        assert f"Cipher is {cipher}" in done.stdout


def test_a_clients_rsa_key(whoami, web, pki):
    rsa = pki.ca.client("rsa", "rsa.corp.example", "--rsa=2048")
    s = whoami()
    for version in VERSIONS:
        assert web(s, rsa, version=version).get().status == 200


def test_garbage_after_the_handshake(whoami, pki):
    """A record that does not decrypt: an alert, and nothing is served."""
    s = whoami()
    raw = socket.create_connection(("127.0.0.1", s.port), CEILING)
    c = context(pki.web).wrap_socket(raw, server_hostname=NAME)
    socket.socket.sendall(c, b"\x17\x03\x03\x00\x20" + b"\xaa" * 32)
    with pytest.raises(ssl.SSLError) as e:
        c.recv(100)
    assert alert_of(e.value) == "bad record mac"
    c.close()


def test_openssl_curl_agree(whoami, pki):
    """Real clients, as operators use them."""
    s = whoami()
    done = subprocess.run(
        ["curl", "-q", "-sS", "--noproxy", "*", "--cacert", pki.ca.ca,
         "--resolve", f"{NAME}:{s.port}:127.0.0.1", "--cert", pki.web,
         "--key", pki.web.with_suffix(".key"),
         f"https://{NAME}:{s.port}/whoami"],
        capture_output=True, text=True, timeout=CEILING,
    )
    assert done.returncode == 0, done.stderr
    assert '"value":"web.corp.example"' in done.stdout
    done = s_client(s, pki, "-quiet", "-no_ign_eof", "-verify_return_error",
                    "-CAfile", pki.ca.ca, "-ign_eof",
                    text=f"GET / HTTP/1.1\r\nHost: {NAME}\r\n"
                         "Connection: close\r\n\r\n")
    assert '"value":"web.corp.example"' in done.stdout
