/*
 * The verdict with the cache equals the verdict without it: over every chain
 * that we know, at many moments, asked for again and again.
 */
#include <check.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cert/vcache.h"
#include "cert/verify.h"
#include "support/cert_cases.h"

static const int64_t moments[] = { CERT_NOW, CERT_NOW - 1, CERT_NOW + 1,
	CERT_NOW - 86400, CERT_NOW + 3599, CERT_NOW + 3600, CERT_NOW + 3601,
	CERT_NOW + 86400 * 7, CERT_NOW + 86400 * 30, CERT_NOW + 86400 * 365,
	CERT_NOW + (int64_t)86400 * 36500, CERT_NOW - (int64_t)86400 * 365,
	CERT_NOW };

static struct verifier *
verifier_with(struct cert_chain *c, unsigned cache)
{
	struct verifier *v;
	struct diag d;

	diag_init(&d);
	c->clients.cache = cache;
	v = verifier_new(&c->clients, CERT_NOW, &d);
	ck_assert_msg(v != NULL, "%s", d.count > 0 ? d.entries[0].text : "?");
	diag_clear(&d);
	return v;
}

static void
compare(const struct cert_case *cc, const struct verifier *cached,
    const struct verifier *plain, const struct cert_chain *c, int64_t now)
{
	struct verdict a, b;

	(void)verifier_judge(plain, c->shown_leaf.x, c->shown, now, &a);
	for (int again = 0; again < 2; again++) {
		(void)verifier_judge(cached, c->shown_leaf.x, c->shown, now,
		    &b);
		ck_assert_msg(a.err == b.err && a.depth == b.depth &&
			a.not_after == b.not_after &&
			a.not_before == b.not_before &&
			a.x509_err == b.x509_err,
		    "%s %s at %lld: %s, with the cache %s", cc->id, cc->name,
		    (long long)now, err_slug(a.err), err_slug(b.err));
		ck_assert(slice_eq(a.culprit, b.culprit));
		ck_assert(slice_eq(a.ident->fingerprint, b.ident->fingerprint));
		ck_assert_uint_eq(a.ident->san_count, b.ident->san_count);
		verdict_clear(&b);
	}
	verdict_clear(&a);
}

START_TEST(the_verdict_is_the_same_with_and_without)
{
	const struct cert_case *cc = &cert_cases[_i];
	struct verifier *cached, *plain;
	struct cert_chain c;

	cert_chain_init(&c, cc);
	cached = verifier_with(&c, 1);
	plain = verifier_with(&c, 0);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		compare(cc, cached, plain, &c, moments[i]);
	verifier_free(cached);
	verifier_free(plain);
	cert_chain_clear(&c);
}
END_TEST

START_TEST(another_chain_for_the_same_leaf_is_another_entry)
{
	const struct cert_case cc = { .shape = 0 };
	struct verifier *v;
	struct cert_chain c;
	struct verdict got;

	cert_chain_init(&c, &cc);
	v = verifier_with(&c, 10);
	ck_assert_int_eq(verifier_judge(v, c.leaf.x, c.shown, CERT_NOW, &got),
	    0);
	verdict_clear(&got);
	/* without the issuing CA nothing leads to the root, cached or not */
	ck_assert_int_eq(verifier_judge(v, c.leaf.x, NULL, CERT_NOW, &got),
	    E_CERT_UNKNOWN_CA);
	verdict_clear(&got);
	verifier_free(v);
	cert_chain_clear(&c);
}
END_TEST

static struct ident *
ident_new(void)
{
	struct ident *i = calloc(1, sizeof(*i));

	ck_assert_ptr_nonnull(i);
	arena_init(&i->arena, 64);
	i->refs = 1;
	return i;
}

static void
put(struct vcache *c, unsigned char first, int64_t from, int64_t until)
{
	unsigned char key[VCACHE_KEY_LEN] = { first };
	struct vcache_entry e = { .ident = ident_new(),
		.from = from,
		.until = until };

	vcache_put(c, key, &e);
	ident_unref(e.ident);
}

static bool
has(struct vcache *c, unsigned char first, int64_t now)
{
	unsigned char key[VCACHE_KEY_LEN] = { first };

	return vcache_get(c, key, now) != NULL;
}

START_TEST(the_one_not_asked_for_longest_makes_room)
{
	struct vcache *c = vcache_new(3);

	for (unsigned char i = 1; i <= 3; i++)
		put(c, i, 0, 100);
	ck_assert(has(c, 1, 50));
	put(c, 4, 0, 100);
	ck_assert_uint_eq(vcache_count(c), 3);
	ck_assert(has(c, 1, 50) && !has(c, 2, 50));
	ck_assert(has(c, 3, 50) && has(c, 4, 50));
	for (int i = 0; i < 1000; i++)
		put(c, (unsigned char)i, 0, 100);
	ck_assert_uint_eq(vcache_count(c), 3);
	vcache_free(c);
}
END_TEST

START_TEST(an_entry_counts_within_its_time_both_ends_included)
{
	struct vcache *c = vcache_new(3);

	put(c, 1, 10, 20);
	ck_assert(!has(c, 1, 9) && has(c, 1, 10));
	ck_assert(has(c, 1, 20) && !has(c, 1, 21));
	/* put again it is the newer one that counts */
	put(c, 1, 30, 40);
	ck_assert_uint_eq(vcache_count(c), 1);
	ck_assert(!has(c, 1, 20) && has(c, 1, 30));
	vcache_free(c);
	vcache_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cert/vcache");
	TCase *tc = tcase_create("vcache");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, the_verdict_is_the_same_with_and_without, 0,
	    cert_case_count);
	tcase_add_test(tc, another_chain_for_the_same_leaf_is_another_entry);
	tcase_add_test(tc, the_one_not_asked_for_longest_makes_room);
	tcase_add_test(tc, an_entry_counts_within_its_time_both_ends_included);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
