#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/err.h"
#include "cert/explain.h"
#include "cert/intern.h"
#include "support/cert_peer.h"
#include "tls/ticket.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

#define SITE_A CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "ca.pem")

/* RFC 8446, 6.2: what a client is told about its certificate. */
static int
alert_for(int err)
{
	switch (err) {
	case E_CERT_EXPIRED:
	case E_CERT_NOT_YET:
		return SSL_AD_CERTIFICATE_EXPIRED;
	case E_CERT_UNKNOWN_CA:
	case E_CERT_DEPTH:
	case E_CERT_PATHLEN:
	case E_CERT_NOT_CA:
		return SSL_AD_UNKNOWN_CA;
	case E_CERT_REVOKED:
		return SSL_AD_CERTIFICATE_REVOKED;
	case E_CERT_IS_CA:
	case E_CERT_PURPOSE:
	case E_CERT_CRITICAL:
		return SSL_AD_UNSUPPORTED_CERTIFICATE;
	case E_CERT_CRL_MISSING:
	case E_CERT_CRL_EXPIRED:
	case E_CERT_CRL_NOT_YET:
	case E_CERT_CRL_BAD:
		return SSL_AD_CERTIFICATE_UNKNOWN;
	case E_CERT_MALFORMED:
	case E_CERT_SIGNATURE:
	case E_CERT_NAME_CONSTRAINT:
	case E_CERT_WEAK:
	case E_CERT_POLICY:
	case E_CERT_VALIDITY:
	case E_CERT_SANS_MANY:
		return SSL_AD_BAD_CERTIFICATE;
	default:
		return -1;
	}
}

static char *
text_of(const struct buf *b)
{
	return strndup(buf_slice(b).p != NULL ? buf_slice(b).p : "",
	    buf_len(b));
}

/* p: clear it. */
static const struct tls_peer *
meet(struct cert_peer *p, struct cert_server *s, const struct cert_chain *c,
    int version)
{
	const struct cert_peer_params params = { .version = version,
		.sni = "a.example",
		.leaf = &c->shown_leaf,
		.chain = c->shown };

	cert_peer_init(p, s, &params);
	cert_peer_run(p);
	return io_tls_peer(p->io);
}

static void
shake(const struct cert_case *cc, struct cert_server *s,
    const struct cert_chain *c, int version)
{
	struct cert_peer p;
	const struct tls_peer *peer = meet(&p, s, c, version);

	ck_assert_msg(p.is_done && p.err == cc->err,
	    "%s %s: %s, not %s; by OpenSSL %s", cc->id, cc->name,
	    err_slug(p.err), err_slug(cc->err), p.openssl);
	ck_assert_int_eq(peer->verdict.err, cc->err);
	ck_assert_uint_eq(peer->verdict.depth, cc->depth);
	ck_assert_ptr_nonnull(peer->verdict.ident);
	ck_assert_msg(p.alert == alert_for(cc->err), "%s %s: alert %d", cc->id,
	    cc->name, p.alert);
	if (cc->err == 0)
		ck_assert(p.is_connected);
	ck_assert(!peer->is_refused);
	cert_peer_clear(&p);
}

/* The same where a refused client is told by HTTP: connected, and refused. */
static void
shake_told(const struct cert_case *cc, struct cert_server *s,
    const struct cert_chain *c, int version)
{
	struct cert_peer p;
	const struct tls_peer *peer = meet(&p, s, c, version);
	size_t n;

	ck_assert_msg(p.is_done && p.err == cc->err, "%s %s: %s, not %s",
	    cc->id, cc->name, err_slug(p.err), err_slug(cc->err));
	ck_assert_int_eq(peer->verdict.err, cc->err);
	ck_assert_uint_eq(peer->verdict.depth, cc->depth);
	ck_assert(peer->is_refused == (cc->err != 0));
	ck_assert_int_eq(p.alert, -1);
	ck_assert(p.is_connected);
	ck_assert_int_eq(io_write(p.io, SL("403"), &n), 0);
	cert_peer_run(&p);
	ck_assert(slice_eq(buf_slice(&p.in), SL("403")));
	if (cc->err != 0)
		ck_assert(!SSL_SESSION_has_ticket(SSL_get0_session(p.ssl)));
	cert_peer_clear(&p);
}

