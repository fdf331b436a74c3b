#include "proxy/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proxy/accesslog.h"
#include "proxy/forward.h"
#include "proxy/route.h"
#include "proxy/whoami.h"

#define TO(state) (1u << (state))

static const unsigned may_follow[] = {
	[EXCHANGE_START] = TO(EXCHANGE_CONNECT) | TO(EXCHANGE_FORWARD) |
	    TO(EXCHANGE_REPLY) | TO(EXCHANGE_DONE),
	[EXCHANGE_CONNECT] = TO(EXCHANGE_FORWARD) | TO(EXCHANGE_REPLY) |
	    TO(EXCHANGE_DONE),
	[EXCHANGE_FORWARD] = TO(EXCHANGE_CONNECT) | TO(EXCHANGE_FORWARD) |
	    TO(EXCHANGE_REPLY) | TO(EXCHANGE_DONE),
	[EXCHANGE_REPLY] = TO(EXCHANGE_DONE),
	[EXCHANGE_DONE] = 0,
};

void
exchange_enter(struct exchange *x, enum exchange_state to)
{
	assert((may_follow[x->state] & TO(to)) != 0);
	x->state = to;
	x->waits_ms = 0;
	deadline_cancel(&x->deadline);
}

static struct loop *
loop_of(const struct exchange *x)
{
	return x->down->proxy->loop;
}

static void
exchange_free(void *arg)
{
	struct exchange *x = arg;

	reply_clear(&x->reply);
	service_unref(x->service);
	free(x);
}

static void
let_go(struct stream **s, int err)
{
	struct stream *was = *s;

	*s = NULL;
	if (was != NULL)
		stream_close(was, err);
}

void
exchange_drop_backend(struct exchange *x, int err)
{
	let_go(&x->to, err);
}

/* The end, whichever.  With err the streams are broken off. */
void
exchange_finish(struct exchange *x, int err)
{
	if (err != 0 && x->err == 0)
		x->err = err;
	exchange_enter(x, EXCHANGE_DONE);
	deadline_cancel(&x->whole);
	task_cancel(&x->flush);
	lease_cancel(&x->lease);
	accesslog_request(x);
	let_go(&x->to, err);
	let_go(&x->from, err);
	list_remove(&x->node);
	metric_add(M_REQUESTS_NOW, -1);
	loop_bury(loop_of(x), &x->grave, exchange_free, x);
}

void
exchange_cut(struct exchange *x, int err)
{
	if (x->state != EXCHANGE_DONE)
		exchange_finish(x, err);
}

void
exchange_wait(struct exchange *x, int64_t ms, int err)
{
	x->late_err = err;
	x->waits_ms = ms;
	deadline_set(&x->deadline, loop_of(x), ms);
}

/* Whether a client with whom this went wrong can still be told so. */
static bool
is_readable(int err)
{
	return err == E_TIMEOUT ||
	    (err <= E_HTTP_LINE && err >= E_HTTP_BODY_LONG);
}

/* Something went wrong between the two streams. */
void
exchange_pump_failed(struct exchange *x, int err, enum reply_side side)
{
	if (side == REPLY_BACKEND) {
		if (exchange_may_retry(x, err)) {
			exchange_retry(x);
			return;
		}
		if (err == E_CLOSED || err == E_TRUNCATED)
			err = E_UP_CLOSED;
	}
	let_go(&x->to, err);
	/* too late for an answer of ours, or nobody to read it */
	if (x->downward != FLOW_HEAD ||
	    (side == REPLY_CLIENT && !is_readable(err)))
		exchange_finish(x, err);
	else
		exchange_refuse(x, err, side);
}

/* The client's clock is set anew for progress, not for a drop now and then. */
static void
wait_for_client(struct exchange *x)
{
	const struct conf *c = x->service->conf;
	bool is_running = x->waits_ms != 0 && x->late_err == E_TIMEOUT;

	if (is_running && x->bytes_in - x->mark < c->limits.progress)
		return;
	x->mark = x->bytes_in;
	exchange_wait(x, c->timeouts.request_body_ms, E_TIMEOUT);
}

