#include <check.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "cert/reason.h"
#include "cert/verify.h"
#include "support/cert_cases.h"

/* The verifier of a case, whose files are all without mistake. */
static struct verifier *
verifier_of(const struct cert_chain *c)
{
	struct verifier *v;
	struct diag d;

	diag_init(&d);
	v = verifier_new(&c->clients, CERT_NOW, &d);
	ck_assert_msg(v != NULL, "%s", d.count > 0 ? d.entries[0].text : "?");
	diag_clear(&d);
	return v;
}

static void
judge(const struct cert_case *cc, const struct verifier *v,
    const struct cert_chain *c, STACK_OF(X509) *others, const char *order)
{
	struct verdict got;

	(void)verifier_judge(v, c->shown_leaf.x, others, CERT_NOW, &got);
	ck_assert_msg(got.err == cc->err && got.depth == cc->depth,
	    "%s %s (%s): %s at %u by %d, not %s at %u", cc->id, cc->name, order,
	    err_slug(got.err), got.depth, got.x509_err, err_slug(cc->err),
	    cc->depth);
	ck_assert_msg(got.ident != NULL, "%s: no identity", cc->name);
	ck_assert_msg((got.not_after > 0) == (cc->err == 0), "%s: not_after",
	    cc->name);
	/* an unread subject is empty; all else has a culprit */
	ck_assert_msg((got.culprit.n > 0) == (cc->err != 0) ||
		(cc->leaf.cn != NULL && cc->leaf.cn[0] == '\0'),
	    "%s: culprit %.*s", cc->name, SLICE_ARG(got.culprit));
	verdict_clear(&got);
}

START_TEST(test_case)
{
	const struct cert_case *cc = &cert_cases[_i];
	STACK_OF(X509) *mixed = sk_X509_new_null();
	struct cert_chain c;
	struct verifier *v;

	cert_chain_init(&c, cc);
	v = verifier_of(&c);
	judge(cc, v, &c, c.shown, "as it is");

	/* PV-16: order, repetition and strangers do not matter */
	for (int i = sk_X509_num(c.shown) - 1; i >= 0; i--) {
		if (sk_X509_num(c.shown) <= 4)
			sk_X509_push(mixed, c.leaf.x);
		sk_X509_push(mixed, sk_X509_value(c.shown, i));
		if (sk_X509_num(c.shown) <= 4)
			sk_X509_push(mixed, sk_X509_value(c.shown, i));
	}
	judge(cc, v, &c, mixed, "mixed");
	sk_X509_free(mixed);
	verifier_free(v);
	cert_chain_clear(&c);
}
END_TEST

START_TEST(test_no_certificate_is_a_verdict_too)
{
	struct cert_chain c;
	struct verifier *v;
	struct verdict got;

	cert_chain_init(&c, &cert_cases[0]);
	v = verifier_of(&c);
	ck_assert_int_eq(verifier_judge(v, NULL, NULL, CERT_NOW, &got),
	    E_CERT_NONE);
	ck_assert_int_eq(got.err, E_CERT_NONE);
	ck_assert_ptr_null(got.ident);
	verdict_clear(&got);
	verifier_free(v);
	cert_chain_clear(&c);
}
END_TEST

START_TEST(test_trust_ends_with_the_shortest_of_the_chain)
{
	const struct cert_case cc = { .leaf.to = CERT_NOW + 300,
		.inter.to = CERT_NOW + 200,
		.root.to = CERT_NOW + 100 };
	struct cert_chain c;
	struct verifier *v;
	struct verdict got;

	cert_chain_init(&c, &cc);
	v = verifier_of(&c);
	ck_assert_int_eq(verifier_judge(v, c.leaf.x, c.shown, CERT_NOW, &got),
	    0);
	ck_assert_int_eq(got.not_after, CERT_NOW + 100);
	ck_assert_int_eq(got.ident->not_after, CERT_NOW + 300);
	verdict_clear(&got);
	/* the time is the one that was given */
	ck_assert_int_eq(verifier_judge(v, c.leaf.x, c.shown, CERT_NOW + 101,
			     &got),
	    E_CERT_EXPIRED);
	ck_assert_uint_eq(got.depth, 2);
	verdict_clear(&got);
	verifier_free(v);
	cert_chain_clear(&c);
}
END_TEST

