#include <string.h>

#include "http/h1_body.h"
#include "support/mux_rig.h"

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

static struct mux_rig rig;

static void
set_up(void)
{
	mux_rig_init(&rig);
}

static void
tear_down(void)
{
	mux_rig_clear(&rig);
}

static void
start(void)
{
	mux_rig_start(&rig, MUX_SERVER, 1 << 20);
}

static void
check_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in \"%s\"",
	    part, text);
}

START_TEST(a_request_becomes_a_stream_and_the_answer_goes_back)
{
	struct msg *m;

	start();
	ck_assert_uint_eq(rig.streams, 0);
	mux_say(&rig, "GET /a?b HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n");
	ck_assert_uint_eq(rig.streams, 1);
	m = mux_head(&rig);
	ck_assert(slice_eq(m->path, SL("/a?b")));
	ck_assert(slice_eq(m->authority, SL("h")));
	ck_assert_uint_eq(m->fields.count, 1);
	mux_check_body(&rig, "");
	mux_answer(&rig, 200, "hello");
	ck_assert_str_eq(mux_heard(&rig),
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	mux_close_stream(&rig, 0);
	mux_check_open(&rig);
}
END_TEST

START_TEST(a_request_may_come_octet_by_octet)
{
	static const char text[] = "POST / HTTP/1.1\r\nHost: h\r\n"
				   "Content-Length: 3\r\n\r\nabc";

	start();
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		mux_say_bytes(&rig, slice_of(text + i, 1));
	ck_assert_uint_eq(rig.streams, 1);
	(void)mux_head(&rig);
	mux_check_body(&rig, "abc");
	mux_answer(&rig, 204, NULL);
	mux_close_stream(&rig, 0);
	mux_check_open(&rig);
}
END_TEST

START_TEST(pipelined_requests_are_answered_one_after_the_other)
{
	start();
	mux_say(&rig, GET GET GET);
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_uint_eq(rig.streams, i);
		ck_assert(rig.stream->is_reused == (i > 1));
		mux_serve(&rig, i == 2 ? "two" : "odd");
	}
	ck_assert_str_eq(mux_heard(&rig),
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nodd"
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nodd");
	mux_check_open(&rig);
}
END_TEST

START_TEST(content_ends_where_the_next_request_begins)
{
	start();
	mux_say(&rig,
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
	    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nde\r\n0\r\nX: y\r\n\r\n" GET);
	mux_check_body(&rig, "abc");
	mux_answer(&rig, 200, "");
	mux_close_stream(&rig, 0);
	mux_check_body(&rig, "de");
	ck_assert_uint_eq(mux_head(&rig)->trailers.count, 1);
	mux_answer(&rig, 200, "");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.streams, 3);
	mux_serve(&rig, "");
	mux_check_open(&rig);
}
END_TEST

START_TEST(content_that_is_not_taken_comes_again)
{
	struct slice s;

	start();
	mux_say(&rig,
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
	(void)mux_head(&rig);
	ck_assert_int_eq(stream_recv_body(rig.stream, &s), 0);
	ck_assert(slice_eq(s, SL("abc")));
	stream_recv_took(rig.stream, 1);
	mux_say(&rig, "def");
	ck_assert_int_eq(stream_recv_body(rig.stream, &s), 0);
	ck_assert(slice_starts(s, SL("bc")));
	mux_check_body(&rig, "bcdef");
}
END_TEST

/* What ends the connection after the answer, and how that is said. */
static const struct {
	const char *request;
	enum msg_content content;
	bool keep_alive; /* as the owner wants it */
	bool goes_on;
	const char *head;
	const char *body; /* as it goes over the wire */
} persistence[] = {
	{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", CONTENT_LENGTH, true, true,
	    "Content-Length: 2\r\n", "hi" },
	{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", CONTENT_LENGTH, false, false,
	    "Connection: close\r\n", "hi" },
	{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	    CONTENT_LENGTH, true, false, "Connection: close\r\n", "hi" },
	{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", CONTENT_STREAM, true, true,
	    "Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n" },
	{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", CONTENT_UNTIL_CLOSE, true, true,
	    "Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n" },
	{ "GET / HTTP/1.0\r\n\r\n", CONTENT_LENGTH, true, false,
	    "Connection: close\r\n", "hi" },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", CONTENT_LENGTH,
	    true, true, "Connection: keep-alive\r\n", "hi" },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", CONTENT_STREAM,
	    true, false, "Connection: close\r\n", "hi" },
	{ "GET / HTTP/1.0\r\n\r\n", CONTENT_UNTIL_CLOSE, true, false,
	    "Connection: close\r\n", "hi" },
	{ "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", CONTENT_NONE, true, true,
	    "HTTP/1.1 200 OK\r\n\r\n", "" },
};

