#include "cli/logline.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"

static void
check_plain(struct slice quoted, struct slice expected)
{
	struct slice plain = logline_plain(quoted);

	ck_assert_msg(slice_eq(plain, expected), "%.*s became %.*s",
	    SLICE_ARG(quoted), SLICE_ARG(plain));
	ck_assert_int_eq(plain.p[plain.n], '\0');
	free((char *)plain.p);
}

START_TEST(what_was_quoted_is_what_it_was)
{
	char octets[256], quoted[2048];

	for (int i = 0; i < 256; i++)
		octets[i] = (char)i;
	for (int json = 0; json < 2; json++) {
		size_t n = quote_put(slice_of(octets, 256), json, quoted);

		check_plain(slice_of(quoted, n), slice_of(octets, 256));
		/* and when that is quoted once more */
		n = quote_put(slice_of("\\x41\\", 5), json, quoted);
		check_plain(slice_of(quoted, n), SL("\\x41\\"));
	}
}
END_TEST

START_TEST(what_is_no_escape_stays)
{
	static const char *const texts[] = { "", "\\", "\\x", "\\x4", "\\u004",
		"\\n", "\\xg0", "a\\", "\\X41", "\\u00G1" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_plain(slice_str(texts[i]), slice_str(texts[i]));
}
END_TEST

static const struct {
	const char *line;
	const char *err, *subject;
} lines[] = {
	{ "evt=x err=a subject=\"CN=b c\"", "a", "CN=b c" },
	{ "Nov 21 h p[1]: time=1 evt=x subject=\"a\\\"b\" err=c", "c",
	    "a\\\"b" },
	{ "<5>{\"evt\":\"x\",\"n\":1,\"err\":\"a\",\"subject\":\"b\\\"}{\"}",
	    "a", "b\\\"}{" },
	{ "evt=x subject=\"err=forged\" err=a", "a", "err=forged" },
	{ "evt=x subject=\"never ends", "", "" },
};

START_TEST(a_line_of_either_format_is_read)
{
	struct logline l;

	ck_assert(logline_read(slice_str(lines[_i].line), &l));
	ck_assert(slice_eq(logline_get(&l, "evt"), SL("x")));
	ck_assert(slice_eq(logline_get(&l, "err"), slice_str(lines[_i].err)));
	ck_assert(
	    slice_eq(logline_get(&l, "subject"), slice_str(lines[_i].subject)));
}
END_TEST

START_TEST(what_is_no_record_is_none)
{
	static const char *const texts[] = { "", "evt", "{}",
		"{\"evt\":", "level=info", "\"evt\"=x", "{\"a\":\"evt=x\"}" };
	struct logline l;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!logline_read(slice_str(texts[i]), &l), "%s",
		    texts[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli/logline");
	TCase *t = tcase_create("logline");
	SRunner *r;
	int failed;

	tcase_add_test(t, what_was_quoted_is_what_it_was);
	tcase_add_test(t, what_is_no_escape_stays);
	tcase_add_loop_test(t, a_line_of_either_format_is_read, 0,
	    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(t, what_is_no_record_is_none);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
