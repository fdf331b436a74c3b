/* Authorities and URIs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/uri.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	struct slice in;
	const char *host; /* NULL: refused */
	unsigned port;
} authorities[] = {
	{ "a name", SLICE("a.example"), "a.example", 0 },
	{ "a name and a port", SLICE("a.example:8443"), "a.example", 8443 },
	{ "one label", SLICE("localhost"), "localhost", 0 },
	{ "digits, dashes, underscores", SLICE("9-a_b.x"), "9-a_b.x", 0 },
	{ "a dot at the end", SLICE("a.example.:1"), "a.example", 1 },
	{ "upper case", SLICE("A.Example"), "a.example", 0 },
	{ "an IPv4 address", SLICE("192.0.2.1:80"), "192.0.2.1", 80 },
	{ "an IPv6 address", SLICE("[2001:DB8::1]"), "2001:db8::1", 0 },
	{ "an IPv6 address and a port", SLICE("[::1]:443"), "::1", 443 },
	{ "an IPv4 address within an IPv6 one", SLICE("[::ffff:192.0.2.1]"),
	    "::ffff:192.0.2.1", 0 },
	{ "the highest port", SLICE("a:65535"), "a", 65535 },
	{ "zeros before a port", SLICE("a:00080"), "a", 80 },
	{ "digits that are a label, not the last", SLICE("1.a"), "1.a", 0 },

	{ "nothing", SLICE(""), NULL, 0 },
	{ "a port alone", SLICE(":80"), NULL, 0 },
	{ "a dot alone", SLICE("."), NULL, 0 },
	{ "a dot at the start", SLICE(".a"), NULL, 0 },
	{ "two dots within", SLICE("a..b"), NULL, 0 },
	{ "two dots at the end", SLICE("a.."), NULL, 0 },
	{ "a colon without port", SLICE("a:"), NULL, 0 },
	{ "port 0", SLICE("a:0"), NULL, 0 },
	{ "a port that is too high", SLICE("a:65536"), NULL, 0 },
	{ "a port of six digits", SLICE("a:000080"), NULL, 0 },
	{ "a port that wraps", SLICE("a:18446744073709551617"), NULL, 0 },
	{ "a port with a sign", SLICE("a:+80"), NULL, 0 },
	{ "a port with a space", SLICE("a:80 "), NULL, 0 },
	{ "two ports", SLICE("a:80:80"), NULL, 0 },
	{ "userinfo", SLICE("u@a"), NULL, 0 },
	{ "userinfo with a password", SLICE("u:p@a"), NULL, 0 },
	{ "a comma", SLICE("a,b"), NULL, 0 },
	{ "a space", SLICE("a b"), NULL, 0 },
	{ "a slash", SLICE("a/"), NULL, 0 },
	{ "a backslash", SLICE("a\\b"), NULL, 0 },
	{ "a question mark", SLICE("a?b"), NULL, 0 },
	{ "a number sign", SLICE("a#b"), NULL, 0 },
	{ "an escape", SLICE("a%2Eb"), NULL, 0 },
	{ "an asterisk", SLICE("*.a"), NULL, 0 },
	{ "a NUL", SLICE("a\0b"), NULL, 0 },
	{ "a NUL at the end", SLICE("a\0"), NULL, 0 },
	{ "an octet above ASCII", SLICE("\xc3\xa4.example"), NULL, 0 },
	{ "a full-width dot",
	    SLICE("a\xef\xbc\x8e"
		  "b"),
	    NULL, 0 },
	{ "a DEL", SLICE("a\177"), NULL, 0 },
	{ "a quote", SLICE("\"a\""), NULL, 0 },
	{ "an IPv4 address of two parts", SLICE("127.1"), NULL, 0 },
	{ "an IPv4 address of one part", SLICE("2130706433"), NULL, 0 },
	{ "an IPv4 address of five parts", SLICE("1.2.3.4.5"), NULL, 0 },
	{ "an IPv4 address with an octal part", SLICE("127.0.0.01"), NULL, 0 },
	{ "an IPv4 address beyond 255", SLICE("256.0.0.1"), NULL, 0 },
	{ "an IPv4 address with a dot at the end", SLICE("127.0.0.1."), NULL,
	    0 },
	{ "a name whose last label is a number", SLICE("a.1"), NULL, 0 },
	{ "an IPv6 address without brackets", SLICE("::1"), NULL, 0 },
	{ "an IPv6 address with a zone", SLICE("[fe80::1%25eth0]"), NULL, 0 },
	{ "an IPv6 address with a bare zone", SLICE("[fe80::1%1]"), NULL, 0 },
	{ "an address of the future", SLICE("[v1.a]"), NULL, 0 },
	{ "brackets around a name", SLICE("[a]"), NULL, 0 },
	{ "brackets around an IPv4 address", SLICE("[127.0.0.1]"), NULL, 0 },
	{ "empty brackets", SLICE("[]"), NULL, 0 },
	{ "a bracket that does not close", SLICE("[::1"), NULL, 0 },
	{ "something after the bracket", SLICE("[::1]a"), NULL, 0 },
	{ "a dot after the bracket", SLICE("[::1]."), NULL, 0 },
	{ "a colon without port after the bracket", SLICE("[::1]:"), NULL, 0 },
	{ "a NUL within the brackets", SLICE("[::1\0]"), NULL, 0 },
	{ "a bracket that only closes", SLICE("::1]"), NULL, 0 },
};

