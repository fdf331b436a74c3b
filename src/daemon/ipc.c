#include "daemon/ipc.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* A message is too dear to lose it because the kernel is short of memory for a
 * moment: so often, a millisecond apart. */
#define SEND_TRIES 20

/* Who says much, perhaps because it is no longer itself, does not keep the
 * others from being heard. */
#define MESSAGES_IN_A_TURN 32

struct ipc {
	struct loop *loop;
	int fd;
	struct event *ev;
	ipc_fn *on_msg;
	void *arg;
	struct grave grave;
};

/* Room for one descriptor beside a message, aligned as the kernel wants it;
 * where that leaves room for a second one, it must not be offered. */
union control {
	struct cmsghdr hdr;
	char space[CMSG_SPACE(sizeof(int))];
};

int
ipc_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, fds) != 0)
		return E_SYS;
	return 0;
}

static int
fd_of(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* 0 and a message, E_AGAIN, or E_CLOSED. */
static int
receive(int from, struct ipc_msg *msg, int *fd)
{
	union control control;
	struct iovec iov = { .iov_base = msg, .iov_len = sizeof(*msg) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);

	/* for want of memory it stays where it is, and is told again */
	if (n < 0 &&
	    (errno == EAGAIN || errno == EINTR || errno == ENOMEM ||
		errno == ENOBUFS))
		return E_AGAIN;
	*fd = n >= 0 ? fd_of(&m) : -1;
	if (n == (ssize_t)sizeof(*msg))
		return 0;
	if (*fd >= 0)
		(void)close(*fd);
	return E_CLOSED;
}

static void
on_readable(evutil_socket_t from, short what, void *arg)
{
	struct ipc *ipc = arg;
	struct ipc_msg msg;
	int fd = -1, e = 0;

	(void)what;
	loop_wake(ipc->loop);
	for (int i = 0; i < MESSAGES_IN_A_TURN && ipc->fd >= 0 && e == 0; i++)
		if ((e = receive((int)from, &msg, &fd)) == 0)
			ipc->on_msg(ipc->arg, &msg, fd);
	if (ipc->fd >= 0 && e == E_CLOSED) {
		(void)event_del(ipc->ev);
		ipc->on_msg(ipc->arg, NULL, -1);
	}
}

struct ipc *
ipc_new(struct loop *l, int fd, ipc_fn *on_msg, void *arg)
{
	struct ipc *ipc = mem_new(1, sizeof(*ipc));

	ipc->loop = l;
	ipc->fd = fd;
	ipc->on_msg = on_msg;
	ipc->arg = arg;
	ipc->ev = event_new(l->base, fd, EV_READ | EV_PERSIST, on_readable,
	    ipc);
	if (ipc->ev != NULL && event_priority_set(ipc->ev, PRIO_CONTROL) == 0 &&
	    event_add(ipc->ev, NULL) == 0)
		return ipc;
	ipc_free(ipc);
	return NULL;
}

static void
free_dead(void *arg)
{
	free(arg);
}

void
ipc_free(struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	if (ipc->ev != NULL)
		event_free(ipc->ev);
	(void)close(ipc->fd);
	ipc->fd = -1;
	/* perhaps from within its own call */
	loop_bury(ipc->loop, &ipc->grave, free_dead, ipc);
}

int
ipc_send(struct ipc *ipc, enum ipc_type type, uint32_t number, int fd)
{
	const struct ipc_msg msg = { .type = type, .number = number };

	return ipc_send_msg(ipc, &msg, fd);
}

int
ipc_send_msg(struct ipc *ipc, const struct ipc_msg *msg, int fd)
{
	struct ipc_msg copy = *msg;
	struct iovec iov = { .iov_base = &copy, .iov_len = sizeof(copy) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };

	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		control.hdr.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.hdr), &fd, sizeof(fd));
	}
	for (int tries = 0; tries < SEND_TRIES; tries++) {
		if (sendmsg(ipc->fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(copy))
			return 0;
		if (errno != ENOBUFS && errno != ENOMEM && errno != EINTR)
			break;
		(void)poll(NULL, 0, 1);
	}
	return E_SYS;
}
