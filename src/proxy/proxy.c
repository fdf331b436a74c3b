#include "proxy/proxy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proxy/down.h"

#define SHED_TELL_MS 10000 /* between two lines about it */
/* What an open connection holds besides bufs: OpenSSL's, mostly. */
#define CONNECTION_BYTES (32 * 1024)
/* What judging again may cost in one turn; established traffic goes on beside
 * it. */
#define JUDGE_US 1000
/* How often the clock is looked at, and by how much it must have been set:
 * dates are whole seconds. */
#define CLOCK_MS       1000
#define CLOCK_SLACK_MS 1000

static void
judge_some(void *arg)
{
	struct proxy *p = arg;
	int64_t end = clock_mono_us() + JUDGE_US;
	struct list *node;

	while ((node = list_pop(&p->unjudged)) != NULL) {
		struct down *d = down_of_node(node);

		list_push(&p->downs, node);
		down_judge(d);
		if (clock_mono_us() >= end)
			break;
	}
	if (!list_is_empty(&p->unjudged))
		loop_post(p->loop, &p->judge);
}

static void
judge_all(struct proxy *p)
{
	list_move(&p->unjudged, &p->downs);
	loop_post(p->loop, &p->judge);
}

void
proxy_use(struct proxy *p, struct service *s)
{
	service_inherit(s, p->service);
	service_unref(p->service);
	p->service = s;
	judge_all(p);
}

static void
on_clock(void *arg)
{
	struct proxy *p = arg;
	int64_t gap = p->loop->wall_ms - loop_now_ms(p->loop);
	int64_t by = gap - p->clock_gap_ms;

	if (p->clock_gap_ms == 0) {
		p->clock_gap_ms = gap;
	} else if (by >= CLOCK_SLACK_MS || by <= -CLOCK_SLACK_MS) {
		log_msg(LOG_NOTICE, "clock-set", "by %" PRId64 " s", by / 1000);
		p->clock_gap_ms = gap;
		judge_all(p);
	}
	if (p->down_count > 0)
		deadline_set(&p->clock, p->loop, CLOCK_MS);
}

void
proxy_watch_clock(struct proxy *p)
{
	if (!deadline_is_set(&p->clock))
		on_clock(p);
}

void
proxy_init(struct proxy *p, struct loop *l, struct service *s,
    void (*on_empty)(void *), void *arg)
{
	*p = (struct proxy) { .loop = l,
		.service = s,
		.on_empty = on_empty,
		.arg = arg };
	list_init(&p->downs);
	list_init(&p->unjudged);
	task_init(&p->judge, judge_some, p);
	deadline_init(&p->clock, on_clock, p);
	msg_init(&p->scratch);
	if (getrandom(&p->next_ref, sizeof(p->next_ref), 0) < 0)
		mem_abort(__func__);
}

void
proxy_clear(struct proxy *p)
{
	p->on_empty = NULL;
	task_cancel(&p->judge);
	deadline_cancel(&p->clock);
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

bool
proxy_count_address(struct proxy *p, struct slice ip)
{
	if (quota_take(&p->addresses, ip,
		p->service->conf->limits.connections_per_address))
		return true;
	proxy_shed(p, "limits.connections_per_address");
	return false;
}

static bool
is_trusted(const struct conf_listener *l, const struct addr *peer)
{
	for (size_t i = 0; i < l->trusted_count; i++)
		if (cidr_has(&l->trusted[i].cidr, peer))
			return true;
	return false;
}

/*
 * Whether a newcomer may go on.  Where a PROXY header is required its address
 * is that of a proxy, and not counted.
 */
static bool
may_enter(struct proxy_door *door, const struct addr *peer)
{
	struct proxy *p = door->proxy;
	const struct conf *c = p->service->conf;
	const struct conf_listener *l = conf_listener_for(c, door->listener);
	char ip[ADDR_TEXT_MAX];

	if (p->down_count >= c->limits.connections) {
		proxy_shed(p, "limits.connections");
		return false;
	}
	/* a listener that is going may still have had somebody in its queue;
	 * whom to trust there is not known any more */
	if (l != NULL)
		door->header = l->proxy;
	if (door->header == PROXY_IN_REQUIRE) {
		if (l != NULL && is_trusted(l, peer))
			return true;
		metric_add(M_PROXY_REFUSED, 1);
		proxy_shed(p, "not one of trusted_proxies");
		return false;
	}
	addr_format_ip(peer, ip);
	return proxy_count_address(p, slice_str(ip));
}

void
proxy_accept(void *arg, int fd, const struct addr *peer)
{
	struct proxy_door *door = arg;

	if (may_enter(door, peer))
		down_new(door, fd, peer);
	else
		(void)close(fd);
}

void
proxy_each(struct proxy *p, void (*fn)(struct down *))
{
	struct list *at, *after;

	list_each(at, after, &p->downs)
		fn(down_of_node(at));
	list_each(at, after, &p->unjudged)
		fn(down_of_node(at));
}

void
proxy_drain(struct proxy *p)
{
	p->is_draining = true;
	proxy_each(p, down_drain);
	if (p->down_count == 0 && p->on_empty != NULL)
		p->on_empty(p->arg);
}

void
proxy_cut(struct proxy *p)
{
	proxy_each(p, down_cut);
}

struct msg *
proxy_scratch(struct proxy *p)
{
	msg_reset(&p->scratch);
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
