/* Paths as routes compare them: HS-6. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/uri.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	struct slice in;
	const char *out; /* NULL: refused */
} paths[] = {
	{ SLICE("/"), "/" },
	{ SLICE("/a/b"), "/a/b" },
	{ SLICE("/a/b/"), "/a/b/" },
	{ SLICE("/a?b=/../c//d\\;"), "/a" },
	{ SLICE("/?"), "/" },
	{ SLICE("*"), "*" },
	{ SLICE("/%61%2D%7e"), "/a-~" },
	{ SLICE("/%41b"), "/Ab" },
	{ SLICE("/a%20b%c3%a4"), "/a%20b%C3%A4" },
	{ SLICE("/%3f%23"), "/%3F%23" },
	{ SLICE("/a:@!$&'()*+,=-._~"), "/a:@!$&'()*+,=-._~" },
	{ SLICE("/..."), "/..." },
	{ SLICE("/.a/..b/c./d.."), "/.a/..b/c./d.." },
	{ SLICE("/.well-known/x"), "/.well-known/x" },
	{ SLICE("/100%25"), "/100%25" },
	{ SLICE("/100%25/a"), "/100%25/a" },
	{ SLICE("/%e0%a4%85"), "/%E0%A4%85" },
	{ SLICE("/%f0%9f%98%80"), "/%F0%9F%98%80" },
	{ SLICE("/%e9t%e9"), "/%E9t%E9" },
	{ SLICE("/%e0a%85/%f0/%85"), "/%E0a%85/%F0/%85" },

	/* dot segments, in all disguises */
	{ SLICE("/."), NULL },
	{ SLICE("/.."), NULL },
	{ SLICE("/./a"), NULL },
	{ SLICE("/../a"), NULL },
	{ SLICE("/a/."), NULL },
	{ SLICE("/a/.."), NULL },
	{ SLICE("/a/../b"), NULL },
	{ SLICE("/a/..?b"), NULL },
	{ SLICE("/a/%2e%2e/b"), NULL },
	{ SLICE("/a/.%2E/b"), NULL },
	{ SLICE("/a/%2e"), NULL },
	{ SLICE("/a/..;/b"), NULL },
	{ SLICE("/a/..;x=y/b"), NULL },
	{ SLICE("/a/.;/b"), NULL },
	{ SLICE("/a/..%3bx/b"), NULL },
	{ SLICE("/a/%252e%252e/b"), NULL },
	{ SLICE("/a/%25%32e%25%32e/b"), NULL },
	{ SLICE("/a/%25%32%65/b"), NULL },
	{ SLICE("/a/%252%65/b"), NULL },
	{ SLICE("/a/..%5cb"), NULL },
	{ SLICE("/a/..%2fb"), NULL },
	{ SLICE("/a/..%00/b"), NULL },
	{ SLICE("/a/%c0%ae%c0%ae/b"), NULL },
	{ SLICE("/a/%e0%80%ae/b"), NULL },
	{ SLICE("/a/%f0%80%80%ae/b"), NULL },
	{ SLICE("/a/%u002e/b"), NULL },

	/* segments */
	{ SLICE("//"), NULL },
	{ SLICE("//a"), NULL },
	{ SLICE("/a//b"), NULL },
	{ SLICE("/a//"), NULL },
	{ SLICE("/a/%2f/b"), NULL },
	{ SLICE("/a%2Fb"), NULL },
	{ SLICE("/a%252fb"), NULL },
	{ SLICE("/a%c0%afb"), NULL },
	{ SLICE("/a%c1%9cb"), NULL },
	{ SLICE("/a\\b"), NULL },
	{ SLICE("/a%5Cb"), NULL },
	{ SLICE("/a%255cb"), NULL },
	{ SLICE("\\a"), NULL },
	{ SLICE("/admin;x/y"), NULL },
	{ SLICE("/admin%3Bx/y"), NULL },
	{ SLICE("/;/a"), NULL },

	/* octets */
	{ SLICE(""), NULL },
	{ SLICE("a"), NULL },
	{ SLICE("?a"), NULL },
	{ SLICE("**"), NULL },
	{ SLICE("*/a"), NULL },
	{ SLICE("http://a/"), NULL },
	{ SLICE("/a#b"), NULL },
	{ SLICE("/a?b#c"), NULL },
	{ SLICE("/a b"), NULL },
	{ SLICE("/a?b c"), NULL },
	{ SLICE("/a\0b"), NULL },
	{ SLICE("/a\tb"), NULL },
	{ SLICE("/a\r\nb"), NULL },
	{ SLICE("/a\177"), NULL },
	{ SLICE("/a?b\177"), NULL },
	{ SLICE("/\xc3\xa4"), NULL },
	{ SLICE("/a%00"), NULL },
	{ SLICE("/a%0d%0a"), NULL },
	{ SLICE("/a%1f"), NULL },
	{ SLICE("/a%7F"), NULL },
	{ SLICE("/a%"), NULL },
	{ SLICE("/a%4"), NULL },
	{ SLICE("/a%4?1"), NULL },
	{ SLICE("/a%zz"), NULL },
	{ SLICE("/a%4g"), NULL },
	{ SLICE("/a<b>"), NULL },
	{ SLICE("/a\"b"), NULL },
	{ SLICE("/a{b}"), NULL },
	{ SLICE("/a|b"), NULL },
	{ SLICE("/a^b"), NULL },
	{ SLICE("/a`b"), NULL },
	{ SLICE("/a[b]"), NULL },
};