START_TEST(a_connection_goes_on_only_where_both_sides_know_where_it_is)
{
	const char *heard;
	struct msg m;
	size_t n;

	start();
	mux_say(&rig, persistence[_i].request);
	mux_check_body(&rig, "");
	msg_init(&m);
	m.status = 200;
	m.content = persistence[_i].content;
	m.length = 2;
	m.keep_alive = persistence[_i].keep_alive;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	if (m.content != CONTENT_NONE)
		ck_assert_int_eq(stream_send_body(rig.stream, SL("hi"), &n), 0);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	ck_assert_int_eq(stream_flush(rig.stream), 0);
	mux_close_stream(&rig, 0);
	heard = mux_heard(&rig);
	check_has(heard, persistence[_i].head);
	ck_assert_str_eq(strstr(heard, "\r\n\r\n") + 4, persistence[_i].body);
	if (persistence[_i].goes_on) {
		mux_check_open(&rig);
		mux_say(&rig, GET);
		ck_assert_uint_eq(rig.streams, 2);
	} else {
		mux_check_end(&rig, MUX_END_POLITE, 0);
	}
}
END_TEST

#define LONG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What is refused: the owner hears why, answers, and that is the end. */
static const struct {
	const char *request;
	int err;
} refused[] = {
	{ "GET\r\n\r\n", E_HTTP_LINE },
	{ "GET / HTTP/1.1\r\n\r\n", E_HTTP_HOST },
	{ "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET,
	    E_HTTP_LENGTH_TE },
	{ "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n" GET,
	    E_HTTP_TE },
	{ "GET / HTTP/1.1\nHost: h\n\n", E_HTTP_BARE_LF },
	{ "GET / HTTP/1.1\r\nHost: h\r\n X: y\r\n\r\n", E_HTTP_FOLD },
	{ "GET / HTTP/1.1\r\nHost: h\r\nX: " LONG LONG LONG LONG LONG LONG LONG
		LONG LONG LONG LONG LONG LONG LONG LONG LONG "\r\n\r\n",
	    E_HTTP_FIELD_LONG },
};

START_TEST(a_malformed_head_gets_an_answer_and_the_connection_ends)
{
	struct msg *m = NULL;
	struct slice s;

	start();
	mux_say(&rig, refused[_i].request);
	ck_assert_uint_eq(rig.streams, 1);
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(err_slug(stream_recv_head(rig.stream, &m)),
		    err_slug(refused[_i].err));
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(stream_recv_body(rig.stream, &s), refused[_i].err);
	mux_answer(&rig, 400, "no");
	mux_close_stream(&rig, refused[_i].err);
	ck_assert_str_eq(mux_heard(&rig),
	    "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n"
	    "Connection: close\r\n\r\nno");
	ck_assert_uint_eq(rig.streams, 1);
	mux_check_end(&rig, MUX_END_POLITE, refused[_i].err);
}
END_TEST

START_TEST(a_head_larger_than_its_limit_is_refused_before_it_ends)
{
	struct msg *m;

	start();
	mux_say(&rig, "GET / HTTP/1.1\r\nHost: h\r\n");
	for (int i = 0; i < 64 && rig.streams == 0; i++)
		mux_say(&rig, "X: " LONG "\r\n");
	ck_assert_uint_eq(rig.streams, 1);
	ck_assert_int_lt(stream_recv_head(rig.stream, &m), E_HTTP_LINE);
}
END_TEST

