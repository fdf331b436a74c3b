#include <stdio.h>
#include <string.h>

#include "support/mux_rig.h"

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
	mux_rig_start(&rig, MUX_CLIENT, 1 << 20);
	mux_open_stream(&rig);
}

/* A stream on a connection that has served one before. */
static void
start_reused(void)
{
	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 1);
	(void)mux_heard(&rig);
	mux_open_stream(&rig);
}

START_TEST(a_request_goes_out_and_its_answer_comes_back)
{
	struct msg *m;

	start();
	ck_assert_int_eq(stream_recv_head(rig.stream, &m), E_AGAIN);
	mux_ask(&rig, "POST", "hello");
	ck_assert_str_eq(mux_heard(&rig),
	    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
	mux_say(&rig, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi");
	ck_assert_uint_eq(mux_head(&rig)->status, 201);
	mux_check_body(&rig, "hi");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 1);
	mux_check_open(&rig);
}
END_TEST

START_TEST(an_answer_may_come_octet_by_octet)
{
	static const char text[] =
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nhi\r\n0\r\nSum: 1\r\n\r\n";
	char got[16] = "";

	start();
	mux_ask(&rig, "GET", NULL);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		struct msg *m;
		size_t n = strlen(got);

		mux_say_bytes(&rig, slice_of(text + i, 1));
		if (stream_recv_head(rig.stream, &m) == 0)
			(void)mux_read_body(&rig, got + n, sizeof(got) - n);
	}
	ck_assert_str_eq(got, "hi");
	mux_check_body(&rig, "");
	ck_assert_uint_eq(mux_head(&rig)->trailers.count, 1);
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 1);
}
END_TEST

/* After which answers the connection may carry another request. */
static const struct {
	const char *name;
	const char *method;
	const char *answer;
	const char *body;
	bool is_kept;
} reuse[] = {
	{ "a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
	    "hi", true },
	{ "chunks", "GET",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nhi\r\n0\r\n\r\n",
	    "hi", true },
	{ "no content", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "", true },
	{ "not modified, with a length", "GET",
	    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "",
	    true },
	{ "the answer to HEAD, with a length", "HEAD",
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "", true },
	{ "the answer to HEAD, in chunks", "HEAD",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "", true },
	{ "close", "GET",
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n"
	    "\r\nhi",
	    "hi", false },
	{ "close, in chunks", "GET",
	    "HTTP/1.1 200 OK\r\nConnection: x, Close\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
	    "hi", false },
	{ "version 1.0", "GET",
	    "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi", false },
	{ "more than its length", "GET",
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", "hi", false },
	{ "another answer behind it", "GET",
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
	    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
	    "hi", false },
	{ "an octet after the last chunk", "GET",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nhi\r\n0\r\n\r\n\r",
	    "hi", false },
	{ "no content, and some", "GET", "HTTP/1.1 204 No Content\r\n\r\nhi",
	    "", false },
	{ "an empty line behind it", "GET",
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n", "hi", false },
};

START_TEST(a_connection_is_kept_where_the_answer_was_all_there_was)
{
	start();
	mux_ask(&rig, reuse[_i].method, NULL);
	mux_say(&rig, reuse[_i].answer);
	(void)mux_head(&rig);
	mux_check_body(&rig, reuse[_i].body);
	mux_close_stream(&rig, 0);
	ck_assert_msg(rig.idles == (reuse[_i].is_kept ? 1 : 0), "%s",
	    reuse[_i].name);
	ck_assert_msg(rig.ends == (reuse[_i].is_kept ? 0 : 1), "%s",
	    reuse[_i].name);
}
END_TEST

/* An owner who lets go too early leaves a connection of no use. */
static const struct {
	const char *name;
	const char *answer;
	int err;
} early[] = {
	{ "nothing has come", "", 0 },
	{ "half a head has come", "HTTP/1.1 200", 0 },
	{ "half the content has come",
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", 0 },
	{ "the last chunk is missing",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
	    0 },
	{ "only an interim answer has come", "HTTP/1.1 100 Continue\r\n\r\n",
	    0 },
	{ "the owner says that something is wrong",
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", E_CANCELLED },
};

START_TEST(a_connection_is_not_kept_where_its_stream_was_closed_early)
{
	struct msg *m;
	char got[64];

	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, early[_i].answer);
	(void)stream_recv_head(rig.stream, &m);
	(void)mux_read_body(&rig, got, sizeof(got));
	mux_close_stream(&rig, early[_i].err);
	ck_assert_msg(rig.idles == 0, "%s", early[_i].name);
	mux_check_end(&rig, MUX_END_BROKEN, early[_i].err);
}
END_TEST

START_TEST(an_answer_before_the_end_of_the_request_spoils_the_connection)
{
	struct msg m;
	size_t n;

	start();
	msg_init(&m);
	msg_set_method(&m, SL("POST"));
	m.authority = SL("h");
	m.path = SL("/");
	m.content = CONTENT_LENGTH;
	m.length = 100;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("abc"), &n), 0);
	mux_say(&rig,
	    "HTTP/1.1 413 Content Too Large\r\n"
	    "Content-Length: 0\r\n\r\n");
	ck_assert_uint_eq(mux_head(&rig)->status, 413);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 0);
	mux_check_end(&rig, MUX_END_BROKEN, 0);
	/* half a request is not sent after all */
	ck_assert_str_eq(mux_heard(&rig), "");
}
END_TEST

