#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "net/io_plain.h"
#include "support/net_rig.h"

static struct loop loop;
static int peer; /* the test's end; -1 once closed */
static struct io *io;
static struct net_owner owner;
static char got[1 << 20];

static void
set_up(void)
{
	int fds[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	net_tcp_pair(fds);
	peer = fds[0];
	io = io_plain_new(&loop, fds[1]);
	net_own(io, &owner);
}

static void
tear_down(void)
{
	io_close(io);
	if (peer >= 0)
		(void)close(peer);
	loop_clear(&loop);
}

static void
peer_says(const char *text)
{
	ck_assert_int_eq(write(peer, text, strlen(text)),
	    (ssize_t)strlen(text));
}

/* Until the owner was told all of these since the last call. */
static void
until_told(unsigned events)
{
	while ((owner.events & events) != events)
		net_until_count(&loop, &owner.calls, owner.calls + 1);
	owner.events = 0;
}

START_TEST(bytes_come_in)
{
	for (int i = 0; i < 3; i++) {
		peer_says("hello");
		until_told(IO_READABLE);
		ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_AGAIN);
		ck_assert_str_eq(got, "hello");
	}
}
END_TEST

START_TEST(bytes_that_are_read_in_pieces_come_whole)
{
	char c;
	size_t n;

	peer_says("abc");
	until_told(IO_READABLE);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(io_read(io, &c, 1, &n), 0);
		ck_assert_int_eq(c, 'a' + i);
	}
	ck_assert_int_eq(io_read(io, &c, 1, &n), E_AGAIN);
}
END_TEST

START_TEST(the_end_is_found_behind_the_bytes_without_another_event)
{
	peer_says("last words");
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	until_told(IO_READABLE | IO_HANGUP);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, "last words");
}
END_TEST

START_TEST(an_end_that_comes_later_is_told)
{
	peer_says("x");
	until_told(IO_READABLE);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_AGAIN);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	until_told(IO_READABLE | IO_HANGUP);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_EOF);
}
END_TEST

START_TEST(a_reset_is_an_error)
{
	net_reset(peer);
	peer = -1;
	until_told(IO_READABLE);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_CLOSED);
}
END_TEST

START_TEST(an_end_is_told_while_paused)
{
	io_pause(io, PAUSE_BUSY);
	peer_says("x");
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	until_told(IO_HANGUP);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_AGAIN);
	io_resume(io, PAUSE_BUSY);
	until_told(IO_READABLE);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, "x");
}
END_TEST

START_TEST(a_reset_is_told_while_paused)
{
	io_pause(io, PAUSE_BUSY);
	net_reset(peer);
	peer = -1;
	until_told(IO_HANGUP);
}
END_TEST

START_TEST(a_reset_that_came_before_a_pause_is_told_in_a_while)
{
	peer_says("x");
	net_reset(peer);
	peer = -1;
	until_told(IO_READABLE);
	io_pause(io, PAUSE_BUSY);
	ck_assert_uint_eq(owner.events & IO_HANGUP, 0);
	until_told(IO_HANGUP);
}
END_TEST

START_TEST(who_writes_is_told_when_the_peer_takes_more)
{
	static char much[1 << 20];
	size_t n, sent = 0, heard = 0;
	ssize_t r;
	int e;

	memset(much, 'x', sizeof(much));
	while ((e = io_write(io, slice_of(much, sizeof(much)), &n)) == 0)
		sent += n;
	ck_assert_int_eq(e, E_AGAIN);
	ck_assert_uint_gt(sent, 0);
	owner.events = 0;
	while ((owner.events & IO_WRITABLE) == 0) {
		while ((r = read(peer, got, sizeof(got))) > 0)
			heard += (size_t)r;
		loop_turn(&loop, false);
	}
	ck_assert_int_eq(io_write(io, SL("y"), &n), 0);
	ck_assert_int_eq(fcntl(peer, F_SETFL, O_RDWR), 0);
	while (heard < sent + 1) {
		r = read(peer, got, sizeof(got));
		ck_assert_int_gt(r, 0);
		heard += (size_t)r;
	}
	ck_assert_int_eq(got[r - 1], 'y');
}
END_TEST

START_TEST(two_pieces_are_written_as_one)
{
	static char first[300], second[1 << 20];
	size_t n, sent = 0, heard = 0;
	ssize_t r;

	memset(first, 'a', sizeof(first));
	memset(second, 'b', sizeof(second));
	ck_assert_int_eq(io_write_two(io, slice_of(first, sizeof(first)),
			     SL("b"), &n),
	    0);
	ck_assert_uint_eq(n, sizeof(first) + 1);
	ck_assert_int_eq(read(peer, got, sizeof(got)), (ssize_t)n);
	ck_assert_int_eq(got[n - 2], 'a');
	ck_assert_int_eq(got[n - 1], 'b');
	ck_assert_uint_eq(io->bytes_out, n);
	/* as far as there is room, in their order */
	while (io_write_two(io, slice_of(first, sizeof(first)),
		   slice_of(second, sizeof(second)), &n) == 0)
		sent += n;
	ck_assert_int_eq(fcntl(peer, F_SETFL, O_RDWR), 0);
	while (heard < sent) {
		r = read(peer, got, sizeof(got));
		ck_assert_int_gt(r, 0);
		if (heard == 0) {
			ck_assert_int_eq(got[sizeof(first) - 1], 'a');
			ck_assert_int_eq(got[sizeof(first)], 'b');
		}
		heard += (size_t)r;
	}
	ck_assert_uint_eq(heard, sent);
}
END_TEST