/* The peer leaves: when, and what comes of it. */
static const struct {
	const char *before;
	enum mux_end how;
	int err;
} leaving[] = {
	{ "", MUX_END_POLITE, E_EOF },
	{ "GET / HT", MUX_END_BROKEN, E_TRUNCATED },
	/* an empty line is no part of a request, nor is half of it */
	{ "\r\n", MUX_END_POLITE, E_EOF },
	{ "\r", MUX_END_POLITE, E_EOF },
	{ "\r\nG", MUX_END_BROKEN, E_TRUNCATED },
};

START_TEST(a_peer_may_leave_between_requests_and_nowhere_else)
{
	start();
	mux_say(&rig, leaving[_i].before);
	mux_peer_leaves(&rig);
	mux_check_end(&rig, leaving[_i].how, leaving[_i].err);
	ck_assert_uint_eq(rig.streams, 0);
}
END_TEST

START_TEST(a_reset_between_requests_is_not_polite)
{
	start();
	mux_peer_breaks(&rig);
	mux_check_end(&rig, MUX_END_BROKEN, E_CLOSED);
}
END_TEST

START_TEST(content_that_breaks_off_is_never_whole)
{
	char got[64];

	start();
	mux_say(&rig,
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
	mux_peer_leaves(&rig);
	ck_assert(rig.stream->is_hung_up);
	ck_assert_int_eq(mux_read_body(&rig, got, sizeof(got)), E_TRUNCATED);
	ck_assert_str_eq(got, "abc");
	mux_close_stream(&rig, E_TRUNCATED);
	mux_check_end(&rig, MUX_END_BROKEN, E_TRUNCATED);
}
END_TEST

START_TEST(a_peer_that_leaves_during_its_request_wakes_the_owner)
{
	unsigned before;

	start();
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	ck_assert(!rig.stream->is_hung_up);
	before = rig.wakes;
	mux_peer_leaves(&rig);
	ck_assert(rig.stream->is_hung_up);
	ck_assert_uint_gt(rig.wakes, before);
}
END_TEST

START_TEST(that_a_peer_has_left_holds_for_what_it_pipelined)
{
	start();
	mux_say(&rig, GET GET);
	mux_peer_leaves(&rig);
	mux_serve(&rig, "one");
	ck_assert_uint_eq(rig.streams, 2);
	ck_assert(rig.stream->is_hung_up);
}
END_TEST

START_TEST(who_says_nothing_is_let_go_after_the_idle_time)
{
	start();
	loop_advance(&rig.loop, MUX_IDLE_MS - 1);
	mux_check_open(&rig);
	loop_advance(&rig.loop, 1);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
}
END_TEST

START_TEST(the_idle_time_begins_anew_after_each_request)
{
	start();
	loop_advance(&rig.loop, MUX_IDLE_MS - 1);
	mux_say(&rig, GET);
	loop_advance(&rig.loop, 10 * MUX_IDLE_MS);
	mux_serve(&rig, "");
	loop_advance(&rig.loop, MUX_IDLE_MS - 1);
	mux_check_open(&rig);
	loop_advance(&rig.loop, 1);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
}
END_TEST

START_TEST(a_head_that_comes_too_slowly_is_told_so)
{
	struct msg *m;

	start();
	mux_say(&rig, "G");
	for (int i = 0; i < MUX_HEAD_MS - 1; i += 111) {
		mux_say(&rig, "G");
		loop_advance(&rig.loop, 111);
	}
	loop_advance(&rig.loop, 1);
	ck_assert_uint_eq(rig.streams, 1);
	ck_assert_int_eq(stream_recv_head(rig.stream, &m), E_TIMEOUT);
	mux_answer(&rig, 408, "");
	mux_close_stream(&rig, E_TIMEOUT);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
}
END_TEST

START_TEST(zero_means_that_nobody_is_timed)
{
	rig.params.head_ms = rig.params.idle_ms = rig.params.write_ms = 0;
	start();
	loop_advance(&rig.loop, 1000000000);
	mux_say(&rig, "GET / ");
	loop_advance(&rig.loop, 1000000000);
	mux_check_open(&rig);
	ck_assert_uint_eq(rig.streams, 0);
}
END_TEST

static void
send_stream_head(enum msg_content content, uint64_t length)
{
	struct msg m;

	msg_init(&m);
	m.status = 200;
	m.keep_alive = true;
	m.content = content;
	m.length = length;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
}

static char alphabet[64 * 1024];

/* Sends on from *sent as far as it goes: 0 at the end, or what stopped it. */
static int
pour(size_t *sent, size_t total, size_t step)
{
	size_t n;
	int e;

	for (size_t i = 0; i < sizeof(alphabet); i++)
		alphabet[i] = (char)('a' + i % 26);
	while (*sent < total) {
		size_t want = step < total - *sent ? step : total - *sent;

		e = stream_send_body(rig.stream,
		    slice_of(alphabet + *sent % 26, want), &n);
		if (e != 0)
			return e;
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_le(n, want);
		*sent += n;
	}
	return 0;
}

static char all[4 << 20];

/* Appends what the peer hears to what it has heard. */
static size_t
listen_on(size_t len)
{
	(void)mux_heard(&rig);
	ck_assert_uint_lt(buf_len(&rig.heard), sizeof(all) - len);
	memcpy(all + len, buf_slice(&rig.heard).p, buf_len(&rig.heard));
	return len + buf_len(&rig.heard);
}

/* The answer in all[0..len] must be whole and its content the alphabet. */
static void
check_alphabet(size_t len, size_t total)
{
	struct h1_scan scan = { 0 };
	struct slice in = slice_of(all, len), data;
	struct h1_body body;
	struct msg m;
	size_t used, got = 0;

	msg_init(&m);
	ck_assert_int_eq(h1_parse_response(&m, &scan, &rig.params.limits,
			     METHOD_GET, in, &used),
	    0);
	h1_body_init(&body, &m);
	in = slice_skip(in, used);
	for (;;) {
		ck_assert_int_eq(h1_body_next(&body, &m, &rig.params.limits, in,
				     &used, &data),
		    0);
		in = slice_skip(in, used);
		if (h1_body_is_done(&body))
			break;
		for (size_t i = 0; i < data.n; i++)
			ck_assert_int_eq(data.p[i], 'a' + (got + i) % 26);
		h1_body_took(&body, data.n);
		in = slice_skip(in, data.n);
		got += data.n;
	}
	ck_assert_uint_eq(got, total);
	ck_assert_uint_eq(in.n, 0);
	msg_clear(&m);
}

static const struct {
	enum msg_content content;
	size_t capacity; /* of the connection */
	size_t step;     /* what is offered at a time */
	size_t total;
} pressure[] = {
	{ CONTENT_LENGTH, 1000, 60000, 300000 },
	{ CONTENT_LENGTH, 100000, 60000, 1000000 },
	{ CONTENT_LENGTH, 1000, 4096, 100000 },
	{ CONTENT_LENGTH, 1000, 100, 100000 },
	{ CONTENT_LENGTH, 17, 5000, 20000 },
	{ CONTENT_STREAM, 1000, 60000, 300000 },
	{ CONTENT_STREAM, 1000, 100, 100000 },
	{ CONTENT_STREAM, 100000, 1, 50000 },
};

START_TEST(a_peer_that_reads_slowly_gets_every_octet_in_order)
{
	size_t sent = 0, len = 0, total = pressure[_i].total;
	unsigned wakes;

	mux_rig_start(&rig, MUX_SERVER, pressure[_i].capacity);
	for (const char *p = GET; *p != '\0'; p++)
		mux_say_bytes(&rig, slice_of(p, 1));
	mux_check_body(&rig, "");
	send_stream_head(pressure[_i].content, total);
	while (pour(&sent, total, pressure[_i].step) == E_AGAIN) {
		wakes = rig.wakes;
		len = listen_on(len);
		ck_assert_uint_gt(rig.wakes, wakes);
	}
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	(void)stream_flush(rig.stream);
	mux_close_stream(&rig, 0);
	len = listen_on(len);
	check_alphabet(len, total);
	mux_say(&rig, "G");
	mux_check_open(&rig);
}
END_TEST

/* The owner has written until the peer took no more. */
static void
clog_up(void)
{
	size_t sent = 0;

	mux_rig_start(&rig, MUX_SERVER, 1000);
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_LENGTH, 1 << 20);
	ck_assert_int_eq(pour(&sent, 1 << 20, 60000), E_AGAIN);
}

