#include "daemon/pulse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"

#define STATUS_MS 5000
#define START_MS  60000 /* a worker may read large CRLs before it turns */

struct figures {
	unsigned ready;
	uint64_t connections;
	uint64_t requests;
};

static struct figures
add_up(const struct supervisor *s)
{
	struct figures f = { 0 };

	for (unsigned i = 0; i < s->child_count; i++) {
		const struct metric_slot *slot = &s->shared->slots[i];

		f.ready += s->children[i]->state == CHILD_READY;
		f.connections += metric_read(slot, M_CONNS_NOW);
		f.requests += metric_read(slot, M_REQUESTS);
	}
	return f;
}

static void
tell_status(struct pulse *p)
{
	struct supervisor *s = p->supervisor;
	struct figures f = add_up(s);
	int64_t now = loop_now_ms(&s->loop), ms = now - p->status_ms;
	/* fewer than before: workers have gone, with what they counted */
	uint64_t more = f.requests > p->requests ? f.requests - p->requests : 0;
	uint64_t tenths = ms > 0 ? more * 10000 / (uint64_t)ms : 0;
	char text[sizeof(p->told)];

	(void)snprintf(text, sizeof(text),
	    "%s%s%u of %u workers serve generation %" PRIu32 ", %" PRIu64
	    " connections, %" PRIu64 ".%" PRIu64 " requests/s",
	    p->note, p->note[0] != '\0' ? "; " : "", f.ready, s->plan->workers,
	    s->plan->generation, f.connections, tenths / 10, tenths % 10);
	p->requests = f.requests;
	p->status_ms = now;
	if (strcmp(text, p->told) == 0)
		return;
	(void)snprintf(p->told, sizeof(p->told), "%s", text);
	sd_status(text);
}

static void
on_status(void *arg)
{
	struct pulse *p = arg;

	tell_status(p);
	deadline_set(&p->status, &p->supervisor->loop, STATUS_MS);
}

/* Whether the loop of this worker, if there is one, turns. */
static bool
does_turn(const struct child *c, int64_t now)
{
	if (c->pid < 0)
		return true;
	if (c->state == CHILD_STARTING)
		return now - c->started_ms < START_MS;
	return c->pings == c->pongs;
}

static void
on_ping(void *arg)
{
	struct pulse *p = arg;
	struct supervisor *s = p->supervisor;
	int64_t now = loop_now_ms(&s->loop);
	bool all = true;

	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (!does_turn(c, now)) {
			all = false;
			if (!c->is_late)
				log_msg(LOG_WARN, "worker-late",
				    "worker %u does not answer", c->index);
			c->is_late = true;
			continue;
		}
		c->is_late = false;
		child_ping(c);
	}
	if (all)
		sd_watchdog();
	deadline_set(&p->ping, &s->loop, p->ping_ms);
}

void
pulse_init(struct pulse *p, struct supervisor *s)
{
	*p = (struct pulse) { .supervisor = s };
	deadline_init(&p->ping, on_ping, p);
	deadline_init(&p->status, on_status, p);
	p->status_ms = loop_now_ms(&s->loop);
	if (!sd_is_there())
		return;
	deadline_set(&p->status, &s->loop, STATUS_MS);
	/* a ping and its answer fit twice into what systemd waits */
	p->ping_ms = sd_watchdog_ms() / 4;
	deadline_set(&p->ping, &s->loop, p->ping_ms);
}

void
pulse_clear(struct pulse *p)
{
	deadline_cancel(&p->ping);
	deadline_cancel(&p->status);
}

void
pulse_note(struct pulse *p, const char *note)
{
	(void)snprintf(p->note, sizeof(p->note), "%s",
	    note != NULL ? note : "");
	if (sd_is_there() && !p->supervisor->is_replaced)
		tell_status(p);
}
