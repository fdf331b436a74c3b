#include "proxy/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/uri.h"
#include "proxy/accesslog.h"
#include "proxy/forward.h"
#include "proxy/route.h"
#include "proxy/whoami.h"

/* With an answer of our own, this much of a request is read and thrown away
 * so that the connection can go on. */
#define SKIP_MAX (64 * 1024)
/* What any resource may serve; for a method that none does. */
#define METHODS "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"

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

static void run(void *arg);
static void forward(struct exchange *, struct stream *to);

static void
enter(struct exchange *x, enum exchange_state to)
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

/* The end, whichever.  With err the streams are broken off. */
static void
finish(struct exchange *x, int err)
{
	if (err != 0 && x->err == 0)
		x->err = err;
	enter(x, EXCHANGE_DONE);
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
		finish(x, err);
}

/*
 * Whether what is left of the request can be skipped, so that the connection
 * is of use afterwards.  A client that waits for 100 (Continue) may or may
 * not send its content after another answer (RFC 9110, 10.1.1).
 */
static bool
can_skip(const struct exchange *x)
{
	const struct msg *m = x->request;

	if (fields_get(&m->fields, FIELD_EXPECT) != NULL)
		return false;
	return m->content == CONTENT_NONE ||
	    (m->content == CONTENT_LENGTH && m->length <= SKIP_MAX);
}

/* Sends the reply's head and as much of its body as goes. */
static int
send_reply(struct exchange *x)
{
	struct slice left = slice_skip(x->reply.body, x->reply_at);
	size_t n;
	int e;

	if (x->request->method == METHOD_HEAD ||
	    http_response_is_bare(METHOD_GET, x->reply.status))
		left.n = 0;
	for (; left.n > 0; left = slice_skip(left, n)) {
		e = stream_send_body(x->from, left, &n);
		if (e != 0)
			return e;
		x->reply_at += n;
		x->bytes_out += n;
	}
	e = stream_send_end(x->from, NULL);
	if (e == 0)
		x->downward = FLOW_DONE;
	return e;
}

static int
skip_request(struct exchange *x)
{
	struct slice data;
	int e;

	while ((e = stream_recv_body(x->from, &data)) == 0) {
		stream_recv_took(x->from, data.n);
		x->bytes_in += data.n;
	}
	if (e == E_EOF)
		x->upward = FLOW_DONE;
	return e;
}

static void
wait_for(struct exchange *x, int64_t ms, int err)
{
	x->late_err = err;
	x->waits_ms = ms;
	deadline_set(&x->deadline, loop_of(x), ms);
}

static void
run_reply(struct exchange *x)
{
	int e = 0;

	if (x->downward == FLOW_BODY)
		e = send_reply(x);
	if (e == 0 || e == E_AGAIN)
		e = stream_flush(x->from);
	if (e == 0 && x->upward == FLOW_BODY)
		e = skip_request(x);
	if (e != 0 && e != E_AGAIN && e != E_EOF)
		finish(x, e);
	else if (x->downward == FLOW_DONE && x->upward != FLOW_BODY)
		finish(x, 0);
	else if (x->upward == FLOW_BODY && x->waits_ms == 0)
		wait_for(x, x->service->conf->timeouts.request_body_ms,
		    E_TIMEOUT);
}

/* Answers with x->reply. */
static void
answer(struct exchange *x)
{
	struct proxy *p = x->down->proxy;
	struct msg *out = proxy_scratch(p);
	bool is_read = x->upward == FLOW_DONE;
	bool skip = x->upward == FLOW_HEAD && can_skip(x);
	int e;

	enter(x, EXCHANGE_REPLY);
	x->status = x->reply.status;
	reply_head(&x->reply, proxy_date(p), out);
	out->keep_alive = is_read || skip;
	if (x->request->method == METHOD_HEAD &&
	    out->content == CONTENT_LENGTH) {
		out->content = CONTENT_NONE;
		out->has_length = true;
	}
	e = stream_send_head(x->from, out);
	if (e != 0) {
		finish(x, e);
		return;
	}
	x->downward = FLOW_BODY;
	if (!is_read)
		x->upward = skip ? FLOW_BODY : FLOW_CUT;
	run_reply(x);
}

static void
set_allow(struct exchange *x)
{
	const struct conf_site *site = down_peer(x->down)->site;
	struct reply *r = &x->reply;

	if (x->route != NULL)
		route_allow(site, x->route, r->allow, sizeof(r->allow));
	else
		(void)snprintf(r->allow, sizeof(r->allow), "%s", METHODS);
}

