#include "proxy/down.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "mux/mux_h1.h"
#include "net/io_plain.h"
#include "net/proxyproto.h"
#include "proxy/accesslog.h"
#include "proxy/exchange.h"

/* A client that has nothing under way when the process drains may just be
 * about to ask: this long it still gets its answer. */
#define LAST_MS 1000

/* Before the end of its chain a client's answers end the connection. */
#define TRUST_LAST_MS 5000
#define HEADER_PIECE  512 /* octets of a PROXY header that are read at a time */

#define TO(state) (1u << (state))

static const struct {
	const char *name;
	unsigned next;
} rule[] = {
	[DOWN_HEADER] = { "header", TO(DOWN_HANDSHAKE) | TO(DOWN_DEAD) },
	[DOWN_HANDSHAKE] = { "handshake",
	    TO(DOWN_OPEN) | TO(DOWN_LINGER) | TO(DOWN_DEAD) },
	[DOWN_OPEN] = { "open", TO(DOWN_LINGER) | TO(DOWN_DEAD) },
	[DOWN_LINGER] = { "linger", TO(DOWN_DEAD) },
	[DOWN_DEAD] = { "dead", 0 },
};

static void
enter(struct down *d, enum down_state to)
{
	assert((rule[d->state].next & TO(to)) != 0);
	deadline_cancel(&d->deadline);
	d->state = to;
}

static void
down_free(void *arg)
{
	struct down *d = arg;

	service_unref(d->service);
	buf_clear(&d->header);
	free(d->said);
	free(d);
}

/* Out of the list and into the grave; the io must be closed. */
static void
die(struct down *d)
{
	struct proxy *p = d->proxy;

	enter(d, DOWN_DEAD);
	deadline_cancel(&d->trust);
	list_remove(&d->node);
	loop_bury(p->loop, &d->grave, down_free, d);
	metric_add(M_CONNS_NOW, -1);
	if (d->has_address)
		quota_give(&p->addresses, slice_str(d->client_ip));
	if (d->has_identity)
		quota_give(&p->identities,
		    slice_of(d->identity, sizeof(d->identity)));
	if (--p->down_count == 0 && p->is_draining && p->on_empty != NULL)
		p->on_empty(p->arg);
}

static void
on_lingered(void *arg)
{
	die(arg);
}

/* Says goodbye; the io is the farewell's from now on. */
static void
say_goodbye(struct down *d)
{
	struct io *io = d->io;

	enter(d, DOWN_LINGER);
	d->io = NULL;
	farewell_start(&d->farewell, io, d->lower, on_lingered, d);
}

static void
cut_exchanges(struct down *d, int err)
{
	struct list *at, *after;

	list_each(at, after, &d->exchanges)
		exchange_cut(exchange_of_node(at), err);
}

static void
leave_open(struct down *d, int err)
{
	cut_exchanges(d, err);
	(void)mux_close(d->mux);
	d->mux = NULL;
	own_clear(&d->own);
}

void
down_cut(struct down *d)
{
	switch (d->state) {
	case DOWN_HEADER:
		io_close(d->lower);
		break;
	case DOWN_HANDSHAKE:
		io_close(d->io);
		break;
	case DOWN_OPEN:
		leave_open(d, d->barred != 0 ? d->barred : E_DRAINING);
		io_close(d->io);
		break;
	case DOWN_LINGER:
		farewell_stop(&d->farewell);
		break;
	case DOWN_DEAD:
		return;
	}
	die(d);
}

void
down_drain(struct down *d)
{
	if (d->state != DOWN_OPEN)
		return;
	if (!list_is_empty(&d->exchanges))
		mux_drain(d->mux);
	else if (d->barred == 0)
		deadline_set(&d->deadline, d->proxy->loop, LAST_MS);
}

static void
judge_exchanges(struct down *d)
{
	struct list *at, *after;

	list_each(at, after, &d->exchanges)
		exchange_judge(exchange_of_node(at));
}

static void
bar(struct down *d, const struct verdict *v)
{
	d->barred = v->err;
	metric_refuse(REFUSED_CONNS, v->err);
	accesslog_barred(d, v);
	mux_drain(d->mux);
	judge_exchanges(d);
	deadline_set(&d->deadline, d->proxy->loop,
	    d->proxy->service->conf->timeouts.drain_ms);
}

/* How long the client's chain is still good; its last second counts. */
static int64_t
trust_left_ms(const struct down *d)
{
	int64_t end = (down_peer(d)->verdict.not_after + 1) * 1000;

	return end - d->proxy->loop->wall_ms;
}

