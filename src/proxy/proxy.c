#include "proxy/proxy.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "proxy/down.h"

void
proxy_init(struct proxy *p, struct loop *l, struct service *s,
    void (*on_empty)(void *), void *arg)
{
	*p = (struct proxy) { .loop = l,
		.service = s,
		.on_empty = on_empty,
		.arg = arg };
	list_init(&p->downs);
	msg_init(&p->scratch);
	if (getrandom(&p->next_ref, sizeof(p->next_ref), 0) < 0)
		abort();
}

void
proxy_clear(struct proxy *p)
{
	p->on_empty = NULL;
	proxy_cut(p);
	msg_clear(&p->scratch);
	service_unref(p->service);
	p->service = NULL;
}

/* As many as the configuration allows are there already. */
static bool
is_full(struct proxy *p)
{
	bool full = p->down_count >= p->service->conf->limits.connections;

	if (full && !p->is_full)
		log_msg(LOG_WARN, "connections-full",
		    "%u connections are open; newcomers are turned away",
		    p->down_count);
	p->is_full = full;
	return full;
}

void
proxy_accept(void *arg, int fd, const struct addr *peer)
{
	struct proxy *p = arg;

	if (is_full(p)) {
		metric_add(M_CONNS_SHED, 1);
		(void)close(fd);
		return;
	}
	down_new(p, fd, peer);
}

void
proxy_drain(struct proxy *p)
{
	struct list *at, *after;

	p->is_draining = true;
	list_each(at, after, &p->downs)
		down_drain(down_of_node(at));
	if (p->down_count == 0 && p->on_empty != NULL)
		p->on_empty(p->arg);
}

void
proxy_cut(struct proxy *p)
{
	struct list *at, *after;

	list_each(at, after, &p->downs)
		down_cut(down_of_node(at));
}

struct msg *
proxy_scratch(struct proxy *p)
{
	struct fields f = p->scratch.fields;

	/* the array of fields is kept: a request allocates nothing for it */
	fields_reset(&f);
	p->scratch.fields = (struct fields) { 0 };
	msg_clear(&p->scratch);
	msg_init(&p->scratch);
	p->scratch.fields = f;
	return &p->scratch;
}

struct slice
proxy_date(struct proxy *p)
{
	time_t now = (time_t)(p->loop->wall_ms / 1000);

	if (now != p->date_at) {
		p->date_at = now;
		clock_http(now, p->date);
	}
	return slice_of(p->date, CLOCK_HTTP_LEN - 1);
}

uint64_t
proxy_ref(struct proxy *p)
{
	uint64_t n = p->next_ref++;

	return map_hash(slice_of(&n, sizeof(n)));
}
