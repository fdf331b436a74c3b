/* What is written, what is refused, and that it reads back the same. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/h1_parse.h"
#include "http/h1_write.h"
#include "support/msg_dump.h"
#include "support/vector.h"

static struct msg m;
static struct buf b;
static struct h1_write w;

static void
set_up(void)
{
	msg_init(&m);
	m.version = HTTP_11;
	m.keep_alive = true;
	m.path = SL("/a?b");
	m.authority = SL("h:1");
	msg_set_method(&m, SL("POST"));
	buf_init(&b, 4096);
	w = (struct h1_write) { 0 };
}

static void
tear_down(void)
{
	msg_clear(&m);
	buf_clear(&b);
}

static void
make_response(unsigned status)
{
	m.status = status;
	m.method_name = SL("");
}

static void
gives(int e, const char *octets)
{
	ck_assert_msg(e == 0, "%s", err_slug(e));
	ck_assert_msg(slice_eq(buf_slice(&b), slice_str(octets)), "%.*s",
	    SLICE_ARG(buf_slice(&b)));
	buf_take(&b, buf_len(&b));
}

#define LINE "POST /a?b HTTP/1.1\r\nHost: h:1\r\n"

START_TEST(a_request)
{
	msg_add(&m, SL("X"), SL("y z"));
	msg_add(&m, SL("E"), SL(""));
	gives(h1_write_request(&b, &m, &w), LINE "X: y z\r\nE: \r\n\r\n");
	m.content = CONTENT_LENGTH;
	m.length = UINT64_C(9223372036854775807);
	gives(h1_write_request(&b, &m, &w),
	    LINE "X: y z\r\nE: \r\nContent-Length: 9223372036854775807"
		 "\r\n\r\n");
	m.length = 0;
	m.fields.count = 0;
	gives(h1_write_request(&b, &m, &w), LINE "Content-Length: 0\r\n\r\n");
	m.content = CONTENT_STREAM;
	w.chunked = true;
	gives(h1_write_request(&b, &m, &w),
	    LINE "Transfer-Encoding: chunked\r\n\r\n");
}
END_TEST

/* H1-15 */
START_TEST(our_own_version_is_sent_whatever_the_peers_is)
{
	m.version = HTTP_10;
	m.authority = SL("");
	gives(h1_write_request(&b, &m, &w),
	    "POST /a?b HTTP/1.1\r\nHost: \r\n\r\n");
	make_response(299);
	gives(h1_write_response(&b, &m, &w), "HTTP/1.1 299 \r\n\r\n");
}
END_TEST

START_TEST(a_response)
{
	make_response(200);
	m.reason = SL("Whatever");
	m.content = CONTENT_LENGTH;
	m.length = 42;
	msg_add(&m, SL("X"), SL("y"));
	w.close = true;
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 42\r\n"
	    "Connection: close\r\n\r\n");
	m.content = CONTENT_STREAM;
	w = (struct h1_write) { .chunked = true };
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked"
	    "\r\n\r\n");
	/* to HTTP/1.0: the connection's end is the content's */
	w = (struct h1_write) { .close = true };
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\n");
}
END_TEST

START_TEST(options_of_the_connection)
{
	w = (struct h1_write) { .upgrade = true, .te_trailers = true };
	msg_add(&m, SL("Upgrade"), SL("websocket"));
	gives(h1_write_request(&b, &m, &w),
	    LINE "Upgrade: websocket\r\nConnection: upgrade, TE\r\n"
		 "TE: trailers\r\n\r\n");
	w = (struct h1_write) { .keep_alive = true };
	gives(h1_write_request(&b, &m, &w),
	    LINE "Connection: keep-alive\r\n\r\n");
	w.close = true;
	gives(h1_write_request(&b, &m, &w), LINE "Connection: close\r\n\r\n");
}
END_TEST

