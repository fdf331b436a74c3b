#include "support/proxy_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/ident.h"
#include "mux/mux_h1.h"
#include "proxy/down.h"
#include "proxy/exchange.h"

#define HEARD_MAX (4 << 20)

#define STRINGIFY(n) #n
#define TEXT(n)      STRINGIFY(n)

/* A socket that is not there: a fresh connection fails at once. */
#define BEGINNING \
	"listeners: [{address: '*:1'}]\n" \
	"backends: {web: {servers: 'unix:/nonexistent/socket'}}\n" \
	"timeouts: {backend_response: " TEXT( \
	    PROXY_RESPONSE_MS) "ms, " \
			       "request_body: " TEXT( \
				   PROXY_BODY_MS) "ms, " \
						  "backend_body: " TEXT( \
						      PROXY_UP_BODY_MS) "ms, " \
									"client_write: " TEXT( \
									    PROXY_WRITE_MS) "ms}\n" \
											    "sites:\n" \
											    "- names: [a.b, other.b]\n" \
											    "  certificates: [{chain: c.pem, key: k.pem}]\n" \
											    "  clients: {ca: ca.pem}\n" \
											    "  routes:\n"
#define END \
	"- names: elsewhere.b\n" \
	"  certificates: [{chain: c.pem, key: k.pem}]\n" \
	"  clients: {ca: ca.pem}\n" \
	"  routes: [{path: /, allow: any, respond: whoami}]\n"

struct proxy_end {
	struct io *io; /* NULL once closed */
	struct buf heard;
	int end;
	struct mux *mux; /* the client's: the proxy's side */
	struct down down;
	struct san san;
	struct ident ident;
	/* stands for an io_tls, of which only the peer is looked at */
	_Alignas(max_align_t) char tls[16 * 1024];
};

static void
fail_config(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		fprintf(stderr, "%s\n", d->entries[i].text);
	ck_abort_msg("the rig's configuration is wrong");
}

static struct service *
make_service(struct loop *l, const char *routes)
{
	static const char *const files[] = { "c.pem", "k.pem", "ca.pem" };
	char *yaml = mem_printf("%s%s%s", BEGINNING, routes, END);
	struct bundle *b = bundle_from_memory("/t/conf.yaml", slice_str(yaml));
	struct snapshot *snap = mem_new(1, sizeof(*snap));
	struct service *s = NULL;
	struct diag d;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		bundle_add(b, files[i], slice_str(files[i]));
	diag_init(&d);
	if (conf_load(b, &d, &snap->conf) != 0)
		fail_config(&d);
	diag_clear(&d);
	free(yaml);
	ck_assert_int_eq(service_new(l, b, snap, &s), 0);
	return s;
}

static void
on_stream(void *arg, struct stream *s)
{
	exchange_new(arg, s);
}

/* As down does it, without the farewell. */
static void
leave(struct proxy_end *c, int err)
{
	struct list *at, *after;

	list_each(at, after, &c->down.exchanges)
		exchange_cut(exchange_of_node(at), err);
	io_close(mux_close(c->mux));
	c->mux = NULL;
}

static void
on_end(void *arg, enum mux_end how, int err)
{
	struct down *d = arg;

	(void)how;
	leave(list_item(d, struct proxy_end, down), err);
}

static const struct mux_events events = { .on_stream = on_stream,
	.on_end = on_end };

/* Who the client is: web.b, by its certificate. */
static void
set_peer(struct proxy_end *c, const struct conf_site *site)
{
	const char *peer;
	struct tls_peer *to;

	c->down.io = (struct io *)(void *)c->tls;
	peer = (const char *)io_tls_peer(c->down.io);
	ck_assert(
	    peer >= c->tls && peer + sizeof(*to) <= c->tls + sizeof(c->tls));
	to = (struct tls_peer *)(void *)(c->tls + (peer - c->tls));
	c->san = (struct san) { .type = SAN_DNS, .value = SLICE("web.b") };
	c->ident = (struct ident) { .refs = 1,
		.sans = &c->san,
		.san_count = 1,
		.subject = SLICE("CN=web") };
	*to = (struct tls_peer) { .site = site,
		.verdict = { .ident = &c->ident },
		.sni = SLICE("a.b"),
		.version = "TLSv1.3",
		.cipher = "TLS_AES_128_GCM_SHA256" };
}

void
proxy_rig_refuse(struct proxy_rig *r, int err)
{
	struct proxy_end *c = r->client;
	const char *peer = (const char *)io_tls_peer(c->down.io);

	((struct tls_peer *)(void *)(c->tls + (peer - c->tls)))->verdict.err =
	    err;
}

static struct proxy_end *
end_new(struct io *io)
{
	struct proxy_end *e = mem_new(1, sizeof(*e));

	e->io = io;
	buf_init(&e->heard, HEARD_MAX);
	return e;
}

static void
end_free(struct proxy_end *e)
{
	if (e == NULL)
		return;
	if (e->mux != NULL)
		leave(e, E_DRAINING);
	io_close(e->io);
	buf_clear(&e->heard);
	free(e);
}