START_TEST(a_peer_that_takes_nothing_is_given_up_after_the_write_time)
{
	unsigned before;
	size_t n;

	clog_up();
	loop_advance(&rig.loop, MUX_WRITE_MS - 1);
	before = rig.wakes;
	loop_advance(&rig.loop, 1);
	ck_assert_uint_gt(rig.wakes, before);
	ck_assert_str_eq(err_slug(stream_send_body(rig.stream, SL("a"), &n)),
	    "timeout");
	ck_assert_str_eq(err_slug(stream_flush(rig.stream)), "timeout");
	mux_close_stream(&rig, E_TIMEOUT);
	loop_advance(&rig.loop, MUX_WRITE_MS);
	mux_check_end(&rig, MUX_END_BROKEN, E_TIMEOUT);
}
END_TEST

START_TEST(every_octet_that_a_peer_takes_gives_it_more_time)
{
	size_t n, sent;
	char c;

	clog_up();
	for (int i = 0; i < 5; i++) {
		loop_advance(&rig.loop, MUX_WRITE_MS - 1);
		ck_assert_int_eq(io_read(rig.peer, &c, 1, &n), 0);
		loop_advance(&rig.loop, 0);
		sent = 0;
		ck_assert_int_eq(pour(&sent, 60000, 60000), E_AGAIN);
	}
	loop_advance(&rig.loop, MUX_WRITE_MS);
	ck_assert_str_eq(err_slug(stream_send_body(rig.stream, SL("a"), &n)),
	    "timeout");
}
END_TEST