START_TEST(test_ca_names_are_those_of_the_file)
{
	const struct cert_case cc = { .shape = SHAPE_FILE_BOTH };
	struct cert_chain c;
	struct verifier *v;

	cert_chain_init(&c, &cc);
	v = verifier_of(&c);
	ck_assert_int_eq(sk_X509_NAME_num(verifier_ca_names(v)), 2);
	verifier_free(v);
	cert_chain_clear(&c);
}
END_TEST

/* PV-5, PV-7: a CA that certified itself anew, as for another key, is neither
 * counted nor held to names; a CA of another name is. */
static const struct {
	const char *id;
	const char *low; /* the name of the lower CA; the upper is "issuing" */
	const char *bc;  /* of the root */
	const char *nc;
	int err;
	unsigned depth;
} twice[] = {
	{ "PV-7", "issuing", "critical,CA:TRUE,pathlen:1", NULL, 0, 0 },
	{ "PV-7", "another", "critical,CA:TRUE,pathlen:1", NULL, E_CERT_PATHLEN,
	    3 },
	{ "PV-7", "issuing", "critical,CA:TRUE,pathlen:0", NULL, E_CERT_PATHLEN,
	    3 },
	{ "PV-5", "issuing", NULL, "critical,permitted;DNS:corp.example", 0,
	    0 },
	{ "PV-5", "another", NULL, "critical,permitted;DNS:corp.example",
	    E_CERT_NAME_CONSTRAINT, 1 },
};

START_TEST(test_PV_5_PV_7_self_issued)
{
	const struct cert_spec root_spec = { .cn = "root",
		.is_ca = true,
		.bc = twice[_i].bc,
		.nc = twice[_i].nc };
	const struct cert_spec high_spec = { .cn = "issuing",
		.is_ca = true,
		.variant = 2 };
	const struct cert_spec low_spec = { .cn = twice[_i].low,
		.is_ca = true,
		.san = "DNS:ca.other.example",
		.variant = 3 };
	const struct cert_spec leaf_spec = { .cn = "leaf" };
	struct cert root = cert_make(&root_spec, NULL);
	struct cert high = cert_make(&high_spec, &root);
	struct cert low = cert_make(&low_spec, &high);
	struct cert leaf = cert_make(&leaf_spec, &low);
	STACK_OF(X509) *shown = sk_X509_new_null();
	struct bundle_file f;
	struct conf_file cf;
	const struct conf_clients clients = { CERT_CLIENTS,
		.ca = { .at = &cf, .count = 1 } };
	struct verifier *v;
	struct verdict got;
	struct diag d;
	struct buf pem;

	buf_init(&pem, 65536);
	cert_pem(&pem, &root);
	cert_file(&f, &cf, "/t/ca.pem", buf_slice(&pem));
	diag_init(&d);
	v = verifier_new(&clients, CERT_NOW, &d);
	diag_clear(&d);
	sk_X509_push(shown, low.x);
	sk_X509_push(shown, high.x);
	(void)verifier_judge(v, leaf.x, shown, CERT_NOW, &got);
	ck_assert_msg(got.err == twice[_i].err && got.depth == twice[_i].depth,
	    "%s %s: %s at %u", twice[_i].id, twice[_i].low, err_slug(got.err),
	    got.depth);
	verdict_clear(&got);
	verifier_free(v);
	sk_X509_free(shown);
	buf_clear(&pem);
	cert_clear(&root);
	cert_clear(&high);
	cert_clear(&low);
	cert_clear(&leaf);
}
END_TEST

/* As many names as a client may have, each held against as many constraints
 * as fit into a handshake with it, by a CA that has a twin of its name. */
