/* Blocks of addresses. */
#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "net/cidr.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *block;
	const char *addr;
	bool has;
} cases[] = {
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "10.0.0.0/8", "::10.1.2.3", false },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.0", false },
	{ "192.0.2.1/32", "192.0.2.1", true },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.2/31", "192.0.2.3", true },
	{ "192.0.2.2/31", "192.0.2.4", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "203.0.113.9", true },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/32", "2001:db9::", false },
	{ "2001:db8::/33", "2001:db8:8000::", false },
	{ "::1", "::1", true },
	{ "::1", "::2", false },
	{ "::ffff:0:0/96", "10.0.0.1", true },
};

START_TEST(a_block_has_an_address)
{
	struct cidr c;
	struct addr a;

	ck_assert_int_eq(cidr_parse(slice_str(cases[_i].block), &c), 0);
	ck_assert_int_eq(addr_parse_ip(slice_str(cases[_i].addr), &a), 0);
	addr_set_port(&a, 443);
	ck_assert_msg(cidr_has(&c, &a) == cases[_i].has, "%s in %s",
	    cases[_i].addr, cases[_i].block);
}
END_TEST

static const char *const wrong[] = { "", "/", "/8", "10.0.0.0/", "10.0.0.0/33",
	"10.0.0.1/8", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/ 8",
	"10.0.0.0/0x8", "10.0.0.0/99999999999999999999", "::/129", "::1/64",
	"fe80::1%2", "2001:db8::1/127", "localhost", "10.0.0.0:80", "[::1]" };

START_TEST(what_is_none)
{
	struct cidr c;

	ck_assert_msg(cidr_parse(slice_str(wrong[_i]), &c) == E_INVALID, "%s",
	    wrong[_i]);
}
END_TEST

START_TEST(a_unix_socket_is_in_none)
{
	struct cidr c;
	struct addr a;

	ck_assert_int_eq(cidr_parse(SL("::/0"), &c), 0);
	ck_assert_int_eq(addr_unix(SL("/x"), &a), 0);
	ck_assert(!cidr_has(&c, &a));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net/cidr");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("cidr");
	int failed;

	tcase_add_loop_test(tc, a_block_has_an_address, 0, COUNT(cases));
	tcase_add_loop_test(tc, what_is_none, 0, COUNT(wrong));
	tcase_add_test(tc, a_unix_socket_is_in_none);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