START_TEST(a_peer_that_breaks_off_during_the_answer_is_noticed)
{
	size_t n;

	clog_up();
	io_close(rig.peer);
	rig.peer = NULL;
	loop_advance(&rig.loop, 0);
	ck_assert(rig.stream->is_hung_up);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("a"), &n), 0);
	ck_assert_int_eq(stream_flush(rig.stream), E_CLOSED);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("a"), &n), E_CLOSED);
	mux_close_stream(&rig, E_CLOSED);
	mux_check_end(&rig, MUX_END_BROKEN, E_CLOSED);
}
END_TEST

START_TEST(an_answer_that_is_closed_at_once_goes_out_by_itself)
{
	size_t n;

	start();
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_LENGTH, 2);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("hi"), &n), 0);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	mux_close_stream(&rig, 0);
	check_has(mux_heard(&rig), "\r\n\r\nhi");
	mux_check_open(&rig);
}
END_TEST

START_TEST(who_does_not_take_an_answer_gets_no_other)
{
	mux_rig_start(&rig, MUX_SERVER, 100);
	for (const char *p = GET GET; *p != '\0'; p++)
		mux_say_bytes(&rig, slice_of(p, 1));
	ck_assert_uint_eq(rig.streams, 1);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_LENGTH, 200);
	pour(&(size_t) { 0 }, 200, 200);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	ck_assert_int_eq(stream_flush(rig.stream), E_AGAIN);
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.streams, 1);
	(void)mux_heard(&rig);
	ck_assert_uint_eq(rig.streams, 2);
	mux_check_open(&rig);
}
END_TEST

