#include <string.h>

#include "base/err.h"
#include "net/io_mem.h"
#include "support/net_rig.h"

/* What every io has in common, tried on the one in memory; and that one. */
static struct loop loop;
static struct io *end[2]; /* [0] is watched, [1] is the test's */
static struct net_owner owner;
static char got[2 * IO_BUDGET];

static void
shut(int i)
{
	io_close(end[i]);
	end[i] = NULL;
}

static void
start(size_t capacity)
{
	io_mem_pair(&loop, capacity, end);
	net_own(end[0], &owner);
}

static void
set_up(void)
{
	loop_init_virtual(&loop, 1, 0);
	start(4 * IO_BUDGET);
}

static void
tear_down(void)
{
	shut(0);
	shut(1);
	loop_clear(&loop);
}

START_TEST(bytes_pass_and_the_owner_is_told_in_the_next_turn)
{
	net_say(end[1], "hi");
	ck_assert_uint_eq(owner.calls, 0);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.events, IO_READABLE);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "hi");
	ck_assert_uint_eq(end[0]->bytes_in, 2);
	ck_assert_uint_eq(end[1]->bytes_out, 2);
}
END_TEST

START_TEST(nothing_is_read_while_there_is_a_reason_to_pause)
{
	io_pause(end[0], PAUSE_BUSY);
	io_pause(end[0], PAUSE_PEER_FULL);
	net_say(end[1], "hi");
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.calls, 0);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "");
	io_resume(end[0], PAUSE_BUSY);
	io_resume(end[0], PAUSE_BUSY);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.calls, 0);
	io_resume(end[0], PAUSE_PEER_FULL);
	ck_assert_uint_eq(owner.calls, 0); /* not from within */
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.events, IO_READABLE);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "hi");
}
END_TEST

START_TEST(a_read_that_a_pause_forbade_is_made_up_for)
{
	net_say(end[1], "hi");
	loop_advance(&loop, 0);
	owner.calls = 0;
	io_pause(end[0], PAUSE_BUSY);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	io_resume(end[0], PAUSE_BUSY);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.calls, 1);
}
END_TEST

START_TEST(that_the_peer_left_is_told_also_while_paused)
{
	io_pause(end[0], PAUSE_BUSY);
	net_say(end[1], "hi");
	shut(1);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.events, IO_HANGUP);
	io_resume(end[0], PAUSE_BUSY);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.events, IO_HANGUP | IO_READABLE);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, "hi");
}
END_TEST

START_TEST(one_turn_gives_a_bounded_number_of_bytes)
{
	static char much[2 * IO_BUDGET + 1];
	size_t n, sum;

	ck_assert_int_eq(io_write(end[1], slice_of(much, sizeof(much)), &n), 0);
	ck_assert_uint_eq(n, sizeof(much));
	for (int turn = 0; turn < 2; turn++) {
		owner.calls = 0;
		loop_turn(&loop, false);
		ck_assert_uint_eq(owner.calls, 1);
		for (sum = 0; io_read(end[0], got, 10000, &n) == 0; sum += n)
			;
		ck_assert_uint_eq(sum, IO_BUDGET);
	}
	loop_turn(&loop, false);
	ck_assert_int_eq(io_read(end[0], got, 10000, &n), 0);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(a_new_owner_is_told_what_the_last_one_was_not)
{
	struct net_owner next;

	io_own(end[0], NULL, NULL);
	net_say(end[1], "hi");
	loop_advance(&loop, 0);
	net_own(end[0], &next);
	ck_assert_uint_eq(next.calls, 0);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(next.events, IO_READABLE);
	ck_assert_uint_eq(owner.calls, 0);
}
END_TEST

START_TEST(an_io_that_is_closed_tells_nothing_more)
{
	net_say(end[1], "hi");
	io_close(end[0]);
	io_close(end[0]);
	end[0] = NULL;
	loop_advance(&loop, 0);
	ck_assert_uint_eq(owner.calls, 0);
	io_close(NULL);
}
END_TEST

static void
on_event_close(struct io *io, unsigned events, void *arg)
{
	(void)events;
	++*(int *)arg;
	io_close(io);
}

START_TEST(an_owner_may_close_an_io_from_within_its_call)
{
	int calls = 0;

	io_own(end[0], on_event_close, &calls);
	net_say(end[1], "hi");
	shut(1);
	loop_advance(&loop, 0);
	ck_assert_int_eq(calls, 1);
	end[0] = NULL;
}
END_TEST

START_TEST(what_is_given_back_comes_first)
{
	struct net_owner next;
	size_t n;

	net_say(end[1], "header and more");
	loop_advance(&loop, 0);
	ck_assert_int_eq(io_read(end[0], got, sizeof(got), &n), 0);
	io_unread(end[0], SL("and more"));
	ck_assert_uint_eq(end[0]->bytes_in, 7);
	net_own(end[0], &next);
	net_say(end[1], ", and new");
	loop_advance(&loop, 0);
	ck_assert_uint_eq(next.events, IO_READABLE);
	/* in pieces, and never together with what is new */
	ck_assert_int_eq(io_read(end[0], got, 4, &n), 0);
	ck_assert(slice_eq(slice_of(got, n), SL("and ")));
	ck_assert_int_eq(io_read(end[0], got, sizeof(got), &n), 0);
	ck_assert(slice_eq(slice_of(got, n), SL("more")));
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, ", and new");
	ck_assert_uint_eq(end[0]->bytes_in, 24);
}
END_TEST