int
down_refusal(const struct down *d)
{
	return d->barred != 0 ? d->barred : down_peer(d)->verdict.err;
}

static void
watch_trust(struct down *d)
{
	const struct verdict expired = { .err = E_CERT_EXPIRED };
	struct loop *l = d->proxy->loop;
	int64_t left;

	if (d->state != DOWN_OPEN || down_refusal(d) != 0)
		return;
	left = trust_left_ms(d);
	if (left > 0)
		deadline_set_at(&d->trust, l, loop_now_ms(l) + left);
	else
		bar(d, &expired);
}

static void
on_trust(void *arg)
{
	watch_trust(arg);
}

static void
go_over(struct down *d)
{
	struct service *was = d->service;

	d->service = service_ref(d->proxy->service);
	mux_set_params(d->mux, &d->service->down);
	own_retire(&d->own, &d->service->up);
	service_unref(was);
	judge_exchanges(d);
	watch_trust(d);
}

void
down_judge(struct down *d)
{
	const struct tls *tls = d->proxy->service->snapshot->tls;
	struct verdict v;

	if (d->state != DOWN_OPEN || d->barred != 0)
		return;
	if (d->service == d->proxy->service) {
		watch_trust(d);
		return;
	}
	if (down_refusal(d) != 0) {
		down_drain(d);
		return;
	}
	if (io_tls_adopt(d->io, tls, &v) == 0)
		go_over(d);
	else
		bar(d, &v);
	verdict_clear(&v);
}

/* Whether the answer to the next request is to be the last. */
static bool
ends_soon(const struct down *d)
{
	if (d->proxy->is_draining)
		return true;
	if (down_refusal(d) != 0)
		return d->service != d->proxy->service;
	/* who is about to lose its trust had better come back with another
	 * certificate after this answer than find the door shut */
	return trust_left_ms(d) < TRUST_LAST_MS;
}

static void
on_stream(void *arg, struct stream *s)
{
	struct down *d = arg;

	down_judge(d);
	if (ends_soon(d))
		mux_drain(d->mux);
	exchange_new(d, s);
}

static void
on_idle(void *arg)
{
	(void)arg;
}

/* It said goodbye and has ended the TCP connection too: nobody reads ours, and
 * a reset would answer it.  The rest of an answer is tried all the same. */
static bool
has_left(const struct down *d, int err)
{
	return err == E_EOF && d->lower->is_hung_up && io_tls_is_flushed(d->io);
}

static void
on_end(void *arg, enum mux_end how, int err)
{
	struct down *d = arg;

	leave_open(d, err);
	if (how == MUX_END_POLITE && !has_left(d, err)) {
		say_goodbye(d);
	} else {
		/* who took nothing does not take what the kernel has either,
		 * which would keep it for long */
		if (err == E_TIMEOUT)
			io_plain_reset_on_close(d->lower);
		io_close(d->io);
		die(d);
	}
}

static const struct mux_events mux_events = {
	.on_stream = on_stream,
	.on_idle = on_idle,
	.on_end = on_end,
};

static void
open_mux(struct down *d)
{
	enter(d, DOWN_OPEN);
	d->open_us = d->proxy->loop->now_us;
	d->mux = mux_h1_new(d->io, MUX_SERVER,
	    down_refusal(d) != 0 ? &d->service->told : &d->service->down,
	    &mux_events, d);
	watch_trust(d);
	down_judge(d);
	if (d->proxy->is_draining)
		down_drain(d);
}

static void
let_in(struct down *d)
{
	io_set_newcomer(d->lower, false);
	metric_add(M_HANDSHAKES, 1);
	accesslog_handshake(d, 0, NULL);
	open_mux(d);
}

/* Not let in; with is_refused it stays a newcomer, and hears why when it asks
 * for something. */
static void
refuse(struct down *d, int err, const char *openssl)
{
	metric_refuse(REFUSED_HANDSHAKES, err);
	accesslog_handshake(d, err, openssl);
	if (down_peer(d)->is_refused)
		open_mux(d);
	else
		say_goodbye(d);
}

/* One certificate may have only so many connections. */
static int
count_identity(struct down *d)
{
	const struct ident *who = down_peer(d)->verdict.ident;
	struct slice kind = slice_of(d->identity, sizeof(d->identity));

	memcpy(d->identity, who->sha256, sizeof(d->identity));
	d->has_identity = quota_take(&d->proxy->identities, kind,
	    d->service->conf->limits.connections_per_identity);
	return d->has_identity ? 0 : E_LIMIT;
}

static void
on_handshake(void *arg, int err, const char *openssl)
{
	struct down *d = arg;

	if (err == 0)
		err = count_identity(d);
	if (err == 0)
		let_in(d);
	else
		refuse(d, err, openssl);
}

