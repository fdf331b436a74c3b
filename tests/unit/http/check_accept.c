/* What a client would rather have: RFC 9110, 12.5.1. */
#include <check.h>
#include <stdlib.h>

#include "http/accept.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *accept;
	const char *type;
	unsigned weight;
} cases[] = {
	{ "text/plain", "text/plain", 1000 },
	{ "TEXT/Plain", "text/plain", 1000 },
	{ "text/plain", "text/plain; charset=utf-8", 1000 },
	{ "text/plain", "text/html", 0 },
	{ "*/*", "text/html", 1000 },
	{ "text/*", "text/html", 1000 },
	{ "TEXT/*;q=0.3", "text/html", 300 },
	{ "text/*", "textual/html", 0 },
	{ "application/*", "text/html", 0 },
	{ "*/*;q=0.1", "text/html", 100 },
	{ "text/html;q=0", "text/html", 0 },
	{ "text/html;q=1.000", "text/html", 1000 },
	{ "text/html;q=0.123", "text/html", 123 },
	{ "text/html ; q=0.5", "text/html", 500 },
	{ "text/html;;Q=0.5;", "text/html", 500 },
	{ "text/html;q=0.5;ext=1", "text/html", 500 },

	/* the most specific one decides, wherever it stands */
	{ "*/*, text/html;q=0.2", "text/html", 200 },
	{ "text/html;q=0.2, */*", "text/html", 200 },
	{ "text/*;q=0.5, */*;q=0.7", "text/html", 500 },
	{ "text/html;q=0, text/*", "text/html", 0 },
	{ "text/html;q=0.2, text/html;q=0.4", "text/html", 400 },
	{ "a/b,c/d,,text/html;q=0.2,", "text/html", 200 },

	/* the examples of the RFC */
	{ "audio/*; q=0.2, audio/basic", "audio/basic", 1000 },
	{ "audio/*; q=0.2, audio/basic", "audio/mp3", 200 },
	{ "text/plain;format=flowed, text/*;q=0.4", "text/plain", 400 },

	/* what is no weight covers nothing */
	{ "text/html;q=", "text/html", 0 },
	{ "text/html;q", "text/html", 0 },
	{ "text/html;q=2", "text/html", 0 },
	{ "text/html;q=1.001", "text/html", 0 },
	{ "text/html;q=0.1234", "text/html", 0 },
	{ "text/html;q=.5", "text/html", 0 },
	{ "text/html;q=0,5", "text/html", 0 },
	{ "text/html;q=-1", "text/html", 0 },
	{ "text/html;q=0x1", "text/html", 0 },
	{ "text/html;level=1", "text/html", 0 },
	{ "text/html;=1", "text/html", 0 },
	{ "text", "text/html", 0 },
	{ "/", "text/html", 0 },
	{ "*", "text/html", 0 },
	{ "*/html", "text/html", 0 },
	{ "te/*", "text/html", 0 },
	{ "", "text/html", 0 },
	{ ";", "text/html", 0 },
};

START_TEST(a_weight)
{
	struct fields fs = { 0 };

	fields_add(&fs, SL("accept"), slice_str(cases[_i].accept));
	ck_assert_msg(accept_weight(&fs, slice_str(cases[_i].type)) ==
		cases[_i].weight,
	    "%s for %s", cases[_i].accept, cases[_i].type);
	fields_clear(&fs);
}
END_TEST

START_TEST(without_the_field_everything_is_wanted)
{
	struct fields fs = { 0 };

	fields_add(&fs, SL("Acceptable"), SL("text/plain"));
	ck_assert_uint_eq(accept_weight(&fs, SL("a/b")), ACCEPT_MOST);
	fields_clear(&fs);
}
END_TEST

START_TEST(the_list_may_lie_in_several_fields)
{
	struct fields fs = { 0 };

	fields_add(&fs, SL("Accept"), SL("a/b;q=0.1"));
	fields_add(&fs, SL("X"), SL("c/d"));
	fields_add(&fs, SL("ACCEPT"), SL("c/d;q=0.2"));
	ck_assert_uint_eq(accept_weight(&fs, SL("a/b")), 100);
	ck_assert_uint_eq(accept_weight(&fs, SL("c/d")), 200);
	ck_assert_uint_eq(accept_weight(&fs, SL("e/f")), 0);
	fields_clear(&fs);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/accept");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("accept");
	int failed;

	tcase_add_loop_test(tc, a_weight, 0, COUNT(cases));
	tcase_add_test(tc, without_the_field_everything_is_wanted);
	tcase_add_test(tc, the_list_may_lie_in_several_fields);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
