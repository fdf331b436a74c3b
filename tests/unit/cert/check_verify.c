#include <check.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

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