static struct guard guard;

static void
guard_up(void)
{
	guard_init(&guard, 1024);
}

static void
guard_down(void)
{
	guard_clear(&guard);
}

/* H1-10, H1-9 */
START_TEST(authority_vectors)
{
	const char *name = authorities[_i].name;
	const char *host = authorities[_i].host;
	char out[HOST_MAX];
	struct authority a;
	size_t n;
	int e;

	e = authority_parse(guard_put(&guard, authorities[_i].in), &a);
	if (host == NULL) {
		ck_assert_msg(e == E_HTTP_HOST, "%s: %s", name, err_slug(e));
		return;
	}
	ck_assert_msg(e == 0, "%s: %s", name, err_slug(e));
	ck_assert_msg(a.port == authorities[_i].port, "%s: port", name);
	ck_assert_int_eq(authority_host(&a, out, &n), 0);
	ck_assert_str_eq(out, host);
	ck_assert_uint_eq(n, strlen(host));
	ck_assert(a.is_ip6 == (strchr(host, ':') != NULL));
}
END_TEST

START_TEST(a_host_may_have_253_octets_and_a_dot)
{
	char in[256], out[HOST_MAX];
	struct authority a;
	size_t n;

	memset(in, 'a', sizeof(in));
	in[253] = '.';
	ck_assert_int_eq(authority_parse(slice_of(in, 254), &a), 0);
	ck_assert_int_eq(authority_host(&a, out, &n), 0);
	ck_assert_uint_eq(n, 253);
	in[253] = 'a';
	ck_assert_int_eq(authority_parse(slice_of(in, 254), &a), 0);
	ck_assert_int_eq(authority_host(&a, out, &n), E_HTTP_HOST);
}
END_TEST

START_TEST(an_ip4_address_is_told_from_a_name)
{
	struct authority a;

	ck_assert_int_eq(authority_parse(SL("192.0.2.1"), &a), 0);
	ck_assert(a.is_ip4 && !a.is_ip6);
	ck_assert_int_eq(authority_parse(SL("192.0.2.a"), &a), 0);
	ck_assert(!a.is_ip4 && !a.is_ip6);
}
END_TEST