START_TEST(who_never_takes_the_rest_of_an_answer_is_given_up)
{
	mux_rig_start(&rig, MUX_SERVER, 100);
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_LENGTH, 200);
	pour(&(size_t) { 0 }, 200, 200);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	ck_assert_int_eq(stream_flush(rig.stream), E_AGAIN);
	mux_close_stream(&rig, 0);
	loop_advance(&rig.loop, MUX_WRITE_MS);
	mux_check_end(&rig, MUX_END_BROKEN, E_TIMEOUT);
}
END_TEST

START_TEST(an_answer_before_the_end_of_the_request_ends_the_connection)
{
	start();
	mux_say(&rig,
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
	(void)mux_head(&rig);
	mux_answer(&rig, 403, "no");
	mux_close_stream(&rig, 0);
	check_has(mux_heard(&rig), "no");
	mux_check_end(&rig, MUX_END_POLITE, 0);
	ck_assert_uint_eq(rig.streams, 1);
}
END_TEST

START_TEST(an_answer_that_breaks_off_cannot_be_taken_for_whole)
{
	const char *heard;
	size_t n;

	start();
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_STREAM, 0);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("half"), &n), 0);
	mux_close_stream(&rig, E_UP_CLOSED);
	heard = mux_heard(&rig);
	check_has(heard, "half\r\n");
	ck_assert_ptr_null(strstr(heard, "0\r\n\r\n"));
	mux_check_end(&rig, MUX_END_BROKEN, E_UP_CLOSED);
}
END_TEST

START_TEST(content_beyond_the_length_that_was_announced_is_refused)
{
	size_t n;

	start();
	mux_say(&rig, GET);
	send_stream_head(CONTENT_LENGTH, 2);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("abc"), &n),
	    E_INTERNAL);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("a"), &n), 0);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), E_INTERNAL);
}
END_TEST

static void
send_interim(unsigned status)
{
	struct msg m;

	msg_init(&m);
	m.status = status;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	ck_assert_int_eq(stream_flush(rig.stream), 0);
}

START_TEST(interim_answers_go_before_the_final_one)
{
	start();
	mux_say(&rig,
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
	    "Expect: 100-continue\r\n\r\n");
	send_interim(100);
	ck_assert_str_eq(mux_heard(&rig), "HTTP/1.1 100 Continue\r\n\r\n");
	mux_say(&rig, "hi");
	mux_check_body(&rig, "hi");
	mux_answer(&rig, 200, "");
	mux_close_stream(&rig, 0);
	mux_check_open(&rig);
}
END_TEST

START_TEST(a_client_of_version_1_0_gets_no_interim_answer)
{
	start();
	mux_say(&rig, "GET / HTTP/1.0\r\n\r\n");
	send_interim(103);
	ck_assert_str_eq(mux_heard(&rig), "");
	mux_check_body(&rig, "");
	mux_answer(&rig, 200, "");
	ck_assert_str_ne(mux_heard(&rig), "");
}
END_TEST

START_TEST(trailers_go_after_the_last_chunk)
{
	struct fields f = { 0 };
	size_t n;

	start();
	mux_say(&rig, GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_STREAM, 0);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("x"), &n), 0);
	fields_add(&f, SL("Sum"), SL("1"));
	ck_assert_int_eq(stream_send_end(rig.stream, &f), 0);
	mux_close_stream(&rig, 0);
	check_has(mux_heard(&rig), "1\r\nx\r\n0\r\nSum: 1\r\n\r\n");
	fields_clear(&f);
	mux_check_open(&rig);
}
END_TEST

START_TEST(the_last_request_that_is_allowed_says_so)
{
	rig.params.streams_max = 2;
	start();
	mux_say(&rig, GET GET GET);
	mux_serve(&rig, "");
	mux_check_open(&rig);
	mux_serve(&rig, "");
	check_has(mux_heard(&rig), "Connection: close");
	mux_check_end(&rig, MUX_END_POLITE, 0);
	ck_assert_uint_eq(rig.streams, 2);
}
END_TEST

