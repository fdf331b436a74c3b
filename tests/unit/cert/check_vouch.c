/* Names that a CA may vouch for, as the file has them. */
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cert/verify.h"
#include "cert/vouch.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"
#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

enum { EMAIL = 1, DNS = 2, URI = 6, IP = 7, SRV = 100 };

static struct config conf;

static const struct conf_vouched *
load(const char *names)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {trust: [{ca: ca.pem, names: {%s}}]}\n"
	    "  routes:\n" CONFIG_ROUTE,
	    names);
	config_init(&conf, yaml);
	ck_assert_msg(conf.conf != NULL, "%s", conf.said);
	return &conf.conf->sites[0].clients.trust[0].names;
}

/* 0: a UPN, which is never an identity. */
static void
put(struct buf *b, int kind, struct slice value)
{
	if (kind == SRV || kind == 0)
		cert_san_put_other(b, kind == 0 ? CERT_OID_UPN : CERT_OID_SRV,
		    value);
	else
		cert_san_put(b, (unsigned)kind, value);
}

static const struct {
	const char *names;
	int kind;
	struct slice value;
	bool is_outside;
} rows[] = {
	{ "dns: web.p.example", DNS, SLICE("WEB.p.example"), false },
	{ "dns: web.p.example", DNS, SLICE("a.web.p.example"), true },
	{ "dns: web.p.example", DNS, SLICE("*.p.example"), true },
	{ "dns: .p.example", DNS, SLICE("a.b.P.example"), false },
	{ "dns: .p.example", DNS, SLICE("p.example"), true },
	{ "dns: .p.example", DNS, SLICE("evilp.example"), true },
	{ "dns: .p.example", DNS, SLICE("p.example.evil"), true },
	{ "dns: .p.example", DNS, SLICE("*.p.example"), false },
	{ "dns: .p.example", DNS, SLICE("*.a.p.example"), false },
	{ "dns: .a.p.example", DNS, SLICE("*.p.example"), true },
	{ "dns: [x.example, .p.example]", DNS, SLICE("a.p.example"), false },
	/* what has a flaw is no identity, so nobody is fooled by it */
	{ "dns: .p.example", DNS, SLICE("a..x"), false },
	{ "dns: .p.example", DNS, SLICE(""), false },
	{ "dns: .p.example", 0, SLICE("root@corp"), false },
	{ "uri: 'x://y'", DNS, SLICE("a.p.example"), true },
	{ "dns: .p.example", SRV, SLICE("_xmpp.a.p.example"), false },
	{ "dns: .p.example", SRV, SLICE("_xmpp.p.example.evil"), true },
	{ "dns: p.example", SRV, SLICE("_Xmpp.p.Example"), false },
	{ "uri: 'spiffe://p.example/'", URI, SLICE("spiffe://p.example/ns/a"),
	    false },
	{ "uri: 'spiffe://p.example'", URI, SLICE("spiffe://p.example/ns/a"),
	    false },
	{ "uri: 'spiffe://p.example/'", URI, SLICE("spiffe://p.example.evil/a"),
	    true },
	{ "uri: 'spiffe://p.example/'", URI, SLICE("spiffe://corp.example/a"),
	    true },
	{ "uri: 'spiffe://p.example/'", URI,
	    SLICE("spiffe://p.example/../corp/a"), true },
	{ "uri: 'spiffe://p.example/ns'", URI, SLICE("spiffe://p.example/nsx"),
	    true },
	{ "uri: 'https://p.example/'", URI, SLICE("https://p.example@evil/"),
	    true },
	{ "uri: 'https://p.example/'", URI, SLICE("https://p.example:8/"),
	    true },
	{ "email: a@p.example", EMAIL, SLICE("a@P.example"), false },
	{ "email: a@p.example", EMAIL, SLICE("A@p.example"), true },
	{ "email: p.example", EMAIL, SLICE("b@p.example"), false },
	{ "email: p.example", EMAIL, SLICE("b@a.p.example"), true },
	{ "email: .p.example", EMAIL, SLICE("b@a.p.example"), false },
	{ "email: .p.example", EMAIL, SLICE("b@p.example"), true },
	{ "email: p.example", DNS, SLICE("p.example"), true },
	{ "ip: 10.0.0.0/8", IP, SLICE("\x0a\x01\x02\x03"), false },
	{ "ip: 10.0.0.0/8", IP, SLICE("\x0b\x01\x02\x03"), true },
	{ "ip: 10.0.0.0/8", IP,
	    SLICE("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03"), true },
};

