#include <check.h>
#include <stdlib.h>

#include "base/base64.h"

/* RFC 4648, 10, and octets that need the last two digits. */
static const struct {
	struct slice in;
	const char *out;
} rows[] = {
	{ SLICE(""), "" },
	{ SLICE("f"), "Zg==" },
	{ SLICE("fo"), "Zm8=" },
	{ SLICE("foo"), "Zm9v" },
	{ SLICE("foob"), "Zm9vYg==" },
	{ SLICE("fooba"), "Zm9vYmE=" },
	{ SLICE("foobar"), "Zm9vYmFy" },
	{ SLICE("\xfb\xff\xfe\0"), "+//+AA==" },
};

START_TEST(test_base64)
{
	struct buf b;

	buf_init(&b, 64);
	ck_assert(base64_put(&b, rows[_i].in));
	ck_assert(slice_eq(buf_slice(&b), slice_str(rows[_i].out)));
	buf_clear(&b);
}
END_TEST

START_TEST(test_a_full_buf_is_told)
{
	struct buf b;

	buf_init(&b, 7);
	ck_assert(!base64_put(&b, SL("foob")));
	ck_assert(slice_eq(buf_slice(&b), SL("Zm9v")));
	buf_clear(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base64");
	TCase *t = tcase_create("base64");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_base64, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, test_a_full_buf_is_told);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