/* HS-1, H1-16: nothing is said twice */
START_TEST(fields_that_are_ours_to_say_are_passed_over)
{
	static const char *const names[] = { "Host", "content-length",
		"Transfer-Encoding", "Connection", "Keep-Alive",
		"proxy-connection", "TE", "Upgrade" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		msg_add(&m, slice_str(names[i]), SL("x"));
	msg_add(&m, SL("A"), SL("b"));
	gives(h1_write_request(&b, &m, &w), LINE "A: b\r\n\r\n");
	make_response(200);
	m.content = CONTENT_LENGTH;
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n");
}
END_TEST

/* HS-13 */
START_TEST(responses_without_content)
{
	make_response(204);
	gives(h1_write_response(&b, &m, &w), "HTTP/1.1 204 No Content\r\n\r\n");
	m.content = CONTENT_LENGTH;
	gives(h1_write_response(&b, &m, &w), "HTTP/1.1 204 No Content\r\n\r\n");
	m.length = 1;
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	m.content = CONTENT_STREAM;
	w.chunked = true;
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	w.chunked = false;
	m.content = CONTENT_NONE;
	make_response(103);
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 103 Early Hints\r\n\r\n");
	/* what a 304 and an answer to HEAD tell */
	m.has_length = true;
	m.length = 7;
	make_response(304);
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
	make_response(200);
	gives(h1_write_response(&b, &m, &w),
	    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
	make_response(204);
	gives(h1_write_response(&b, &m, &w), "HTTP/1.1 204 No Content\r\n\r\n");
}
END_TEST

START_TEST(framing_that_the_content_contradicts_is_refused)
{
	w.chunked = true;
	m.content = CONTENT_NONE;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.content = CONTENT_LENGTH;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	w.chunked = false;
	m.content = CONTENT_STREAM;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	w.close = true;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.content = CONTENT_UNTIL_CLOSE;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	w.close = false;
	make_response(200);
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	ck_assert_uint_eq(buf_len(&b), 0);
}
END_TEST

static const struct slice bad[] = { SLICE("a\rb"), SLICE("a\nb"),
	SLICE("a\r\nb: c"), SLICE("a\0b"), SLICE("a\r"), SLICE("\na"),
	SLICE("a\177"), SLICE("a\033") };

/* H1-13, H2-11: whoever made the msg */
START_TEST(an_octet_that_could_end_something_is_refused)
{
	struct fields f = { 0 };

	buf_puts(&b, "before");
	fields_add(&m.fields, SL("X"), bad[_i]);
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.fields.at[0] = (struct field) { .name = bad[_i] };
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.fields.count = 0;
	m.method_name = bad[_i];
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.method_name = SL("GET");
	m.path = arena_printf(&m.arena, "/%c%c%c", bad[_i].p[0], bad[_i].p[1],
	    'x');
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.path = SL("/");
	m.authority = bad[_i];
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);

	make_response(200);
	m.content = CONTENT_LENGTH;
	fields_add(&m.fields, SL("X"), bad[_i]);
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	fields_add(&f, SL("X"), bad[_i]);
	ck_assert_int_eq(h1_write_last_chunk(&b, &f), E_INVALID);
	fields_clear(&f);
	/* and the buf is as it was */
	ck_assert(slice_eq(buf_slice(&b), SL("before")));
}
END_TEST

START_TEST(what_is_no_request_or_response_is_refused)
{
	m.method_name = SL("");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.method_name = SL("GET");
	m.path = SL("");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.path = SL("a");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.path = SL("/a b");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.path = SL("/a#b");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.path = SL("/");
	fields_add(&m.fields, SL(""), SL("x"));
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.fields.count = 0;
	m.authority = SL("a,b");
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	m.authority = SL("a");
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	m.status = 600;
	ck_assert_int_eq(h1_write_response(&b, &m, &w), E_INVALID);
	m.status = 200;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), E_INVALID);
	ck_assert_uint_eq(buf_len(&b), 0);
}
END_TEST

START_TEST(other_forms_of_the_target)
{
	m.path = SL("*");
	msg_set_method(&m, SL("OPTIONS"));
	gives(h1_write_request(&b, &m, &w),
	    "OPTIONS * HTTP/1.1\r\nHost: h:1\r\n\r\n");
	m.path = SL("");
	msg_set_method(&m, SL("CONNECT"));
	gives(h1_write_request(&b, &m, &w),
	    "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n");
}
END_TEST