START_TEST(test_one)
{
	struct cert_spec spec = { .cn = "other.example" };
	const struct conf_vouched *names = load(rows[_i].names);
	const struct san *outside;
	struct ident *id;
	struct cert c;
	struct buf b;

	buf_init(&b, 65536);
	put(&b, rows[_i].kind, rows[_i].value);
	cert_san_end(&b);
	spec.san_raw = buf_slice(&b);
	c = cert_make(&spec, NULL);
	ck_assert_int_eq(ident_read(c.x, &id), 0);
	outside = vouch_outside(names, id);
	ck_assert_msg((outside != NULL) == rows[_i].is_outside, "%s: %.*s",
	    rows[_i].names, SLICE_ARG(rows[_i].value));
	ck_assert(outside == NULL || outside == &id->sans[0]);
	ident_unref(id);
	cert_clear(&c);
	buf_clear(&b);
	config_clear(&conf);
}
END_TEST

/* Our root, which certified the partner's CA too, and that CA as its own. */
struct world {
	struct cert ours, partner, cross, below;
	struct cert good, evil, deep;
	struct buf pem[2];
	struct bundle_file file[2];
	struct conf_file cf[2];
	struct conf_clients clients;
	struct conf_trust trust;
	struct verifier *v;
};

static struct cert
issue(const char *san, const struct cert *by)
{
	const struct cert_spec spec = { .cn = "leaf", .san = san };

	return cert_make(&spec, by);
}

static void
world_init(struct world *w, bool has_own)
{
	const struct cert_spec ours = { .cn = "ours", .is_ca = true };
	const struct cert_spec theirs = { .cn = "partner",
		.is_ca = true,
		.variant = 2 };
	const struct cert_spec below = { .cn = "ours",
		.is_ca = true,
		.variant = 3 };
	struct diag d;

	*w = (struct world) { .ours = cert_make(&ours, NULL) };
	w->partner = cert_make(&theirs, NULL);
	w->cross = cert_make(&theirs, &w->ours);
	w->below = cert_make(&below, &w->partner);
	w->good = issue("DNS:web.p.example", &w->partner);
	w->evil = issue("DNS:web.p.example,DNS:web.corp.example", &w->partner);
	w->deep = issue("DNS:web.corp.example", &w->below);
	for (int i = 0; i < 2; i++) {
		buf_init(&w->pem[i], 65536);
		cert_pem(&w->pem[i], i == 0 ? &w->ours : &w->partner);
		cert_file(&w->file[i], &w->cf[i], "/t/ca.pem",
		    buf_slice(&w->pem[i]));
	}
	w->trust.ca = (struct conf_files) { .at = &w->cf[1], .count = 1 };
	w->trust.names = *load("dns: .p.example");
	w->clients = (struct conf_clients) { CERT_CLIENTS,
		.ca = { .at = &w->cf[0], .count = has_own ? 1 : 0 },
		.trust = &w->trust, .trust_count = 1 };
	diag_init(&d);
	w->v = verifier_new(&w->clients, CERT_NOW, &d);
	QUIET(&d);
}

