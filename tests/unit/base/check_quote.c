#include "base/quote.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

START_TEST(every_octet_stands_as_it_may)
{
	char one = (char)_i, want[8], got[8];
	bool is_printable = _i >= 0x20 && _i < 0x7f;

	for (int json = 0; json <= 1; json++) {
		size_t n = quote_put(slice_of(&one, 1), json, got);

		if (one == '"' || one == '\\')
			(void)snprintf(want, sizeof(want), "\\%c", one);
		else if (is_printable)
			(void)snprintf(want, sizeof(want), "%c", one);
		else
			(void)snprintf(want, sizeof(want),
			    json ? "\\u%04x" : "\\x%02x", (unsigned)_i);
		ck_assert_uint_eq(n, strlen(want));
		ck_assert_mem_eq(got, want, n);
		ck_assert_uint_eq(quote_len(slice_of(&one, 1), json), n);
	}
	ck_assert_int_eq(quote_need(slice_of(&one, 1)) == QUOTE_NOTHING,
	    ascii_is_alnum(one) ||
		(one != '\0' && strchr("-_.:/@[]*,+%~", one) != NULL));
}
END_TEST

START_TEST(a_text_needs_what_any_of_it_needs)
{
	ck_assert_int_eq(quote_need(SL("")), QUOTE_QUOTES);
	ck_assert_uint_eq(quote_len(SL(""), false), 0);
	ck_assert_int_eq(quote_need(SL("a,b")), QUOTE_NOTHING);
	ck_assert_int_eq(quote_need(SL("a b")), QUOTE_QUOTES);
	ck_assert_int_eq(quote_need(SL("a b\n")), QUOTE_ESCAPES);
}
END_TEST

START_TEST(a_string_is_cut_between_escapes)
{
	char out[16];

	quote_str(SL("a\"b\\c\n\xff"), out, sizeof(out));
	ck_assert_str_eq(out, "a\\\"b\\\\c\\x0a\\xff");
	quote_str(SL("0123456789abcdefgh"), out, sizeof(out));
	ck_assert_str_eq(out, "0123456789abcde");
	/* an escape is whole or not there */
	quote_str(SL("0123456789abc\n"), out, sizeof(out));
	ck_assert_str_eq(out, "0123456789abc");
	quote_str(SL("a"), out, 1);
	ck_assert_str_eq(out, "");
	quote_str(SL(""), out, 1);
	ck_assert_str_eq(out, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/quote");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("quote");
	int failed;

	tcase_add_loop_test(tc, every_octet_stands_as_it_may, 0, 256);
	tcase_add_test(tc, a_text_needs_what_any_of_it_needs);
	tcase_add_test(tc, a_string_is_cut_between_escapes);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
