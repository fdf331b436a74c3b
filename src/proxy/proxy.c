#include "proxy/proxy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "proxy/down.h"

#define SHED_TELL_MS 10000 /* between two lines about it */
/* What an open connection holds besides bufs: OpenSSL's, mostly. */
#define CONNECTION_BYTES (32 * 1024)

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
	quota_clear(&p->addresses);
	quota_clear(&p->identities);
	msg_clear(&p->scratch);
	service_unref(p->service);
	p->service = NULL;
}

void
proxy_shed(struct proxy *p, const char *why)
{
	int64_t now = loop_now_ms(p->loop);

	metric_add(M_CONNS_SHED, 1);
	p->shed++;
	/* a flood must not become one of log lines */
	if (p->shed_told_ms != 0 && now - p->shed_told_ms < SHED_TELL_MS)
		return;
	log_msg(LOG_WARN, "connections-shed", "%" PRIu64 " turned away: %s",
	    p->shed, why);
	p->shed = 0;
	p->shed_told_ms = now;
}

bool
proxy_is_over_budget(const struct proxy *p)
{
	return buf_in_use() + p->down_count * CONNECTION_BYTES >
	    p->service->conf->limits.memory;
}

/* Why a newcomer is turned away, or NULL. */
static const char *
refusal(struct proxy *p, struct slice ip)
{
	const struct conf_limits *l = &p->service->conf->limits;

	if (p->down_count >= l->connections)
		return "limits.connections";
	if (!quota_take(&p->addresses, ip, l->connections_per_address))
		return "limits.connections_per_address";
	return NULL;
}

void
proxy_accept(void *arg, int fd, const struct addr *peer)
{
	struct proxy *p = arg;
	char ip[ADDR_TEXT_MAX];
	const char *why;

	addr_format_ip(peer, ip);
	if ((why = refusal(p, slice_str(ip))) != NULL) {
		proxy_shed(p, why);
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