/* Whom the exchange waits for now, and for how long. */
static void
set_deadline(struct exchange *x)
{
	const struct conf_timeouts *t = &x->service->conf->timeouts;

	if (x->is_tunnel)
		exchange_wait(x, t->tunnel_ms, E_TIMEOUT);
	else if (x->upward == FLOW_BODY && x->is_starved)
		wait_for_client(x);
	else if (x->upward == FLOW_BODY || x->is_clogged)
		/* a connection that takes nothing has a clock of its own */
		exchange_wait(x, 0, 0);
	else if (x->downward == FLOW_BODY)
		exchange_wait(x, t->backend_body_ms, E_UP_TIMEOUT);
	else if (x->waits_ms == 0 || x->late_err != E_UP_TIMEOUT)
		exchange_wait(x, t->backend_response_ms, E_UP_TIMEOUT);
}

static void
run_forward(struct exchange *x)
{
	enum reply_side side = REPLY_CLIENT;
	int e = exchange_pump(x, &side);

	if (e == 0) {
		set_deadline(x);
	} else if (e == E_EOF) {
		exchange_finish(x, 0);
	} else {
		exchange_pump_failed(x, e, side);
	}
}

/* Nothing more comes for now; see loop_post_last(). */
static void
on_flush(void *arg)
{
	struct exchange *x = arg;
	enum reply_side side = REPLY_CLIENT;
	bool is_first = !x->is_asked;
	int e;

	if (x->state != EXCHANGE_FORWARD)
		return;
	if ((e = exchange_flush(x, &side)) != 0)
		exchange_pump_failed(x, e, side);
	else if (is_first && !x->to->is_reused)
		exchange_run(x); /* it may have answered, for all we know */
}

void
exchange_run(void *arg)
{
	struct exchange *x = arg;

	/* who left wants no answer: the backend need not make one */
	if (x->from->is_hung_up && x->downward != FLOW_DONE && !x->is_tunnel) {
		exchange_finish(x, E_CLOSED);
		return;
	}
	switch (x->state) {
	case EXCHANGE_FORWARD:
		run_forward(x);
		break;
	case EXCHANGE_REPLY:
		exchange_run_reply(x);
		break;
	case EXCHANGE_START:
	case EXCHANGE_CONNECT:
	case EXCHANGE_DONE:
		break;
	}
}

static void
on_deadline(void *arg)
{
	struct exchange *x = arg;
	int err = x->late_err;

	if (x->state == EXCHANGE_FORWARD)
		exchange_pump_failed(x, err,
		    err == E_TIMEOUT ? REPLY_CLIENT : REPLY_BACKEND);
	else
		exchange_finish(x, err);
}

/* The exchange takes longer than any may. */
static void
on_whole(void *arg)
{
	struct exchange *x = arg;

	if (x->barred != 0) {
		exchange_finish(x, x->barred);
		return;
	}
	switch (x->state) {
	case EXCHANGE_CONNECT:
		lease_cancel(&x->lease);
		exchange_refuse(x, E_UP_TIMEOUT, REPLY_BACKEND);
		break;
	case EXCHANGE_FORWARD:
		exchange_pump_failed(x, E_UP_TIMEOUT, REPLY_BACKEND);
		break;
	case EXCHANGE_START:
	case EXCHANGE_REPLY:
	case EXCHANGE_DONE:
		exchange_finish(x, E_TIMEOUT);
		break;
	}
}

/* RFC 9110, 7.6.2: OPTIONS that may go no further than here. */
static void
answer_options(struct exchange *x)
{
	x->reply = (struct reply) { .status = 204 };
	exchange_set_allow(x);
	exchange_answer(x);
}

static void
serve(struct exchange *x)
{
	const struct whoami w = { .peer = down_peer(x->down),
		.route = x->decision.route,
		.authz = &x->decision.authz,
		.client_ip = x->down->client_ip };

	if (forward_hops_left(x->request) == 0) {
		answer_options(x);
		return;
	}
	switch (x->decision.route->respond.kind) {
	case RESPOND_NONE:
		exchange_ask(x);
		break;
	case RESPOND_FIXED:
		reply_fixed(&x->reply, &x->decision.route->respond);
		exchange_answer(x);
		break;
	case RESPOND_WHOAMI:
		whoami_reply(&x->reply, &w);
		exchange_answer(x);
		break;
	}
}

