#include "proxy/exchange.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metric.h"
#include "proxy/rewrite.h"
#include "proxy/route.h"

/* With an answer of our own, this much of a request is read and thrown away
 * so that the connection can go on. */
#define SKIP_MAX (64 * 1024)
/* What any resource may serve; for a method that none does. */
#define METHODS "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"

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

void
exchange_run_reply(struct exchange *x)
{
	int e = 0;

	if (x->downward == FLOW_BODY)
		e = send_reply(x);
	if (e == 0 || e == E_AGAIN)
		e = stream_flush(x->from);
	if (e == 0 && x->upward == FLOW_BODY)
		e = skip_request(x);
	if (e != 0 && e != E_AGAIN && e != E_EOF)
		exchange_finish(x, e);
	else if (x->downward == FLOW_DONE && x->upward != FLOW_BODY)
		exchange_finish(x, 0);
	else if (x->upward == FLOW_BODY && x->waits_ms == 0)
		exchange_wait(x, x->service->conf->timeouts.request_body_ms,
		    E_TIMEOUT);
}

/* Answers with x->reply. */
void
exchange_answer(struct exchange *x)
{
	struct proxy *p = x->down->proxy;
	struct msg *out = proxy_scratch(p);
	bool is_read = x->upward == FLOW_DONE;
	bool skip = x->upward == FLOW_HEAD && can_skip(x);
	int e;

	exchange_enter(x, EXCHANGE_REPLY);
	x->status = x->reply.status;
	reply_head(&x->reply, proxy_date(p), out);
	/* what the route answers, not that it could not */
	if (x->err == 0 && x->decision.route != NULL)
		rewrite_fields(&x->decision.route->response, &out->fields);
	out->keep_alive = (is_read || skip) && x->err != E_OVERLOAD;
	if (x->request->method == METHOD_HEAD &&
	    out->content == CONTENT_LENGTH) {
		out->content = CONTENT_NONE;
		out->has_length = true;
	}
	e = stream_send_head(x->from, out);
	if (e != 0) {
		exchange_finish(x, e);
		return;
	}
	x->downward = FLOW_BODY;
	if (!is_read)
		x->upward = skip ? FLOW_BODY : FLOW_CUT;
	exchange_run_reply(x);
}

void
exchange_set_allow(struct exchange *x)
{
	struct reply *r = &x->reply;

	if (x->decision.route != NULL)
		route_allow(x->site, x->decision.route, r->allow,
		    sizeof(r->allow));
	/* a route that names none serves them all */
	if (r->allow[0] == '\0')
		(void)snprintf(r->allow, sizeof(r->allow), "%s", METHODS);
}

void
exchange_bar(struct exchange *x)
{
	const struct down *d = x->down;
	const struct tls_peer *peer = down_peer(d);
	const struct reply_refusal how = { .err = down_refusal(d),
		.verdict = &peer->verdict,
		.detail = peer->site->detail,
		.ref = d->ref };

	if (peer->site->on_refusal == REFUSAL_ALERT) {
		exchange_refuse(x, how.err, REPLY_CLIENT);
		return;
	}
	x->err = how.err;
	metric_refuse(REFUSED_REQUESTS, how.err);
	reply_refusal(&x->reply, &how);
	exchange_answer(x);
}

void
exchange_refuse(struct exchange *x, int err, enum reply_side side)
{
	const struct reply_error how = {
		.status = reply_status(err, side),
		.ref = x->ref,
		.wanted = &x->request->fields,
		.conf = x->service->conf,
	};

	x->err = err;
	metric_refuse(REFUSED_REQUESTS, err);
	reply_error(&x->reply, &how);
	if (err == E_METHOD_REFUSED)
		exchange_set_allow(x);
	exchange_answer(x);
}
