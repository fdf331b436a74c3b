/* RFC 3720, B.4; and the check value that every catalogue has. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"

START_TEST(known_sums)
{
	char p[32];

	ck_assert_uint_eq(crc32c(0, SL("123456789")), 0xe3069283);
	ck_assert_uint_eq(crc32c(0, SL("")), 0);
	memset(p, 0, sizeof(p));
	ck_assert_uint_eq(crc32c(0, slice_of(p, sizeof(p))), 0x8a9136aa);
	memset(p, 0xff, sizeof(p));
	ck_assert_uint_eq(crc32c(0, slice_of(p, sizeof(p))), 0x62a8ab43);
	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (char)i;
	ck_assert_uint_eq(crc32c(0, slice_of(p, sizeof(p))), 0x46dd794e);
}
END_TEST

START_TEST(a_sum_of_pieces)
{
	struct slice s = SLICE("123456789");

	for (size_t i = 0; i <= s.n; i++)
		ck_assert_uint_eq(crc32c(crc32c(0, slice_first(s, i)),
				      slice_skip(s, i)),
		    0xe3069283);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/crc32c");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("crc32c");
	int failed;

	tcase_add_test(tc, known_sums);
	tcase_add_test(tc, a_sum_of_pieces);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
