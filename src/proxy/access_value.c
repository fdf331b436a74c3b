#include "proxy/access_value.h"

#include <stdio.h>

#include "base/digits.h"
#include "base/err.h"
#include "proxy/down.h"
#include "proxy/exchange.h"

#define NAMES_MAX 8 /* presented identities that a record shows */

typedef void get_fn(const struct access_record *, struct access_value *);

static void
set_bytes(struct access_value *v, struct slice s)
{
	if (s.n == 0)
		return;
	v->kind = ACCESS_BYTES;
	v->bytes = s;
}

static void
set_str(struct access_value *v, const char *s)
{
	set_bytes(v, slice_str(s));
}

static void
set_int(struct access_value *v, int64_t n)
{
	v->kind = ACCESS_INT;
	v->number = n;
}

/* From one moment to another; nothing if the latter never came. */
static void
set_span(struct access_value *v, int64_t from, int64_t to)
{
	if (to == 0)
		return;
	v->kind = ACCESS_US;
	v->number = to - from;
}

static void
set_ref(struct access_value *v, uint64_t ref)
{
	digits_hex64(v->room, ref);
	set_bytes(v, slice_of(v->room, 16));
}

static const struct verdict *
verdict_of(const struct access_record *r)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (r->verdict != NULL)
		return r->verdict;
	return peer != NULL ? &peer->verdict : NULL;
}

static const struct ident *
ident_of(const struct access_record *r)
{
	const struct tls_peer *peer = down_peer(r->down);
	const struct verdict *v = verdict_of(r);

	if (v != NULL && v->ident != NULL)
		return v->ident;
	/* what no site judged was let in once */
	return peer != NULL ? peer->verdict.ident : NULL;
}

bool
access_is_refusal(const struct access_record *r)
{
	return r->exchange == NULL ||
	    r->exchange->decision.authz.rule == NULL || r->err == E_DENIED;
}

static void
get_ref(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_ref(v, r->exchange->ref);
	else if (r->err != 0)
		/* a connection is refused as a whole, and but once */
		set_ref(v, r->down->ref);
}

static void
get_conn(const struct access_record *r, struct access_value *v)
{
	set_ref(v, r->down->ref);
}

static void
get_client(const struct access_record *r, struct access_value *v)
{
	set_str(v, r->down->client_ip);
}

static void
get_port(const struct access_record *r, struct access_value *v)
{
	set_int(v, r->down->client_port);
}

static void
get_status(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_int(v, r->exchange->status);
}

static void
get_err(const struct access_record *r, struct access_value *v)
{
	if (r->err != 0)
		set_str(v, err_slug(r->err));
}

static void
get_openssl(const struct access_record *r, struct access_value *v)
{
	set_str(v, r->openssl);
}

static void
get_method(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_bytes(v, r->exchange->request->method_name);
}

static void
get_host(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_bytes(v, r->exchange->request->authority);
}

static void
get_path(const struct access_record *r, struct access_value *v)
{
	struct slice path;
	ptrdiff_t query;

	if (r->exchange == NULL)
		return;
	path = r->exchange->request->path;
	query = slice_find(path, '?');
	if (query >= 0 && !r->conf->access_log.query)
		path = slice_first(path, (size_t)query);
	set_bytes(v, path);
}

static void
get_route(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL && r->exchange->decision.route != NULL)
		set_bytes(v, r->exchange->decision.route->path);
}

static void
get_sni(const struct access_record *r, struct access_value *v)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (peer != NULL)
		set_bytes(v, peer->sni);
}

static void
get_site(const struct access_record *r, struct access_value *v)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (peer != NULL && peer->site != NULL)
		set_bytes(v, peer->site->names[0]);
}

static void
get_tls(const struct access_record *r, struct access_value *v)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (peer != NULL)
		set_str(v, peer->version);
}

static void
get_cipher(const struct access_record *r, struct access_value *v)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (peer != NULL)
		set_str(v, peer->cipher);
}

static void
get_resumed(const struct access_record *r, struct access_value *v)
{
	const struct tls_peer *peer = down_peer(r->down);

	if (peer == NULL || peer->version == NULL)
		return;
	v->kind = ACCESS_BOOL;
	v->number = peer->resumed;
}

static void
get_identity(const struct access_record *r, struct access_value *v)
{
	if (r->exchange == NULL)
		return;
	match_format(&r->exchange->decision.authz.by, v->room, sizeof(v->room));
	if (v->room[0] != '\0')
		set_str(v, v->room);
}

static void
get_rule(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL && r->exchange->decision.authz.rule != NULL)
		set_bytes(v, r->exchange->decision.authz.rule->text);
}

static void
get_depth(const struct access_record *r, struct access_value *v)
{
	const struct verdict *verdict = verdict_of(r);

	if (verdict != NULL && verdict->err != 0)
		set_int(v, verdict->depth);
}

static void
get_culprit(const struct access_record *r, struct access_value *v)
{
	const struct verdict *verdict = verdict_of(r);

	if (verdict != NULL && verdict->err != 0)
		set_bytes(v, verdict->culprit);
}

