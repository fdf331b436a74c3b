#include <check.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/err.h"
#include "cert/anchor.h"
#include "cert/chain.h"
#include "cert/verify.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* A file with one certificate, and what is to be said of it. */
static const struct {
	const char *name;
	struct cert_spec ca;
	int count; /* -1: a mistake */
	const char *said[2];
} rows[] = {
	{ "good", { .is_ca = true }, 1, { NULL } },
	{ "a leaf", { .cn = "leaf" }, -1,
	    { "/t/ca.pem: \"CN=leaf\" is no CA, expected basicConstraints" } },
	{ "a CA that may not sign certificates",
	    { .is_ca = true, .ku = "cRLSign" }, -1, { "is no CA" } },
	{ "version 1", { .is_ca = true, .version = 1 }, -1, { "is no CA" } },
	{ "a keyUsage that cannot be read",
	    { .is_ca = true, .ku = "", .oid = "2.5.29.15" }, -1,
	    { "is malformed" } },
	{ "a date that cannot be read",
	    { .is_ca = true, .to_text = "202801010000Z" }, -1,
	    { "is malformed" } },
	{ "expired", { .is_ca = true, .to = CERT_NOW - 1 }, 1,
	    { "?the CA \"CN=leaf\" has expired: its clients will be refused" } },
	{ "not yet valid", { .is_ca = true, .from = CERT_NOW + 1 }, 1,
	    { "?is not valid yet" } },
	{ "for servers", { .is_ca = true, .eku = "serverAuth" }, 1,
	    { "?is not meant for clients" } },
	{ "for clients", { .is_ca = true, .eku = "clientAuth" }, 1, { NULL } },
	{ "weak", { .is_ca = true, .key = KEY_RSA1024 }, 1,
	    { "?has a key that is too weak" } },
	{ "an unknown critical extension", { .is_ca = true, .oid = "1.2.3.4" },
	    1, { "?has an unknown critical extension" } },
	{ "a hostile name",
	    { .cn = "a\"\x1b[1m\n", .is_ca = true, .to = CERT_NOW - 1 }, 1,
	    { "?\"CN=a\\\"\\1B[1m\\0A\" has expired" } },
};

START_TEST(test_one)
{
	struct cert c = cert_make(&rows[_i].ca, NULL);
	struct bundle_file f;
	struct conf_file cf;
	const struct conf_clients clients = { CERT_CLIENTS,
		.ca = { .at = &cf, .count = 1 } };
	struct anchors *all;
	struct diag d;
	struct buf b;

	buf_init(&b, 65536);
	cert_pem(&b, &c);
	cert_file(&f, &cf, "/t/ca.pem", buf_slice(&b));
	diag_init(&d);
	all = anchors_read(&clients, CERT_NOW, &d);
	ck_assert_msg((all == NULL ? -1 : sk_X509_num(all->cas)) ==
		rows[_i].count,
	    "%s", rows[_i].name);
	cert_expect(&d, rows[_i].said);
	anchors_free(all);
	buf_clear(&b);
	cert_clear(&c);
}
END_TEST

/* SR-6: nothing that could be no list of CAs at all passes for one. */
START_TEST(test_no_list_at_all)
{
	static const struct slice texts[] = { SLICE(""), SLICE("\n"),
		SLICE("no\n"), SLICE("\0\0\0"), SLICE("\x30\x82\x01\x00"),
		SLICE("-----BEGIN CERTIFICATE-----\n") };

	for (int i = 0; i < COUNT(texts); i++) {
		struct bundle_file f;
		struct conf_file cf;
		const struct conf_clients clients = { CERT_CLIENTS,
			.ca = { .at = &cf, .count = 1 } };
		struct diag d;

		cert_file(&f, &cf, "/t/ca.pem", texts[i]);
		diag_init(&d);
		ck_assert_ptr_null(verifier_new(&clients, CERT_NOW, &d));
		ck_assert_uint_eq(d.errors, 1);
		diag_clear(&d);
	}
}
END_TEST

START_TEST(test_several_files_count_once_each)
{
	const struct cert_spec one = { .cn = "one", .is_ca = true };
	const struct cert_spec two = { .cn = "two", .is_ca = true };
	struct cert c[2] = { cert_make(&one, NULL), cert_make(&two, NULL) };
	struct bundle_file f[2];
	struct conf_file cf[2];
	const struct conf_clients clients = { CERT_CLIENTS,
		.ca = { .at = cf, .count = 2 } };
	struct anchors *all;
	struct buf b[2];
	struct diag d;

	for (int i = 0; i < 2; i++) {
		buf_init(&b[i], 65536);
		cert_pem(&b[i], &c[0]);
		cert_pem(&b[i], &c[i]);
		cert_file(&f[i], &cf[i], "/t/ca.pem", buf_slice(&b[i]));
	}
	diag_init(&d);
	all = anchors_read(&clients, CERT_NOW, &d);
	ck_assert_int_eq(sk_X509_num(all->cas), 2);
	ck_assert(!all->has_twins);
	QUIET(&d);
	anchors_free(all);
	for (int i = 0; i < 2; i++) {
		buf_clear(&b[i]);
		cert_clear(&c[i]);
	}
}
END_TEST