/* What a request says of its content before any of that is there. */
static bool
is_too_long(const struct exchange *x)
{
	uint64_t max = x->service->conf->limits.request_body;

	return max != 0 && x->request->content == CONTENT_LENGTH &&
	    x->request->length > max;
}

static int
decide_by(struct exchange *x, const struct service *s, struct decision *out)
{
	struct proxy *proxy = x->down->proxy;
	const struct tls_peer *peer = down_peer(x->down);
	const struct decide_params p = {
		.conf = s->conf,
		.site = peer->site,
		/* whom the handshake refused does not get here; if it did, it
		 * would be nobody */
		.who = peer->verdict.err == 0 ? peer->verdict.ident : NULL,
		.room = proxy->path,
		.max = sizeof(proxy->path),
	};

	return decide(&p, x->request, out);
}

static int
decide_on(struct exchange *x)
{
	int e;

	if (proxy_is_over_budget(x->down->proxy))
		return E_OVERLOAD;
	if ((e = decide_by(x, x->service, &x->decision)) != 0)
		return e;
	return is_too_long(x) ? E_HTTP_BODY_LONG : 0;
}

static int
judge_tunnel(struct exchange *x)
{
	struct decision now;
	int e = decide_by(x, x->down->service, &now);

	if (e != 0)
		return e;
	return route_permits(now.route, x->upgrade) ? 0 : E_NOT_FOUND;
}

/* Whom rules refuse now, not what has become of the route. */
static int
judge_client(struct exchange *x)
{
	struct decision now;
	int e = decide_by(x, x->down->service, &now);

	return e == E_DENIED || e == E_NO_RULE || e == E_WILDCARD ? e : 0;
}

int
exchange_judge_upgrade(struct exchange *x)
{
	const struct down *d = x->down;

	if (d->barred != 0 || d->service == x->service)
		return d->barred;
	return judge_tunnel(x);
}

void
exchange_judge(struct exchange *x)
{
	int64_t ms = x->down->service->conf->timeouts.drain_ms;
	int e;

	if (x->is_tunnel) {
		if ((e = exchange_judge_upgrade(x)) != 0)
			exchange_cut(x, e);
		return;
	}
	if (x->down->barred != 0 || x->barred != 0 ||
	    (x->barred = judge_client(x)) == 0)
		return;
	if (!deadline_is_set(&x->whole) ||
	    x->whole.due_ms > loop_now_ms(loop_of(x)) + ms)
		deadline_set(&x->whole, loop_of(x), ms);
}

void
exchange_new(struct down *d, struct stream *from)
{
	struct exchange *x = mem_new(1, sizeof(*x));
	int e;

	x->down = d;
	x->service = service_ref(d->service);
	x->site = down_peer(d)->site;
	x->from = from;
	x->is_first = !from->is_reused;
	x->ref = proxy_ref(d->proxy);
	x->start_us = d->proxy->loop->now_us;
	list_init(&x->node);
	list_push(&d->exchanges, &x->node);
	deadline_init(&x->deadline, on_deadline, x);
	deadline_init(&x->whole, on_whole, x);
	task_init(&x->flush, on_flush, x);
	deadline_set(&x->whole, d->proxy->loop,
	    x->service->conf->timeouts.exchange_ms);
	stream_own(from, exchange_run, x);
	metric_add(M_REQUESTS, 1);
	metric_add(M_REQUESTS_NOW, 1);
	e = stream_recv_head(from, &x->request);
	/* who left already bothers no backend */
	if (e == 0 && from->is_hung_up) {
		exchange_finish(x, E_CLOSED);
		return;
	}
	if (e == 0 && down_refusal(d) != 0) {
		exchange_bar(x);
		return;
	}
	if (e == 0)
		e = decide_on(x);
	if (e == 0)
		serve(x);
	else
		exchange_refuse(x, e, REPLY_CLIENT);
}

struct exchange *
exchange_of_node(struct list *node)
{
	return list_item(node, struct exchange, node);
}
