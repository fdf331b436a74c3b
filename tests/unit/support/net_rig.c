#include "support/net_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/deadline.h"
#include "net/listener.h"

#define TOO_LONG_MS 10000

int
net_main(const char *name, TCase *t)
{
	Suite *s = suite_create(name);
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
on_too_long(void *arg)
{
	*(bool *)arg = true;
}

void
net_until(struct loop *l, const bool *done)
{
	struct deadline d;
	bool late = false;

	deadline_init(&d, on_too_long, &late);
	deadline_set(&d, l, TOO_LONG_MS);
	while (!*done && !late)
		loop_turn(l, true);
	deadline_cancel(&d);
	ck_assert_msg(*done, "nothing happened in ten seconds");
}

void
net_until_count(struct loop *l, const unsigned *count, unsigned want)
{
	struct deadline d;
	bool late = false;

	deadline_init(&d, on_too_long, &late);
	deadline_set(&d, l, TOO_LONG_MS);
	while (*count < want && !late)
		loop_turn(l, true);
	deadline_cancel(&d);
	ck_assert_msg(*count >= want, "%u of %u in ten seconds", *count, want);
}

int
net_listen(struct addr *a)
{
	socklen_t len = sizeof(a->storage);
	int fd;

	ck_assert_int_eq(addr_parse(SL("127.0.0.1:0"), a), 0);
	ck_assert_int_eq(listener_open(a, false, &fd), 0);
	ck_assert_int_eq(getsockname(fd, &a->sa, &len), 0);
	a->len = len;
	return fd;
}

int
net_connect(const struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, &a->sa, a->len), 0);
	return fd;
}

void
net_tcp_pair(int fds[2])
{
	struct addr a;
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(addr_parse(SL("127.0.0.1:0"), &a), 0);
	ck_assert_int_eq(bind(listening, &a.sa, a.len), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, &a.sa, &a.len), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fds[0], &a.sa, a.len), 0);
	fds[1] = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(fds[1], 0);
	(void)close(listening);
	/* connect(2) was to wait, what follows is not */
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK), 0);
}

void
net_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now,
			     sizeof(now)),
	    0);
	(void)close(fd);
}

static void
on_event(struct io *io, unsigned events, void *arg)
{
	struct net_owner *o = arg;

	(void)io;
	o->calls++;
	o->events |= events;
}

void
net_own(struct io *io, struct net_owner *o)
{
	*o = (struct net_owner) { 0 };
	io_own(io, on_event, o);
}

void
net_say(struct io *io, const char *text)
{
	struct slice s = slice_str(text);
	size_t n;

	while (s.n > 0) {
		ck_assert_int_eq(io_write(io, s, &n), 0);
		s = slice_skip(s, n);
	}
}

int
net_hear(struct io *io, char *out, size_t max)
{
	size_t len = 0, n;
	int e = 0;

	while (len < max - 1 &&
	    (e = io_read(io, out + len, max - 1 - len, &n)) == 0)
		len += n;
	out[len] = '\0';
	return e;
}