/* What `sallyport explain` is told of the same chain. */
static void
explain(const struct cert_case *cc, const struct cert_server *s,
    const struct cert_chain *c)
{
	struct verdict v;
	struct report r;
	struct buf pem;

	buf_init(&pem, 1 << 20);
	cert_pem(&pem, &c->shown_leaf);
	for (int i = 0; i < sk_X509_num(c->shown); i++)
		cert_pem(&pem,
		    &(struct cert) { .x = sk_X509_value(c->shown, i) });
	report_init(&r);
	ck_assert_int_eq(explain_chain(&s->conf->sites[0].clients,
			     tls_site_at(s->tls, 0)->verifier, buf_slice(&pem),
			     CERT_NOW, &r, &v),
	    0);
	ck_assert_msg(v.err == cc->err && v.depth == cc->depth,
	    "%s %s: explained as %s", cc->id, cc->name, err_slug(v.err));
	verdict_clear(&v);
	report_clear(&r);
	buf_clear(&pem);
}

/* And what cert/verify says by itself. */
static void
judge(const struct cert_case *cc, const struct cert_server *s,
    const struct cert_chain *c)
{
	struct verdict v;

	(void)verifier_judge(tls_site_at(s->tls, 0)->verifier, c->shown_leaf.x,
	    c->shown, CERT_NOW, &v);
	ck_assert_msg(v.err == cc->err && v.depth == cc->depth,
	    "%s %s: judged as %s", cc->id, cc->name, err_slug(v.err));
	verdict_clear(&v);
}

/* What the case asks for, as a configuration says it. */
static void
write_clients(const struct cert_case *cc, char *out, size_t max)
{
	const struct cert_asked *a = &cc->asked;
	char depth[32] = "", bits[40] = "", validity[40] = "", policy[64] = "";

	if (a->max_depth_1 > 0)
		snprintf(depth, sizeof(depth), ", max_depth: %u",
		    a->max_depth_1 - 1);
	if (a->min_key_bits > 0)
		snprintf(bits, sizeof(bits), ", min_key_bits: %u",
		    a->min_key_bits);
	if (a->max_validity_ms > 0)
		snprintf(validity, sizeof(validity), ", max_validity: %llds",
		    (long long)a->max_validity_ms / 1000);
	if (a->policy != NULL)
		snprintf(policy, sizeof(policy), ", policies: %s", a->policy);
	snprintf(out, max, "ca.pem%s%s%s%s%s%s",
	    (cc->shape & SHAPE_CRLS) != 0 ? ", crl: crl.pem" : "", depth, bits,
	    a->lax_eku ? ", require_eku: false" : "", validity, policy);
}

static void
serve(struct cert_server *s, const struct cert_case *cc,
    const struct cert_chain *c, const char *more)
{
	char *ca = text_of(&c->ca_pem), *crl = text_of(&c->crl_pem);
	char clients[256], yaml[1024];

	write_clients(cc, clients, sizeof(clients));
	snprintf(yaml, sizeof(yaml),
	    CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "%s") "%s",
	    clients, more);
	cert_server_init_with(s, yaml, ca, crl);
	ck_assert_msg(s->tls != NULL, "%s",
	    s->diag.count > 0 ? s->diag.entries[0].text : "?");
	free(ca);
	free(crl);
}

/* The verdicts of check_verify, as they arrive at a client and as they are
 * explained: the same everywhere. */
