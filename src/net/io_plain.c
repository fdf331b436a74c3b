#include "net/io_plain.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "net/deadline.h"

/* How long a reset may go unnoticed that came with octets. */
#define LOOK_MS 1000

/*
 * The descriptor is registered once, edge-triggered, for everything; pausing
 * and waiting to write are flags here, and cost no system call.
 */
struct io_plain {
	struct io io;
	int fd;
	struct event ev;
	bool is_connecting;
	bool is_unheard;  /* no event could be had for it: it is of no use */
	bool wants_write; /* a write said E_AGAIN */
	int connect_errno;
	struct deadline look; /* for a reset */
};

static struct io_plain *
plain_of(struct io *io)
{
	return (struct io_plain *)io;
}

/* Which of the errors of a socket is meant: all of them end it. */
static int
final_error(void)
{
	switch (errno) {
	case ECONNRESET:
	case EPIPE:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENOTCONN:
		return E_CLOSED;
	default:
		return E_SYS;
	}
}

static bool
would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int
plain_read(struct io *io, void *p, size_t max, size_t *n)
{
	struct io_plain *pl = plain_of(io);
	ssize_t r;

	if (pl->is_unheard)
		return E_SYS;
	if (pl->is_connecting)
		return E_AGAIN;
	r = recv(pl->fd, p, max, 0);
	if (r < 0) {
		if (!would_block())
			return final_error();
		io->is_dry = errno == EAGAIN;
		return E_AGAIN;
	}
	if (r == 0)
		return E_EOF;
	/* epoll(7): a short read of a stream has emptied it; not so if its
	 * end has been announced, which no further edge would tell.  A reset
	 * that came with the octets is not announced (see is_reset) */
	io->is_short = (size_t)r < max && !pl->io.is_hung_up;
	*n = (size_t)r;
	return 0;
}

static int
send_pieces(struct io *io, struct iovec *v, size_t count, size_t *n)
{
	const int flags = MSG_NOSIGNAL | (io->has_more ? MSG_MORE : 0);
	struct io_plain *pl = plain_of(io);
	ssize_t r;

	if (pl->is_unheard)
		return E_SYS;
	if (pl->is_connecting) {
		pl->wants_write = true;
		return E_AGAIN;
	}
	if (count == 1)
		r = send(pl->fd, v->iov_base, v->iov_len, flags);
	else
		r = sendmsg(pl->fd,
		    &(struct msghdr) { .msg_iov = v, .msg_iovlen = count },
		    flags);
	if (r < 0) {
		if (!would_block())
			return final_error();
		pl->wants_write = true;
		return E_AGAIN;
	}
	/* there was no reset until now, and one from now on is an edge */
	io_trust(io);
	*n = (size_t)r;
	return 0;
}

/* sendmsg(2) changes none of it. */
static struct iovec
iovec_of(struct slice s)
{
	return (struct iovec) { .iov_base = (void *)(uintptr_t)s.p,
		.iov_len = s.n };
}

static int
plain_write(struct io *io, struct slice s, size_t *n)
{
	struct iovec v = iovec_of(s);

	return send_pieces(io, &v, 1, n);
}

static int
plain_write_two(struct io *io, const struct slice s[2], size_t *n)
{
	struct iovec v[2] = { iovec_of(s[0]), iovec_of(s[1]) };

	return send_pieces(io, v, 2, n);
}

static int
plain_shutdown(struct io *io)
{
	if (shutdown(plain_of(io)->fd, SHUT_WR) != 0)
		return final_error();
	return 0;
}

static void
plain_close(struct io *io)
{
	struct io_plain *pl = plain_of(io);

	deadline_cancel(&pl->look);
	(void)event_del(&pl->ev);
	(void)close(pl->fd);
	pl->fd = -1;
}

static void
plain_free(struct io *io)
{
	free(plain_of(io));
}

static const struct io_ops plain_ops = {
	.name = "plain",
	.read = plain_read,
	.write = plain_write,
	.write_two = plain_write_two,
	.shutdown = plain_shutdown,
	.close = plain_close,
	.free = plain_free,
};