/*
 * Two CAs that issued each other, and no root anywhere: listing them is trust,
 * so a leaf of either comes in.
 */
START_TEST(test_cas_that_issued_each_other)
{
	const struct cert_spec a = { .cn = "a", .is_ca = true, .variant = 1 };
	const struct cert_spec b = { .cn = "b", .is_ca = true, .variant = 2 };
	const struct cert_spec leaf_spec = { .cn = "leaf" };
	struct cert self_a = cert_make(&a, NULL), self_b = cert_make(&b, NULL);
	struct cert ab = cert_make(&a, &self_b), ba = cert_make(&b, &self_a);
	struct cert leaf = cert_make(&leaf_spec, &ab);
	struct bundle_file f;
	struct conf_file cf;
	const struct conf_clients clients = { CERT_CLIENTS,
		.ca = { .at = &cf, .count = 1 } };
	struct verifier *v;
	struct verdict got;
	struct diag d;
	struct buf pem;

	buf_init(&pem, 65536);
	cert_pem(&pem, &ab);
	cert_pem(&pem, &ba);
	cert_file(&f, &cf, "/t/ca.pem", buf_slice(&pem));
	diag_init(&d);
	v = verifier_new(&clients, CERT_NOW, &d);
	QUIET(&d);
	ck_assert_int_eq(verifier_judge(v, leaf.x, NULL, CERT_NOW, &got), 0);
	verdict_clear(&got);
	verifier_free(v);
	buf_clear(&pem);
	cert_clear(&self_a);
	cert_clear(&self_b);
	cert_clear(&ab);
	cert_clear(&ba);
	cert_clear(&leaf);
}
END_TEST

/* With partial_chain: false an issuing CA is no end of a chain, also where it
 * is listed; its root is. */
START_TEST(test_roots_alone)
{
	static const struct {
		unsigned shape;
		bool is_mistake;
	} files[] = {
		{ SHAPE_FILE_BOTH, false },
		{ SHAPE_FILE_INTER, true },
		{ 0, false },
	};
	const struct cert_case *none = &cert_cases[0];

	for (int i = 0; i < COUNT(files); i++) {
		struct cert_case cc = *none;
		struct cert_chain c;
		struct verifier *v;
		struct verdict got;
		struct diag d;

		cc.shape = files[i].shape;
		cert_chain_init(&c, &cc);
		c.clients.partial_chain = false;
		diag_init(&d);
		v = verifier_new(&c.clients, CERT_NOW, &d);
		ck_assert((v == NULL) == files[i].is_mistake);
		if (v == NULL)
			EXPECT(&d, "none of these CAs is self-signed");
		else
			QUIET(&d);
		if (v != NULL) {
			ck_assert_int_eq(verifier_judge(v, c.leaf.x, c.shown,
					     CERT_NOW, &got),
			    0);
			verdict_clear(&got);
		}
		verifier_free(v);
		cert_chain_clear(&c);
	}
}
END_TEST

/* An issuing CA beside a root that is not its own: chains end there if they
 * may end at what is no root. */
START_TEST(test_an_issuing_ca_beside_a_strange_root)
{
	for (int partial = 0; partial < 2; partial++) {
		struct cert_case cc = cert_cases[0];
		struct cert_chain c;
		struct verifier *v;
		struct verdict got;
		struct diag d;

		cc.shape = SHAPE_FILE_OTHER | SHAPE_FILE_BOTH;
		cert_chain_init(&c, &cc);
		c.clients.partial_chain = partial;
		diag_init(&d);
		v = verifier_new(&c.clients, CERT_NOW, &d);
		QUIET(&d);
		ck_assert_int_eq(verifier_judge(v, c.leaf.x, c.shown, CERT_NOW,
				     &got),
		    partial ? 0 : E_CERT_UNKNOWN_CA);
		verdict_clear(&got);
		verifier_free(v);
		cert_chain_clear(&c);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("anchor");
	TCase *t = tcase_create("anchor");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_one, 0, COUNT(rows));
	tcase_add_test(t, test_no_list_at_all);
	tcase_add_test(t, test_several_files_count_once_each);
	tcase_add_test(t, test_cas_that_issued_each_other);
	tcase_add_test(t, test_roots_alone);
	tcase_add_test(t, test_an_issuing_ca_beside_a_strange_root);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