START_TEST(test_case)
{
	const struct cert_case *cc = &cert_cases[_i];
	bool is_for_tls = (cc->shape & SHAPE_NO_TLS) == 0;
	struct ticket_keys keys = { .count = 0 };
	struct cert_server s;
	struct cert_chain c;

	cert_chain_init(&c, cc);
	serve(&s, cc, &c, "");
	judge(cc, &s, &c);
	explain(cc, &s, &c);
	for (int i = 0; i < COUNT(versions) && is_for_tls; i++)
		shake(cc, &s, &c, versions[i]);
	cert_server_clear(&s);

	ticket_rotate(&keys, 1);
	serve(&s, cc, &c, "  on_refusal: http\n");
	tls_use_ticket_keys(s.tls, &keys);
	for (int i = 0; i < COUNT(versions) && is_for_tls; i++)
		shake_told(cc, &s, &c, versions[i]);
	cert_server_clear(&s);
	cert_chain_clear(&c);
}
END_TEST

START_TEST(test_the_kinds_are_many)
{
	int broken = 0, reasons = 0;

	for (int i = 0; i < cert_case_count; i++)
		broken += cert_cases[i].err != 0 &&
		    (cert_cases[i].shape & SHAPE_NO_TLS) == 0;
	ck_assert_int_ge(broken, 80);
	for (int e = E_CERT_NONE; e >= E_CERT_OTHER; e--)
		for (int i = 0; i < cert_case_count; i++)
			if (cert_cases[i].err == e) {
				reasons++;
				break;
			}
	/* all but none, which shows nothing, and other, which nothing gives */
	ck_assert_int_eq(reasons, E_CERT_NONE - E_CERT_OTHER + 1 - 2);
}
END_TEST

/* What is wrong with a handshake other than the certificate. */
static const struct {
	const char *name;
	const char *yaml;
	struct cert_peer_params params;
	int err;
	int alert_12, alert_13; /* -1: none */
	bool no_cert;
} rows[] = {
	{ "no certificate", SITE_A, { .sni = "a.example" }, E_CERT_NONE,
	    SSL_AD_HANDSHAKE_FAILURE, SSL_AD_CERTIFICATE_REQUIRED, true },
	{ "no ALPN", SITE_A, { .sni = "a.example" }, 0, -1, -1, false },
	{ "http/1.1", SITE_A, { .sni = "a.example", .alpn = "\x08http/1.1" }, 0,
	    -1, -1, false },
	{ "h2, http/1.1", SITE_A,
	    { .sni = "a.example", .alpn = "\x02h2\x08http/1.1" }, 0, -1, -1,
	    false },
	{ "http/1.0 alone", SITE_A,
	    { .sni = "a.example", .alpn = "\x08http/1.0" }, 0, -1, -1, false },
	{ "h2 alone", SITE_A, { .sni = "a.example", .alpn = "\x02h2" },
	    E_TLS_ALPN, SSL_AD_NO_APPLICATION_PROTOCOL,
	    SSL_AD_NO_APPLICATION_PROTOCOL, false },
	{ "a prefix of ours", SITE_A,
	    { .sni = "a.example", .alpn = "\x07http/1." }, E_TLS_ALPN,
	    SSL_AD_NO_APPLICATION_PROTOCOL, SSL_AD_NO_APPLICATION_PROTOCOL,
	    false },
	{ "no group in common", SITE_A,
	    { .sni = "a.example", .groups = "P-521" }, E_TLS_CIPHER,
	    SSL_AD_HANDSHAKE_FAILURE, SSL_AD_HANDSHAKE_FAILURE, false },
	{ "a group that takes a second hello", SITE_A,
	    { .sni = "a.example", .groups = "P-521:P-256" }, 0, -1, -1, false },
	{ "an unknown name", SITE_A, { .sni = "b.example" }, E_TLS_NO_SITE,
	    SSL_AD_UNRECOGNIZED_NAME, SSL_AD_UNRECOGNIZED_NAME, false },
	{ "no name", SITE_A, { .sni = NULL }, E_TLS_NO_SITE,
	    SSL_AD_UNRECOGNIZED_NAME, SSL_AD_UNRECOGNIZED_NAME, false },
};

