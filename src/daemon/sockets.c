#include "daemon/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/process.h"
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

/* Port 0 is chosen by the system for the first one; the others follow. */
static int
learn_addr(struct port *p)
{
	struct addr got = { .len = sizeof(got.storage) };

	if (getsockname(p->at[0].fd, &got.sa, &got.len) != 0)
		return E_SYS;
	p->addr = got;
	return 0;
}

/* One more. */
static int
open_one(struct sockets *s, struct port *p)
{
	int e = E_SYS, fd = -1;

	if (p->given == 0 || may_have_neighbours(p->at[0].fd))
		e = listener_open(&p->addr, true, &fd);
	if (e == 0) {
		add(s, p, fd, true);
		return 0;
	}
	if (p->given == 0)
		return e;
	fd = fcntl(p->at[p->count % p->given].fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return E_SYS;
	add(s, p, fd, false);
	return 0;
}

static void
log_port(const struct port *p, const char *event, int err)
{
	char text[ADDR_TEXT_MAX];
	struct log l;

	if (!log_begin(&l, err == 0 ? LOG_NOTICE : LOG_ERR, event))
		return;
	addr_format(&p->addr, text);
	log_str(&l, "name", p->name);
	log_str(&l, "address", text);
	if (p->given > 0)
		log_int(&l, "inherited", (int64_t)p->given);
	if (err != 0)
		log_str(&l, "error", strerror(err));
	log_end(&l);
}

static void
clear_port(struct port *p)
{
	for (size_t i = 0; i < p->count; i++)
		(void)close(p->at[i].fd);
	free(p->at);
	free(p->name);
}

static void
take_inherited(struct sockets *s, struct port *p, struct inherit *h)
{
	bool is_ours = false;
	int fd;

	while (p->count < PROCESS_WORKERS_MAX &&
	    (fd = inherit_take(h, p->name, &p->addr, &is_ours)) >= 0) {
		add(s, p, fd, is_ours);
		(void)learn_addr(p);
	}
	p->given = p->count;
}

static int
open_port(struct sockets *s, const struct sockets_wanted *w, struct inherit *h)
{
	struct port p = { .state = PORT_NEW,
		.is_wanted = true,
		.as = w->addr,
		.addr = w->addr,
		.key = w->key };
	int err;

	p.name = w->name != NULL ? mem_strdup(w->name) : NULL;
	if (h != NULL)
		take_inherited(s, &p, h);
	if ((p.count == 0 && open_one(s, &p) != 0) || learn_addr(&p) != 0) {
		err = errno;
		log_port(&p, "listen-failed", err);
		clear_port(&p);
		return E_SYS;
	}
	s->ports = mem_resize(s->ports, s->count + 1, sizeof(*s->ports));
	s->ports[s->count++] = p;
	return 0;
}

static bool
is_named(const struct port *p, const char *name)
{
	if (p->name == NULL || name == NULL)
		return p->name == name;
	return strcmp(p->name, name) == 0;
}

/* One that is there already; each for one listener of the configuration. */
static struct port *
find(const struct sockets *s, const struct sockets_wanted *w)
{
	for (size_t i = 0; i < s->count; i++) {
		struct port *p = &s->ports[i];

		if (!p->is_wanted && is_named(p, w->name) &&
		    addr_eq(&p->as, &w->addr))
			return p;
	}
	return NULL;
}

int
sockets_prepare(struct sockets *s, const struct sockets_wanted *w, size_t n,
    struct inherit *h)
{
	struct port *p;

	for (size_t i = 0; i < s->count; i++)
		s->ports[i].is_wanted = false;
	for (size_t i = 0; i < n; i++) {
		if ((p = find(s, &w[i])) != NULL) {
			p->is_wanted = true;
		} else if (open_port(s, &w[i], h) != 0) {
			sockets_cancel(s);
			return E_SYS;
		}
	}
	return 0;
}

/* Closes those in a state; how many there were. */
static size_t
close_in(struct sockets *s, enum port_state state)
{
	size_t n = 0, had = s->count;

	for (size_t i = 0; i < s->count; i++) {
		if (s->ports[i].state == state)
			clear_port(&s->ports[i]);
		else
			s->ports[n++] = s->ports[i];
	}
	s->count = n;
	return had - n;
}

void
sockets_cancel(struct sockets *s)
{
	(void)close_in(s, PORT_NEW);
}

void
sockets_commit(struct sockets *s, unsigned workers)
{
	for (size_t i = 0; i < s->count; i++) {
		struct port *p = &s->ports[i];
		int e = 0;

		if (!p->is_wanted) {
			p->state = PORT_GOING;
			log_port(p, "not-listening", 0);
			continue;
		}
		while (p->count < workers && e == 0)
			e = open_one(s, p);
		if (e != 0)
			log_port(p, "listen-failed", errno);
		else if (p->state == PORT_NEW)
			log_port(p, "listening", 0);
	}
}

void
sockets_settle(struct sockets *s)
{
	/* the store forgets by name, and they all have one */
	if (close_in(s, PORT_GOING) > 0)
		sd_unstore(INHERIT_STORED);
	for (size_t i = 0; i < s->count; i++) {
		struct port *p = &s->ports[i];

		p->state = PORT_OPEN;
		for (size_t j = 0; j < p->count; j++)
			if (p->at[j].is_ours)
				sd_store(INHERIT_STORED, p->at[j].fd);
	}
}

unsigned
sockets_width(const struct sockets *s)
{
	size_t width = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->ports[i].count > width)
			width = s->ports[i].count;
	return (unsigned)width;
}

void
sockets_close(struct sockets *s)
{
	for (size_t i = 0; i < s->count; i++)
		clear_port(&s->ports[i]);
	free(s->ports);
	*s = (struct sockets) { 0 };
}