START_TEST(writing_to_who_is_gone_is_an_error_and_no_signal)
{
	size_t n;
	int e;

	net_reset(peer);
	peer = -1;
	until_told(IO_READABLE);
	while ((e = io_write(io, SL("x"), &n)) == 0)
		;
	ck_assert_int_eq(e, E_CLOSED);
	ck_assert_int_eq(io_shutdown(io), E_CLOSED);
}
END_TEST

START_TEST(shutting_down_is_seen_by_the_peer)
{
	net_say(io, "bye");
	ck_assert_int_eq(io_shutdown(io), 0);
	ck_assert_int_eq(fcntl(peer, F_SETFL, O_RDWR), 0);
	ck_assert_int_eq(read(peer, got, 100), 3);
	ck_assert_int_eq(read(peer, got, 100), 0);
}
END_TEST

START_TEST(closing_can_be_made_a_reset)
{
	io_plain_reset_on_close(io);
	io_close(io);
	ck_assert_int_eq(fcntl(peer, F_SETFL, O_RDWR), 0);
	ck_assert_int_eq(read(peer, got, 100), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	io = NULL;
}
END_TEST

START_TEST(newcomers_are_told_too_and_may_cease_to_be_ones)
{
	io_set_newcomer(io, true);
	peer_says("a");
	until_told(IO_READABLE);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "a");
	io_set_newcomer(io, false);
	peer_says("b");
	until_told(IO_READABLE);
	ck_assert_int_eq(net_hear(io, got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "b");
}
END_TEST

/* Connecting. */

START_TEST(a_connection_is_made_without_waiting)
{
	struct net_owner o;
	struct addr a;
	struct io *c;
	size_t n;
	int listening = net_listen(&a), fd;

	ck_assert_int_eq(io_plain_connect(&loop, &a, &c), 0);
	net_own(c, &o);
	ck_assert_int_eq(io_read(c, got, 1, &n), E_AGAIN);
	net_until_count(&loop, &o.calls, 1);
	ck_assert_uint_ne(o.events & IO_WRITABLE, 0);
	ck_assert_int_eq(io_plain_connected(c), 0);
	net_say(c, "x");
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_eq(read(fd, got, 10), 1);
	ck_assert_int_eq(write(fd, "yz", 2), 2);
	o.events = 0;
	while ((o.events & IO_READABLE) == 0)
		net_until_count(&loop, &o.calls, o.calls + 1);
	ck_assert_int_eq(net_hear(c, got, sizeof(got)), E_AGAIN);
	ck_assert_str_eq(got, "yz");
	io_close(c);
	(void)close(fd);
	(void)close(listening);
}
END_TEST

START_TEST(a_connection_that_is_refused_says_so)
{
	struct net_owner o;
	struct addr a;
	struct io *c;
	int e;

	(void)close(net_listen(&a));
	e = io_plain_connect(&loop, &a, &c);
	if (e == 0) {
		net_own(c, &o);
		while (io_plain_connected(c) == E_AGAIN)
			net_until_count(&loop, &o.calls, o.calls + 1);
		e = io_plain_connected(c);
		ck_assert_int_eq(errno, ECONNREFUSED);
		io_close(c);
	}
	ck_assert_int_eq(e, E_CONNECT);
}
END_TEST

START_TEST(a_socket_that_is_not_there_is_told_at_once)
{
	struct addr a;
	struct io *c;

	ck_assert_int_eq(addr_unix(SL("/nonexistent/socket"), &a), 0);
	ck_assert_int_eq(io_plain_connect(&loop, &a, &c), E_CONNECT);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(closing_while_connecting_is_quiet)
{
	struct net_owner o;
	struct addr a;
	struct io *c;
	int listening = net_listen(&a);

	ck_assert_int_eq(io_plain_connect(&loop, &a, &c), 0);
	net_own(c, &o);
	io_close(c);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(o.calls, 0);
	(void)close(listening);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("io_plain");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, bytes_come_in);
	tcase_add_test(t, bytes_that_are_read_in_pieces_come_whole);
	tcase_add_test(t,
	    the_end_is_found_behind_the_bytes_without_another_event);
	tcase_add_test(t, an_end_that_comes_later_is_told);
	tcase_add_test(t, a_reset_is_an_error);
	tcase_add_test(t, an_end_is_told_while_paused);
	tcase_add_test(t, a_reset_is_told_while_paused);
	tcase_add_test(t, a_reset_that_came_before_a_pause_is_told_in_a_while);
	tcase_add_test(t, who_writes_is_told_when_the_peer_takes_more);
	tcase_add_test(t, two_pieces_are_written_as_one);
	tcase_add_test(t, writing_to_who_is_gone_is_an_error_and_no_signal);
	tcase_add_test(t, shutting_down_is_seen_by_the_peer);
	tcase_add_test(t, closing_can_be_made_a_reset);
	tcase_add_test(t, newcomers_are_told_too_and_may_cease_to_be_ones);
	tcase_add_test(t, a_connection_is_made_without_waiting);
	tcase_add_test(t, a_connection_that_is_refused_says_so);
	tcase_add_test(t, a_socket_that_is_not_there_is_told_at_once);
	tcase_add_test(t, closing_while_connecting_is_quiet);
	return net_main("io_plain", t);
}