START_TEST(whatever_comes_between_requests_ends_the_connection)
{
	start_reused();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	mux_check_open(&rig);
	mux_say(&rig, "HTTP/1.1 200 OK\r\n");
	mux_check_end(&rig, MUX_END_BROKEN, E_HTTP_EXCESS);
}
END_TEST

START_TEST(a_backend_that_leaves_between_requests_ends_the_connection)
{
	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	mux_peer_leaves(&rig);
	mux_check_end(&rig, MUX_END_BROKEN, E_EOF);
}
END_TEST

/* The answer ends where a read does: what is behind it has not been seen. */
static void
answer_with_more_behind(const char *more)
{
	static const char text[] = "HTTP/1.1 204 No Content\r\n\r\n";

	start();
	mux_ask(&rig, "GET", NULL);
	io_mem_set_step(rig.peer, sizeof(text) - 1);
	mux_say(&rig, text);
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	net_say(rig.peer, more);
}

START_TEST(a_connection_with_something_unread_is_not_opened_again)
{
	answer_with_more_behind("HTTP/1.1 200 OK\r\n\r\n");
	/* within one turn, before anybody was told */
	stream_close(rig.stream, 0);
	ck_assert_ptr_null(mux_open(rig.mux));
	loop_advance(&rig.loop, 0);
	mux_check_end(&rig, MUX_END_BROKEN, E_HTTP_EXCESS);
}
END_TEST

START_TEST(a_connection_that_has_ended_is_not_opened_again)
{
	answer_with_more_behind("");
	ck_assert_int_eq(io_shutdown(rig.peer), 0);
	stream_close(rig.stream, 0);
	ck_assert_ptr_null(mux_open(rig.mux));
	loop_advance(&rig.loop, 0);
	mux_check_end(&rig, MUX_END_BROKEN, E_EOF);
}
END_TEST

START_TEST(a_quiet_connection_is_opened_again_in_the_same_turn)
{
	answer_with_more_behind("");
	stream_close(rig.stream, 0);
	mux_open_stream(&rig);
	ck_assert(rig.stream->is_reused);
	loop_advance(&rig.loop, 0);
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(mux_head(&rig)->status, 200);
}
END_TEST

#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: "

START_TEST(a_connection_whose_turn_is_spent_is_opened_in_the_next)
{
	static char text[IO_BUDGET + 1];
	size_t head = sizeof(HEAD "1048576\r\n\r\n") - 1, got = 0;
	struct slice s;

	/* exactly as much as one turn gives */
	memset(text, 'x', sizeof(text));
	(void)snprintf(text, head + 1, HEAD "%zu\r\n\r\n", IO_BUDGET - head);
	text[head] = 'x';
	start();
	mux_ask(&rig, "GET", NULL);
	ck_assert_int_eq(io_write(rig.peer, slice_of(text, IO_BUDGET), &got),
	    0);
	(void)mux_head(&rig);
	while (stream_recv_body(rig.stream, &s) == 0)
		stream_recv_took(rig.stream, s.n);
	stream_close(rig.stream, 0);
	ck_assert_uint_eq(rig.idles, 1);
	ck_assert_ptr_null(mux_open(rig.mux));
	loop_advance(&rig.loop, 0);
	mux_check_open(&rig);
	mux_open_stream(&rig);
}
END_TEST

