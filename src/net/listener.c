#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/deadline.h"

#define ACCEPT_BATCH    16    /* newcomers taken in one turn */
#define ACCEPT_PAUSE_MS 100   /* after the system ran out of something */
#define SHORT_OVER_MS   10000 /* without that it is over */
#define LISTEN_BACKLOG  4096  /* the kernel cuts it to somaxconn */

struct listener {
	struct loop *loop;
	int fd;
	int spare; /* given up to shed one newcomer when there are no
			 * descriptors left */
	struct event *ev;
	struct deadline pause;
	bool is_paused;
	int64_t short_ms; /* when the system last was out of it; 0: never */
	listener_accept_fn *accept;
	void *arg;
};

/* Once for each time: that one gets in between does not end it. */
static void
say_short(struct listener *ls, int err)
{
	int64_t now = loop_now_ms(ls->loop), was = ls->short_ms;
	struct log l;

	ls->short_ms = now;
	if (was != 0 && now - was < SHORT_OVER_MS)
		return;
	if (log_begin(&l, LOG_ERR, "accept-short")) {
		log_str(&l, "error", strerror(err));
		log_str(&l, "msg",
		    "newcomers are turned away until it is over");
		log_end(&l);
	}
}

/* Hears of newcomers from now on, or when there are means for that again. */
static void
hear(struct listener *ls)
{
	if (event_add(ls->ev, NULL) == 0)
		return;
	say_short(ls, errno);
	deadline_set(&ls->pause, ls->loop, ACCEPT_PAUSE_MS);
}

static void
on_pause_end(void *arg)
{
	struct listener *ls = arg;

	if (!ls->is_paused)
		hear(ls);
}

/* The spare one may have been lost to somebody else when it was given up. */
static bool
has_spare(struct listener *ls)
{
	if (ls->spare < 0)
		ls->spare = eventfd(0, EFD_CLOEXEC);
	return ls->spare >= 0;
}

/* No descriptor is left for a newcomer: take it on the spare one, and out.
 * Whether there was one. */
static bool
shed_one(struct listener *ls)
{
	int fd;

	(void)close(ls->spare);
	fd = accept4(ls->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
		metric_add(M_CONNS_SHED, 1);
	}
	ls->spare = eventfd(0, EFD_CLOEXEC);
	return fd >= 0;
}

static void
rest(struct listener *ls)
{
	(void)event_del(ls->ev);
	deadline_set(&ls->pause, ls->loop, ACCEPT_PAUSE_MS);
}

/* Whether another one may be accepted at once. */
static bool
on_failure(struct listener *ls, int err)
{
	switch (err) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		say_short(ls, err);
		if (has_spare(ls))
			return shed_one(ls);
		rest(ls);
		return false;
	case ENOBUFS:
	case ENOMEM:
		say_short(ls, err);
		rest(ls);
		return false;
	default:
		/* accept(2): errors of the connection that is gone already */
		return true;
	}
}

/* Whether there may be more. */
static bool
take_one(struct listener *ls)
{
	struct addr peer = { .len = sizeof(peer.storage) };
	int c = accept4(ls->fd, &peer.sa, &peer.len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (c < 0)
		return on_failure(ls, errno);
	(void)has_spare(ls);
	ls->accept(ls->arg, c, &peer);
	return true;
}

static void
on_newcomer(evutil_socket_t fd, short what, void *arg)
{
	struct listener *ls = arg;

	(void)fd;
	(void)what;
	loop_wake(ls->loop);
	for (int i = 0; i < ACCEPT_BATCH && !ls->is_paused; i++)
		if (!take_one(ls))
			break;
}

void
listener_take_rest(struct listener *ls)
{
	for (int i = 0; i < LISTEN_BACKLOG; i++)
		if (!take_one(ls))
			break;
}

struct listener *
listener_new(struct loop *l, int fd, listener_accept_fn *accept, void *arg)
{
	struct listener *ls = mem_new(1, sizeof(*ls));

	ls->loop = l;
	ls->fd = fd;
	ls->spare = eventfd(0, EFD_CLOEXEC);
	ls->accept = accept;
	ls->arg = arg;
	deadline_init(&ls->pause, on_pause_end, ls);
	ls->ev = event_new(l->base, fd, EV_READ | EV_PERSIST, on_newcomer, ls);
	if (ls->ev == NULL)
		mem_abort(__func__);
	(void)event_priority_set(ls->ev, PRIO_STREAM);
	hear(ls);
	return ls;
}

void
listener_free(struct listener *ls)
{
	if (ls == NULL)
		return;
	deadline_cancel(&ls->pause);
	event_free(ls->ev);
	if (ls->spare >= 0)
		(void)close(ls->spare);
	(void)close(ls->fd);
	free(ls);
}

void
listener_pause(struct listener *ls, bool on)
{
	if (ls->is_paused == on)
		return;
	ls->is_paused = on;
	deadline_cancel(&ls->pause);
	if (on)
		(void)event_del(ls->ev);
	else
		hear(ls);
}

static int
set_options(int fd, const struct addr *a, bool shared)
{
	int one = 1, zero = 0;

	if (addr_is_unix(a))
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
		return -1;
	if (shared &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) != 0)
		return -1;
	/* "[::]" takes IPv4 as well, whatever the system's default is */
	if (addr_is_ip6(a) &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) != 0)
		return -1;
	/* handed on to every connection that is accepted */
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

int
listener_open(const struct addr *a, bool shared, int *out)
{
	int fd = socket(a->sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return E_SYS;
	if (set_options(fd, a, shared) != 0 || bind(fd, &a->sa, a->len) != 0 ||
	    listen(fd, LISTEN_BACKLOG) != 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return E_SYS;
	}
	*out = fd;
	return 0;
}

static int
option(int fd, int name)
{
	socklen_t n = sizeof(int);
	int value = 0;

	return getsockopt(fd, SOL_SOCKET, name, &value, &n) == 0 ? value : -1;
}

int
listener_adopt(int fd, struct addr *where)
{
	struct addr a = { .len = sizeof(a.storage) };
	int flags = fcntl(fd, F_GETFL), one = 1;

	if (getsockname(fd, &a.sa, &a.len) != 0)
		a.len = 0;
	if (where != NULL)
		*where = a;
	if (a.len == 0 || option(fd, SO_PROTOCOL) != IPPROTO_TCP ||
	    option(fd, SO_ACCEPTCONN) != 1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
		return E_INVALID;
	return 0;
}
