#include <check.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "cert/chain.h"
#include "cert/crl.h"
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
	const char *said[2];
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
	{ "CR-8", "a delta", { .is_delta = true }, { 0 }, -1,
	    { "is a delta CRL, expected a complete one" } },
	{ "CR-8", "a removal", { .revoked = &other, .reason = "8" }, { 0 }, -1,
	    { "with a removal, as only a delta CRL may have" } },
	{ "CR-7", "an unknown critical extension in an entry",
	    { .revoked = &other, .entry_oid = "1.2.3.4" }, { 0 }, -1,
	    { "with a critical extension in an entry" } },
	{ "CR-7", "an unknown critical extension", { .oid = "1.2.3.4" }, { 0 },
	    -1, { "with an unknown critical extension" } },
	{ "PV-19", "SHA-1", { .md = "SHA1" }, { 0 }, -1,
	    { "signed with a digest weaker than SHA-256" } },
};

static int
read_crls(struct slice bytes, STACK_OF(X509) *cas, struct diag *d)
{
	struct bundle_file f;
	struct conf_file cf;
	const struct conf_files files = { .at = &cf, .count = 1 };
	STACK_OF(X509_CRL) *crls;
	int n;

	cert_file(&f, &cf, "/t/crl.pem", bytes);
	diag_init(d);
	crls = crls_read(&files, cas, CERT_NOW, d);
	n = crls == NULL ? -1 : sk_X509_CRL_num(crls);
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

static STACK_OF(X509) *
list_of(const struct cert *c, int count)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	for (int i = 0; i < count; i++) {
		X509_up_ref(c[i].x);
		sk_X509_push(list, c[i].x);
	}
	return list;
}

START_TEST(test_one)
{
	struct cert_spec spec = rows[_i].ca;
	struct cert ca;
	STACK_OF(X509) *cas;
	X509_CRL *crl;
	struct diag d;
	struct buf b;

	spec.cn = "ca";
	spec.is_ca = true;
	ca = cert_make(&spec, NULL);
	cas = list_of(&ca, 1);
	crl = crl_make(&rows[_i].crl, &ca);
	buf_init(&b, 65536);
	crl_pem(&b, crl);
	ck_assert_msg(read_crls(buf_slice(&b), cas, &d) == rows[_i].count,
	    "%s %s", rows[_i].id, rows[_i].name);
	cert_expect(&d, rows[_i].said);
	X509_CRL_free(crl);
	chain_free(cas);
	cert_clear(&ca);
	buf_clear(&b);
}
END_TEST

START_TEST(test_forms_of_a_file)
{
	struct cert ca = cert_make(&ca_spec, NULL);
	STACK_OF(X509) *cas = list_of(&ca, 1);
	const struct crl_spec good = { 0 };
	X509_CRL *crl = crl_make(&good, &ca);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	struct diag d;
	struct buf b;

	buf_init(&b, 65536);
	ck_assert_int_eq(read_crls(slice_of(der, (size_t)n), cas, &d), 1);
	QUIET(&d);
	ck_assert_int_eq(read_crls(slice_of(der, (size_t)n - 1), cas, &d), -1);
	EXPECT(&d, "block 1 is no CRL");
	buf_put(&b, slice_of(der, (size_t)n));
	buf_puts(&b, "x");
	ck_assert_int_eq(read_crls(buf_slice(&b), cas, &d), -1);
	EXPECT(&d, "block 1 is no CRL");
	buf_clear(&b);
	crl_pem(&b, crl);
	crl_pem(&b, crl);
	ck_assert_int_eq(read_crls(buf_slice(&b), cas, &d), 2);
	QUIET(&d);
	ck_assert_int_eq(read_crls(slice_first(buf_slice(&b), 300), cas, &d),
	    -1);
	EXPECT(&d, "the PEM is broken");
	cert_pem(&b, &ca);
	ck_assert_int_eq(read_crls(buf_slice(&b), cas, &d), -1);
	EXPECT(&d, "block 3 is \"CERTIFICATE\", expected only \"X509 CRL\"");
	/* SR-6 */
	ck_assert_int_eq(read_crls(SL(""), cas, &d), -1);
	EXPECT(&d, "holds no CRL");
	ck_assert_int_eq(read_crls(SL("0\n"), cas, &d), -1);
	EXPECT(&d, "holds no CRL");
	OPENSSL_free(der);
	X509_CRL_free(crl);
	chain_free(cas);
	cert_clear(&ca);
	buf_clear(&b);
}
END_TEST

START_TEST(test_every_ca_needs_one)
{
	const struct cert_spec second = { .cn = "second", .is_ca = true };
	struct cert c[2] = { cert_make(&ca_spec, NULL),
		cert_make(&second, NULL) };
	STACK_OF(X509) *cas = list_of(c, 2);
	const struct crl_spec good = { 0 };
	X509_CRL *crl = crl_make(&good, &c[0]);
	const struct conf_files none = { .count = 0 };
	STACK_OF(X509_CRL) *crls;
	struct diag d;
	struct buf b;

	buf_init(&b, 65536);
	crl_pem(&b, crl);
	ck_assert_int_eq(read_crls(buf_slice(&b), cas, &d), 1);
	EXPECT(&d, "?there is no CRL of the CA \"CN=second\"");
	/* without any, nothing is asked for */
	diag_init(&d);
	crls = crls_read(&none, cas, CERT_NOW, &d);
	ck_assert_int_eq(sk_X509_CRL_num(crls), 0);
	QUIET(&d);
	crls_free(crls);
	X509_CRL_free(crl);
	chain_free(cas);
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
