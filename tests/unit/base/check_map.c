#include "base/map.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct map *m;
static char values[10000];

static void
set_up(void)
{
	m = map_new();
}

static void
tear_down(void)
{
	map_free(m);
}

static struct slice
key(int i)
{
	static char text[16];

	return slice_of(text, (size_t)snprintf(text, sizeof(text), "k%d", i));
}

START_TEST(an_empty_map_has_nothing)
{
	struct slice k;
	size_t at = 0;
	void *v;

	ck_assert_uint_eq(map_count(m), 0);
	ck_assert_ptr_null(map_get(m, SL("a")));
	ck_assert_ptr_null(map_get(m, SL("")));
	ck_assert_ptr_null(map_remove(m, SL("a")));
	ck_assert(!map_next(m, &at, &k, &v));
	map_free(NULL);
}
END_TEST

START_TEST(keys_are_copied_and_compared_exactly)
{
	char k[] = "key";

	ck_assert_ptr_null(map_set(m, slice_str(k), &values[0]));
	k[0] = 'x';
	ck_assert_ptr_eq(map_get(m, SL("key")), &values[0]);
	ck_assert_ptr_null(map_get(m, SL("xey")));
	ck_assert_ptr_null(map_get(m, SL("KEY")));
	ck_assert_ptr_null(map_get(m, SL("key\0")));
	ck_assert_ptr_null(map_get(m, SL("ke")));
}
END_TEST

START_TEST(the_empty_key_and_a_nul_are_keys)
{
	map_set(m, SL(""), &values[1]);
	map_set(m, SL("\0"), &values[2]);
	map_set(m, SL("\0\0"), &values[3]);
	ck_assert_ptr_eq(map_get(m, slice_of(NULL, 0)), &values[1]);
	ck_assert_ptr_eq(map_get(m, SL("\0")), &values[2]);
	ck_assert_ptr_eq(map_get(m, SL("\0\0")), &values[3]);
	ck_assert_uint_eq(map_count(m), 3);
}
END_TEST

START_TEST(setting_again_returns_what_was_there)
{
	map_set(m, SL("a"), &values[1]);
	ck_assert_ptr_eq(map_set(m, SL("a"), &values[2]), &values[1]);
	ck_assert_ptr_eq(map_get(m, SL("a")), &values[2]);
	ck_assert_uint_eq(map_count(m), 1);
}
END_TEST

START_TEST(many_keys_come_and_go)
{
	for (int i = 0; i < 10000; i++)
		ck_assert_ptr_null(map_set(m, key(i), &values[i]));
	ck_assert_uint_eq(map_count(m), 10000);
	/* every third goes, and the others must still be found */
	for (int i = 0; i < 10000; i += 3)
		ck_assert_ptr_eq(map_remove(m, key(i)), &values[i]);
	for (int i = 0; i < 10000; i++)
		ck_assert_ptr_eq(map_get(m, key(i)),
		    i % 3 == 0 ? NULL : &values[i]);
	ck_assert_uint_eq(map_count(m), 6666);
	for (int i = 0; i < 10000; i++)
		map_remove(m, key(i));
	ck_assert_uint_eq(map_count(m), 0);
	ck_assert_ptr_null(map_set(m, key(1), &values[1]));
	ck_assert_ptr_eq(map_get(m, key(1)), &values[1]);
}
END_TEST

/* The gap that a removal leaves, in maps that are small and nearly full. */
START_TEST(removing_in_any_order_loses_nothing)
{
	unsigned seed = (unsigned)_i;

	for (int round = 0; round < 200; round++) {
		bool there[6] = { false };

		for (int step = 0; step < 40; step++) {
			int i = rand_r(&seed) % 6;

			if (rand_r(&seed) % 2 == 0)
				map_set(m, key(i), &values[i]);
			else
				map_remove(m, key(i));
			there[i] = map_get(m, key(i)) != NULL;
			for (int j = 0; j < 6; j++)
				ck_assert(
				    (map_get(m, key(j)) != NULL) == there[j]);
		}
		for (int i = 0; i < 6; i++)
			map_remove(m, key(i));
	}
}
END_TEST

START_TEST(each_entry_is_met_once)
{
	bool met[100] = { false };
	struct slice k;
	size_t at = 0;
	int n = 0;
	void *v;

	for (int i = 0; i < 100; i++)
		map_set(m, key(i), &values[i]);
	for (; map_next(m, &at, &k, &v); n++) {
		int i = (int)((char *)v - values);

		ck_assert(!met[i]);
		met[i] = true;
		ck_assert(slice_eq(k, key(i)));
	}
	ck_assert_int_eq(n, 100);
}
END_TEST

START_TEST(the_hash_is_of_the_bytes_alone)
{
	char a[] = "0123456789abcdef", b[] = "xx0123456789abcdef";

	for (size_t n = 0; n <= 16; n++)
		ck_assert(
		    map_hash(slice_of(a, n)) == map_hash(slice_of(b + 2, n)));
	ck_assert(map_hash(SL("a")) != map_hash(SL("b")));
	ck_assert(map_hash(SL("")) != map_hash(SL("\0")));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/map");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("map");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_empty_map_has_nothing);
	tcase_add_test(tc, keys_are_copied_and_compared_exactly);
	tcase_add_test(tc, the_empty_key_and_a_nul_are_keys);
	tcase_add_test(tc, setting_again_returns_what_was_there);
	tcase_add_test(tc, many_keys_come_and_go);
	tcase_add_loop_test(tc, removing_in_any_order_loses_nothing, 0, 10);
	tcase_add_test(tc, each_entry_is_met_once);
	tcase_add_test(tc, the_hash_is_of_the_bytes_alone);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
