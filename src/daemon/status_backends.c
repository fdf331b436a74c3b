#include "daemon/status_backends.h"

#include "base/clock.h"
#include "daemon/supervisor_int.h"

/* What one worker, or all of them, have seen of a server. */
struct seen {
	unsigned tried;   /* workers that have had to do with it */
	unsigned resting; /* that leave it alone now */
	unsigned failing; /* whose last connection to it failed */
	int64_t open;
	int64_t idle;
	int64_t requests;
	int64_t failures;
	int64_t failed_ms; /* wall clock; 0: never */
};

static void
add(struct seen *all, const struct seen *one)
{
	all->tried += one->tried;
	all->resting += one->resting;
	all->failing += one->failing;
	all->open += one->open;
	all->idle += one->idle;
	all->requests += one->requests;
	all->failures += one->failures;
	if (one->failed_ms > all->failed_ms)
		all->failed_ms = one->failed_ms;
}

/* number: the server's, in the order of the configuration.  Nothing while the
 * worker has another configuration, or is gone. */
static struct seen
seen_by(const struct supervisor *s, const struct child *c, size_t number)
{
	const struct vitals *v;
	int64_t now = loop_now_ms(&s->loop);
	struct seen one = { 0 };

	if (number >= PROCESS_SERVERS_MAX)
		return one;
	v = &s->shared->vitals[c->index][number];
	if (vitals_get(v, VITAL_GENERATION) != s->plan->generation)
		return one;
	one.resting = vitals_get(v, VITAL_REST_MS) > now;
	one.failing = vitals_get(v, VITAL_IN_A_ROW) > 0;
	one.open = vitals_get(v, VITAL_OPEN);
	one.idle = vitals_get(v, VITAL_IDLE);
	one.requests = vitals_get(v, VITAL_REQUESTS);
	one.failures = vitals_get(v, VITAL_FAILURES);
	one.tried = one.requests + one.failures > 0;
	if (one.failures > 0)
		one.failed_ms = s->loop.wall_ms -
		    (now - vitals_get(v, VITAL_FAILED_MS));
	return one;
}

static struct seen
seen_by_all(const struct supervisor *s, size_t number)
{
	struct seen all = { 0 };

	for (unsigned i = 0; i < s->child_count; i++) {
		struct seen one = seen_by(s, s->children[i], number);

		add(&all, &one);
	}
	return all;
}

static const char *
state_of(const struct seen *seen)
{
	if (seen->tried == 0)
		return "unknown";
	if (seen->failing == 0)
		return "good";
	return seen->failing < seen->tried ? "doubtful" : "failing";
}

static void
json_seen(struct json *j, const struct seen *seen)
{
	char text[CLOCK_RFC3339_LEN];

	if (seen->failed_ms != 0)
		clock_rfc3339(seen->failed_ms, text);
	json_str(j, "state", state_of(seen));
	json_int(j, "connections", seen->open);
	json_int(j, "idle", seen->idle);
	json_int(j, "requests", seen->requests);
	json_int(j, "failures", seen->failures);
	json_str(j, "last_failure", seen->failed_ms != 0 ? text : NULL);
}

static void
json_server(struct json *j, const struct supervisor *s, const char *name,
    size_t number)
{
	struct seen seen = seen_by_all(s, number);

	json_open(j, NULL, '{');
	json_str(j, "server", name);
	json_seen(j, &seen);
	json_open(j, "workers", '[');
	for (unsigned i = 0; i < s->child_count; i++) {
		seen = seen_by(s, s->children[i], number);
		if (seen.tried == 0)
			continue;
		json_open(j, NULL, '{');
		json_int(j, "worker", s->children[i]->index);
		json_seen(j, &seen);
		json_bool(j, "resting", seen.resting > 0);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void
status_backends_json(const struct supervisor *s, struct json *j)
{
	const struct stock *st = &s->plan->stock;
	size_t number = 0;

	json_open(j, "backends", '[');
	for (size_t i = 0; i < st->count; i++) {
		const struct stock_item *item = &st->items[i];

		if (item->kind != STOCK_BACKEND)
			continue;
		json_open(j, NULL, '{');
		json_str(j, "name", item->name);
		json_open(j, "servers", '[');
		for (size_t n = 0; n < item->server_count; n++)
			json_server(j, s, item->servers[n], number++);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
text_server(struct buf *out, const char *name, const struct seen *seen)
{
	char text[CLOCK_RFC3339_LEN];

	(void)buf_printf(out,
	    "    %s: %s, %lld connections (%lld idle), "
	    "%lld requests, %lld failures",
	    name, state_of(seen), (long long)seen->open, (long long)seen->idle,
	    (long long)seen->requests, (long long)seen->failures);
	if (seen->failed_ms != 0) {
		clock_rfc3339(seen->failed_ms, text);
		(void)buf_printf(out, ", the last at %s", text);
	}
	if (seen->resting > 0)
		(void)buf_printf(out, ", left alone by %u workers",
		    seen->resting);
	(void)buf_puts(out, "\n");
}

void
status_backends_text(const struct supervisor *s, struct buf *out)
{
	const struct stock *st = &s->plan->stock;
	size_t number = 0;

	(void)buf_puts(out, "backends\n");
	for (size_t i = 0; i < st->count; i++) {
		const struct stock_item *item = &st->items[i];

		if (item->kind != STOCK_BACKEND)
			continue;
		(void)buf_printf(out, "  %s\n", item->name);
		for (size_t n = 0; n < item->server_count; n++) {
			struct seen seen = seen_by_all(s, number++);

			text_server(out, item->servers[n], &seen);
		}
	}
}