START_TEST(path_vectors)
{
	struct slice in = paths[_i].in;
	struct guard from, to;
	struct slice out;
	size_t n = 0;
	int e;

	guard_init(&from, in.n);
	guard_init(&to, in.n);
	/* no more room than the input's length is ever needed */
	out = guard_put(&to, in);
	e = path_normalise(guard_put(&from, in), (char *)out.p, out.n, &n);
	if (paths[_i].out == NULL) {
		ck_assert_msg(e == E_HTTP_PATH, "%.*s: %s", SLICE_ARG(in),
		    err_slug(e));
	} else {
		ck_assert_msg(e == 0, "%.*s: %s", SLICE_ARG(in), err_slug(e));
		ck_assert_msg(slice_eq(slice_of(out.p, n),
				  slice_str(paths[_i].out)),
		    "%.*s gives %.*s", SLICE_ARG(in), (int)n, out.p);
	}
	guard_clear(&from);
	guard_clear(&to);
}
END_TEST

START_TEST(a_normalised_path_stays_as_it_is)
{
	const char *path = paths[_i].out;
	char out[64];
	size_t n;

	if (path == NULL)
		return;
	ck_assert_int_eq(path_normalise(slice_str(path), out, sizeof(out), &n),
	    0);
	ck_assert(slice_eq(slice_of(out, n), slice_str(path)));
}
END_TEST

START_TEST(too_little_room_is_told)
{
	char out[8];
	size_t n;

	ck_assert_int_eq(path_normalise(SL("/abc"), out, 3, &n), E_LIMIT);
	ck_assert_int_eq(path_normalise(SL("/%3f"), out, 3, &n), E_LIMIT);
	ck_assert_int_eq(path_normalise(SL("/"), out, 0, &n), E_LIMIT);
	ck_assert_int_eq(path_normalise(SL("*"), out, 0, &n), E_LIMIT);
	ck_assert_int_eq(path_normalise(SL("/abc"), out, 4, &n), 0);
}
END_TEST

static const struct {
	const char *path;
	const char *prefix;
	bool covers;
} prefixes[] = {
	{ "/a", "/a", true },
	{ "/a/", "/a", true },
	{ "/a/b", "/a", true },
	{ "/ab", "/a", false },
	{ "/a-b", "/a", false },
	{ "/A", "/a", false },
	{ "/", "/a", false },
	{ "/b/a", "/a", false },
	{ "/a/b", "/a/b", true },
	{ "/a/bc", "/a/b", false },
	{ "/a", "/a/b", false },
	{ "/a", "/a/", false },
	{ "/a/", "/a/", true },
	{ "/a/b", "/a/", true },
	{ "/", "/", true },
	{ "/x/y", "/", true },
	{ "*", "/", true },
	{ "*", "/a", false },
	{ "/a", "", false },
};

START_TEST(prefixes_cover_whole_segments)
{
	ck_assert_msg(path_has_prefix(slice_str(prefixes[_i].path),
			  slice_str(prefixes[_i].prefix)) ==
		prefixes[_i].covers,
	    "%s, %s", prefixes[_i].path, prefixes[_i].prefix);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/path");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("vectors");
	int failed;

	tcase_add_loop_test(tc, path_vectors, 0, COUNT(paths));
	tcase_add_loop_test(tc, a_normalised_path_stays_as_it_is, 0,
	    COUNT(paths));
	tcase_add_test(tc, too_little_room_is_told);
	tcase_add_loop_test(tc, prefixes_cover_whole_segments, 0,
	    COUNT(prefixes));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
