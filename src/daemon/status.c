#include "daemon/status.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/metric.h"
#include "daemon/status_backends.h"
#include "daemon/supervisor_int.h"

#define DAY (24 * 3600) /* seconds */

static const char *const child_states[] = {
	[CHILD_GONE] = "gone",
	[CHILD_STARTING] = "starting",
	[CHILD_READY] = "ready",
	[CHILD_ENDING] = "ending",
};

static const char *
state_of(const struct supervisor *s)
{
	if (s->is_ending)
		return "ending";
	return s->was_ready ? "serving" : "starting";
}

static uint64_t
count(const struct supervisor *s, const struct child *c, enum metric m)
{
	return metric_read(&s->shared->slots[c->index], m);
}

static uint64_t
sum(const struct supervisor *s, enum metric m)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->child_count; i++)
		n += count(s, s->children[i], m);
	return n;
}

/* err: by its position in err.def. */
static uint64_t
sum_refused(const struct supervisor *s, enum metric_refused what, int err)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->child_count; i++)
		n += metric_read_refused(
		    &s->shared->slots[s->children[i]->index], what, err);
	return n;
}

static int64_t
uptime_ms(const struct supervisor *s)
{
	return loop_now_ms(&s->loop) - s->start_ms;
}

/* Rounded down, so that the second after the end is already -1. */
static int64_t
days_left(const struct supervisor *s, const struct stock_item *item)
{
	int64_t left = item->not_after - s->loop.wall_ms / 1000;

	return left >= 0 ? left / DAY : -1 - (-left - 1) / DAY;
}

/* Surplus workers that have gone are no longer of interest. */
static bool
is_shown(const struct supervisor *s, const struct child *c)
{
	return c->pid >= 0 || supervisor_wants(s, c);
}

static void
json_time(struct json *j, const char *key, int64_t wall_ms)
{
	char text[CLOCK_RFC3339_LEN];

	if (wall_ms != 0)
		clock_rfc3339(wall_ms, text);
	json_str(j, key, wall_ms != 0 ? text : NULL);
}