static bool
is_reset(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

static void
hang_up(struct io_plain *pl)
{
	io_ready(&pl->io, IO_HANGUP | IO_READABLE);
}

static void
on_look(void *arg)
{
	struct io_plain *pl = arg;

	if (!pl->io.is_hung_up && is_reset(pl->fd))
		hang_up(pl);
}

/*
 * libevent tells a reset as readable and writable, like octets that come.  Who
 * reads finds out; who has what he wants, and waits for somebody else, would
 * not: so it is looked at once more, a while after the last of such events.
 */
static void
look_later(struct io_plain *pl, short what)
{
	const short both = EV_READ | EV_WRITE;

	if ((what & (both | EV_CLOSED)) == both && !deadline_is_set(&pl->look))
		deadline_set(&pl->look, pl->io.loop, LOOK_MS);
}

static void
connect_ended(struct io_plain *pl)
{
	socklen_t len = sizeof(pl->connect_errno);

	pl->is_connecting = false;
	if (getsockopt(pl->fd, SOL_SOCKET, SO_ERROR, &pl->connect_errno,
		&len) != 0)
		pl->connect_errno = errno;
}

static void
on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct io_plain *pl = arg;
	unsigned events = 0;

	loop_wake(pl->io.loop);
	if ((what & EV_WRITE) != 0 && (pl->is_connecting || pl->wants_write)) {
		if (pl->is_connecting)
			connect_ended(pl);
		pl->wants_write = false;
		events |= IO_WRITABLE;
	}
	if ((what & EV_CLOSED) != 0 ||
	    (pl->io.paused != 0 && (what & EV_WRITE) != 0 && is_reset(fd))) {
		events |= IO_HANGUP;
	}
	if ((what & (EV_READ | EV_CLOSED)) != 0)
		events |= IO_READABLE;
	look_later(pl, what);
	if (events != 0)
		io_ready(&pl->io, events);
}

struct io *
io_plain_new(struct loop *l, int fd)
{
	struct io_plain *pl = mem_new(1, sizeof(*pl));

	io_init(&pl->io, &plain_ops, l);
	pl->fd = fd;
	deadline_init(&pl->look, on_look, pl);
	(void)event_assign(&pl->ev, l->base, fd,
	    EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, on_fd, pl);
	(void)event_priority_set(&pl->ev, PRIO_STREAM);
	if (event_add(&pl->ev, NULL) != 0) {
		pl->is_unheard = true;
		pl->connect_errno = errno;
		io_ready_later(&pl->io, IO_HANGUP | IO_READABLE | IO_WRITABLE);
	}
	return &pl->io;
}

static int
open_socket(const struct addr *a)
{
	int one = 1;
	int fd = socket(a->sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* a request is written in one piece: nothing is gained by waiting */
	if (fd >= 0 && !addr_is_unix(a))
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
	return fd;
}

int
io_plain_connect(struct loop *l, const struct addr *a, struct io **io)
{
	int fd = open_socket(a);
	bool is_pending;

	if (fd < 0)
		return E_SYS;
	is_pending = connect(fd, &a->sa, a->len) != 0;
	if (is_pending && errno != EINPROGRESS) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
		return E_CONNECT;
	}
	*io = io_plain_new(l, fd);
	plain_of(*io)->is_connecting = is_pending && !plain_of(*io)->is_unheard;
	if (!is_pending)
		io_ready_later(*io, IO_WRITABLE);
	return 0;
}

int
io_plain_connected(struct io *io)
{
	struct io_plain *pl = plain_of(io);

	assert(io->ops == &plain_ops);
	if (pl->is_connecting)
		return E_AGAIN;
	if (pl->connect_errno == 0)
		return 0;
	errno = pl->connect_errno;
	return E_CONNECT;
}

void
io_plain_ends(const struct io *io, struct addr *peer, struct addr *own)
{
	int fd = ((const struct io_plain *)io)->fd;

	assert(io->ops == &plain_ops);
	*peer = (struct addr) { .len = sizeof(peer->storage) };
	*own = (struct addr) { .len = sizeof(own->storage) };
	if (getpeername(fd, &peer->sa, &peer->len) != 0)
		*peer = (struct addr) { 0 };
	if (getsockname(fd, &own->sa, &own->len) != 0)
		*own = (struct addr) { 0 };
}

void
io_plain_reset_on_close(struct io *io)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	assert(io->ops == &plain_ops);
	if (plain_of(io)->fd >= 0)
		(void)setsockopt(plain_of(io)->fd, SOL_SOCKET, SO_LINGER, &now,
		    sizeof(now));
}