START_TEST(test_row)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);
	struct cert_server s;

	cert_server_init(&s, rows[_i].yaml);
	for (int i = 0; i < COUNT(versions); i++) {
		struct cert_peer_params params = rows[_i].params;
		struct cert_peer p;

		params.version = versions[i];
		params.leaf = rows[_i].no_cert ? NULL : &web;
		cert_peer_init(&p, &s, &params);
		cert_peer_run(&p);
		ck_assert_msg(p.err == rows[_i].err, "%s: %s; by OpenSSL %s",
		    rows[_i].name, err_slug(p.err), p.openssl);
		ck_assert_msg(p.alert ==
			(i == 0 ? rows[_i].alert_12 : rows[_i].alert_13),
		    "%s: alert %d", rows[_i].name, p.alert);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
	cert_clear(&web);
	cert_clear(&ca);
}
END_TEST

/* One handshake with the good client; leaves the peer open. */
static void
good(struct cert_server *s, struct cert_peer *p, struct cert_peer_params q)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);

	q.leaf = &web;
	cert_peer_init(p, s, &q);
	cert_peer_run(p);
	cert_clear(&web);
	cert_clear(&ca);
}

START_TEST(test_what_was_agreed)
{
	static const char *names[] = { "TLSv1.2", "TLSv1.3" };
	struct cert_server s;
	struct cert_peer p;

	cert_server_init(&s, SITE_A);
	for (int i = 0; i < COUNT(versions); i++) {
		const struct tls_peer *peer;

		good(&s, &p,
		    (struct cert_peer_params) { .version = versions[i],
			.sni = "A.Example",
			.alpn = "\x08http/1.1" });
		peer = io_tls_peer(p.io);
		ck_assert_int_eq(p.err, 0);
		ck_assert_str_eq(peer->version, names[i]);
		ck_assert_str_eq(peer->cipher,
		    i == 0 ? "ECDHE-ECDSA-AES128-GCM-SHA256" :
			     "TLS_AES_128_GCM_SHA256");
		ck_assert_str_eq(peer->group, "x25519");
		ck_assert(slice_eq(peer->alpn, SL("http/1.1")));
		ck_assert(slice_eq(peer->sni, SL("a.example")));
		ck_assert_ptr_eq(peer->site, &s.conf->sites[0]);
		ck_assert(!peer->resumed);
		ck_assert(slice_eq(peer->verdict.ident->subject, SL("CN=web")));
		ck_assert_int_gt(peer->verdict.not_after, CERT_NOW);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
}
END_TEST

START_TEST(test_no_version_in_common)
{
	struct cert_server s;
	struct cert_peer p;

	cert_server_init(&s, "tls: {min_version: '1.3'}\n" SITE_A);
	good(&s, &p,
	    (struct cert_peer_params) { .version = TLS1_2_VERSION,
		.sni = "a.example" });
	ck_assert_int_eq(p.err, E_TLS_VERSION);
	ck_assert_int_eq(p.alert, SSL_AD_PROTOCOL_VERSION);
	cert_peer_clear(&p);
	cert_server_clear(&s);

	cert_server_init(&s, SITE_A);
	good(&s, &p,
	    (struct cert_peer_params) { .version = TLS1_1_VERSION,
		.sni = "a.example",
		.ciphers = "ALL:@SECLEVEL=0" });
	ck_assert_int_eq(p.err, E_TLS_VERSION);
	ck_assert_int_eq(p.alert, SSL_AD_PROTOCOL_VERSION);
	cert_peer_clear(&p);
	cert_server_clear(&s);
}
END_TEST

START_TEST(test_no_cipher_in_common)
{
	struct cert_server s;
	struct cert_peer p;

	cert_server_init(&s, SITE_A);
	good(&s, &p,
	    (struct cert_peer_params) { .version = TLS1_2_VERSION,
		.sni = "a.example",
		.ciphers = "AES128-SHA" });
	ck_assert_int_eq(p.err, E_TLS_CIPHER);
	ck_assert_int_eq(p.alert, SSL_AD_HANDSHAKE_FAILURE);
	cert_peer_clear(&p);
	cert_server_clear(&s);
}
END_TEST

static int count_tickets;

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	(void)session;
	count_tickets++;
	return 0;
}

