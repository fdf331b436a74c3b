#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/metric.h"
#include "net/deadline.h"
#include "net/listener.h"
#include "support/net_rig.h"

#define CLIENTS 40

static struct loop loop;
static struct listener *listener;
static struct addr at;
static int client[CLIENTS];
static unsigned clients;
static int taken[CLIENTS];
static unsigned count; /* of those taken */
static struct addr last;

static void
on_accept(void *arg, int fd, const struct addr *peer)
{
	(void)arg;
	ck_assert_uint_lt(count, CLIENTS);
	taken[count++] = fd;
	last = *peer;
}

static void
set_up(void)
{
	count = clients = 0;
	ck_assert_int_eq(loop_init(&loop), 0);
	listener = listener_new(&loop, net_listen(&at), on_accept, NULL);
	ck_assert_ptr_nonnull(listener);
}

static void
close_all(int *fds, unsigned *n)
{
	while (*n > 0)
		(void)close(fds[--*n]);
}

static void
tear_down(void)
{
	listener_free(listener);
	close_all(client, &clients);
	close_all(taken, &count);
	loop_clear(&loop);
}

static void
come(unsigned n)
{
	while (n-- > 0)
		client[clients++] = net_connect(&at);
}

START_TEST(a_newcomer_is_handed_over_with_its_address)
{
	struct addr own = { .len = sizeof(own.storage) };

	come(1);
	net_until_count(&loop, &count, 1);
	ck_assert_int_eq(getsockname(client[0], &own.sa, &own.len), 0);
	ck_assert(addr_eq(&own, &last));
	ck_assert_int_ne(fcntl(taken[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(taken[0], F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

START_TEST(a_crowd_comes_in_batches)
{
	come(CLIENTS);
	loop_turn(&loop, true);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_le(count, 16);
	net_until_count(&loop, &count, CLIENTS);
}
END_TEST

START_TEST(nobody_is_accepted_while_it_is_paused)
{
	listener_pause(listener, true);
	listener_pause(listener, true);
	come(3);
	loop_turn(&loop, false);
	ck_assert_uint_eq(count, 0);
	listener_pause(listener, false);
	net_until_count(&loop, &count, 3);
}
END_TEST

START_TEST(a_newcomer_that_has_left_already_does_no_harm)
{
	come(1);
	net_reset(client[--clients]);
	come(1);
	net_until_count(&loop, &count, 1);
}
END_TEST

/* No descriptor can be had from now on, or can again. */
static struct rlimit limit;

static void
run_short(void)
{
	struct rlimit none;
	int next = dup(0);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)next;
	(void)close(next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void
run_free(void)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static bool
is_closed(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static uint64_t
shed(void)
{
	return metric_read(metric_mine, M_CONNS_SHED);
}

START_TEST(without_descriptors_newcomers_are_turned_away)
{
	uint64_t before = shed();

	come(3);
	run_short();
	while (shed() < before + 3)
		loop_turn(&loop, true);
	run_free();
	ck_assert_uint_eq(count, 0);
	for (unsigned i = 0; i < clients; i++)
		ck_assert(is_closed(client[i]));
	come(1);
	net_until_count(&loop, &count, 1);
}
END_TEST

START_TEST(a_listener_that_lost_its_spare_descriptor_recovers)
{
	uint64_t before = shed();

	/* born without */
	listener_free(listener);
	listener = NULL;
	{
		int fd = net_listen(&at);

		come(2);
		run_short();
		listener = listener_new(&loop, fd, on_accept, NULL);
	}
	ck_assert_ptr_nonnull(listener);
	/* nobody can be turned away; that is no reason to spin */
	for (int i = 0; i < 5; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(shed(), before);
	ck_assert(deadlines_next(&loop) >= 0);
	run_free();
	net_until_count(&loop, &count, 2);
	/* and the next time it has one */
	come(1);
	run_short();
	while (shed() < before + 1)
		loop_turn(&loop, true);
	run_free();
}
END_TEST

/* listener_open */

START_TEST(sockets_that_share_a_port_can_be_opened_together)
{
	struct addr a;
	socklen_t len = sizeof(a.storage);
	int fd[2], other;

	ck_assert_int_eq(addr_parse(SL("127.0.0.1:0"), &a), 0);
	ck_assert_int_eq(listener_open(&a, true, &fd[0]), 0);
	ck_assert_int_eq(getsockname(fd[0], &a.sa, &len), 0);
	ck_assert_int_eq(listener_open(&a, true, &fd[1]), 0);
	ck_assert_int_ne(listener_open(&a, false, &other), 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

START_TEST(the_address_of_everybody_takes_both_families)
{
	struct addr a, v4;
	socklen_t len = sizeof(a.storage);
	int fd, c;

	ck_assert_int_eq(addr_parse(SL("*:0"), &a), 0);
	ck_assert_int_eq(listener_open(&a, false, &fd), 0);
	ck_assert_int_eq(getsockname(fd, &a.sa, &len), 0);
	ck_assert_int_eq(addr_parse(SL("127.0.0.1:1"), &v4), 0);
	addr_set_port(&v4, addr_port(&a));
	c = net_connect(&v4);
	(void)close(c);
	(void)close(fd);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("listener");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_newcomer_is_handed_over_with_its_address);
	tcase_add_test(t, a_crowd_comes_in_batches);
	tcase_add_test(t, nobody_is_accepted_while_it_is_paused);
	tcase_add_test(t, a_newcomer_that_has_left_already_does_no_harm);
	tcase_add_test(t, without_descriptors_newcomers_are_turned_away);
	tcase_add_test(t, a_listener_that_lost_its_spare_descriptor_recovers);
	tcase_add_test(t, sockets_that_share_a_port_can_be_opened_together);
	tcase_add_test(t, the_address_of_everybody_takes_both_families);
	return net_main("listener", t);
}
