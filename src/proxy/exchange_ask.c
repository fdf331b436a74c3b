#include "proxy/exchange.h"

#include "base/err.h"
#include "base/metric.h"
#include "proxy/announce.h"
#include "proxy/forward.h"
#include "proxy/route.h"

/* The authority that the backend is asked for. */
static struct slice
host_for(const struct exchange *x)
{
	/* HTTP/1.0 may leave it out: then the name that the handshake used */
	if (x->request->authority.n > 0)
		return x->request->authority;
	return down_peer(x->down)->sni;
}

/* The URI of the certificate that we showed, as XFCC has it in By. */
static struct slice
own_uri(const struct exchange *x)
{
	const struct conf_identity *how = x->decision.route->forwards;

	if (how == NULL || (how->xfcc & XFCC_BY) == 0)
		return SL("");
	return tls_site_at(x->service->snapshot->tls, x->site->index)->uri;
}

static void
forward(struct exchange *x, struct stream *to)
{
	const struct tls_peer *peer = down_peer(x->down);
	const struct forward how = {
		.host = host_for(x),
		.via = x->request->version == HTTP_10 ? x->service->via_10 :
							x->service->via_11,
		.upgrade = x->upgrade,
		.route = x->decision.route,
		.idhdr = { .client_ip = slice_str(x->down->client_ip),
		    .host = x->request->authority,
		    .how = x->decision.route->forwards,
		    .who = peer->verdict.ident,
		    .authz = &x->decision.authz,
		    .site = x->site->names[0],
		    .by = own_uri(x) },
	};
	struct msg *out = proxy_scratch(x->down->proxy);
	int e;

	exchange_enter(x, EXCHANGE_FORWARD);
	x->to = to;
	x->is_asked = false;
	x->connect_us = x->down->proxy->loop->now_us;
	stream_own(to, exchange_run, x);
	if ((e = forward_request(x->request, &how, out)) != 0) {
		exchange_drop_backend(x, e);
		exchange_refuse(x, e, REPLY_CLIENT);
		return;
	}
	if ((e = stream_send_head(to, out)) != 0) {
		exchange_pump_failed(x, e, REPLY_BACKEND);
		return;
	}
	x->upward = FLOW_BODY;
	exchange_run(x);
}

static void
on_stream(void *arg, int err, struct stream *to)
{
	struct exchange *x = arg;

	if (err != 0)
		exchange_refuse(x, err, REPLY_BACKEND);
	else
		forward(x, to);
}

/* Who the client is, to a backend that gets a connection for it alone. */
static int
introduce(void *arg, struct buf *to)
{
	const struct exchange *x = arg;

	return announce(x->down, x->decision.route->backend, to);
}

static void
ask(struct exchange *x, bool fresh)
{
	const struct conf_backend *b = x->decision.route->backend;
	struct lease_params want = { .cluster = x->service->clusters[b->index],
		.fresh = fresh,
		.done = on_stream,
		.arg = x };
	struct stream *to = NULL;
	int e;

	if (b->proxy == PROXY_OUT_V2)
		want.client = (struct lease_client) { .own = &x->down->own,
			.introduce = introduce,
			.arg = x };
	e = lease_get(&x->lease, &want, &to);

	if (e == 0)
		forward(x, to);
	else if (e == E_AGAIN)
		exchange_enter(x, EXCHANGE_CONNECT);
	else
		exchange_refuse(x, e, REPLY_BACKEND);
}

/* The first protocol that the client wants and the route permits. */
static void
choose_upgrade(struct exchange *x)
{
	struct slice rest = x->request->upgrade, token;

	while (x->upgrade.n == 0 && field_list_next(&rest, &token))
		if (route_permits(x->decision.route, token))
			x->upgrade = token;
}

void
exchange_ask(struct exchange *x)
{
	choose_upgrade(x);
	ask(x, false);
}

/* Whether to ask another connection: a kept one may have been closed by the
 * backend at the very moment that we used it.  RFC 9110, 9.2.2: if it does no
 * harm to ask twice, or if nothing has gone there yet.  One that is merely slow
 * has got the request, and is not asked twice. */
bool
exchange_may_retry(const struct exchange *x, int err)
{
	return err == E_CLOSED && !x->is_retry && x->to->is_reused &&
	    !x->to->has_input && x->downward == FLOW_HEAD && x->bytes_in == 0 &&
	    (http_method_is_idempotent(x->request->method) ||
		!x->to->has_output);
}

void
exchange_retry(struct exchange *x)
{
	metric_add(M_UP_RETRIES, 1);
	exchange_drop_backend(x, E_CLOSED);
	x->is_retry = true;
	x->connect_us = 0;
	x->upward = FLOW_HEAD;
	ask(x, true);
}