static void
world_clear(struct world *w)
{
	struct cert *all[] = { &w->ours, &w->partner, &w->cross, &w->below,
		&w->good, &w->evil, &w->deep };

	verifier_free(w->v);
	for (int i = 0; i < COUNT(all); i++)
		cert_clear(all[i]);
	buf_clear(&w->pem[0]);
	buf_clear(&w->pem[1]);
	config_clear(&conf);
}

static void
expect(const struct world *w, const struct cert *leaf, const struct cert *other,
    int err)
{
	STACK_OF(X509) *shown = sk_X509_new_null();
	struct verdict got;

	if (other != NULL)
		sk_X509_push(shown, other->x);
	/* the second time what was accepted is known */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(verifier_judge(w->v, leaf->x, shown, CERT_NOW,
				     &got),
		    err);
		ck_assert_uint_eq(got.depth, 0);
		ck_assert(got.ident->is_bound == (err == 0));
		ck_assert(
		    (got.outside != NULL) == (err == E_CERT_NAME_CONSTRAINT));
		verdict_clear(&got);
	}
	sk_X509_free(shown);
}

START_TEST(test_a_partner_vouches_for_its_own_names_alone)
{
	struct world w;

	for (int has_own = 0; has_own < 2; has_own++) {
		world_init(&w, has_own);
		expect(&w, &w.good, NULL, 0);
		expect(&w, &w.evil, NULL, E_CERT_NAME_CONSTRAINT);
		/* a CA below it, even if it calls itself as ours does */
		expect(&w, &w.deep, &w.below, E_CERT_NAME_CONSTRAINT);
		/* our root certified it without a word about names */
		expect(&w, &w.good, &w.cross, 0);
		expect(&w, &w.evil, &w.cross, E_CERT_NAME_CONSTRAINT);
		world_clear(&w);
	}
}
END_TEST

/* The same point of the curve, in half as many octets. */
static void
compress_key(X509 *x, EVP_PKEY *issuer)
{
	EVP_PKEY *key = EVP_PKEY_dup(X509_get0_pubkey(x));

	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(key,
			     OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			     OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED),
	    1);
	ck_assert_int_eq(X509_set_pubkey(x, key), 1);
	ck_assert_int_gt(X509_sign(x, issuer, EVP_sha256()), 0);
	EVP_PKEY_free(key);
}

START_TEST(test_a_key_is_bound_however_it_is_written)
{
	struct world w;

	world_init(&w, true);
	compress_key(w.cross.x, w.ours.key);
	ck_assert_int_lt(ASN1_STRING_length(X509_get0_pubkey_bitstr(w.cross.x)),
	    ASN1_STRING_length(X509_get0_pubkey_bitstr(w.partner.x)));
	expect(&w, &w.good, &w.cross, 0);
	expect(&w, &w.evil, &w.cross, E_CERT_NAME_CONSTRAINT);
	world_clear(&w);
}
END_TEST

START_TEST(test_a_ca_is_in_one_place)
{
	struct world w;
	struct diag d;

	world_init(&w, true);
	/* the same file in both */
	w.clients.ca.at = &w.cf[1];
	diag_init(&d);
	ck_assert_ptr_null(verifier_new(&w.clients, CERT_NOW, &d));
	EXPECT(&d, "\"CN=partner\" is in another place already");
	/* another certificate of the same key */
	buf_clear(&w.pem[0]);
	cert_pem(&w.pem[0], &w.cross);
	w.file[0].bytes = buf_slice(&w.pem[0]);
	w.clients.ca.at = &w.cf[0];
	diag_init(&d);
	ck_assert_ptr_null(verifier_new(&w.clients, CERT_NOW, &d));
	EXPECT(&d, "\"CN=partner\" is in another place already");
	world_clear(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vouch");
	TCase *t = tcase_create("vouch");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_one, 0, COUNT(rows));
	tcase_add_test(t, test_a_partner_vouches_for_its_own_names_alone);
	tcase_add_test(t, test_a_key_is_bound_however_it_is_written);
	tcase_add_test(t, test_a_ca_is_in_one_place);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