void
proxy_rig_init(struct proxy_rig *r, const char *routes, size_t capacity)
{
	struct proxy_end *c;
	struct io *ends[2];

	*r = (struct proxy_rig) { 0 };
	loop_init_virtual(&r->loop, 1000, 1700000000000);
	r->service = make_service(&r->loop, routes);
	proxy_init(&r->proxy, &r->loop, r->service, NULL, NULL);
	io_mem_pair(&r->loop, capacity, ends);
	c = r->client = end_new(ends[0]);
	c->down.proxy = &r->proxy;
	c->down.service = r->service;
	list_init(&c->down.exchanges);
	memcpy(c->down.client_ip, "192.0.2.7", 10);
	set_peer(c, &r->service->conf->sites[0]);
	c->mux = mux_h1_new(ends[1], MUX_SERVER, &r->service->down, &events,
	    &c->down);
	loop_advance(&r->loop, 0);
}

void
proxy_rig_clear(struct proxy_rig *r)
{
	if (r->client->mux != NULL)
		leave(r->client, E_DRAINING);
	/* exchanges end here, and with them their service's references */
	loop_advance(&r->loop, 0);
	end_free(r->client);
	end_free(r->backend);
	proxy_clear(&r->proxy);
	loop_advance(&r->loop, 0);
	loop_clear(&r->loop);
}

static void
ignore(void *arg)
{
	(void)arg;
}

void
proxy_rig_backend(struct proxy_rig *r)
{
	struct service *s = r->service;
	struct io *ends[2];
	struct stream *st;
	struct slice none;
	struct msg m, *in;

	end_free(r->backend);
	io_mem_pair(&r->loop, 64 * 1024, ends);
	r->backend = end_new(ends[0]);
	st = pool_add(&s->clusters[0]->backends[0].pool, ends[1], &s->up);
	stream_own(st, ignore, NULL);
	msg_init(&m);
	msg_set_method(&m, SL("GET"));
	m.authority = SL("warm.up");
	m.path = SL("/");
	ck_assert_int_eq(stream_send_head(st, &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_end(st, NULL), 0);
	ck_assert_int_eq(stream_flush(st), 0);
	proxy_say(r, r->backend, "HTTP/1.1 204 No Content\r\n\r\n");
	ck_assert_int_eq(stream_recv_head(st, &in), 0);
	ck_assert_int_eq(stream_recv_body(st, &none), E_EOF);
	stream_close(st, 0);
	(void)proxy_heard(r, r->backend);
}

void
proxy_say(struct proxy_rig *r, struct proxy_end *e, const char *text)
{
	net_say(e->io, text);
	loop_advance(&r->loop, 0);
}

void
proxy_prepare(struct proxy_end *e, const char *text)
{
	net_say(e->io, text);
}

void
proxy_say_last(struct proxy_rig *r, struct proxy_end *e, const char *text)
{
	net_say(e->io, text);
	proxy_shut(r, e);
}

size_t
proxy_pour(struct proxy_rig *r, struct proxy_end *e, size_t n)
{
	static char bytes[64 * 1024];
	size_t sum = 0, went;

	memset(bytes, 'x', sizeof(bytes));
	while (sum < n) {
		size_t want = n - sum < sizeof(bytes) ? n - sum : sizeof(bytes);

		if (io_write(e->io, slice_of(bytes, want), &went) != 0)
			break;
		sum += went;
		loop_advance(&r->loop, 0);
	}
	return sum;
}

const char *
proxy_heard(struct proxy_rig *r, struct proxy_end *e)
{
	size_t n;
	char *to;

	buf_take(&e->heard, buf_len(&e->heard));
	loop_advance(&r->loop, 0);
	for (;;) {
		to = buf_want(&e->heard, 64 * 1024);
		ck_assert_ptr_nonnull(to);
		e->end = io_read(e->io, to, 64 * 1024 - 1, &n);
		if (e->end != 0)
			break;
		buf_added(&e->heard, n);
		loop_advance(&r->loop, 0);
	}
	if (e->end == E_AGAIN)
		e->end = 0;
	*to = '\0';
	return buf_slice(&e->heard).p;
}

void
proxy_sip(struct proxy_rig *r, struct proxy_end *e, size_t n)
{
	char bytes[4096];
	size_t got;

	for (; n > 0; n -= got)
		ck_assert_int_eq(io_read(e->io, bytes,
				     n < sizeof(bytes) ? n : sizeof(bytes),
				     &got),
		    0);
	loop_advance(&r->loop, 0);
}

int
proxy_end_of(const struct proxy_end *e)
{
	return e->end;
}

void
proxy_shut(struct proxy_rig *r, struct proxy_end *e)
{
	ck_assert_int_eq(io_shutdown(e->io), 0);
	loop_advance(&r->loop, 0);
}

void
proxy_break(struct proxy_rig *r, struct proxy_end *e)
{
	io_mem_break(e->io, E_CLOSED);
	loop_advance(&r->loop, 0);
}

unsigned
proxy_exchanges(const struct proxy_rig *r)
{
	const struct list *at, *head = &r->client->down.exchanges;
	unsigned n = 0;

	for (at = head->next; at != head; at = at->next)
		n++;
	return n;
}

void
proxy_check_starts(const char *heard, const char *start)
{
	ck_assert_msg(strncmp(heard, start, strlen(start)) == 0,
	    "\"%s\" does not begin with \"%s\"", heard, start);
}

void
proxy_check_has(const char *heard, const char *part)
{
	ck_assert_msg(strstr(heard, part) != NULL, "\"%s\" is not in \"%s\"",
	    part, heard);
}

void
proxy_check_lacks(const char *heard, const char *part)
{
	ck_assert_msg(strstr(heard, part) == NULL, "\"%s\" is in \"%s\"", part,
	    heard);
}