START_TEST(interim_answers_come_before_the_final_one)
{
	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig,
	    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n"
	    "Link: x\r\n\r\nHTTP/1.1 200 OK\r\n"
	    "Content-Length: 0\r\n\r\n");
	ck_assert_uint_eq(mux_head(&rig)->status, 100);
	ck_assert_uint_eq(mux_head(&rig)->status, 103);
	ck_assert_uint_eq(mux_head(&rig)->status, 200);
	ck_assert_uint_eq(mux_head(&rig)->status, 200);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 1);
}
END_TEST

START_TEST(a_storm_of_interim_answers_is_refused)
{
	struct msg *m;

	start();
	mux_ask(&rig, "GET", NULL);
	for (int i = 0; i < 3; i++)
		mux_say(&rig, "HTTP/1.1 100 Continue\r\n\r\n");
	(void)mux_head(&rig);
	(void)mux_head(&rig);
	ck_assert_int_eq(stream_recv_head(rig.stream, &m), E_HTTP_1XX);
	ck_assert_int_eq(stream_recv_head(rig.stream, &m), E_HTTP_1XX);
}
END_TEST

/* Answers that cannot be taken, and why. */
static const struct {
	const char *answer;
	int err;
	bool has_input;
} bad[] = {
	{ "", E_CLOSED, false },
	{ "H", E_TRUNCATED, true },
	{ "HTTP/1.1 200 OK\r\nContent-Le", E_TRUNCATED, true },
	{ "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
	  "Upgrade: x\r\n\r\n",
	    E_HTTP_UPGRADE, true },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
	    E_HTTP_LENGTH, true },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    E_HTTP_LENGTH_TE, true },
	{ "ICY 200 OK\r\n\r\n", E_HTTP_LINE, true },
};

START_TEST(an_answer_that_cannot_be_taken_says_why)
{
	struct msg *m;
	int e;

	start_reused();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, bad[_i].answer);
	mux_peer_leaves(&rig);
	e = stream_recv_head(rig.stream, &m);
	ck_assert_str_eq(err_slug(e), err_slug(bad[_i].err));
	ck_assert(rig.stream->has_input == bad[_i].has_input);
	ck_assert(rig.stream->is_reused);
	mux_close_stream(&rig, e);
	mux_check_end(&rig, MUX_END_BROKEN, e);
}
END_TEST

START_TEST(content_without_length_ends_with_the_connection)
{
	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 200 OK\r\n\r\nhi");
	ck_assert_int_eq(mux_head(&rig)->content, CONTENT_UNTIL_CLOSE);
	mux_peer_leaves(&rig);
	mux_check_body(&rig, "hi");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 0);
	mux_check_end(&rig, MUX_END_BROKEN, 0);
}
END_TEST

START_TEST(content_without_length_that_breaks_off_is_not_whole)
{
	char got[16];

	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 200 OK\r\n\r\nhi");
	(void)mux_head(&rig);
	mux_peer_breaks(&rig);
	ck_assert_int_eq(mux_read_body(&rig, got, sizeof(got)), E_CLOSED);
	ck_assert_str_eq(got, "hi");
}
END_TEST

START_TEST(content_that_is_too_short_is_not_whole)
{
	char got[16];

	start();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi");
	(void)mux_head(&rig);
	mux_peer_leaves(&rig);
	ck_assert_int_eq(mux_read_body(&rig, got, sizeof(got)), E_TRUNCATED);
}
END_TEST

