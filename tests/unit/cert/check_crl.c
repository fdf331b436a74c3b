#include <check.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "cert/chain.h"
#include "cert/crls.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct cert_spec ca_spec = { .cn = "ca", .is_ca = true };

/* What is revoked; made before the tests. */
static struct cert other;

/* One CRL of one CA, and what is to be said of it. */
static const struct {
	const char *id;
	const char *name;
	struct crl_spec crl;
	struct cert_spec ca; /* .cn "": ca_spec */
	int count;           /* -1: a mistake */
	const char *said[3];
} rows[] = {
	{ "CR-0", "good", { 0 }, { 0 }, 1, { NULL } },
	{ "CR-0", "of a CA without keyUsage", { 0 }, { .ku = "" }, 1,
	    { NULL } },
	{ "CR-2", "for end entities", { .idp = "critical,onlyuser:TRUE" },
	    { 0 }, 1, { NULL } },
	{ "CR-4", "a wrong signature", { .bad_signature = true }, { 0 }, -1,
	    { "none of the site's CAs signed the CRL of \"CN=ca\"" } },
	{ "CR-3", "a CA that may not sign CRLs", { 0 },
	    { .ku = "critical,keyCertSign" }, -1,
	    { "the CA \"CN=ca\" may not sign CRLs, expected keyUsage" } },
	{ "CR-5", "expired", { .to = CERT_NOW - 1 }, { 0 }, 1,
	    { "?the CRL of \"CN=ca\" has expired: its clients will be "
	      "refused" } },
	{ "CR-5", "not yet valid", { .from = CERT_NOW + 1 }, { 0 }, 1,
	    { "?is not valid yet" } },
	{ "CR-5", "no end", { .no_next = true }, { 0 }, -1,
	    { "without nextUpdate" } },
	{ "CR-1", "indirect", { .idp = "critical,indirectCRL:TRUE" }, { 0 }, -1,
	    { "is an indirect CRL" } },
	{ "CR-2", "some reasons",
	    { .idp = "critical,onlysomereasons:keyCompromise" }, { 0 }, -1,
	    { "for some reasons only" } },
	{ "CR-2", "attribute certificates", { .idp = "critical,onlyAA:TRUE" },
	    { 0 }, -1, { "for attribute certificates only" } },
	{ "CR-8", "a delta alone", { .is_delta = true }, { 0 }, 1,
	    { "?is a delta, and what it builds on is not here",
		"?there is no CRL of the CA \"CN=ca\"" } },
	{ "CR-8", "a removal", { .revoked = &other, .reason = "8" }, { 0 }, -1,
	    { "with a removal, as only a delta CRL may have" } },
	{ "CR-7", "an unknown critical extension in an entry",
	    { .revoked = &other, .entry_oid = "1.2.3.4" }, { 0 }, -1,
	    { "with a critical extension in an entry" } },
	{ "CR-7", "an unknown critical extension", { .oid = "1.2.3.4" }, { 0 },
	    -1, { "with an unknown critical extension" } },
	{ "PV-19", "SHA-1", { .md = "SHA1" }, { 0 }, -1,
	    { "signed with a digest weaker than SHA-256" } },
	{ "PV-19", "PSS", { .is_pss = true }, { .key = KEY_RSA2048 }, 1,
	    { NULL } },
	{ "PV-19", "PSS with SHA-1", { .is_pss = true, .md = "SHA1" },
	    { .key = KEY_RSA2048 }, -1,
	    { "signed with a digest weaker than SHA-256" } },
	{ "CR-4", "two algorithms", { .is_other_alg = true }, { 0 }, -1,
	    { "with two signature algorithms" } },
};

/* A site whose CAs are these. */
struct site {
	struct conf_clients clients;
	struct anchors anchors;
};

static void
site_init(struct site *s, const struct cert *c, int count)
{
	*s = (struct site) { .clients = { CERT_CLIENTS } };
	s->anchors.cas = sk_X509_new_null();
	s->anchors.trust = calloc((size_t)count, sizeof(*s->anchors.trust));
	ck_assert_ptr_nonnull(s->anchors.trust);
	for (int i = 0; i < count; i++) {
		X509_up_ref(c[i].x);
		sk_X509_push(s->anchors.cas, c[i].x);
	}
}

static void
site_clear(struct site *s)
{
	chain_free(s->anchors.cas);
	free(s->anchors.trust);
}

static int
read_crls(struct slice bytes, struct site *s, struct diag *d)
{
	struct bundle_file f;
	struct conf_file cf;
	struct crls *crls;
	int n;

	cert_file(&f, &cf, "/t/crl.pem", bytes);
	s->clients.crl = (struct conf_files) { .at = &cf, .count = 1 };
	diag_init(d);
	crls = crls_read(&s->clients, &s->anchors, CERT_NOW, d);
	n = crls == NULL ? -1 : (int)crls_count(crls);
	crls_free(crls);
	return n;
}