/* A proxy that does not speak as it should is told nothing. */
static void
refuse_header(struct down *d, int err)
{
	metric_add(M_PROXY_REFUSED, 1);
	accesslog_handshake(d, err, NULL);
	io_close(d->lower);
	die(d);
}

static void
on_deadline(void *arg)
{
	struct down *d = arg;

	if (d->state == DOWN_OPEN) {
		if (d->barred != 0)
			down_cut(d);
		else
			mux_drain(d->mux);
		return;
	}
	if (d->state == DOWN_HEADER) {
		refuse_header(d, E_TIMEOUT);
		return;
	}
	metric_refuse(REFUSED_HANDSHAKES, E_TIMEOUT);
	accesslog_handshake(d, E_TIMEOUT, NULL);
	io_close(d->io);
	die(d);
}

static void
set_client(struct down *d, const struct addr *a)
{
	addr_format_ip(a, d->client_ip);
	d->client_port = addr_port(a);
}

static void
start_handshake(struct down *d)
{
	d->io = io_tls_accept(d->lower, d->service->snapshot->tls, on_handshake,
	    d);
}

/* The header is there: from now on the client is whom it names. */
static void
leave_header(struct down *d, const struct proxyproto *said, size_t n)
{
	int64_t left = d->service->conf->timeouts.tls_handshake_ms -
	    (d->proxy->loop->now_us - d->start_us) / 1000;

	if (said->has_addrs) {
		d->said = mem_new(1, sizeof(*d->said));
		*d->said = *said;
		set_client(d, &said->from);
	}
	d->has_address = proxy_count_address(d->proxy, slice_str(d->client_ip));
	if (!d->has_address) {
		io_close(d->lower);
		die(d);
		return;
	}
	enter(d, DOWN_HANDSHAKE);
	deadline_set(&d->deadline, d->proxy->loop, left > 0 ? left : 1);
	io_unread(d->lower, slice_skip(buf_slice(&d->header), n));
	buf_clear(&d->header);
	start_handshake(d);
}

/* Reads on until the header is whole. */
static int
read_header(struct down *d, struct proxyproto *said, size_t *n)
{
	int e = E_AGAIN;

	while (e == E_AGAIN) {
		char *to = buf_want(&d->header, HEADER_PIECE);
		size_t got;

		if ((e = io_read(d->lower, to, HEADER_PIECE, &got)) != 0)
			return e == E_EOF ? E_CLOSED : e;
		buf_added(&d->header, got);
		e = proxyproto_read(buf_slice(&d->header), said, n);
	}
	return e;
}

static void
on_header(struct io *io, unsigned events, void *arg)
{
	struct down *d = arg;
	struct proxyproto said;
	size_t n;
	int e = read_header(d, &said, &n);

	(void)io;
	(void)events;
	if (e == 0)
		leave_header(d, &said, n);
	else if (e != E_AGAIN)
		refuse_header(d, e);
}

void
down_new(const struct proxy_door *door, int fd, const struct addr *peer)
{
	struct proxy *p = door->proxy;
	struct down *d = mem_new(1, sizeof(*d));

	d->proxy = p;
	d->service = service_ref(p->service);
	d->ref = proxy_ref(p);
	d->start_us = p->loop->now_us;
	set_client(d, peer);
	list_init(&d->exchanges);
	own_init(&d->own, &d->service->up);
	list_init(&d->node);
	list_push(&p->downs, &d->node);
	p->down_count++;
	proxy_watch_clock(p);
	metric_add(M_CONNS, 1);
	metric_add(M_CONNS_NOW, 1);
	deadline_init(&d->deadline, on_deadline, d);
	deadline_init(&d->trust, on_trust, d);
	deadline_set(&d->deadline, p->loop,
	    d->service->conf->timeouts.tls_handshake_ms);
	d->lower = io_plain_new(p->loop, fd);
	io_set_newcomer(d->lower, true);
	if (door->header == PROXY_IN_REQUIRE) {
		buf_init(&d->header, PROXYPROTO_MAX + HEADER_PIECE);
		io_own(d->lower, on_header, d);
		io_ready_later(d->lower, IO_READABLE);
	} else {
		d->has_address = true;
		d->state = DOWN_HANDSHAKE;
		start_handshake(d);
	}
}

struct down *
down_of_node(struct list *node)
{
	return list_item(node, struct down, node);
}

const struct tls_peer *
down_peer(const struct down *d)
{
	return d->io != NULL ? io_tls_peer(d->io) : NULL;
}
