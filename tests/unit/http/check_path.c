/* Paths as routes compare them: HS-6. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/path.h"
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
	{ SLICE("/%3a%40%21%24%26%27%28%29%2a%2B%2c%3D"), "/:@!$&'()*+,=" },
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

#define READINGS_MAX 64
#define READING_MAX  64

/* Every different way to read a path; the first is the first. */
static const struct {
	const char *in;
	const char *readings[12];
} doubtful[] = {
	{ "/a", { "/a" } },
	{ "*", { "*" } },

	/* dot segments stay or are resolved: RFC 3986, 5.2.4 */
	{ "/a/./b", { "/a/./b", "/a/b" } },
	{ "/a/../b", { "/a/../b", "/b" } },
	{ "/a/..", { "/a/..", "/" } },
	{ "/a/b/..", { "/a/b/..", "/a/" } },
	{ "/a/.", { "/a/.", "/a/" } },
	{ "/..", { "/..", "/" } },
	{ "/../../a", { "/../../a", "/a" } },
	{ "/%2e%2E/a", { "/../a", "/a" } },
	{ "/a/b/c/./../../g", { "/a/b/c/./../../g", "/a/g" } },
	{ "/a/../?x=/../", { "/a/../", "/" } },

	/* empty segments stay or not */
	{ "//", { "//", "/" } },
	{ "//a", { "//a", "/a" } },
	{ "/a//b///", { "/a//b///", "/a/b/" } },
	{ "/a//../b", { "/a//../b", "/a/b", "/a/../b", "/b" } },

	/* an encoded slash is an octet or a slash */
	{ "/a%2fb", { "/a%2Fb", "/a/b" } },
	{ "/a/..%2fb", { "/a/..%2Fb", "/a/../b", "/b" } },
	{ "/a%2F%2fb", { "/a%2F%2Fb", "/a//b", "/a/b" } },
	{ "/%2f", { "/%2F", "//", "/" } },

	/* so is a backslash */
	{ "/a\\b", { "/a\\b", "/a/b" } },
	{ "/a%5cb", { "/a%5Cb", "/a/b" } },
	{ "/a\\..\\b", { "/a\\..\\b", "/a/../b", "/b" } },

	/* ";" stays or is cut off */
	{ "/a;b=c/d", { "/a;b=c/d", "/a/d" } },
	{ "/a%3Bb/d", { "/a%3Bb/d", "/a/d" } },
	{ "/a/..;x/b", { "/a/..;x/b", "/a/../b", "/b" } },
	{ "/a;", { "/a;", "/a" } },
	{ "/;/a", { "/;/a", "//a", "/a" } },
	{ "/a;x%2fy", { "/a;x%2Fy", "/a;x/y", "/a", "/a/y" } },

	/* what is escaped twice, once or twice decoded */
	{ "/a%2541", { "/a%2541", "/aA" } },
	{ "/a/%252e%252E/b", { "/a/%252e%252E/b", "/a/../b", "/b" } },
	{ "/a/%25%32e%25%32E/b", { "/a/%252e%252E/b", "/a/../b", "/b" } },
	{ "/a%252fb", { "/a%252fb", "/a%2Fb", "/a/b" } },
	{ "/a%255cb", { "/a%255cb", "/a%5Cb", "/a/b" } },
	{ "/a%253bb", { "/a%253bb", "/a%3Bb", "/a" } },
	{ "/100%2541%25zz", { "/100%2541%25zz", "/100A%zz" } },

	/* as it is */
	{ "/a|b[c]{d}^`\"<>", { "/a%7Cb%5Bc%5D%7Bd%7D%5E%60%22%3C%3E" } },
};

static void
collect(struct path_reader *r, char got[][READING_MAX], size_t *count)
{
	struct slice read;
	size_t readings = 0, i;
	int e;

	*count = 0;
	while ((e = path_reader_next(r, &read)) == 0) {
		readings++;
		for (i = 0; i < *count; i++)
			if (slice_eq(read, slice_str(got[i])))
				break;
		if (i < *count)
			continue;
		ck_assert_uint_lt(read.n, READING_MAX);
		memcpy(got[i], read.p, read.n);
		got[i][read.n] = '\0';
		++*count;
	}
	ck_assert_int_eq(e, E_EOF);
	ck_assert_uint_le(readings, READINGS_MAX);
}