/* By reason; what never happened is left out. */
static void
json_refused(struct json *j, const struct supervisor *s)
{
	json_open(j, "refused", '{');
	for (int what = 0; what < REFUSED_COUNT; what++) {
		json_open(j, metric_refused_name(what), '{');
		for (int err = -1; err >= -(int)ERR_COUNT; err--) {
			uint64_t n = sum_refused(s, what, err);

			if (n > 0)
				json_int(j, err_slug(err), (int64_t)n);
		}
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void
json_workers(struct json *j, const struct supervisor *s)
{
	json_open(j, "workers", '[');
	for (unsigned i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		if (!is_shown(s, c))
			continue;
		json_open(j, NULL, '{');
		json_int(j, "worker", c->index);
		json_int(j, "pid", c->pid);
		json_str(j, "state", child_states[c->state]);
		json_int(j, "generation", c->generation);
		json_int(j, "deaths", c->deaths);
		json_int(j, "connections", (int64_t)count(s, c, M_CONNS_NOW));
		json_int(j, "requests", (int64_t)count(s, c, M_REQUESTS));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
json_listeners(struct json *j, const struct supervisor *s)
{
	char text[ADDR_TEXT_MAX];

	json_open(j, "listeners", '[');
	for (size_t i = 0; i < s->sockets.count; i++) {
		const struct port *p = &s->sockets.ports[i];

		addr_format(&p->addr, text);
		json_open(j, NULL, '{');
		json_str(j, "address", text);
		json_str(j, "name", p->name);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* What has an end, with it. */
static void
json_files(struct json *j, const struct supervisor *s)
{
	const struct stock *st = &s->plan->stock;

	json_open(j, "files", '[');
	for (size_t i = 0; i < st->count; i++) {
		const struct stock_item *item = &st->items[i];

		if (item->not_after == 0)
			continue;
		json_open(j, NULL, '{');
		json_str(j, "kind", stock_kind_name(item->kind));
		json_str(j, "path", item->name);
		json_time(j, "until", item->not_after * 1000);
		json_int(j, "days_left", days_left(s, item));
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
status_json(const struct supervisor *s, struct buf *out)
{
	const struct reload *r = &s->reload;
	struct json j;

	(void)buf_puts(out, "ok\n");
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_str(&j, "version", s->params.version);
	json_int(&j, "pid", getpid());
	json_str(&j, "state", state_of(s));
	json_int(&j, "uptime_s", uptime_ms(s) / 1000);
	json_str(&j, "configuration", s->params.conf_path);
	json_int(&j, "generation", s->plan->generation);
	json_time(&j, "since", s->plan->since_ms);
	json_int(&j, "reloads", r->count);
	json_int(&j, "reload_failures", r->failures);
	json_bool(&j, "last_reload_failed", r->has_failed);
	json_time(&j, "last_reload_failure", r->failed_ms);
	json_str(&j, "last_reload_mistake", r->mistake);
	json_int(&j, "connections", (int64_t)sum(s, M_CONNS_NOW));
	json_int(&j, "requests", (int64_t)sum(s, M_REQUESTS));
	json_int(&j, "handshakes", (int64_t)sum(s, M_HANDSHAKES));
	json_refused(&j, s);
	json_workers(&j, s);
	json_listeners(&j, s);
	json_files(&j, s);
	status_backends_json(s, &j);
	json_close(&j, '}');
	(void)buf_puts(out, "\n");
}

static void
text_reloads(const struct supervisor *s, struct buf *out)
{
	const struct reload *r = &s->reload;
	char since[CLOCK_RFC3339_LEN];

	clock_rfc3339(s->plan->since_ms, since);
	(void)buf_printf(out,
	    "configuration %s\n  generation %u since %s\n"
	    "  %u reloads, %u that failed\n",
	    s->params.conf_path, s->plan->generation, since, r->count,
	    r->failures);
	if (!r->has_failed)
		return;
	clock_rfc3339(r->failed_ms, since);
	(void)buf_printf(out, "  the last one failed at %s%s%s\n", since,
	    r->mistake != NULL ? ": " : "",
	    r->mistake != NULL ? r->mistake : "");
}

static void
text_workers(const struct supervisor *s, struct buf *out)
{
	(void)buf_printf(out, "workers\n  %-6s %-8s %-9s %-10s %11s %12s %6s\n",
	    "number", "pid", "state", "generation", "connections", "requests",
	    "deaths");
	for (unsigned i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		if (is_shown(s, c))
			(void)buf_printf(out,
			    "  %-6u %-8d %-9s %-10u %11llu %12llu %6u\n",
			    c->index, c->pid, child_states[c->state],
			    c->generation,
			    (unsigned long long)count(s, c, M_CONNS_NOW),
			    (unsigned long long)count(s, c, M_REQUESTS),
			    c->deaths);
	}
}

static void
text_refused(const struct supervisor *s, struct buf *out)
{
	bool has_any = false;

	for (int what = 0; what < REFUSED_COUNT; what++)
		for (int err = -1; err >= -(int)ERR_COUNT; err--) {
			uint64_t n = sum_refused(s, what, err);

			if (n == 0)
				continue;
			(void)buf_printf(out, "%s  %-12s %-24s %12llu\n",
			    has_any ? "" : "refused\n",
			    metric_refused_name(what), err_slug(err),
			    (unsigned long long)n);
			has_any = true;
		}
}

static void
text_files(const struct supervisor *s, struct buf *out)
{
	const struct stock *st = &s->plan->stock;

	(void)buf_puts(out, "files\n");
	for (size_t i = 0; i < st->count; i++)
		if (st->items[i].not_after != 0)
			(void)buf_printf(out, "  %-12s %s, %lld days left\n",
			    stock_kind_name(st->items[i].kind),
			    st->items[i].name,
			    (long long)days_left(s, &st->items[i]));
}

void
status_text(const struct supervisor *s, struct buf *out)
{
	char text[ADDR_TEXT_MAX];
	long long up = (long long)uptime_ms(s) / 1000;

	(void)buf_printf(out,
	    "ok\nsallyport %s, pid %d, %s, up %lld d %02lld:%02lld:%02lld\n",
	    s->params.version, (int)getpid(), state_of(s), up / DAY,
	    up / 3600 % 24, up / 60 % 60, up % 60);
	text_reloads(s, out);
	text_workers(s, out);
	text_refused(s, out);
	(void)buf_puts(out, "listeners\n");
	for (size_t i = 0; i < s->sockets.count; i++) {
		addr_format(&s->sockets.ports[i].addr, text);
		(void)buf_printf(out, "  %s\n", text);
	}
	text_files(s, out);
	status_backends_text(s, out);
}