START_TEST(a_backend_that_takes_no_more_may_have_answered_already)
{
	static char text[9999];
	struct msg m;
	size_t n;

	mux_rig_start(&rig, MUX_CLIENT, 1000);
	mux_open_stream(&rig);
	msg_init(&m);
	msg_set_method(&m, SL("POST"));
	m.authority = SL("h");
	m.path = SL("/");
	m.content = CONTENT_STREAM;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_body(rig.stream,
			     slice_of(text, sizeof(text)), &n),
	    0);
	ck_assert_int_eq(stream_flush(rig.stream), E_AGAIN);
	net_say(rig.peer,
	    "HTTP/1.1 401 Unauthorized\r\n"
	    "Content-Length: 2\r\n\r\nno");
	io_close(rig.peer);
	rig.peer = NULL;
	loop_advance(&rig.loop, 0);
	ck_assert_int_eq(stream_flush(rig.stream), E_CLOSED);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), E_CLOSED);
	ck_assert_uint_eq(mux_head(&rig)->status, 401);
	mux_check_body(&rig, "no");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 0);
	mux_check_end(&rig, MUX_END_BROKEN, 0);
}
END_TEST

START_TEST(a_backend_that_takes_nothing_is_given_up_after_the_write_time)
{
	static char text[9999];
	struct msg m, *in;
	size_t n;

	mux_rig_start(&rig, MUX_CLIENT, 1000);
	mux_open_stream(&rig);
	msg_init(&m);
	msg_set_method(&m, SL("POST"));
	m.authority = SL("h");
	m.path = SL("/");
	m.content = CONTENT_STREAM;
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_body(rig.stream,
			     slice_of(text, sizeof(text)), &n),
	    0);
	ck_assert_int_eq(stream_flush(rig.stream), E_AGAIN);
	loop_advance(&rig.loop, MUX_WRITE_MS - 1);
	ck_assert_int_eq(stream_recv_head(rig.stream, &in), E_AGAIN);
	loop_advance(&rig.loop, 1);
	ck_assert_uint_gt(rig.wakes, 0);
	ck_assert_int_eq(stream_recv_head(rig.stream, &in), E_TIMEOUT);
	ck_assert_int_eq(stream_flush(rig.stream), E_TIMEOUT);
}
END_TEST

START_TEST(one_stream_at_a_time)
{
	start();
	ck_assert_ptr_null(mux_open(rig.mux));
}
END_TEST

START_TEST(so_many_streams_and_no_more)
{
	rig.params.streams_max = 2;
	start_reused();
	ck_assert(rig.stream->is_reused);
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	ck_assert_ptr_null(mux_open(rig.mux));
}
END_TEST

START_TEST(an_idle_connection_is_closed_in_its_time)
{
	start_reused();
	mux_ask(&rig, "GET", NULL);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	loop_advance(&rig.loop, 10 * MUX_IDLE_MS);
	mux_close_stream(&rig, 0);
	loop_advance(&rig.loop, MUX_IDLE_MS - 1);
	mux_check_open(&rig);
	loop_advance(&rig.loop, 1);
	mux_check_end(&rig, MUX_END_POLITE, E_TIMEOUT);
}
END_TEST

START_TEST(a_connection_that_drains_opens_no_stream)
{
	mux_rig_start(&rig, MUX_CLIENT, 1000);
	mux_drain(rig.mux);
	ck_assert_ptr_null(mux_open(rig.mux));
	loop_advance(&rig.loop, 0);
	mux_check_end(&rig, MUX_END_POLITE, E_DRAINING);
}
END_TEST

START_TEST(a_stream_that_is_open_ends_before_a_drained_connection_does)
{
	start();
	mux_ask(&rig, "GET", NULL);
	mux_drain(rig.mux);
	loop_advance(&rig.loop, 0);
	mux_check_open(&rig);
	mux_say(&rig, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)mux_head(&rig);
	mux_check_body(&rig, "");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 0);
	ck_assert_uint_eq(rig.ends, 1);
}
END_TEST

/* A tunnel: after 101 both directions are bytes. */

