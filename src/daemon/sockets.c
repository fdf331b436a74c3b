#include "daemon/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/sd.h"
#include "net/listener.h"

static void
add(struct sockets *s, struct port *p, int fd, bool is_ours)
{
	p->at = mem_resize(p->at, p->count + 1, sizeof(*p->at));
	p->at[p->count++] = (struct socket_one) { .fd = fd,
		.number = s->next++,
		.is_ours = is_ours };
}

static bool
may_have_neighbours(int fd)
{
	socklen_t n = sizeof(int);
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, &n) == 0 && on;
}

/* One more for this port, where `given` were inherited. */
static int
open_one(struct sockets *s, struct port *p, size_t given)
{
	int e = E_SYS, fd = -1;

	if (given == 0 || may_have_neighbours(p->at[0].fd))
		e = listener_open(&p->addr, true, &fd);
	if (e == 0) {
		add(s, p, fd, true);
		return 0;
	}
	if (given == 0)
		return e;
	fd = fcntl(p->at[p->count % given].fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return E_SYS;
	add(s, p, fd, false);
	return 0;
}

/* Port 0 is chosen by the system for the first one; the others follow. */
static void
learn_addr(struct port *p)
{
	struct addr got = { .len = sizeof(got.storage) };

	if (getsockname(p->at[0].fd, &got.sa, &got.len) == 0)
		p->addr = got;
}

static void
log_port(const struct port *p, size_t given, int e, int err)
{
	char text[ADDR_TEXT_MAX];
	struct log l;

	if (!log_begin(&l, e == 0 ? LOG_NOTICE : LOG_ERR,
		e == 0 ? "listening" : "listen-failed"))
		return;
	addr_format(&p->addr, text);
	log_str(&l, "name", p->name);
	log_str(&l, "address", text);
	if (given > 0)
		log_int(&l, "inherited", (int64_t)given);
	if (e != 0)
		log_str(&l, "error", strerror(err));
	log_end(&l);
}

static int
open_port(struct sockets *s, struct port *p, unsigned workers,
    struct inherit *h)
{
	size_t given;
	bool is_ours = false;
	int e = 0, err = 0, fd;

	while ((fd = inherit_take(h, p->name, &p->as, &is_ours)) >= 0)
		add(s, p, fd, is_ours);
	given = p->count;
	if (given > 0)
		learn_addr(p);
	while (p->count < workers && e == 0) {
		e = open_one(s, p, given);
		err = errno;
		if (e == 0 && p->count == 1)
			learn_addr(p);
	}
	log_port(p, given, e, err);
	return e;
}

int
sockets_open(struct sockets *s, const struct conf *c, unsigned workers,
    struct inherit *h)
{
	int e = 0;

	s->ports = mem_new(c->listener_count, sizeof(*s->ports));
	for (size_t i = 0; i < c->listener_count && e == 0; i++) {
		const struct conf_listener *l = &c->listeners[i];
		struct port *p = &s->ports[s->count++];

		p->name = l->name != NULL ? mem_strdup(l->name) : NULL;
		p->as = p->addr = l->addr;
		e = open_port(s, p, workers, h);
	}
	return e;
}

void
sockets_store(const struct sockets *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t j = 0; j < s->ports[i].count; j++)
			if (s->ports[i].at[j].is_ours)
				sd_store(INHERIT_STORED, s->ports[i].at[j].fd);
}

void
sockets_close(struct sockets *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct port *p = &s->ports[i];

		for (size_t j = 0; j < p->count; j++)
			(void)close(p->at[j].fd);
		free(p->at);
		free(p->name);
	}
	free(s->ports);
	*s = (struct sockets) { 0 };
}
