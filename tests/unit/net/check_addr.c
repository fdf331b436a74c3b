#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/addr.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct guard guard;

/* An address, and how it is written again; NULL: it is none. */
static const struct {
	struct slice in;
	const char *out;
	const char *ip;
} address[] = {
	{ SLICE("127.0.0.1:8443"), "127.0.0.1:8443", "127.0.0.1" },
	{ SLICE("0.0.0.0:0"), "0.0.0.0:0", "0.0.0.0" },
	{ SLICE("[::1]:65535"), "[::1]:65535", "::1" },
	{ SLICE("[2001:DB8::1]:1"), "[2001:db8::1]:1", "2001:db8::1" },
	{ SLICE("[fe80::1%2]:1"), "[fe80::1%2]:1", "fe80::1%2" },
	{ SLICE("*:8443"), "[::]:8443", "::" },
	{ SLICE("[::]:8443"), "[::]:8443", "::" },
	/* as an IPv6 socket shows an IPv4 client */
	{ SLICE("[::ffff:10.0.0.1]:80"), "10.0.0.1:80", "10.0.0.1" },
	{ SLICE(""), NULL, NULL },
	{ SLICE("127.0.0.1"), NULL, NULL },
	{ SLICE("127.0.0.1:"), NULL, NULL },
	{ SLICE("127.0.0.1:65536"), NULL, NULL },
	{ SLICE("127.0.0.1:-1"), NULL, NULL },
	{ SLICE("127.0.0.1:80 "), NULL, NULL },
	{ SLICE("127.0.0.1:000080"), NULL, NULL },
	{ SLICE("127.1:80"), NULL, NULL },
	{ SLICE("127.0.0.1\0:80"), NULL, NULL },
	{ SLICE("127.0.0.256:80"), NULL, NULL },
	{ SLICE("localhost:80"), NULL, NULL },
	{ SLICE("::1:80"), NULL, NULL },
	{ SLICE("[::1]"), NULL, NULL },
	{ SLICE("[::1]80"), NULL, NULL },
	{ SLICE("[::1:80"), NULL, NULL },
	{ SLICE("[127.0.0.1]:80"), NULL, NULL },
	{ SLICE("[*]:80"), NULL, NULL },
	{ SLICE("[fe80::1%]:1"), NULL, NULL },
	{ SLICE("[fe80::1%0]:1"), NULL, NULL },
	{ SLICE("[fe80::1%eth0]:1"), NULL, NULL },
	{ SLICE("[fe80::1%4294967296]:1"), NULL, NULL },
	{ SLICE("[::1\0]:1"), NULL, NULL },
	{ SLICE("["), NULL, NULL },
	{ SLICE("[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]:1"), NULL,
	    NULL },
};

START_TEST(test_parses_and_formats)
{
	struct slice in = guard_put(&guard, address[_i].in);
	char out[ADDR_TEXT_MAX];
	struct addr a;
	int e = addr_parse(in, &a);

	if (address[_i].out == NULL) {
		ck_assert_msg(e == E_INVALID, "%s", address[_i].in.p);
		return;
	}
	ck_assert_int_eq(e, 0);
	addr_format(&a, out);
	ck_assert_str_eq(out, address[_i].out);
	addr_format_ip(&a, out);
	ck_assert_str_eq(out, address[_i].ip);
}
END_TEST

START_TEST(test_parses_an_address_alone)
{
	struct addr a;

	ck_assert_int_eq(addr_parse_ip(SL("10.0.0.1"), &a), 0);
	ck_assert(!addr_is_ip6(&a));
	ck_assert_uint_eq(addr_port(&a), 0);
	addr_set_port(&a, 81);
	ck_assert_uint_eq(addr_port(&a), 81);
	ck_assert_int_eq(addr_parse_ip(SL("2001:db8::1"), &a), 0);
	ck_assert(addr_is_ip6(&a));
	addr_set_port(&a, 82);
	ck_assert_uint_eq(addr_port(&a), 82);
	ck_assert_int_eq(addr_parse_ip(SL("10.0.0.1:80"), &a), E_INVALID);
	ck_assert_int_eq(addr_parse_ip(SL("[::1]"), &a), E_INVALID);
	ck_assert_int_eq(addr_parse_ip(SL(""), &a), E_INVALID);
}
END_TEST