/* SR-1, SR-2: there is nothing to resume. */
START_TEST(test_no_session_is_offered_or_resumed)
{
	struct cert_server s;
	struct cert_peer p, again;

	cert_server_init(&s, SITE_A);
	for (int i = 0; i < COUNT(versions); i++) {
		const struct cert_peer_params q = { .version = versions[i],
			.sni = "a.example" };
		SSL_SESSION *session;

		count_tickets = 0;
		good(&s, &p, q);
		SSL_CTX_sess_set_new_cb(p.ctx, on_session);
		cert_peer_run(&p);
		session = SSL_get1_session(p.ssl);
		ck_assert(!SSL_SESSION_has_ticket(session));
		ck_assert_int_eq(count_tickets, 0);

		good(&s, &again, q);
		ck_assert_int_eq(again.err, 0);
		ck_assert(!SSL_session_reused(again.ssl));
		SSL_SESSION_free(session);
		cert_peer_clear(&again);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
}
END_TEST

/* PV-19: what a client may sign with, and the CAs it may choose from. */
START_TEST(test_what_a_client_is_asked_for)
{
	struct cert_server s;
	struct cert_peer p;

	cert_server_init(&s, SITE_A);
	for (int i = 0; i < COUNT(versions); i++) {
		const STACK_OF(X509_NAME) *names;
		char subject[64];
		int md, sign, n;

		good(&s, &p,
		    (struct cert_peer_params) { .version = versions[i],
			.sni = "a.example" });
		names = SSL_get0_peer_CA_list(p.ssl);
		ck_assert_int_eq(sk_X509_NAME_num(names), 1);
		X509_NAME_oneline(sk_X509_NAME_value(names, 0), subject,
		    sizeof(subject));
		ck_assert_str_eq(subject, "/CN=root");
		n = SSL_get_sigalgs(p.ssl, 0, NULL, NULL, NULL, NULL, NULL);
		ck_assert_int_gt(n, 5);
		for (int j = 0; j < n; j++) {
			SSL_get_sigalgs(p.ssl, j, &sign, &md, NULL, NULL, NULL);
			ck_assert_int_ne(md, NID_sha1);
			ck_assert_int_ne(md, NID_sha224);
			ck_assert_int_ne(sign, NID_dsa);
		}
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
}
END_TEST

/* PV-16: 64 KiB of certificates is as far as OpenSSL reads. */
START_TEST(test_more_certificates_than_are_read)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct cert_server s;
	struct cert_peer p;

	for (int i = 0; i < 300; i++)
		sk_X509_push(chain, ca.x);
	cert_server_init(&s, SITE_A);
	for (int i = 0; i < COUNT(versions); i++) {
		const struct cert_peer_params q = { .version = versions[i],
			.sni = "a.example",
			.leaf = &web,
			.chain = chain,
			.capacity = 1 << 20 };

		cert_peer_init(&p, &s, &q);
		cert_peer_run(&p);
		ck_assert_int_eq(p.err, E_CERT_DEPTH);
		ck_assert_int_eq(io_tls_peer(p.io)->verdict.err, E_CERT_DEPTH);
		ck_assert_int_eq(p.alert, SSL_AD_ILLEGAL_PARAMETER);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
	sk_X509_free(chain);
	cert_clear(&web);
	cert_clear(&ca);
}
END_TEST

START_TEST(test_a_client_that_refuses_us)
{
	static const int alerts[] = { SSL_AD_UNKNOWN_CA, SSL_AD_UNKNOWN_CA };
	struct cert_server s;
	struct cert_peer p;

	cert_server_init(&s, SITE_A);
	for (int i = 0; i < COUNT(versions); i++) {
		const struct cert_peer_params q = { .version = versions[i],
			.sni = "a.example" };

		cert_peer_init(&p, &s, &q);
		SSL_CTX_set_cert_verify_callback(p.ctx, NULL, NULL);
		SSL_set_verify(p.ssl, SSL_VERIFY_PEER, NULL);
		cert_peer_run(&p);
		ck_assert_int_eq(p.err, E_TLS);
		ck_assert_int_eq(p.sent_alert, alerts[i]);
		ck_assert_str_eq(p.openssl, "tlsv1 alert unknown ca");
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
}
END_TEST

/* Two connections of that client, of which the first is still open: whether
 * its certificate is the same object in both. */
static bool
is_shared(struct cert_server *s, const struct cert *leaf, int version, int err)
{
	const struct cert_peer_params q = { .version = version,
		.sni = "a.example",
		.leaf = leaf };
	struct cert_peer p[2];
	X509 *x[2];

	for (int i = 0; i < 2; i++) {
		cert_peer_init(&p[i], s, &q);
		cert_peer_run(&p[i]);
		ck_assert_int_eq(p[i].err, err);
		x[i] = SSL_get0_peer_certificate(io_tls_ssl(p[i].io));
		if (err == 0)
			ck_assert_ptr_nonnull(x[i]);
	}
	for (int i = 0; i < 2; i++)
		cert_peer_clear(&p[i]);
	return x[0] != NULL && x[0] == x[1];
}

START_TEST(test_certificates_of_who_is_let_in_are_shared)
{
	struct cert ca = cert_make(&(struct cert_spec) { .cn = "root",
				       .is_ca = true },
	    NULL);
	struct cert stranger = cert_make(&(struct cert_spec) { .cn = "root" },
	    NULL);
	struct cert web = cert_make(&cert_web, &ca);
	struct cert_server cached, uncached;

	cert_server_init(&cached, SITE_A);
	cert_server_init(&uncached,
	    CERT_LISTENERS
	    "sites:\n" CERT_SITE("a.example", "a", "ca.pem, cache: off"));
	for (int i = 0; i < COUNT(versions); i++) {
		int v = versions[i];

		intern_clear();
		ck_assert(!is_shared(&uncached, &web, v, 0));
		ck_assert(!is_shared(&cached, &stranger, v, E_CERT_UNKNOWN_CA));
		ck_assert_uint_eq(intern_count(), 0);
		ck_assert(is_shared(&cached, &web, v, 0));
		ck_assert_uint_eq(intern_count(), 1);
		/* what is kept is of no use where there is no cache */
		ck_assert(!is_shared(&uncached, &web, v, 0));
	}
	intern_clear();
	cert_server_clear(&cached);
	cert_server_clear(&uncached);
	cert_clear(&web);
	cert_clear(&stranger);
	cert_clear(&ca);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hs");
	TCase *t = tcase_create("hs");
	SRunner *r;
	int failed;

	/* made once, and not by each of those that are forked */
	(void)cert_key(KEY_RSA2048, 0);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_case, 0, cert_case_count);
	tcase_add_test(t, test_the_kinds_are_many);
	tcase_add_loop_test(t, test_row, 0, COUNT(rows));
	tcase_add_test(t, test_what_was_agreed);
	tcase_add_test(t, test_no_version_in_common);
	tcase_add_test(t, test_no_cipher_in_common);
	tcase_add_test(t, test_no_session_is_offered_or_resumed);
	tcase_add_test(t, test_what_a_client_is_asked_for);
	tcase_add_test(t, test_more_certificates_than_are_read);
	tcase_add_test(t, test_a_client_that_refuses_us);
	tcase_add_test(t, test_certificates_of_who_is_let_in_are_shared);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
