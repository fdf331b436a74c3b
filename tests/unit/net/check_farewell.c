#include <string.h>

#include "base/err.h"
#include "net/farewell.h"
#include "net/io_mem.h"
#include "support/net_rig.h"

/* A farewell said over one end of a pair in memory; the test has the other. */
static struct loop loop;
static struct io *end[2];
static struct farewell bye;
static unsigned done;
static char got[1024];

static void
on_done(void *arg)
{
	(void)arg;
	done++;
}

static void
peer_closes(void)
{
	io_close(end[1]);
	end[1] = NULL;
}

static void
set_up(void)
{
	loop_init_virtual(&loop, 1, 0);
	io_mem_pair(&loop, 4 << 20, end);
	done = 0;
}

static void
tear_down(void)
{
	farewell_stop(&bye);
	peer_closes();
	loop_clear(&loop);
}

static void
start(void)
{
	farewell_start(&bye, end[0], end[0], on_done, NULL);
	ck_assert_uint_eq(done, 0);
	loop_advance(&loop, 0);
}

START_TEST(the_peer_hears_goodbye_after_all_that_was_said)
{
	net_say(end[0], "last words");
	start();
	ck_assert_int_eq(net_hear(end[1], got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, "last words");
	ck_assert_uint_eq(done, 0);
}
END_TEST

START_TEST(it_is_over_when_the_peer_closes_too)
{
	start();
	net_say(end[1], "what was under way");
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 0);
	peer_closes();
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 1);
	loop_advance(&loop, FAREWELL_MS);
	ck_assert_uint_eq(done, 1);
}
END_TEST

START_TEST(a_peer_that_has_closed_before_is_not_waited_for)
{
	net_say(end[1], "x");
	ck_assert_int_eq(io_shutdown(end[1]), 0);
	start();
	ck_assert_uint_eq(done, 1);
}
END_TEST

START_TEST(a_peer_that_breaks_off_is_not_waited_for)
{
	start();
	io_mem_break(end[1], E_CLOSED);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 1);
}
END_TEST

START_TEST(a_peer_that_stalls_has_so_long_and_no_longer)
{
	start();
	loop_advance(&loop, FAREWELL_MS - 1);
	net_say(end[1], "x"); /* which buys no time */
	ck_assert_uint_eq(done, 0);
	loop_advance(&loop, 1);
	ck_assert_uint_eq(done, 1);
}
END_TEST

START_TEST(a_peer_that_floods_may_send_so_much_and_no_more)
{
	static char flood[FAREWELL_BYTES];
	size_t n;

	start();
	ck_assert_int_eq(io_write(end[1], slice_of(flood, sizeof(flood) - 1),
			     &n),
	    0);
	ck_assert_uint_eq(n, sizeof(flood) - 1);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 0);
	net_say(end[1], "x");
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 1);
	ck_assert_int_eq(io_write(end[1], SL("x"), &n), E_CLOSED);
}
END_TEST

START_TEST(one_that_is_stopped_tells_nobody)
{
	start();
	farewell_stop(&bye);
	farewell_stop(&bye);
	loop_advance(&loop, FAREWELL_MS);
	ck_assert_uint_eq(done, 0);
	ck_assert_int_eq(net_hear(end[1], got, sizeof(got)), E_EOF);
}
END_TEST

START_TEST(it_reads_although_its_owner_had_paused)
{
	io_pause(end[0], PAUSE_BUSY);
	start();
	peer_closes();
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 1);
}
END_TEST

/* An io above the pair whose goodbye has to wait, as that of TLS may. */

static struct {
	struct io io;
	int answer; /* of shutdown */
	unsigned shutdowns;
	bool is_freed;
} top;

static int
top_shutdown(struct io *io)
{
	(void)io;
	top.shutdowns++;
	return top.answer;
}

static void
top_close(struct io *io)
{
	(void)io;
	io_close(end[0]);
}

static void
top_free(struct io *io)
{
	(void)io;
	top.is_freed = true;
}

static const struct io_ops top_ops = {
	.name = "top",
	.shutdown = top_shutdown,
	.close = top_close,
	.free = top_free,
};

static void
start_on_top(int answer)
{
	memset(&top, 0, sizeof(top));
	top.answer = answer;
	io_init(&top.io, &top_ops, &loop);
	farewell_start(&bye, &top.io, end[0], on_done, NULL);
	loop_advance(&loop, 0);
}

START_TEST(a_goodbye_that_has_to_wait_is_said_again)
{
	start_on_top(E_AGAIN);
	ck_assert_uint_eq(top.shutdowns, 1);
	top.answer = 0;
	io_ready(&top.io, IO_WRITABLE);
	ck_assert_uint_eq(top.shutdowns, 2);
	peer_closes();
	loop_advance(&loop, 0);
	ck_assert_uint_eq(done, 1);
	ck_assert(top.is_freed);
}
END_TEST

START_TEST(a_goodbye_that_never_goes_out_is_given_up)
{
	start_on_top(E_AGAIN);
	loop_advance(&loop, FAREWELL_MS - 1);
	ck_assert_uint_eq(done, 0);
	loop_advance(&loop, 1);
	ck_assert_uint_eq(done, 1);
	ck_assert(top.is_freed);
}
END_TEST

START_TEST(a_goodbye_that_fails_ends_it)
{
	start_on_top(E_CLOSED);
	ck_assert_uint_eq(done, 1);
	ck_assert(top.is_freed);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("farewell");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_peer_hears_goodbye_after_all_that_was_said);
	tcase_add_test(t, it_is_over_when_the_peer_closes_too);
	tcase_add_test(t, a_peer_that_has_closed_before_is_not_waited_for);
	tcase_add_test(t, a_peer_that_breaks_off_is_not_waited_for);
	tcase_add_test(t, a_peer_that_stalls_has_so_long_and_no_longer);
	tcase_add_test(t, a_peer_that_floods_may_send_so_much_and_no_more);
	tcase_add_test(t, one_that_is_stopped_tells_nobody);
	tcase_add_test(t, it_reads_although_its_owner_had_paused);
	tcase_add_test(t, a_goodbye_that_has_to_wait_is_said_again);
	tcase_add_test(t, a_goodbye_that_never_goes_out_is_given_up);
	tcase_add_test(t, a_goodbye_that_fails_ends_it);
	return net_main("farewell", t);
}