static void
make_other(void)
{
	const struct cert_spec spec = { .cn = "other" };

	other = cert_make(&spec, NULL);
}

static void
clear_other(void)
{
	cert_clear(&other);
}

START_TEST(test_one)
{
	struct cert_spec spec = rows[_i].ca;
	struct cert ca;
	struct site site;
	X509_CRL *crl;
	struct diag d;
	struct buf b;

	spec.cn = "ca";
	spec.is_ca = true;
	ca = cert_make(&spec, NULL);
	site_init(&site, &ca, 1);
	crl = crl_make(&rows[_i].crl, &ca);
	buf_init(&b, 65536);
	crl_pem(&b, crl);
	ck_assert_msg(read_crls(buf_slice(&b), &site, &d) == rows[_i].count,
	    "%s %s", rows[_i].id, rows[_i].name);
	cert_expect(&d, rows[_i].said);
	X509_CRL_free(crl);
	site_clear(&site);
	cert_clear(&ca);
	buf_clear(&b);
}
END_TEST

START_TEST(test_forms_of_a_file)
{
	struct cert ca = cert_make(&ca_spec, NULL);
	struct site site;
	const struct crl_spec good = { 0 };
	X509_CRL *crl = crl_make(&good, &ca);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	struct diag d;
	struct buf b;

	site_init(&site, &ca, 1);
	buf_init(&b, 65536);
	ck_assert_int_eq(read_crls(slice_of(der, (size_t)n), &site, &d), 1);
	QUIET(&d);
	ck_assert_int_eq(read_crls(slice_of(der, (size_t)n - 1), &site, &d),
	    -1);
	EXPECT(&d, "block 1 is no CRL");
	buf_put(&b, slice_of(der, (size_t)n));
	buf_puts(&b, "x");
	ck_assert_int_eq(read_crls(buf_slice(&b), &site, &d), -1);
	EXPECT(&d, "block 1 is no CRL");
	buf_clear(&b);
	crl_pem(&b, crl);
	crl_pem(&b, crl);
	ck_assert_int_eq(read_crls(buf_slice(&b), &site, &d), 2);
	QUIET(&d);
	ck_assert_int_eq(read_crls(slice_first(buf_slice(&b), 300), &site, &d),
	    -1);
	EXPECT(&d, "the PEM is broken");
	cert_pem(&b, &ca);
	ck_assert_int_eq(read_crls(buf_slice(&b), &site, &d), -1);
	EXPECT(&d, "block 3 is \"CERTIFICATE\", expected only \"X509 CRL\"");
	/* SR-6 */
	ck_assert_int_eq(read_crls(SL(""), &site, &d), -1);
	EXPECT(&d, "holds no CRL");
	ck_assert_int_eq(read_crls(SL("0\n"), &site, &d), -1);
	EXPECT(&d, "holds no CRL");
	OPENSSL_free(der);
	X509_CRL_free(crl);
	site_clear(&site);
	cert_clear(&ca);
	buf_clear(&b);
}
END_TEST

START_TEST(test_every_ca_needs_one)
{
	const struct cert_spec second = { .cn = "second", .is_ca = true };
	struct cert c[2] = { cert_make(&ca_spec, NULL),
		cert_make(&second, NULL) };
	struct site site;
	const struct crl_spec good = { 0 };
	X509_CRL *crl = crl_make(&good, &c[0]);
	struct crls *crls;
	struct diag d;
	struct buf b;

	site_init(&site, c, 2);
	buf_init(&b, 65536);
	crl_pem(&b, crl);
	ck_assert_int_eq(read_crls(buf_slice(&b), &site, &d), 1);
	EXPECT(&d, "?there is no CRL of the CA \"CN=second\"");
	/* nor is it a mistake if the site lets that pass */
	site.clients.revocation.allow_missing = true;
	ck_assert_int_eq(read_crls(buf_slice(&b), &site, &d), 1);
	QUIET(&d);
	/* without any, nothing is asked for */
	diag_init(&d);
	site.clients.crl.count = 0;
	crls = crls_read(&site.clients, &site.anchors, CERT_NOW, &d);
	ck_assert_uint_eq(crls_count(crls), 0);
	QUIET(&d);
	crls_free(crls);
	X509_CRL_free(crl);
	site_clear(&site);
	cert_clear(&c[0]);
	cert_clear(&c[1]);
	buf_clear(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crl");
	TCase *t = tcase_create("crl");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, make_other, clear_other);
	tcase_add_loop_test(t, test_one, 0, COUNT(rows));
	tcase_add_test(t, test_forms_of_a_file);
	tcase_add_test(t, test_every_ca_needs_one);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