START_TEST(an_empty_line_before_a_request_is_passed_over)
{
	start();
	mux_say(&rig, GET);
	mux_serve(&rig, "");
	mux_say(&rig, "\r\n" GET);
	ck_assert_uint_eq(rig.streams, 2);
	mux_serve(&rig, "");
	mux_check_open(&rig);
}
END_TEST

/* RFC 9112, 2.2: some send one behind a request with content. */
START_TEST(an_empty_line_is_not_the_beginning_of_a_head)
{
	start();
	mux_say(&rig, "\r\n");
	loop_advance(&rig.loop, MUX_HEAD_MS + 1);
	mux_check_open(&rig);
	loop_advance(&rig.loop, MUX_IDLE_MS);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
	ck_assert_uint_eq(rig.streams, 0);
}
END_TEST

START_TEST(an_empty_line_does_not_give_more_time)
{
	start();
	loop_advance(&rig.loop, MUX_IDLE_MS - 1);
	mux_say(&rig, "\r\n");
	mux_check_open(&rig);
	loop_advance(&rig.loop, 2);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
}
END_TEST

/* Draining, in every state of the connection. */

START_TEST(an_idle_connection_drains_at_once)
{
	start();
	mux_drain(rig.mux);
	mux_check_open(&rig); /* but not within the call */
	loop_advance(&rig.loop, 0);
	mux_check_end(&rig, MUX_END_POLITE, E_DRAINING);
}
END_TEST

START_TEST(a_connection_that_drains_reads_no_request)
{
	start();
	mux_drain(rig.mux);
	mux_say(&rig, GET);
	mux_check_end(&rig, MUX_END_POLITE, E_DRAINING);
	ck_assert_uint_eq(rig.streams, 0);
}
END_TEST

START_TEST(a_request_whose_head_has_begun_is_still_served)
{
	start();
	mux_say(&rig, "GET / HTTP/1.1\r\n");
	mux_drain(rig.mux);
	loop_advance(&rig.loop, 0);
	mux_check_open(&rig);
	mux_say(&rig, "Host: h\r\n\r\n" GET);
	mux_serve(&rig, "");
	check_has(mux_heard(&rig), "Connection: close");
	mux_check_end(&rig, MUX_END_POLITE, 0);
	ck_assert_uint_eq(rig.streams, 1);
}
END_TEST

START_TEST(a_request_under_way_is_answered_before_the_end)
{
	start();
	mux_say(&rig, GET);
	mux_drain(rig.mux);
	loop_advance(&rig.loop, 0);
	mux_check_open(&rig);
	mux_serve(&rig, "");
	check_has(mux_heard(&rig), "Connection: close");
	mux_check_end(&rig, MUX_END_POLITE, 0);
}
END_TEST

START_TEST(draining_after_the_head_of_the_answer_still_ends_the_connection)
{
	start();
	mux_say(&rig, GET GET);
	mux_check_body(&rig, "");
	send_stream_head(CONTENT_LENGTH, 0);
	mux_drain(rig.mux);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	mux_close_stream(&rig, 0);
	mux_check_end(&rig, MUX_END_POLITE, 0);
	check_has(mux_heard(&rig), "HTTP/1.1 200 OK\r\n");
	ck_assert_uint_eq(rig.streams, 1);
}
END_TEST

START_TEST(a_mux_that_is_closed_gives_its_io_back_and_wakes_nobody)
{
	unsigned before;

	start();
	mux_say(&rig, GET);
	before = rig.wakes;
	rig.io = mux_close(rig.mux);
	rig.mux = NULL;
	ck_assert_ptr_nonnull(rig.io);
	mux_say(&rig, GET);
	mux_peer_leaves(&rig);
	ck_assert_uint_eq(rig.wakes, before);
	ck_assert_uint_eq(rig.ends, 0);
}
END_TEST