START_TEST(what_is_given_back_survives_the_end_of_the_stream)
{
	struct net_owner next;

	io_unread(end[0], SL(""));
	io_unread(end[0], SL("last words"));
	shut(1);
	io_pause(end[0], PAUSE_BUSY);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	io_resume(end[0], PAUSE_BUSY);
	net_own(end[0], &next);
	loop_advance(&loop, 0);
	ck_assert(next.events & IO_READABLE);
	ck_assert_int_ne(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "last words");
}
END_TEST

START_TEST(what_was_given_back_to_nobody_is_freed)
{
	io_unread(end[0], SL("never read"));
	shut(0);
	loop_advance(&loop, 0);
}
END_TEST

/* io_mem itself. */

START_TEST(what_does_not_fit_waits_until_there_is_room)
{
	struct net_owner writer;
	size_t n;

	tear_down();
	loop_init_virtual(&loop, 1, 0);
	start(5);
	net_own(end[1], &writer);
	ck_assert_int_eq(io_write(end[1], SL("abcdefg"), &n), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(io_write(end[1], SL("fg"), &n), E_AGAIN);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(writer.calls, 0);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(writer.events, IO_WRITABLE);
	ck_assert_int_eq(io_write(end[1], SL("fg"), &n), 0);
}
END_TEST

START_TEST(the_other_end_can_be_made_to_read_in_steps)
{
	size_t n;

	io_mem_set_step(end[1], 3);
	net_say(end[1], "abcde");
	loop_advance(&loop, 0);
	ck_assert_int_eq(io_read(end[0], got, 100, &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(io_read(end[0], got, 100, &n), 0);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(one_direction_can_end_before_the_other)
{
	net_say(end[1], "hi");
	ck_assert_int_eq(io_shutdown(end[1]), 0);
	loop_advance(&loop, 0);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, "hi");
	net_say(end[0], "you");
	loop_advance(&loop, 0);
	ck_assert_int_eq(net_hear(end[1], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "you");
}
END_TEST

START_TEST(an_end_that_breaks_is_no_end_of_the_stream)
{
	size_t n;

	net_say(end[1], "hi");
	io_mem_break(end[1], E_CLOSED);
	loop_advance(&loop, 0);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_CLOSED);
	ck_assert_str_eq(got, "hi");
	ck_assert_int_eq(io_write(end[0], SL("x"), &n), E_CLOSED);
}
END_TEST

START_TEST(of_two_pieces_the_first_goes_first)
{
	size_t n;

	ck_assert_int_eq(io_write_two(end[1], SL("ab"), SL("cd"), &n), 0);
	ck_assert_uint_eq(n, 2);
	loop_advance(&loop, 0);
	ck_assert_int_eq(net_hear(end[0], got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "ab");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("io");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, bytes_pass_and_the_owner_is_told_in_the_next_turn);
	tcase_add_test(t, nothing_is_read_while_there_is_a_reason_to_pause);
	tcase_add_test(t, a_read_that_a_pause_forbade_is_made_up_for);
	tcase_add_test(t, that_the_peer_left_is_told_also_while_paused);
	tcase_add_test(t, one_turn_gives_a_bounded_number_of_bytes);
	tcase_add_test(t, a_new_owner_is_told_what_the_last_one_was_not);
	tcase_add_test(t, an_io_that_is_closed_tells_nothing_more);
	tcase_add_test(t, an_owner_may_close_an_io_from_within_its_call);
	tcase_add_test(t, what_is_given_back_comes_first);
	tcase_add_test(t, what_is_given_back_survives_the_end_of_the_stream);
	tcase_add_test(t, what_was_given_back_to_nobody_is_freed);
	tcase_add_test(t, what_does_not_fit_waits_until_there_is_room);
	tcase_add_test(t, the_other_end_can_be_made_to_read_in_steps);
	tcase_add_test(t, one_direction_can_end_before_the_other);
	tcase_add_test(t, an_end_that_breaks_is_no_end_of_the_stream);
	tcase_add_test(t, of_two_pieces_the_first_goes_first);
	return net_main("io", t);
}
