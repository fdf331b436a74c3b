#include "base/clock.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	int64_t wall_ms;
	const char *rfc3339;
	const char *http;
} times[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 784111777123, "1994-11-06T08:49:37.123Z",
	    "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ 951782400999, "2000-02-29T00:00:00.999Z",
	    "Tue, 29 Feb 2000 00:00:00 GMT" },
	{ 2147483648000, "2038-01-19T03:14:08.000Z",
	    "Tue, 19 Jan 2038 03:14:08 GMT" },
	{ 253402300799000, "9999-12-31T23:59:59.000Z",
	    "Fri, 31 Dec 9999 23:59:59 GMT" },
};

START_TEST(times_are_written_in_utc)
{
	char rfc3339[CLOCK_RFC3339_LEN], http[CLOCK_HTTP_LEN];

	setenv("TZ", "America/St_Johns", 1);
	clock_rfc3339(times[_i].wall_ms, rfc3339);
	clock_http((time_t)(times[_i].wall_ms / 1000), http);
	ck_assert_str_eq(rfc3339, times[_i].rfc3339);
	ck_assert_str_eq(http, times[_i].http);
}
END_TEST

START_TEST(any_number_gives_a_text_that_fits)
{
	static const int64_t odd[] = { INT64_MAX, INT64_MIN, -1, -1001,
		253402300800000 };
	char rfc3339[CLOCK_RFC3339_LEN], http[CLOCK_HTTP_LEN];

	clock_rfc3339(odd[_i], rfc3339);
	clock_http((time_t)odd[_i], http);
	ck_assert_uint_eq(strlen(rfc3339), CLOCK_RFC3339_LEN - 1);
	ck_assert_uint_eq(strlen(http), CLOCK_HTTP_LEN - 1);
}
END_TEST

START_TEST(the_clocks_go_forward)
{
	int64_t us = clock_mono_us(), ms = clock_mono_ms();

	ck_assert_int_gt(us, 0);
	ck_assert_int_ge(ms, us / 1000);
	ck_assert_int_ge(clock_mono_us(), us);
	ck_assert_int_gt(clock_wall_ms(), INT64_C(1600000000000));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/clock");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("clock");
	int failed;

	tcase_add_loop_test(tc, times_are_written_in_utc, 0, COUNT(times));
	tcase_add_loop_test(tc, any_number_gives_a_text_that_fits, 0, 5);
	tcase_add_test(tc, the_clocks_go_forward);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
