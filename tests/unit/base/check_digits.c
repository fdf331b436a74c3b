#include "base/digits.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t numbers[] = { 0, 1, 9, 10, 99, 100, 12345, 999999999,
	1000000000, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };

#define COUNT (sizeof(numbers) / sizeof(numbers[0]))

START_TEST(digits_are_those_of_printf)
{
	char want[32], got[DIGITS_MAX], hex[16];
	size_t n;

	for (size_t i = 0; i < COUNT; i++) {
		(void)snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
		n = digits_u64(got, numbers[i]);
		ck_assert_uint_eq(n, strlen(want));
		ck_assert_mem_eq(got, want, n);
		(void)snprintf(want, sizeof(want), "%" PRId64,
		    (int64_t)numbers[i]);
		n = digits_i64(got, (int64_t)numbers[i]);
		ck_assert_uint_eq(n, strlen(want));
		ck_assert_mem_eq(got, want, n);
		(void)snprintf(want, sizeof(want), "%016" PRIx64, numbers[i]);
		digits_hex64(hex, numbers[i]);
		ck_assert_mem_eq(hex, want, 16);
	}
}
END_TEST

START_TEST(digits_fixed_keeps_the_last_ones)
{
	char got[3];

	digits_fixed(got, 3, 7);
	ck_assert_mem_eq(got, "007", 3);
	digits_fixed(got, 3, 12345);
	ck_assert_mem_eq(got, "345", 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/digits");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("digits");
	int failed;

	tcase_add_test(tc, digits_are_those_of_printf);
	tcase_add_test(tc, digits_fixed_keeps_the_last_ones);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
