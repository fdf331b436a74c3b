#include "base/buf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct buf b;

static void
set_up(void)
{
	buf_init(&b, 10);
}

static void
tear_down(void)
{
	buf_clear(&b);
}

START_TEST(a_new_buf_holds_nothing)
{
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(buf_room(&b), 10);
	ck_assert_uint_eq(buf_slice(&b).n, 0);
	ck_assert_ptr_null(b.mem);
	buf_release(&b);
	buf_clear(&b);
}
END_TEST

START_TEST(bytes_come_out_as_they_went_in)
{
	ck_assert(buf_puts(&b, "abc"));
	ck_assert(buf_put(&b, SL("d\0f")));
	ck_assert(slice_eq(buf_slice(&b), SL("abcd\0f")));
	buf_take(&b, 4);
	ck_assert(slice_eq(buf_slice(&b), SL("\0f")));
	buf_take(&b, 2);
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(buf_room(&b), 10);
}
END_TEST

START_TEST(the_ceiling_holds)
{
	ck_assert(buf_puts(&b, "0123456789"));
	ck_assert_uint_eq(buf_room(&b), 0);
	ck_assert(!buf_puts(&b, "x"));
	ck_assert_ptr_null(buf_want(&b, 1));
	ck_assert_ptr_null(buf_want(&b, SIZE_MAX));
	ck_assert(buf_put(&b, SL("")));
	buf_take(&b, 1);
	ck_assert(!buf_puts(&b, "xy"));
	ck_assert(buf_puts(&b, "x"));
	ck_assert(slice_eq(buf_slice(&b), SL("123456789x")));
}
END_TEST

START_TEST(a_wrapping_length_is_refused)
{
	buf_puts(&b, "abc");
	ck_assert_ptr_null(buf_want(&b, SIZE_MAX - 1));
	ck_assert(!buf_put(&b, slice_of("", SIZE_MAX)));
	ck_assert_uint_eq(buf_len(&b), 3);
}
END_TEST

START_TEST(what_is_wanted_is_in_one_piece)
{
	char *to;

	buf_puts(&b, "01234567");
	buf_take(&b, 6);
	to = buf_want(&b, 8);
	ck_assert_ptr_nonnull(to);
	memcpy(to, "abcdefgh", 8);
	buf_added(&b, 8);
	ck_assert(slice_eq(buf_slice(&b), SL("67abcdefgh")));
	ck_assert_ptr_nonnull(buf_want(&b, 0));
}
END_TEST

START_TEST(a_wide_buf_grows)
{
	struct buf wide;

	buf_init(&wide, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert(buf_put(&wide, slice_of(&"abcdefghij"[i % 10], 1)));
	ck_assert(!buf_puts(&wide, "x"));
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(buf_slice(&wide).p[i], 'a' + (int)(i % 10));
	buf_clear(&wide);
	ck_assert_ptr_null(wide.mem);
	ck_assert(buf_puts(&wide, "again"));
	buf_clear(&wide);
}
END_TEST

START_TEST(memory_is_given_back_only_when_nothing_waits)
{
	buf_puts(&b, "a");
	buf_release(&b);
	ck_assert_uint_eq(buf_len(&b), 1);
	buf_take(&b, 1);
	buf_release(&b);
	ck_assert_ptr_null(b.mem);
	ck_assert(buf_puts(&b, "b"));
	ck_assert(slice_eq(buf_slice(&b), SL("b")));
}
END_TEST

START_TEST(what_was_put_last_can_be_taken_back)
{
	buf_puts(&b, "abc");
	buf_take(&b, 1);
	buf_puts(&b, "defg");
	buf_cut(&b, 2);
	ck_assert(slice_eq(buf_slice(&b), SL("bc")));
	buf_cut(&b, 0);
	ck_assert_uint_eq(buf_len(&b), 0);
	buf_cut(&b, 0);
	ck_assert(buf_puts(&b, "0123456789"));
}
END_TEST

START_TEST(printing)
{
	ck_assert(buf_printf(&b, "%d-%s", 42, "ab"));
	ck_assert(slice_eq(buf_slice(&b), SL("42-ab")));
	ck_assert(!buf_printf(&b, "%s", "cdefgh"));
	ck_assert(slice_eq(buf_slice(&b), SL("42-ab")));
	ck_assert(buf_printf(&b, "%s", ""));
	ck_assert(slice_eq(buf_slice(&b), SL("42-ab")));
}
END_TEST

START_TEST(printing_up_to_the_ceiling)
{
	ck_assert(buf_printf(&b, "%s", "0123456789"));
	ck_assert_uint_eq(buf_room(&b), 0);
	ck_assert(!buf_printf(&b, "x"));
	ck_assert(slice_eq(buf_slice(&b), SL("0123456789")));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/buf");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("buf");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_new_buf_holds_nothing);
	tcase_add_test(tc, bytes_come_out_as_they_went_in);
	tcase_add_test(tc, the_ceiling_holds);
	tcase_add_test(tc, a_wrapping_length_is_refused);
	tcase_add_test(tc, what_is_wanted_is_in_one_piece);
	tcase_add_test(tc, a_wide_buf_grows);
	tcase_add_test(tc, memory_is_given_back_only_when_nothing_waits);
	tcase_add_test(tc, what_was_put_last_can_be_taken_back);
	tcase_add_test(tc, printing);
	tcase_add_test(tc, printing_up_to_the_ceiling);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