static const struct {
	struct slice in;
	/* "scheme|authority|path|query|fragment", "-" for what is absent */
	const char *parts;
} uris[] = {
	{ SLICE("https://a.b:1/c/d?e=f#g"), "https|a.b:1|/c/d|e=f|g" },
	{ SLICE("spiffe://corp.example/ns/prod"),
	    "spiffe|corp.example|/ns/prod|-|-" },
	{ SLICE("urn:uuid:1-2"), "urn|-|uuid:1-2|-|-" },
	{ SLICE("mailto:a@b"), "mailto|-|a@b|-|-" },
	{ SLICE("http://a"), "http|a||-|-" },
	{ SLICE("http://a?"), "http|a|||-" },
	{ SLICE("http://a#"), "http|a||-|" },
	{ SLICE("http:///p"), "http||/p|-|-" },
	{ SLICE("file:/p"), "file|-|/p|-|-" },
	{ SLICE("a:"), "a|-||-|-" },
	{ SLICE("a+b-c.1:x"), "a+b-c.1|-|x|-|-" },
	{ SLICE("http://u:p@a/"), "http|u:p@a|/|-|-" },
	{ SLICE("http://[::1]:8/x"), "http|[::1]:8|/x|-|-" },
	{ SLICE("http://a?b/c?d"), "http|a||b/c?d|-" },
	{ SLICE("http://a#b/c?d"), "http|a||-|b/c?d" },
	{ SLICE("x://a/%41%ff"), "x|a|/%41%ff|-|-" },
	{ SLICE(""), NULL },
	{ SLICE("a"), NULL },
	{ SLICE(":a"), NULL },
	{ SLICE("//a/b"), NULL },
	{ SLICE("/a:b"), NULL },
	{ SLICE("1a:b"), NULL },
	{ SLICE("a_b:c"), NULL },
	{ SLICE("a:b c"), NULL },
	{ SLICE("a:b\0c"), NULL },
	{ SLICE("a:b\n"), NULL },
	{ SLICE("a:\177"), NULL },
	{ SLICE("a:\xc3\xa4"), NULL },
	{ SLICE("a:<b>"), NULL },
	{ SLICE("a:\"b\""), NULL },
	{ SLICE("a:{b}"), NULL },
	{ SLICE("a:b|c"), NULL },
	{ SLICE("a:b\\c"), NULL },
	{ SLICE("a:b^c"), NULL },
	{ SLICE("a:b`c"), NULL },
	{ SLICE("a:%"), NULL },
	{ SLICE("a:%4"), NULL },
	{ SLICE("a:%4g"), NULL },
	{ SLICE("a:%g4"), NULL },
	{ SLICE("a:b#c#d"), NULL },
	{ SLICE("a:[b]"), NULL },
	{ SLICE("a://b/[c]"), NULL },
	{ SLICE("a://b?c[d]"), NULL },
	{ SLICE("a://b#c[d]"), NULL },
};

static size_t
part(char *out, size_t max, struct slice s, bool has, const char *sep)
{
	return (size_t)snprintf(out, max, "%.*s%s", has ? (int)s.n : 1,
	    has ? s.p : "-", sep);
}

START_TEST(uri_vectors)
{
	struct slice in = guard_put(&guard, uris[_i].in);
	char out[128] = "";
	size_t n = 0;
	struct uri u;
	int e = uri_parse(in, &u);

	if (uris[_i].parts == NULL) {
		ck_assert_int_eq(e, E_INVALID);
		return;
	}
	ck_assert_int_eq(e, 0);
	n += part(out + n, sizeof(out) - n, u.scheme, true, "|");
	n += part(out + n, sizeof(out) - n, u.authority, u.has_authority, "|");
	n += part(out + n, sizeof(out) - n, u.path, true, "|");
	n += part(out + n, sizeof(out) - n, u.query, u.has_query, "|");
	part(out + n, sizeof(out) - n, u.fragment, u.has_fragment, "");
	ck_assert_str_eq(out, uris[_i].parts);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/uri");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("vectors");
	int failed;

	tcase_add_unchecked_fixture(tc, guard_up, guard_down);
	tcase_add_loop_test(tc, authority_vectors, 0, COUNT(authorities));
	tcase_add_test(tc, a_host_may_have_253_octets_and_a_dot);
	tcase_add_test(tc, an_ip4_address_is_told_from_a_name);
	tcase_add_loop_test(tc, uri_vectors, 0, COUNT(uris));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
