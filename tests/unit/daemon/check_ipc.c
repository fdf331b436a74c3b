#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/ipc.h"
#include "support/net_rig.h"

static struct loop loop;
static int other; /* the test's end of the pair; -1 once closed */
static struct ipc *ipc;
static unsigned calls;
static struct ipc_msg last[8];
static int last_fd[8];
static bool is_gone;
static bool is_counting; /* and nothing else */
static bool frees;       /* the owner frees it in its call */

static void
on_msg(void *arg, const struct ipc_msg *m, int fd)
{
	(void)arg;
	if (is_counting) {
		calls++;
		return;
	}
	ck_assert(!is_gone);
	ck_assert_uint_lt(calls, 8);
	if (m != NULL)
		last[calls] = *m;
	is_gone = m == NULL;
	last_fd[calls++] = fd;
	if (frees) {
		ipc_free(ipc);
		ipc = NULL;
	}
}

static void
set_up(void)
{
	int fds[2];

	calls = 0;
	is_gone = frees = is_counting = false;
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(ipc_pair(fds), 0);
	other = fds[0];
	ipc = ipc_new(&loop, fds[1], on_msg, NULL);
}

static void
tear_down(void)
{
	for (unsigned i = 0; i < calls; i++)
		if (last_fd[i] >= 0)
			(void)close(last_fd[i]);
	ipc_free(ipc);
	ipc = NULL;
	if (other >= 0)
		(void)close(other);
	loop_turn(&loop, false);
	loop_clear(&loop);
}

static void
send_raw(const void *p, size_t n)
{
	ck_assert_int_eq(send(other, p, n, 0), (ssize_t)n);
}

static void
say(enum ipc_type type, uint32_t number)
{
	struct ipc_msg m = { .type = type, .number = number };

	send_raw(&m, sizeof(m));
}

START_TEST(messages_come_one_by_one_and_in_order)
{
	say(IPC_BUNDLE, 7);
	say(IPC_DRAIN, 0);
	net_until_count(&loop, &calls, 2);
	ck_assert_uint_eq(last[0].type, IPC_BUNDLE);
	ck_assert_uint_eq(last[0].number, 7);
	ck_assert_int_eq(last_fd[0], -1);
	ck_assert_uint_eq(last[1].type, IPC_DRAIN);
}
END_TEST

START_TEST(a_message_is_sent_as_it_was_meant)
{
	struct ipc_msg m;

	ck_assert_int_eq(ipc_send(ipc, IPC_READY, 42, -1), 0);
	ck_assert_int_eq(recv(other, &m, sizeof(m), 0), sizeof(m));
	ck_assert_uint_eq(m.type, IPC_READY);
	ck_assert_uint_eq(m.number, 42);
}
END_TEST

START_TEST(a_descriptor_arrives_with_its_message)
{
	struct stat was, is;
	int pair[2], fd;
	struct ipc *from;

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	from = ipc_new(&loop, other, on_msg, NULL);
	other = -1;
	ck_assert_int_eq(ipc_send(from, IPC_METRICS, 0, -1), 0);
	ck_assert_int_eq(ipc_send(from, IPC_LISTEN, 1, pair[0]), 0);
	ck_assert_int_eq(ipc_send(from, IPC_DRAIN, 0, -1), 0);
	net_until_count(&loop, &calls, 3);
	ck_assert_int_eq(last_fd[0], -1);
	ck_assert_int_eq(last_fd[2], -1);
	fd = last_fd[1];
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fd, pair[0]);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(fstat(pair[0], &was), 0);
	ck_assert_int_eq(fstat(fd, &is), 0);
	ck_assert_uint_eq(was.st_ino, is.st_ino);
	(void)close(pair[0]);
	(void)close(pair[1]);
	ipc_free(from);
	/* the end of `from` is told to ipc: not to this test */
	ipc_free(ipc);
	ipc = NULL;
}
END_TEST

START_TEST(that_the_other_side_is_gone_is_told_once_after_its_last_words)
{
	say(IPC_READY, 1);
	(void)close(other);
	other = -1;
	net_until(&loop, &is_gone);
	ck_assert_uint_eq(calls, 2);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(calls, 2);
	ck_assert_int_eq(ipc_send(ipc, IPC_DRAIN, 0, -1), E_SYS);
}
END_TEST

START_TEST(what_is_no_message_ends_it)
{
	send_raw("abc", 3);
	net_until(&loop, &is_gone);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

static int
open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Sends octets with so many descriptors, all of them the same one. */
static void
send_fds(const void *p, size_t size, int fd, size_t count)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p,
		.iov_len = size };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(count * sizeof(int)) };

	control.hdr.cmsg_level = SOL_SOCKET;
	control.hdr.cmsg_type = SCM_RIGHTS;
	control.hdr.cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(&control.hdr) + i * sizeof(int), &fd,
		    sizeof(fd));
	ck_assert_int_eq(sendmsg(other, &m, 0), (ssize_t)size);
}

START_TEST(a_descriptor_with_what_is_no_message_is_not_leaked)
{
	int fd = dup(0), before = open_fds();

	send_fds("abc", 3, fd, 1);
	net_until(&loop, &is_gone);
	ck_assert_int_eq(open_fds(), before);
	(void)close(fd);
}
END_TEST

START_TEST(more_descriptors_than_one_are_not_taken)
{
	struct ipc_msg msg = { .type = IPC_PONG };
	int fd = dup(0), before = open_fds();

	for (size_t i = 1; i <= 4; i++)
		send_fds(&msg, sizeof(msg), fd, i);
	net_until_count(&loop, &calls, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_ge(last_fd[i], 0);
	ck_assert_int_eq(open_fds(), before + 4);
	(void)close(fd);
}
END_TEST

START_TEST(who_says_much_is_not_heard_alone)
{
	unsigned said = 0;

	is_counting = true;
	for (struct ipc_msg m = { .type = IPC_PONG }; said < 1000; said++)
		if (send(other, &m, sizeof(m), MSG_DONTWAIT) < 0)
			break;
	ck_assert_uint_gt(said, 100);
	loop_turn(&loop, false);
	ck_assert_uint_gt(calls, 0);
	ck_assert_uint_lt(calls, 100);
	net_until_count(&loop, &calls, said);
	calls = 0; /* nothing to close */
}
END_TEST

START_TEST(an_owner_may_free_it_from_within_its_call)
{
	frees = true;
	say(IPC_QUIT, 0);
	say(IPC_QUIT, 0);
	net_until_count(&loop, &calls, 1);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(calls, 1);
	ipc_free(NULL);
}
END_TEST

START_TEST(who_does_not_read_is_found_out)
{
	int e, n = 0;

	while ((e = ipc_send(ipc, IPC_PING, 0, -1)) == 0 && n < 100000)
		n++;
	ck_assert_int_eq(e, E_SYS);
	ck_assert_int_gt(n, 2);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("ipc");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, messages_come_one_by_one_and_in_order);
	tcase_add_test(t, a_message_is_sent_as_it_was_meant);
	tcase_add_test(t, a_descriptor_arrives_with_its_message);
	tcase_add_test(t,
	    that_the_other_side_is_gone_is_told_once_after_its_last_words);
	tcase_add_test(t, what_is_no_message_ends_it);
	tcase_add_test(t, a_descriptor_with_what_is_no_message_is_not_leaked);
	tcase_add_test(t, more_descriptors_than_one_are_not_taken);
	tcase_add_test(t, who_says_much_is_not_heard_alone);
	tcase_add_test(t, an_owner_may_free_it_from_within_its_call);
	tcase_add_test(t, who_does_not_read_is_found_out);
	return net_main("ipc", t);
}
