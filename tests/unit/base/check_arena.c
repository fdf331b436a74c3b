#include "base/arena.h"

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct arena a;

static void
set_up(void)
{
	arena_init(&a, 64);
}

static void
tear_down(void)
{
	arena_clear(&a);
}

START_TEST(an_unused_arena_holds_nothing)
{
	ck_assert_ptr_null(a.blocks);
	arena_clear(&a);
	arena_clear(&a);
}
END_TEST

START_TEST(what_is_new_is_zeroed_and_aligned)
{
	for (size_t n = 0; n < 200; n++) {
		char *p = arena_new(&a, n);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_int_eq(p[i], 0);
		memset(p, 0xff, n);
		/* and something odd between */
		memset(arena_bytes(&a, n % 7), 0xff, n % 7);
	}
}
END_TEST

START_TEST(nothing_overlaps)
{
	struct slice all[300];
	char one[40];

	for (size_t i = 0; i < 300; i++) {
		memset(one, (int)(i & 0xff), sizeof(one));
		all[i] = arena_copy(&a, slice_of(one, i % 40));
	}
	for (size_t i = 0; i < 300; i++) {
		ck_assert_uint_eq(all[i].n, i % 40);
		for (size_t j = 0; j < all[i].n; j++)
			ck_assert_int_eq((unsigned char)all[i].p[j],
			    (int)(i & 0xff));
		ck_assert_int_eq(all[i].p[all[i].n], '\0');
	}
}
END_TEST

START_TEST(what_is_larger_than_a_block_fits)
{
	char *big, *small = arena_bytes(&a, 8), *next;

	memset(small, 'a', 8);
	big = arena_bytes(&a, 100000);
	memset(big, 'b', 100000);
	/* the block that had room is still in use */
	next = arena_bytes(&a, 8);
	ck_assert_ptr_eq(next, small + 8);
	memset(next, 'c', 8);
	ck_assert_int_eq(small[7], 'a');
	ck_assert_int_eq(big[99999], 'b');
}
END_TEST

START_TEST(strings)
{
	ck_assert_str_eq(arena_str(&a, SL("abc")), "abc");
	ck_assert_str_eq(arena_str(&a, slice_of(NULL, 0)), "");
	ck_assert(slice_eq(arena_printf(&a, "%d %s", 1, "b"), SL("1 b")));
	ck_assert_uint_eq(arena_printf(&a, "%200s", "b").n, 200);
	ck_assert_uint_eq(arena_printf(&a, "%s", "").n, 0);
}
END_TEST

START_TEST(arrays)
{
	uint64_t *p = arena_array(&a, 10, sizeof(*p));

	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(p[i], 0);
	ck_assert_ptr_nonnull(arena_array(&a, 0, 8));
	ck_assert_ptr_nonnull(arena_array(&a, 8, 0));
}
END_TEST

START_TEST(an_array_that_overflows_aborts)
{
	arena_array(&a, SIZE_MAX / 4, 8);
}
END_TEST

START_TEST(after_clearing_it_can_be_used_again)
{
	arena_new(&a, 10);
	arena_clear(&a);
	ck_assert_ptr_null(a.blocks);
	ck_assert_str_eq(arena_str(&a, SL("b")), "b");
}
END_TEST

START_TEST(a_reset_keeps_one_block_for_what_comes_next)
{
	struct arena_block *kept;

	arena_reset(&a);
	ck_assert_ptr_null(a.blocks);
	arena_new(&a, 10);
	arena_new(&a, a.block_size);
	arena_new(&a, 10);
	arena_reset(&a);
	kept = a.blocks;
	ck_assert_ptr_nonnull(kept);
	arena_new(&a, a.block_size);
	ck_assert_ptr_eq(a.blocks, kept);
	/* what is larger is not kept */
	arena_clear(&a);
	arena_new(&a, a.block_size + 1);
	arena_reset(&a);
	ck_assert_ptr_null(a.blocks);
	ck_assert_str_eq(arena_str(&a, SL("b")), "b");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/arena");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("arena");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_unused_arena_holds_nothing);
	tcase_add_test(tc, what_is_new_is_zeroed_and_aligned);
	tcase_add_test(tc, nothing_overlaps);
	tcase_add_test(tc, what_is_larger_than_a_block_fits);
	tcase_add_test(tc, strings);
	tcase_add_test(tc, arrays);
	if (srunner_fork_status(sr) == CK_FORK)
		tcase_add_test_raise_signal(tc, an_array_that_overflows_aborts,
		    SIGABRT);
	tcase_add_test(tc, after_clearing_it_can_be_used_again);
	tcase_add_test(tc, a_reset_keeps_one_block_for_what_comes_next);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