START_TEST(a_mux_may_be_closed_in_the_turn_in_which_it_was_made)
{
	struct io *ends[2];
	struct mux_params params = rig.params;
	static const struct mux_events none;
	struct mux *m;

	io_mem_pair(&rig.loop, 100, ends);
	m = mux_h1_new(ends[0], MUX_SERVER, &params, &none, NULL);
	io_close(mux_close(m));
	io_close(ends[1]);
	loop_advance(&rig.loop, 100000);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("mux_h1_server");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_request_becomes_a_stream_and_the_answer_goes_back);
	tcase_add_test(t, a_request_may_come_octet_by_octet);
	tcase_add_test(t, pipelined_requests_are_answered_one_after_the_other);
	tcase_add_test(t, content_ends_where_the_next_request_begins);
	tcase_add_test(t, content_that_is_not_taken_comes_again);
	tcase_add_loop_test(t,
	    a_connection_goes_on_only_where_both_sides_know_where_it_is, 0,
	    NET_COUNT(persistence));
	tcase_add_loop_test(t,
	    a_malformed_head_gets_an_answer_and_the_connection_ends, 0,
	    NET_COUNT(refused));
	tcase_add_test(t,
	    a_head_larger_than_its_limit_is_refused_before_it_ends);
	tcase_add_loop_test(t,
	    a_peer_may_leave_between_requests_and_nowhere_else, 0,
	    NET_COUNT(leaving));
	tcase_add_test(t, a_reset_between_requests_is_not_polite);
	tcase_add_test(t, content_that_breaks_off_is_never_whole);
	tcase_add_test(t,
	    a_peer_that_leaves_during_its_request_wakes_the_owner);
	tcase_add_test(t, that_a_peer_has_left_holds_for_what_it_pipelined);
	tcase_add_test(t, who_says_nothing_is_let_go_after_the_idle_time);
	tcase_add_test(t, the_idle_time_begins_anew_after_each_request);
	tcase_add_test(t, a_head_that_comes_too_slowly_is_told_so);
	tcase_add_test(t, zero_means_that_nobody_is_timed);
	tcase_add_loop_test(t,
	    a_peer_that_reads_slowly_gets_every_octet_in_order, 0,
	    NET_COUNT(pressure));
	tcase_add_test(t,
	    a_peer_that_takes_nothing_is_given_up_after_the_write_time);
	tcase_add_test(t, every_octet_that_a_peer_takes_gives_it_more_time);
	tcase_add_test(t, a_peer_that_breaks_off_during_the_answer_is_noticed);
	tcase_add_test(t, an_answer_that_is_closed_at_once_goes_out_by_itself);
	tcase_add_test(t, who_does_not_take_an_answer_gets_no_other);
	tcase_add_test(t, who_never_takes_the_rest_of_an_answer_is_given_up);
	tcase_add_test(t,
	    an_answer_before_the_end_of_the_request_ends_the_connection);
	tcase_add_test(t, an_answer_that_breaks_off_cannot_be_taken_for_whole);
	tcase_add_test(t,
	    content_beyond_the_length_that_was_announced_is_refused);
	tcase_add_test(t, interim_answers_go_before_the_final_one);
	tcase_add_test(t, a_client_of_version_1_0_gets_no_interim_answer);
	tcase_add_test(t, trailers_go_after_the_last_chunk);
	tcase_add_test(t, the_last_request_that_is_allowed_says_so);
	tcase_add_test(t, an_empty_line_before_a_request_is_passed_over);
	tcase_add_test(t, an_empty_line_is_not_the_beginning_of_a_head);
	tcase_add_test(t, an_empty_line_does_not_give_more_time);
	tcase_add_test(t, an_idle_connection_drains_at_once);
	tcase_add_test(t, a_connection_that_drains_reads_no_request);
	tcase_add_test(t, a_request_whose_head_has_begun_is_still_served);
	tcase_add_test(t, a_request_under_way_is_answered_before_the_end);
	tcase_add_test(t,
	    draining_after_the_head_of_the_answer_still_ends_the_connection);
	tcase_add_test(t,
	    a_mux_that_is_closed_gives_its_io_back_and_wakes_nobody);
	tcase_add_test(t, a_mux_may_be_closed_in_the_turn_in_which_it_was_made);
	return net_main("mux_h1_server", t);
}
