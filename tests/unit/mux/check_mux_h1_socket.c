#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "mux/mux_h1.h"
#include "net/io_plain.h"
#include "support/net_rig.h"

/* A server over a socket: what only a kernel does. */
static struct loop loop;
static struct mux_params params;
static struct mux *mux;
static struct stream *stream;
static unsigned streams, wakes;
static int peer; /* -1 once closed */

static void
on_wake(void *arg)
{
	(void)arg;
	wakes++;
}

static void
on_stream(void *arg, struct stream *s)
{
	(void)arg;
	streams++;
	stream = s;
	stream_own(s, on_wake, NULL);
}

static const struct mux_events events = { .on_stream = on_stream };

static void
set_up(void)
{
	int fds[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	params = (struct mux_params) {
		.limits = { .line_max = 1024,
		    .field_max = 1024,
		    .head_max = 4096,
		    .fields_max = 10 },
	};
	streams = wakes = 0;
	net_tcp_pair(fds);
	peer = fds[0];
	mux = mux_h1_new(io_plain_new(&loop, fds[1]), MUX_SERVER, &params,
	    &events, NULL);
}

static void
tear_down(void)
{
	io_close(mux_close(mux));
	if (peer >= 0)
		(void)close(peer);
	loop_turn(&loop, false);
	loop_clear(&loop);
}

static void
ask(const char *text)
{
	unsigned before = streams;

	ck_assert_int_eq(write(peer, text, strlen(text)),
	    (ssize_t)strlen(text));
	net_until_count(&loop, &streams, before + 1);
}

static void
read_all(void)
{
	struct slice s;
	struct msg *m;

	ck_assert_int_eq(stream_recv_head(stream, &m), 0);
	ck_assert_int_eq(stream_recv_body(stream, &s), E_EOF);
}

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

START_TEST(a_client_that_resets_while_it_waits_is_noticed)
{
	ask(GET);
	read_all();
	wakes = 0;
	net_reset(peer);
	peer = -1;
	net_until(&loop, &stream->is_hung_up);
	ck_assert_uint_gt(wakes, 0);
}
END_TEST

START_TEST(a_client_that_closes_while_it_waits_is_noticed)
{
	ask(GET);
	read_all();
	wakes = 0;
	(void)close(peer);
	peer = -1;
	net_until(&loop, &stream->is_hung_up);
	ck_assert_uint_gt(wakes, 0);
}
END_TEST

START_TEST(what_is_pipelined_behind_a_request_is_read_after_its_answer)
{
	struct msg m;

	ask(GET);
	read_all();
	ck_assert_int_eq(write(peer, GET, strlen(GET)), (ssize_t)strlen(GET));
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(streams, 1);
	msg_init(&m);
	m.status = 204;
	m.keep_alive = true;
	ck_assert_int_eq(stream_send_head(stream, &m), 0);
	ck_assert_int_eq(stream_send_end(stream, NULL), 0);
	stream_close(stream, 0);
	net_until_count(&loop, &streams, 2);
	read_all();
}
END_TEST

START_TEST(a_tunnel_reads_although_its_request_was_over)
{
	struct slice s;
	struct msg m;

	ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n"
	    "Upgrade: x\r\n\r\n");
	read_all();
	msg_init(&m);
	m.status = 101;
	m.upgrade = SL("x");
	ck_assert_int_eq(stream_send_head(stream, &m), 0);
	ck_assert_int_eq(stream_flush(stream), 0);
	ck_assert_int_eq(write(peer, "up", 2), 2);
	while (stream_recv_body(stream, &s) == E_AGAIN)
		net_until_count(&loop, &wakes, wakes + 1);
	ck_assert(slice_eq(s, SL("up")));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("mux_h1_socket");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_client_that_resets_while_it_waits_is_noticed);
	tcase_add_test(t, a_client_that_closes_while_it_waits_is_noticed);
	tcase_add_test(t,
	    what_is_pipelined_behind_a_request_is_read_after_its_answer);
	tcase_add_test(t, a_tunnel_reads_although_its_request_was_over);
	return net_main("mux_h1_socket", t);
}