static void
refuse(struct exchange *x, int err, enum reply_side side)
{
	x->err = err;
	metric_add(M_REQUESTS_REFUSED, 1);
	reply_error(&x->reply, reply_status(err, side), x->ref);
	if (err == E_METHOD_REFUSED)
		set_allow(x);
	answer(x);
}

/* Whether to ask another connection: a kept one may have been closed by the
 * backend at the very moment that we used it.  RFC 9110, 9.2.2. */
static bool
may_retry(const struct exchange *x)
{
	return !x->is_retry && x->to->is_reused && !x->to->has_input &&
	    x->downward == FLOW_HEAD && x->bytes_in == 0 &&
	    http_method_is_idempotent(x->request->method);
}

static void on_stream(void *arg, int err, struct stream *);

static void
ask_backend(struct exchange *x, bool fresh)
{
	struct cluster *c = x->service->clusters[x->route->backend->index];
	struct stream *to = NULL;
	int e = lease_get(&x->lease, c, fresh, &to, on_stream, x);

	if (e == 0)
		forward(x, to);
	else if (e == E_AGAIN)
		enter(x, EXCHANGE_CONNECT);
	else
		refuse(x, e, REPLY_BACKEND);
}

static void
retry(struct exchange *x)
{
	metric_add(M_UP_RETRIES, 1);
	let_go(&x->to, E_CLOSED);
	x->is_retry = true;
	x->upward = FLOW_HEAD;
	ask_backend(x, true);
}

/* Whether a client with whom this went wrong can still be told so. */
static bool
is_readable(int err)
{
	return err == E_TIMEOUT ||
	    (err <= E_HTTP_LINE && err >= E_HTTP_BODY_LONG);
}

/* Something went wrong between the two streams. */
static void
pump_failed(struct exchange *x, int err, enum reply_side side)
{
	if (side == REPLY_BACKEND) {
		if (may_retry(x)) {
			retry(x);
			return;
		}
		if (err == E_CLOSED || err == E_TRUNCATED)
			err = E_UP_CLOSED;
	}
	let_go(&x->to, err);
	/* too late for an answer of ours, or nobody to read it */
	if (x->downward != FLOW_HEAD ||
	    (side == REPLY_CLIENT && !is_readable(err)))
		finish(x, err);
	else
		refuse(x, err, side);
}

/* Whom the exchange waits for now, and for how long. */
static void
set_deadline(struct exchange *x)
{
	const struct conf_timeouts *t = &x->service->conf->timeouts;

	if (x->is_tunnel)
		wait_for(x, t->tunnel_ms, E_TIMEOUT);
	else if (x->upward == FLOW_BODY && x->is_starved)
		wait_for(x, t->request_body_ms, E_TIMEOUT);
	else if (x->downward == FLOW_BODY)
		wait_for(x, t->backend_body_ms, E_UP_TIMEOUT);
	else if (x->waits_ms == 0 || x->late_err != E_UP_TIMEOUT)
		wait_for(x, t->backend_response_ms, E_UP_TIMEOUT);
}

static void
run_forward(struct exchange *x)
{
	enum reply_side side = REPLY_CLIENT;
	int e = exchange_pump(x, &side);

	if (e == 0) {
		set_deadline(x);
	} else if (e == E_EOF) {
		finish(x, 0);
	} else {
		pump_failed(x, e, side);
	}
}