START_TEST(test_knows_unix_sockets)
{
	char path[sizeof(((struct addr *)0)->un.sun_path) + 1];
	char out[ADDR_TEXT_MAX];
	struct addr a;

	ck_assert_int_eq(addr_unix(SL("/run/x.sock"), &a), 0);
	ck_assert(addr_is_unix(&a));
	addr_format(&a, out);
	ck_assert_str_eq(out, "unix:/run/x.sock");
	addr_format_ip(&a, out);
	ck_assert_str_eq(out, "unix:");
	ck_assert_uint_eq(addr_port(&a), 0);

	memset(path, 'a', sizeof(path));
	ck_assert_int_eq(addr_unix(slice_of(path, 107), &a), 0);
	addr_format(&a, out);
	ck_assert_uint_eq(strlen(out), 5 + 107);
	ck_assert_int_eq(addr_unix(slice_of(path, 108), &a), E_LIMIT);
	ck_assert_int_eq(addr_unix(SL(""), &a), E_INVALID);
	ck_assert_int_eq(addr_unix(SL("/a\0b"), &a), E_INVALID);

	/* a client of a unix socket has no path */
	a.len = sizeof(sa_family_t);
	addr_format(&a, out);
	ck_assert_str_eq(out, "unix:");
}
END_TEST

START_TEST(test_no_address_is_one_too)
{
	struct addr none = { 0 }, some;
	char out[ADDR_TEXT_MAX];

	addr_format(&none, out);
	ck_assert_str_eq(out, "none");
	ck_assert_uint_eq(addr_port(&none), 0);
	addr_set_port(&none, 1);
	ck_assert(!addr_is_ip6(&none) && !addr_is_unix(&none));
	ck_assert(addr_eq(&none, &none));
	ck_assert_int_eq(addr_parse(SL("*:1"), &some), 0);
	ck_assert(!addr_eq(&none, &some) && !addr_eq(&some, &none));
}
END_TEST

static const struct {
	struct slice a, b;
	bool is_eq;
} pair[] = {
	{ SLICE("10.0.0.1:80"), SLICE("10.0.0.1:80"), true },
	{ SLICE("10.0.0.1:80"), SLICE("10.0.0.1:81"), false },
	{ SLICE("10.0.0.1:80"), SLICE("10.0.0.2:80"), false },
	{ SLICE("*:80"), SLICE("[::]:80"), true },
	{ SLICE("0.0.0.0:80"), SLICE("[::]:80"), false },
	{ SLICE("[::1]:80"), SLICE("[0:0::1]:80"), true },
	{ SLICE("[fe80::1%1]:80"), SLICE("[fe80::1%2]:80"), false },
	{ SLICE("10.0.0.1:80"), SLICE("[::ffff:10.0.0.1]:80"), false },
};

START_TEST(test_compares)
{
	struct addr a, b;

	ck_assert_int_eq(addr_parse(pair[_i].a, &a), 0);
	ck_assert_int_eq(addr_parse(pair[_i].b, &b), 0);
	ck_assert(addr_eq(&a, &b) == pair[_i].is_eq);
	ck_assert(addr_eq(&b, &a) == pair[_i].is_eq);
}
END_TEST

START_TEST(test_compares_unix_sockets_by_path)
{
	struct addr a, b;

	ck_assert_int_eq(addr_unix(SL("/a"), &a), 0);
	ck_assert_int_eq(addr_unix(SL("/a"), &b), 0);
	ck_assert(addr_eq(&a, &b));
	ck_assert_int_eq(addr_unix(SL("/ab"), &b), 0);
	ck_assert(!addr_eq(&a, &b));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("addr");
	SRunner *r = srunner_create(s);
	int failed;

	guard_init(&guard, 256);
	tcase_add_loop_test(t, test_parses_and_formats, 0, COUNT(address));
	tcase_add_test(t, test_parses_an_address_alone);
	tcase_add_test(t, test_knows_unix_sockets);
	tcase_add_test(t, test_no_address_is_one_too);
	tcase_add_loop_test(t, test_compares, 0, COUNT(pair));
	tcase_add_test(t, test_compares_unix_sockets_by_path);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	guard_clear(&guard);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
