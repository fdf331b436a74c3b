/* Limits of a head, and what its lines cost. */
#include <stdlib.h>

#include "base/err.h"
#include "support/vector.h"

#define HEAD(fields) SLICE("GET / HTTP/1.1\r\nHost: a\r\n" fields "\r\n")
#define LINE         "GET / host=a 1.1 "

#define TEN    "aaaaaaaaaa"
#define TWENTY TEN TEN
#define FORTY  TWENTY TWENTY

static const struct vector limits[] = {
	/* 64: "GET /" and " HTTP/1.1" are 14 */
	{ "H1-7", "a request line of just the limit",
	    SLICE("GET /" FORTY TEN " HTTP/1.1\r\nHost: a\r\n\r\n"), 0,
	    "GET /" FORTY TEN " host=a 1.1 none keep " },
	{ "H1-7", "a request line of one more",
	    SLICE("GET /" FORTY TEN "a HTTP/1.1\r\nHost: a\r\n\r\n"),
	    E_HTTP_LINE_LONG, NULL },
	{ "H1-7", "a request line that is too long before its end arrives",
	    SLICE("GET /" FORTY TWENTY TEN), E_HTTP_LINE_LONG, NULL },
	{ "H1-14", "a field of just the limit", HEAD("Abcde: " FORTY "a\r\n"),
	    0, LINE "none keep {Abcde: " FORTY "a}" },
	{ "H1-14", "a field of one more", HEAD("Abcde: " FORTY "ab\r\n"),
	    E_HTTP_FIELD_LONG, NULL },
	{ "H1-14", "a field that is too long before its end arrives",
	    SLICE("GET / HTTP/1.1\r\nA: " FORTY TEN), E_HTTP_FIELD_LONG, NULL },
	{ "H1-14", "fields of just the limit",
	    HEAD("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n"), 0,
	    LINE "none keep {A: 1}{A: 2}{A: 3}{A: 4}" },
	{ "H1-14", "one field more",
	    HEAD("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\n"),
	    E_HTTP_FIELDS_MANY, NULL },
	{ "H1-14", "one field more, and the head is not whole",
	    SLICE("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: "
		  "5\r\nA: 6\r\n"),
	    E_HTTP_FIELDS_MANY, NULL },
	/* 256: 59 + 2, 7 + 2, 4 * (44 + 2), 2 */
	{ "H1-14", "a head of just the limit",
	    SLICE("GET /" FORTY "aaaaa HTTP/1.1\r\nHost: a\r\n"
		  "Ab: " FORTY "\r\nAb: " FORTY "\r\nAb: " FORTY "\r\n"
		  "Ab: " FORTY "\r\n\r\n"),
	    0,
	    "GET /" FORTY "aaaaa host=a 1.1 none keep {Ab: " FORTY
	    "}{Ab: " FORTY "}{Ab: " FORTY "}{Ab: " FORTY "}" },
	{ "H1-14", "a head of one octet more",
	    SLICE("GET /" FORTY "aaaaaa HTTP/1.1\r\nHost: a\r\n"
		  "Ab: " FORTY "\r\nAb: " FORTY "\r\nAb: " FORTY "\r\n"
		  "Ab: " FORTY "\r\n\r\n"),
	    E_HTTP_HEAD_LONG, NULL },
	{ "H1-14", "a head that is too long before its last field is",
	    SLICE("GET /" FORTY TEN " HTTP/1.1\r\nHost: a\r\n"
		  "Ab: " FORTY "\r\nAb: " FORTY "\r\nAb: " FORTY "\r\n"
		  "Ab: " FORTY FORTY),
	    E_HTTP_HEAD_LONG, NULL },
	{ "H1-14", "a line without colon and without end",
	    SLICE("GET / HTTP/1.1\r\nHost: a\r\n" FORTY FORTY),
	    E_HTTP_FIELD_LONG, NULL },
};

START_TEST(request_limits)
{
	vector_request(&limits[_i]);
}
END_TEST

START_TEST(a_refused_head_leaves_its_request_line_for_the_log)
{
	struct slice in = HEAD("A: " FORTY TEN "\r\n");
	struct h1_scan scan = { 0 };
	struct msg m;
	size_t used;

	msg_init(&m);
	ck_assert_int_eq(h1_parse_request(&m, &scan, &vector_limits, in, &used),
	    E_HTTP_FIELD_LONG);
	ck_assert(m.method == METHOD_GET && slice_eq(m.path, SL("/")));
	msg_clear(&m);
}
END_TEST

/* SR-24: an octet at a time costs no more than all at once. */
START_TEST(no_octet_is_looked_at_twice)
{
	struct slice in = HEAD("A: b\r\nC: d\r\n");
	struct h1_scan scan = { 0 };
	struct msg m;
	size_t used;

	msg_init(&m);
	for (size_t n = 0; n < in.n; n++) {
		ck_assert_int_eq(h1_parse_request(&m, &scan, &vector_limits,
				     slice_first(in, n), &used),
		    E_AGAIN);
		ck_assert_uint_eq(scan.at, n);
		ck_assert_ptr_null(m.arena.blocks);
	}
	msg_clear(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_lines");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("limits");
	int failed;

	tcase_add_loop_test(tc, request_limits, 0, COUNT(limits));
	tcase_add_test(tc, a_refused_head_leaves_its_request_line_for_the_log);
	tcase_add_test(tc, no_octet_is_looked_at_twice);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
