#include "base/err.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

START_TEST(each_code_is_negative_and_has_a_slug_of_its_own)
{
	const char *slug = err_slug(-_i);

	ck_assert_int_eq(err_by_slug(slug), -_i);
	ck_assert_uint_gt(strlen(slug), 0);
	for (const char *p = slug; *p != '\0'; p++)
		ck_assert_msg(islower((unsigned char)*p) ||
			isdigit((unsigned char)*p) || *p == '-',
		    "%s", slug);
}
END_TEST

START_TEST(each_text_is_a_sentence_without_full_stop)
{
	const char *text = err_text(-_i);
	size_t n = strlen(text);

	ck_assert_uint_gt(n, 5);
	ck_assert_msg(text[n - 1] != '.' && !isspace((unsigned char)*text),
	    "%s", text);
}
END_TEST

START_TEST(zero_is_no_error)
{
	ck_assert_str_eq(err_slug(0), "ok");
	ck_assert_int_eq(err_by_slug("ok"), 0);
	ck_assert_str_eq(err_text(0), "no error");
}
END_TEST

START_TEST(what_is_no_code_is_unknown)
{
	ck_assert_str_eq(err_slug(1), "unknown");
	ck_assert_str_eq(err_slug(-ERR_COUNT - 1), "unknown");
	ck_assert_str_eq(err_text(1), "unknown error");
	ck_assert_str_eq(err_text(-ERR_COUNT - 1), "unknown error");
	ck_assert_int_eq(err_by_slug("no-such-thing"), 0);
	ck_assert_int_eq(err_by_slug(""), 0);
}
END_TEST

START_TEST(names_and_slugs_belong_together)
{
	ck_assert_str_eq(err_slug(E_AGAIN), "again");
	ck_assert_str_eq(err_slug(E_CERT_REVOKED), "cert-revoked");
	ck_assert_str_eq(err_slug(E_CERT_OTHER), "cert-other");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/err");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("err");
	int failed;

	tcase_add_loop_test(tc, each_code_is_negative_and_has_a_slug_of_its_own,
	    1, ERR_COUNT + 1);
	tcase_add_loop_test(tc, each_text_is_a_sentence_without_full_stop, 1,
	    ERR_COUNT + 1);
	tcase_add_test(tc, zero_is_no_error);
	tcase_add_test(tc, what_is_no_code_is_unknown);
	tcase_add_test(tc, names_and_slugs_belong_together);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
