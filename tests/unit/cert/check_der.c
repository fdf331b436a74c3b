#include <check.h>
#include <stdlib.h>

#include "cert/der.h"

START_TEST(test_each_is_kept_once)
{
	struct der_pool *p = der_pool_new();
	struct der *a = der_get(p, SL("one")), *b = der_get(p, SL("two"));

	ck_assert_ptr_eq(der_get(p, SL("one")), a);
	ck_assert_ptr_ne(a, b);
	ck_assert(slice_eq(a->bytes, SL("one")));
	ck_assert_uint_eq(der_pool_count(p), 2);
	der_unref(b);
	ck_assert_uint_eq(der_pool_count(p), 1);
	der_unref(a);
	ck_assert_uint_eq(der_pool_count(p), 1);
	ck_assert_ptr_eq(der_get(p, SL("one")), a);
	der_unref(a);
	der_unref(a);
	ck_assert_uint_eq(der_pool_count(p), 0);
	der_pool_unref(p);
}
END_TEST

/* A connection outlives the verifier that let it in. */
START_TEST(test_the_pool_goes_with_the_last)
{
	struct der_pool *p = der_pool_new();
	struct der *a = der_get(p, SL("")), *b = der_ref(a);

	der_pool_unref(p);
	der_unref(a);
	ck_assert_uint_eq(b->bytes.n, 0);
	der_unref(b);
	der_unref(NULL);
	der_pool_unref(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("der");
	TCase *t = tcase_create("der");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, test_each_is_kept_once);
	tcase_add_test(t, test_the_pool_goes_with_the_last);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