/* SR-26 */
START_TEST(what_does_not_fit_leaves_nothing_behind)
{
	struct fields f = { 0 };
	struct buf small;
	size_t n;
	int e = E_LIMIT;

	msg_add(&m, SL("Name"), SL("value"));
	fields_add(&f, SL("A"), SL("b"));
	for (n = 6; n < 200 && e != 0; n++) {
		buf_init(&small, n);
		buf_puts(&small, "before");
		e = h1_write_request(&small, &m, &w);
		ck_assert_int_eq(e, n < 6 + 46 ? E_LIMIT : 0);
		if (e != 0)
			ck_assert(slice_eq(buf_slice(&small), SL("before")));
		buf_clear(&small);
	}
	ck_assert_uint_eq(n - 1, 6 + strlen(LINE "Name: value\r\n\r\n"));
	buf_init(&small, 10);
	ck_assert_int_eq(h1_write_last_chunk(&small, &f), E_LIMIT);
	ck_assert_uint_eq(buf_len(&small), 0);
	ck_assert_int_eq(h1_write_last_chunk(&small, NULL), 0);
	ck_assert_int_eq(h1_write_chunk_head(&small, 0x1000), E_LIMIT);
	ck_assert_uint_eq(buf_len(&small), 5);
	buf_clear(&small);
	fields_clear(&f);
}
END_TEST

START_TEST(chunks)
{
	struct fields f = { 0 };

	ck_assert_int_eq(h1_write_chunk_head(&b, 0), E_INVALID);
	gives(h1_write_chunk_head(&b, 1), "1\r\n");
	gives(h1_write_chunk_head(&b, 0xabcdef), "abcdef\r\n");
	gives(h1_write_chunk_head(&b, SIZE_MAX), "ffffffffffffffff\r\n");
	gives(h1_write_last_chunk(&b, NULL), "0\r\n\r\n");
	gives(h1_write_last_chunk(&b, &f), "0\r\n\r\n");
	fields_add(&f, SL("A"), SL("b"));
	fields_add(&f, SL("Content-Length"), SL("5"));
	fields_add(&f, SL("C"), SL(""));
	gives(h1_write_last_chunk(&b, &f), "0\r\nA: b\r\nC: \r\n\r\n");
	fields_clear(&f);
}
END_TEST

static const struct slice requests[] = {
	SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("GET /a?b HTTP/1.1\r\nA: b\r\nHost: a:1\r\nC:\r\n\r\n"),
	SLICE("PUT /%7E//x HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 007\r\n"
	      "\r\n"),
	SLICE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n"
	      "\r\n"),
	SLICE("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("X http://b?c HTTP/1.0\r\nHost: a\r\n\r\n"),
	SLICE("CONNECT b:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: a\r\nA: \xff\t\"b\"\r\na: c\r\n\r\n"),
};

/* What is written is of our version and kept alive. */
static void
make_ours(void)
{
	m.version = HTTP_11;
	m.keep_alive = true;
	m.scheme = SL("");
}

START_TEST(a_request_reads_back_the_same)
{
	struct h1_scan scan = { 0 };
	struct buf first, second;
	size_t used;

	msg_clear(&m);
	ck_assert_int_eq(h1_parse_request(&m, &scan, &vector_limits,
			     requests[_i], &used),
	    0);
	make_ours();
	buf_init(&first, 1024);
	msg_dump(&m, &first);
	w.chunked = m.content == CONTENT_STREAM;
	ck_assert_int_eq(h1_write_request(&b, &m, &w), 0);

	msg_clear(&m);
	scan = (struct h1_scan) { 0 };
	ck_assert_int_eq(h1_parse_request(&m, &scan, &vector_limits,
			     buf_slice(&b), &used),
	    0);
	ck_assert_uint_eq(used, buf_len(&b));
	buf_init(&second, 1024);
	msg_dump(&m, &second);
	ck_assert(slice_eq(buf_slice(&first), buf_slice(&second)));
	buf_clear(&first);
	buf_clear(&second);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_write");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("h1_write");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_request);
	tcase_add_test(tc, our_own_version_is_sent_whatever_the_peers_is);
	tcase_add_test(tc, a_response);
	tcase_add_test(tc, options_of_the_connection);
	tcase_add_test(tc, fields_that_are_ours_to_say_are_passed_over);
	tcase_add_test(tc, responses_without_content);
	tcase_add_test(tc, framing_that_the_content_contradicts_is_refused);
	tcase_add_loop_test(tc, an_octet_that_could_end_something_is_refused, 0,
	    COUNT(bad));
	tcase_add_test(tc, what_is_no_request_or_response_is_refused);
	tcase_add_test(tc, other_forms_of_the_target);
	tcase_add_test(tc, what_does_not_fit_leaves_nothing_behind);
	tcase_add_test(tc, chunks);
	tcase_add_loop_test(tc, a_request_reads_back_the_same, 0,
	    COUNT(requests));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