START_TEST(HS_6_every_reading)
{
	struct slice in = slice_str(doubtful[_i].in);
	char got[READINGS_MAX][READING_MAX];
	const char *const *want = doubtful[_i].readings;
	struct path_reader r;
	struct guard from, to;
	struct slice out;
	char filled[3 * READING_MAX] = { 0 };
	size_t count, n, room = 3 * in.n;

	guard_init(&from, in.n);
	guard_init(&to, room);
	/* what should be escaped, and is not, needs room for it */
	out = guard_put(&to, slice_of(filled, room));
	ck_assert_int_eq(path_reader_init(&r, guard_put(&from, in),
			     (char *)out.p, out.n),
	    0);
	collect(&r, got, &count);
	ck_assert_str_eq(got[0], want[0]);
	for (n = 0; want[n] != NULL; n++) {
		size_t i = 0;

		while (i < count && strcmp(got[i], want[n]) != 0)
			i++;
		ck_assert_msg(i < count, "%s is not read as %s",
		    doubtful[_i].in, want[n]);
	}
	ck_assert_msg(n == count, "%s is read in %zu ways", doubtful[_i].in,
	    count);
	guard_clear(&from);
	guard_clear(&to);
}
END_TEST

START_TEST(HS_6_what_has_one_reading_is_what_strict_takes)
{
	struct path_reader r;
	char out[256];

	/* refused by both, or for a doubt */
	if (path_reader_init(&r, paths[_i].in, out, sizeof(out)) == 0)
		ck_assert_msg((r.doubts == 0) == (paths[_i].out != NULL),
		    "%.*s", SLICE_ARG(paths[_i].in));
	else
		ck_assert_ptr_null(paths[_i].out);
}
END_TEST

/* Whatever the reading. */
static const struct slice never[] = {
	SLICE("/a%00"),
	SLICE("/a%0d%0a"),
	SLICE("/a%7f"),
	SLICE("/a%"),
	SLICE("/a%4"),
	SLICE("/a%zz"),
	SLICE("/a/%c0%ae%c0%ae/b"),
	SLICE("/a%c0%afb"),
	SLICE("/a/%e0%80%ae/b"),
	SLICE("/a/%f0%80%80%ae/b"),
	SLICE("/%u002e"),
	SLICE("/a#b"),
	SLICE("/a?b#c"),
	SLICE("/a b"),
	SLICE("/a\0b"),
	SLICE("/\xc3\xa4"),
	SLICE(""),
	SLICE("a"),
	SLICE("\\a"),
	SLICE("*?"),
	SLICE("?"),
};

START_TEST(HS_6_what_is_no_path_in_any_reading)
{
	struct path_reader r;
	char out[256];

	ck_assert_msg(path_reader_init(&r, never[_i], out, sizeof(out)) ==
		E_HTTP_PATH,
	    "%.*s", SLICE_ARG(never[_i]));
}
END_TEST

START_TEST(HS_6_nor_once_it_is_decoded_twice)
{
	const char *const hidden[] = { "/a%2500", "/a%250d", "/a%25c0%25ae",
		"/%2525c0%25ae", "/%25252e" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		struct path_reader r;
		struct slice read;
		char out[256];
		int e;

		ck_assert_int_eq(path_reader_init(&r, slice_str(hidden[i]), out,
				     sizeof(out)),
		    0);
		while ((e = path_reader_next(&r, &read)) == 0)
			;
		ck_assert_msg(e == E_HTTP_PATH, "%s", hidden[i]);
	}
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
	tcase_add_loop_test(tc, HS_6_every_reading, 0, COUNT(doubtful));
	tcase_add_loop_test(tc, HS_6_what_has_one_reading_is_what_strict_takes,
	    0, COUNT(paths));
	tcase_add_loop_test(tc, HS_6_what_is_no_path_in_any_reading, 0,
	    COUNT(never));
	tcase_add_test(tc, HS_6_nor_once_it_is_decoded_twice);
	tcase_add_test(tc, too_little_room_is_told);
	tcase_add_loop_test(tc, prefixes_cover_whole_segments, 0,
	    COUNT(prefixes));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