static void
get_subject(const struct access_record *r, struct access_value *v)
{
	if (ident_of(r) != NULL)
		set_bytes(v, ident_of(r)->subject);
}

static void
get_issuer(const struct access_record *r, struct access_value *v)
{
	if (ident_of(r) != NULL)
		set_bytes(v, ident_of(r)->issuer);
}

static void
get_serial(const struct access_record *r, struct access_value *v)
{
	if (ident_of(r) != NULL)
		set_bytes(v, ident_of(r)->serial);
}

static void
get_sha256(const struct access_record *r, struct access_value *v)
{
	if (ident_of(r) != NULL)
		set_bytes(v, ident_of(r)->fingerprint);
}

static void
get_sans(const struct access_record *r, struct access_value *v)
{
	const struct ident *who = ident_of(r);
	char text[512];
	size_t n = 0;

	for (size_t i = 0; who != NULL && i < who->san_count; i++) {
		const struct san *s = &who->sans[i];
		int k;

		if (i == NAMES_MAX)
			break;
		san_format(s, text, sizeof(text));
		k = snprintf(v->room + n, sizeof(v->room) - n, "%s%s:%s",
		    n > 0 ? "," : "", san_type_name(s->type), text);
		if ((size_t)k >= sizeof(v->room) - n)
			break;
		n += (size_t)k;
	}
	set_bytes(v, slice_of(v->room, n));
}

static void
get_backend(const struct access_record *r, struct access_value *v)
{
	const struct conf_route *route = r->exchange != NULL ?
	    r->exchange->decision.route :
	    NULL;

	if (route != NULL && route->backend != NULL)
		set_bytes(v, route->backend->name);
}

static void
get_server(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL && r->exchange->lease.backend != NULL)
		set_bytes(v, r->exchange->lease.backend->conf->text);
}

static void
get_retries(const struct access_record *r, struct access_value *v)
{
	const struct exchange *x = r->exchange;
	size_t tries;

	if (x == NULL)
		return;
	tries = x->lease.tried + x->is_retry + (x->connect_us != 0);
	if (tries > 1)
		set_int(v, (int64_t)tries - 1);
}

static void
get_handshake_ms(const struct access_record *r, struct access_value *v)
{
	/* of the connection, told with the first of its requests */
	if (r->exchange != NULL && r->exchange->is_first)
		set_span(v, r->down->start_us, r->down->open_us);
}

static void
get_connect_ms(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_span(v, r->exchange->start_us, r->exchange->connect_us);
}

static void
get_first_ms(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_span(v, r->exchange->start_us, r->exchange->first_us);
}

static void
get_bytes_in(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_int(v, (int64_t)r->exchange->bytes_in);
}

static void
get_bytes_out(const struct access_record *r, struct access_value *v)
{
	if (r->exchange != NULL)
		set_int(v, (int64_t)r->exchange->bytes_out);
}

static void
get_ms(const struct access_record *r, struct access_value *v)
{
	set_span(v,
	    r->exchange != NULL ? r->exchange->start_us : r->down->start_us,
	    r->down->proxy->loop->now_us);
}

static get_fn *const getters[] = {
	[ACCESS_REF] = get_ref,
	[ACCESS_CONN] = get_conn,
	[ACCESS_CLIENT] = get_client,
	[ACCESS_PORT] = get_port,
	[ACCESS_STATUS] = get_status,
	[ACCESS_ERR] = get_err,
	[ACCESS_OPENSSL] = get_openssl,
	[ACCESS_METHOD] = get_method,
	[ACCESS_HOST] = get_host,
	[ACCESS_PATH] = get_path,
	[ACCESS_ROUTE] = get_route,
	[ACCESS_SNI] = get_sni,
	[ACCESS_SITE] = get_site,
	[ACCESS_TLS] = get_tls,
	[ACCESS_CIPHER] = get_cipher,
	[ACCESS_RESUMED] = get_resumed,
	[ACCESS_IDENTITY] = get_identity,
	[ACCESS_RULE] = get_rule,
	[ACCESS_DEPTH] = get_depth,
	[ACCESS_CULPRIT] = get_culprit,
	[ACCESS_SUBJECT] = get_subject,
	[ACCESS_ISSUER] = get_issuer,
	[ACCESS_SERIAL] = get_serial,
	[ACCESS_SHA256] = get_sha256,
	[ACCESS_SANS] = get_sans,
	[ACCESS_BACKEND] = get_backend,
	[ACCESS_SERVER] = get_server,
	[ACCESS_RETRIES] = get_retries,
	[ACCESS_HANDSHAKE_MS] = get_handshake_ms,
	[ACCESS_CONNECT_MS] = get_connect_ms,
	[ACCESS_FIRST_MS] = get_first_ms,
	[ACCESS_BYTES_IN] = get_bytes_in,
	[ACCESS_BYTES_OUT] = get_bytes_out,
	[ACCESS_MS] = get_ms,
};

_Static_assert(sizeof(getters) / sizeof(getters[0]) == ACCESS_COUNT,
    "every item of conf/access.def has a getter");

void
access_value_get(const struct access_record *r, enum access_field f,
    struct access_value *v)
{
	v->kind = ACCESS_NOTHING;
	getters[f](r, v);
}
