/* What a route changes of paths and fields. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/rewrite.h"
#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *strip;
	const char *add;
	const char *path;
	const char *out;
} paths[] = {
	{ "", "", "/a/b?c", "/a/b?c" },
	{ "", "/x", "/a/b?c", "/x/a/b?c" },
	{ "", "/x", "/", "/x/" },
	{ "", "/x", "/?a", "/x/?a" },
	{ "", "/x/y", "/a//b", "/x/y/a//b" },
	{ "/a", "", "/a/b?c", "/b?c" },
	{ "/a", "", "/a/", "/" },
	{ "/a", "", "/a", "/" },
	{ "/a", "", "/a?b", "/?b" },
	{ "/a", "", "/a?b/c", "/?b/c" },
	{ "/a", "", "/a/?b", "/?b" },
	{ "/a", "/x", "/a", "/x" },
	{ "/a", "/x", "/a/", "/x/" },
	{ "/a", "/x", "/a?b", "/x?b" },
	{ "/a", "/x/y", "/a/b/c?d/e", "/x/y/b/c?d/e" },
	{ "/a/b", "", "/a/b/c/d", "/c/d" },
	{ "/a/b", "/x", "/a/b", "/x" },
	{ "/a/b", "/x", "/a/b?", "/x?" },
	/* octet by octet, and in whatever way the prefix was written */
	{ "/a", "", "/%61/%62%2e", "/%62%2e" },
	{ "/a-b", "/x", "/a%2Db/%C3%a4", "/x/%C3%a4" },
	/* RFC 9110, 9.3.7 */
	{ "/a", "/b", "*", "*" },
};

START_TEST(a_path)
{
	struct conf_rewrite w = { .strip = slice_str(paths[_i].strip),
		.add = slice_str(paths[_i].add) };
	struct arena a;
	struct slice out;

	arena_init(&a, 64);
	out = rewrite_path(&w, slice_str(paths[_i].path), &a);
	ck_assert_msg(slice_eq(out, slice_str(paths[_i].out)), "%s: %.*s",
	    paths[_i].path, SLICE_ARG(out));
	arena_clear(&a);
}
END_TEST

static void
expect_fields(const struct fields *fs, const char *want)
{
	char got[512];
	int n = 0;

	for (unsigned i = 0; i < fs->count; i++)
		n += snprintf(got + n, sizeof(got) - (size_t)n, "%.*s=%.*s ",
		    SLICE_ARG(fs->at[i].name), SLICE_ARG(fs->at[i].value));
	ck_assert_str_eq(got, want);
}

static void
fill(struct fields *fs)
{
	static const char *const names[] = { "A", "X-Team", "b", "x_team",
		"X-Secret", "X.SECRET", "X-Teams", "c" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fields_add(fs, slice_str(names[i]), SL("1"));
}

START_TEST(SR_16_what_is_set_stands_alone)
{
	struct conf_header set[] = {
		{ .name = SLICE("X-Team"), .value = SLICE("2") },
		{ .name = SLICE("New"), .value = SLICE("") },
	};
	struct conf_header removed = { .name = SLICE("x-secret") };
	const struct conf_headers h = { set, 2, &removed, 1 };
	struct fields fs = { 0 };

	fill(&fs);
	rewrite_fields(&h, &fs);
	expect_fields(&fs, "A=1 b=1 X-Teams=1 c=1 X-Team=2 New= ");
	fields_reset(&fs);
	fill(&fs);
	rewrite_trailers(&h, &fs);
	expect_fields(&fs, "A=1 b=1 X-Teams=1 c=1 ");
	fields_clear(&fs);
}
END_TEST

START_TEST(a_route_that_changes_nothing)
{
	const struct conf_headers h = { 0 };
	struct fields fs = { 0 };

	fill(&fs);
	rewrite_fields(&h, &fs);
	ck_assert_uint_eq(fs.count, 8);
	fields_clear(&fs);
}
END_TEST

#define FRAMING "it is a part of how a message is framed"
#define OURS    "the gateway itself answers for it"
#define HOP     "it concerns one connection only"
#define CLIENT  "it tells a backend who the client is"

/* SR-15, SR-17: what nobody may set, in any spelling. */
static const struct {
	const char *name;
	const char *why; /* NULL: may be set */
} names[] = {
	{ "Content-Length", FRAMING },
	{ "transfer-encoding", FRAMING },
	{ "Trailer", FRAMING },
	{ "HOST", OURS },
	{ "Via", OURS },
	{ "Date", OURS },
	{ "Expect", OURS },
	{ "Max-Forwards", OURS },
	{ "Connection", HOP },
	{ "Keep-Alive", HOP },
	{ "Proxy-Connection", HOP },
	{ "TE", HOP },
	{ "Upgrade", HOP },
	{ "HTTP2-Settings", HOP },
	{ "Proxy-Authorization", HOP },
	{ "Proxy-Authenticate", HOP },
	{ "X-Forwarded-For", CLIENT },
	{ "x_forwarded_anything", CLIENT },
	{ "Forwarded", CLIENT },
	{ "Client-Cert", CLIENT },
	{ "CLIENT_CERT_CHAIN", CLIENT },
	{ "X-SSL-Client-DN", CLIENT },
	{ "X-Real-IP", CLIENT },
	{ "content_length", CLIENT },
	{ "Authorization", NULL },
	{ "Cookie", NULL },
	{ "Set-Cookie", NULL },
	{ "Content-Type", NULL },
	{ "Cache-Control", NULL },
	{ "Strict-Transport-Security", NULL },
	{ "X-Team", NULL },
	{ "Server", NULL },
};

/* Whether a route that has this among its keys may have that field there. */
static void
check_name(const char *name, const char *why, const char *where,
    const char *before, const char *after)
{
	char yaml[1024], want[256] = "", *said;
	struct config c;

	snprintf(yaml, sizeof(yaml),
	    CONFIG_ROUTES("  - path: /\n    allow: any\n    backend: web\n"
			  "    %s: %s%s%s\n"),
	    where, before, name, after);
	config_init(&c, yaml);
	ck_assert_str_eq(c.said, "");
	rewrite_check(c.conf, &c.diag);
	said = config_said(&c.diag);
	if (why != NULL)
		snprintf(want, sizeof(want),
		    "the field %s cannot be set or removed: %s\n", name, why);
	if (said[0] != '\0') {
		/* behind the place: "11:24: " */
		ck_assert(strncmp(said, "11:", 3) == 0);
		ck_assert_str_eq(strchr(said, ' ') + 1, want);
	} else {
		ck_assert_str_eq(said, want);
	}
	free(said);
	config_clear(&c);
}

START_TEST(SR_15_what_nobody_may_set)
{
	const char *name = names[_i].name, *why = names[_i].why;

	check_name(name, why, "request", "{set_headers: {", ": x}}");
	check_name(name, why, "request", "{remove_headers: [X-A, ", "]}");
	check_name(name, why, "response", "{set_headers: {X-A: b, ", ": x}}");
	check_name(name, why, "response", "{remove_headers: ", "}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proxy/rewrite");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("rewrite");
	int failed;

	tcase_add_loop_test(tc, a_path, 0, COUNT(paths));
	tcase_add_test(tc, SR_16_what_is_set_stands_alone);
	tcase_add_test(tc, a_route_that_changes_nothing);
	tcase_add_loop_test(tc, SR_15_what_nobody_may_set, 0, COUNT(names));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