START_TEST(test_PV_21_what_is_costly_is_bounded)
{
	struct cert_case cc = { .shape = SHAPE_FILE_BOTH };
	struct buf names, constraints;
	struct cert_chain c;
	struct verifier *v;
	struct verdict got;
	clock_t begin, took;
	char name[48];

	buf_init(&names, 65536);
	buf_init(&constraints, 65536);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "*.n%d.corp.example", i);
		cert_san_put(&names, 2, slice_str(name));
	}
	cert_san_end(&names);
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "%sexcluded;DNS:x%d.example",
		    i == 0 ? "critical," : ",", i);
		ck_assert(buf_puts(&constraints, name));
	}
	ck_assert(buf_put(&constraints, slice_of("", 1)));
	cc.leaf.san_raw = buf_slice(&names);
	cc.inter.nc = buf_slice(&constraints).p;
	/* refused for its dates, in the end, so that every path is tried */
	cc.root.to = CERT_NOW - 1;
	cert_chain_init(&c, &cc);
	v = verifier_of(&c);
	begin = clock();
	(void)verifier_judge(v, c.leaf.x, c.shown, CERT_NOW, &got);
	took = clock() - begin;
	ck_assert_int_eq(got.err, E_CERT_EXPIRED);
	verdict_clear(&got);
	begin = clock();
	(void)verifier_judge(v, c.leaf.x, c.shown, CERT_NOW - 2, &got);
	took += clock() - begin;
	ck_assert_int_eq(got.err, 0);
	verdict_clear(&got);
	/* a tenth of a second, and ten times that under a sanitizer */
	ck_assert_msg(took < CLOCKS_PER_SEC, "%ld us", (long)took);
	verifier_free(v);
	cert_chain_clear(&c);
	buf_clear(&names);
	buf_clear(&constraints);
}
END_TEST

/* Those that stand for E_CERT_OTHER on purpose. */
static const int others[] = { X509_V_ERR_UNSPECIFIED, X509_V_ERR_OUT_OF_MEM,
	X509_V_ERR_APPLICATION_VERIFICATION, X509_V_ERR_HOSTNAME_MISMATCH,
	X509_V_ERR_EMAIL_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH,
	X509_V_ERR_DANE_NO_MATCH, X509_V_ERR_INVALID_CALL,
	X509_V_ERR_STORE_LOOKUP, X509_V_ERR_NO_VALID_SCTS,
	X509_V_ERR_OCSP_VERIFY_NEEDED, X509_V_ERR_OCSP_VERIFY_FAILED,
	X509_V_ERR_OCSP_CERT_UNKNOWN };

START_TEST(test_every_finding_of_openssl_has_a_meaning)
{
	ck_assert_int_eq(reason_of(X509_V_OK), 0);
	for (int i = 1; i <= X509_V_ERR_EC_KEY_EXPLICIT_PARAMS; i++) {
		bool is_other = false;

		for (size_t j = 0; j < sizeof(others) / sizeof(others[0]); j++)
			is_other = is_other || others[j] == i;
		ck_assert_msg((reason_of(i) == E_CERT_OTHER) == is_other,
		    "%d (%s) is %s", i, X509_verify_cert_error_string(i),
		    err_slug(reason_of(i)));
	}
	ck_assert_int_eq(reason_of(-1), E_CERT_OTHER);
	ck_assert_int_eq(reason_of(10000), E_CERT_OTHER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verify");
	TCase *t = tcase_create("verify");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_case, 0, cert_case_count);
	tcase_add_loop_test(t, test_PV_5_PV_7_self_issued, 0,
	    sizeof(twice) / sizeof(twice[0]));
	tcase_add_test(t, test_PV_21_what_is_costly_is_bounded);
	tcase_add_test(t, test_no_certificate_is_a_verdict_too);
	tcase_add_test(t, test_trust_ends_with_the_shortest_of_the_chain);
	tcase_add_test(t, test_ca_names_are_those_of_the_file);
	tcase_add_test(t, test_every_finding_of_openssl_has_a_meaning);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