static void
ask_upgrade(void)
{
	struct msg m;

	start();
	msg_init(&m);
	msg_set_method(&m, SL("GET"));
	m.authority = SL("h");
	m.path = SL("/");
	m.version = HTTP_11;
	m.upgrade = SL("x");
	msg_add(&m, SL("Upgrade"), SL("x"));
	ck_assert_int_eq(stream_send_head(rig.stream, &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	ck_assert_int_eq(stream_flush(rig.stream), 0);
}

START_TEST(after_a_switch_of_protocols_both_ways_are_bytes)
{
	char got[64];
	size_t n;

	ask_upgrade();
	ck_assert_ptr_nonnull(strstr(mux_heard(&rig), "Upgrade: x\r\n"));
	mux_say(&rig,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Connection: upgrade\r\nUpgrade: x\r\n\r\n0\r\n\r\n");
	ck_assert_uint_eq(mux_head(&rig)->status, 101);
	ck_assert_int_eq(mux_read_body(&rig, got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "0\r\n\r\n");
	ck_assert_int_eq(stream_send_body(rig.stream, SL("up"), &n), 0);
	ck_assert_int_eq(stream_send_end(rig.stream, NULL), 0);
	ck_assert_int_eq(stream_flush(rig.stream), 0);
	ck_assert_str_eq(mux_heard(&rig), "up");
	ck_assert_int_eq(rig.peer_end, E_EOF);
	mux_say(&rig, "down");
	mux_peer_leaves(&rig);
	mux_check_body(&rig, "down");
	mux_close_stream(&rig, 0);
	ck_assert_uint_eq(rig.idles, 0);
	ck_assert_uint_eq(rig.ends, 1);
}
END_TEST

START_TEST(what_went_into_a_tunnel_before_it_broke_still_comes_out)
{
	size_t n;

	ask_upgrade();
	(void)mux_heard(&rig);
	mux_say(&rig,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Connection: upgrade\r\nUpgrade: x\r\n\r\n");
	(void)mux_head(&rig);
	ck_assert_int_eq(stream_send_body(rig.stream, SL("up"), &n), 0);
	mux_close_stream(&rig, E_TRUNCATED);
	ck_assert_str_eq(mux_heard(&rig), "up");
	mux_check_end(&rig, MUX_END_BROKEN, E_TRUNCATED);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("mux_h1_client");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_request_goes_out_and_its_answer_comes_back);
	tcase_add_test(t, an_answer_may_come_octet_by_octet);
	tcase_add_loop_test(t,
	    a_connection_is_kept_where_the_answer_was_all_there_was, 0,
	    NET_COUNT(reuse));
	tcase_add_loop_test(t,
	    a_connection_is_not_kept_where_its_stream_was_closed_early, 0,
	    NET_COUNT(early));
	tcase_add_test(t,
	    an_answer_before_the_end_of_the_request_spoils_the_connection);
	tcase_add_test(t, whatever_comes_between_requests_ends_the_connection);
	tcase_add_test(t,
	    a_backend_that_leaves_between_requests_ends_the_connection);
	tcase_add_test(t,
	    a_connection_with_something_unread_is_not_opened_again);
	tcase_add_test(t, a_connection_that_has_ended_is_not_opened_again);
	tcase_add_test(t, a_quiet_connection_is_opened_again_in_the_same_turn);
	tcase_add_test(t,
	    a_connection_whose_turn_is_spent_is_opened_in_the_next);
	tcase_add_test(t, interim_answers_come_before_the_final_one);
	tcase_add_test(t, a_storm_of_interim_answers_is_refused);
	tcase_add_loop_test(t, an_answer_that_cannot_be_taken_says_why, 0,
	    NET_COUNT(bad));
	tcase_add_test(t, content_without_length_ends_with_the_connection);
	tcase_add_test(t, content_without_length_that_breaks_off_is_not_whole);
	tcase_add_test(t, content_that_is_too_short_is_not_whole);
	tcase_add_test(t,
	    a_backend_that_takes_no_more_may_have_answered_already);
	tcase_add_test(t,
	    a_backend_that_takes_nothing_is_given_up_after_the_write_time);
	tcase_add_test(t, one_stream_at_a_time);
	tcase_add_test(t, so_many_streams_and_no_more);
	tcase_add_test(t, an_idle_connection_is_closed_in_its_time);
	tcase_add_test(t, a_connection_that_drains_opens_no_stream);
	tcase_add_test(t,
	    a_stream_that_is_open_ends_before_a_drained_connection_does);
	tcase_add_test(t, after_a_switch_of_protocols_both_ways_are_bytes);
	tcase_add_test(t,
	    what_went_into_a_tunnel_before_it_broke_still_comes_out);
	return net_main("mux_h1_client", t);
}
