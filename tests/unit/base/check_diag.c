#include "base/diag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct diag d;

static void
set_up(void)
{
	diag_init(&d);
}

static void
tear_down(void)
{
	diag_clear(&d);
}

static struct diag_at
at(const char *file, unsigned line, unsigned column)
{
	return (
	    struct diag_at) { .file = file, .line = line, .column = column };
}

START_TEST(a_mistake_has_a_place_and_a_sentence)
{
	char file[] = "a.yaml";

	diag_error(&d, at(file, 3, 7), "unknown key %s", "x");
	file[0] = 'b';
	ck_assert_uint_eq(d.count, 1);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_str_eq(d.entries[0].text, "a.yaml:3:7: unknown key x");
	ck_assert_str_eq(d.entries[0].message, "unknown key x");
	ck_assert_str_eq(d.entries[0].at.file, "a.yaml");
	ck_assert_int_eq(d.entries[0].level, DIAG_ERROR);
}
END_TEST

START_TEST(a_place_may_lack_line_or_file)
{
	diag_error(&d, at("a.pem", 0, 0), "empty");
	diag_error(&d, at(NULL, 0, 0), "no memory");
	ck_assert_str_eq(d.entries[0].text, "a.pem: empty");
	ck_assert_str_eq(d.entries[1].text, "sallyport: no memory");
}
END_TEST

START_TEST(a_warning_is_no_error)
{
	diag_warn(&d, at("a", 1, 1), "expires soon");
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_int_eq(d.entries[0].level, DIAG_WARNING);
}
END_TEST

START_TEST(a_terminal_does_not_obey_a_file)
{
	diag_error(&d, at("a\nb", 1, 1), "key \"%s\"", "\033[2J\r\n\177");
	ck_assert_str_eq(d.entries[0].text, "a?b:1:1: key \"?[2J???\"");
}
END_TEST

START_TEST(too_many_are_only_counted)
{
	for (unsigned i = 0; i < DIAG_MAX + 50; i++)
		diag_error(&d, at("a", i + 1, 1), "x");
	ck_assert_uint_eq(d.count, DIAG_MAX);
	ck_assert_uint_eq(d.errors, DIAG_MAX + 50);
	diag_sort(&d);
	ck_assert_uint_eq(d.entries[DIAG_MAX - 1].at.line, DIAG_MAX);
}
END_TEST

START_TEST(sorting_is_by_file_then_place_and_keeps_equals)
{
	static const char *const order[] = { "b:1:1: first", "b:2:1: second",
		"b:2:9: third", "b:2:9: fourth", "a:1:1: fifth" };

	diag_error(&d, at("b", 2, 9), "third");
	diag_error(&d, at("a", 1, 1), "fifth");
	diag_error(&d, at("b", 2, 9), "fourth");
	diag_warn(&d, at("b", 2, 1), "second");
	diag_error(&d, at("b", 1, 1), "first");
	diag_sort(&d);
	ck_assert_uint_eq(d.count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(d.entries[i].text, order[i]);
	ck_assert_str_eq(d.entries[4].message, "fifth");
}
END_TEST

START_TEST(nothing_can_be_sorted_and_cleared)
{
	diag_sort(&d);
	diag_clear(&d);
	ck_assert_uint_eq(d.count, 0);
	diag_error(&d, at("a", 1, 1), "x");
	ck_assert_uint_eq(d.errors, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/diag");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("diag");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_mistake_has_a_place_and_a_sentence);
	tcase_add_test(tc, a_place_may_lack_line_or_file);
	tcase_add_test(tc, a_warning_is_no_error);
	tcase_add_test(tc, a_terminal_does_not_obey_a_file);
	tcase_add_test(tc, too_many_are_only_counted);
	tcase_add_test(tc, sorting_is_by_file_then_place_and_keeps_equals);
	tcase_add_test(tc, nothing_can_be_sorted_and_cleared);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