static void
run(void *arg)
{
	struct exchange *x = arg;

	/* who left wants no answer: the backend need not make one */
	if (x->from->is_hung_up && x->downward != FLOW_DONE && !x->is_tunnel) {
		finish(x, E_CLOSED);
		return;
	}
	switch (x->state) {
	case EXCHANGE_FORWARD:
		run_forward(x);
		break;
	case EXCHANGE_REPLY:
		run_reply(x);
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
		pump_failed(x, err,
		    err == E_TIMEOUT ? REPLY_CLIENT : REPLY_BACKEND);
	else
		finish(x, err);
}

/* The authority that the backend is asked for. */
static struct slice
host_for(const struct exchange *x)
{
	/* HTTP/1.0 may leave it out: then the name that the handshake used */
	if (x->request->authority.n > 0)
		return x->request->authority;
	return down_peer(x->down)->sni;
}

static void
forward(struct exchange *x, struct stream *to)
{
	const struct forward how = {
		.host = host_for(x),
		.via = x->request->version == HTTP_10 ? x->service->via_10 :
							x->service->via_11,
		.upgrade = x->upgrade,
		.idhdr = { .client_ip = slice_str(x->down->client_ip),
		    .host = x->request->authority },
	};
	struct msg *out = proxy_scratch(x->down->proxy);
	int e;

	enter(x, EXCHANGE_FORWARD);
	x->to = to;
	x->connect_us = loop_of(x)->now_us;
	stream_own(to, run, x);
	forward_request(x->request, &how, out);
	e = stream_send_head(to, out);
	if (e != 0) {
		pump_failed(x, e, REPLY_BACKEND);
		return;
	}
	x->upward = FLOW_BODY;
	run_forward(x);
}

static void
on_stream(void *arg, int err, struct stream *to)
{
	struct exchange *x = arg;

	if (err != 0)
		refuse(x, err, REPLY_BACKEND);
	else
		forward(x, to);
}

/* RFC 9110, 15.5.20: the host belongs to the site of the handshake, or it is
 * asked for on another connection. */
static int
check_host(const struct exchange *x, const struct conf_site *site)
{
	struct authority a;
	char host[HOST_MAX];
	size_t n;
	int e;

	if (x->request->authority.n == 0)
		return 0;
	if ((e = authority_parse(x->request->authority, &a)) != 0 ||
	    (e = authority_host(&a, host, &n)) != 0)
		return e;
	if (conf_site_for(x->service->conf, slice_of(host, n)) != site)
		return E_MISDIRECTED;
	return 0;
}

/* RFC 9110, 10.1.1: there is one expectation, and none in HTTP/1.0. */
static int
check_expect(const struct msg *m)
{
	const struct field *f = fields_get(&m->fields, FIELD_EXPECT);
	struct slice rest, what;

	for (; f != NULL; f = fields_next(&m->fields, f))
		for (rest = f->value; field_list_next(&rest, &what);)
			if (m->version != HTTP_10 &&
			    !slice_caseeq(what, SL("100-continue")))
				return E_HTTP_EXPECT;
	return 0;
}

/* Which route, and whether this client may take it. */
static int
decide(struct exchange *x)
{
	const struct tls_peer *peer = down_peer(x->down);
	const struct msg *m = x->request;
	struct proxy *p = x->down->proxy;
	size_t n;
	int e;

	if (m->method == METHOD_CONNECT || m->method == METHOD_TRACE)
		return E_METHOD_REFUSED;
	if ((e = check_host(x, peer->site)) != 0 ||
	    (e = check_expect(m)) != 0 ||
	    (e = path_normalise(m->path, p->path, sizeof(p->path), &n)) != 0 ||
	    (e = route_find(peer->site, m->method_name, slice_of(p->path, n),
		 &x->route)) != 0)
		return e;
	return authz_check(x->route, peer->verdict.ident, &x->authz);
}

/* The first protocol that the client wants and the route permits. */
static void
choose_upgrade(struct exchange *x)
{
	struct slice rest = x->request->upgrade, token;

	while (x->upgrade.n == 0 && field_list_next(&rest, &token))
		for (size_t i = 0; i < x->route->upgrade_count; i++)
			if (slice_caseeq(token, x->route->upgrades[i]))
				x->upgrade = token;
}

static void
serve(struct exchange *x)
{
	const struct whoami w = { .peer = down_peer(x->down),
		.route = x->route,
		.authz = &x->authz,
		.client_ip = x->down->client_ip };

	switch (x->route->respond.kind) {
	case RESPOND_NONE:
		choose_upgrade(x);
		ask_backend(x, false);
		break;
	case RESPOND_FIXED:
		reply_fixed(&x->reply, &x->route->respond);
		answer(x);
		break;
	case RESPOND_WHOAMI:
		whoami_reply(&x->reply, &w);
		answer(x);
		break;
	}
}

void
exchange_new(struct down *d, struct stream *from)
{
	struct exchange *x = mem_new(1, sizeof(*x));
	int e;

	x->down = d;
	x->service = service_ref(d->service);
	x->from = from;
	x->ref = proxy_ref(d->proxy);
	x->start_us = d->proxy->loop->now_us;
	list_init(&x->node);
	list_push(&d->exchanges, &x->node);
	deadline_init(&x->deadline, on_deadline, x);
	stream_own(from, run, x);
	metric_add(M_REQUESTS, 1);
	metric_add(M_REQUESTS_NOW, 1);
	e = stream_recv_head(from, &x->request);
	if (e == 0)
		e = decide(x);
	if (e == 0)
		serve(x);
	else
		refuse(x, e, REPLY_CLIENT);
}

struct exchange *
exchange_of_node(struct list *node)
{
	return list_item(node, struct exchange, node);
}
