#include "proxy/accesslog.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "proxy/down.h"
#include "proxy/exchange.h"

#define NAMES_MAX 8 /* presented identities that a line shows */

static void
put_ref(struct log *l, const char *key, uint64_t ref)
{
	char hex[17];

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, ref);
	log_str(l, key, hex);
}

static void
put_client(struct log *l, const struct down *d)
{
	put_ref(l, "conn", d->ref);
	log_str(l, "client", d->client_ip);
	log_int(l, "port", d->client_port);
}

static void
put_names(struct log *l, const struct ident *who)
{
	char text[512], item[600], all[2048];
	size_t n = 0;

	all[0] = '\0';
	for (size_t i = 0; i < who->san_count && i < NAMES_MAX; i++) {
		san_format(&who->sans[i], text, sizeof(text));
		(void)snprintf(item, sizeof(item), "%s%s:%s", n > 0 ? "," : "",
		    san_type_name(who->sans[i].type), text);
		if (n + strlen(item) >= sizeof(all))
			break;
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s", item);
	}
	if (n > 0)
		log_str(l, "sans", all);
}

/* The certificate, so that its owner can be told. */
static void
put_certificate(struct log *l, const struct ident *who)
{
	log_bytes(l, "subject", who->subject);
	log_bytes(l, "issuer", who->issuer);
	log_bytes(l, "serial", who->serial);
	log_bytes(l, "sha256", who->fingerprint);
	put_names(l, who);
}

static void
put_verdict(struct log *l, const struct verdict *v)
{
	if (v->err != 0) {
		log_int(l, "depth", v->depth);
		if (v->culprit.n > 0)
			log_bytes(l, "culprit", v->culprit);
	}
	if (v->ident != NULL)
		put_certificate(l, v->ident);
}

void
accesslog_handshake(const struct down *d, int err, const char *openssl)
{
	const struct tls_peer *peer = down_peer(d);
	enum log_level level = err == 0 ? LOG_DEBUG : LOG_NOTICE;
	struct log l;

	if (!log_begin(&l, level, err == 0 ? "handshake" : "handshake-refused"))
		return;
	put_client(&l, d);
	log_err(&l, err);
	log_str(&l, "openssl", openssl);
	if (peer != NULL) {
		if (peer->sni.n > 0)
			log_bytes(&l, "sni", peer->sni);
		if (peer->site != NULL)
			log_bytes(&l, "site", peer->site->names[0]);
		log_str(&l, "tls", peer->version);
		log_str(&l, "cipher", peer->cipher);
		put_verdict(&l, &peer->verdict);
	}
	log_us(&l, "ms", d->proxy->loop->now_us - d->start_us);
	log_end(&l);
}

void
accesslog_barred(const struct down *d, const struct verdict *v)
{
	const struct tls_peer *peer = down_peer(d);
	struct log l;

	if (!log_begin(&l, LOG_NOTICE, "connection-barred"))
		return;
	put_client(&l, d);
	log_err(&l, v->err);
	log_str(&l, "openssl", verdict_openssl(v));
	if (peer->sni.n > 0)
		log_bytes(&l, "sni", peer->sni);
	log_bytes(&l, "site", peer->site->names[0]);
	put_verdict(&l, v);
	/* what no site judged was let in once */
	if (v->ident == NULL && peer->verdict.ident != NULL)
		put_certificate(&l, peer->verdict.ident);
	log_end(&l);
}

static void
put_identity(struct log *l, const struct exchange *x,
    const struct tls_peer *peer)
{
	char text[512];

	if (x->decision.authz.by != NULL) {
		san_format(x->decision.authz.by, text, sizeof(text));
		log_str(l, "identity", text);
	}
	if (x->decision.authz.rule != NULL)
		log_bytes(l, "rule", x->decision.authz.rule->text);
	if (peer == NULL || peer->verdict.ident == NULL)
		return;
	/* who was let in is told in short, who was not in full */
	if (x->decision.authz.rule == NULL) {
		put_certificate(l, peer->verdict.ident);
	} else {
		log_bytes(l, "serial", peer->verdict.ident->serial);
		log_bytes(l, "sha256", peer->verdict.ident->fingerprint);
	}
}

static void
put_request(struct log *l, const struct exchange *x)
{
	struct slice path = x->request->path;
	ptrdiff_t query = slice_find(path, '?');

	if (query >= 0)
		path = slice_first(path, (size_t)query);
	if (x->request->method_name.n > 0)
		log_bytes(l, "method", x->request->method_name);
	if (x->request->authority.n > 0)
		log_bytes(l, "host", x->request->authority);
	if (path.n > 0)
		log_bytes(l, "path", path);
	if (x->decision.route != NULL)
		log_bytes(l, "route", x->decision.route->path);
}

static void
put_backend(struct log *l, const struct exchange *x)
{
	const struct backend *b = x->lease.backend;

	if (x->decision.route != NULL && x->decision.route->backend != NULL)
		log_bytes(l, "backend", x->decision.route->backend->name);
	if (b != NULL)
		log_bytes(l, "server", b->conf->text);
	if (x->is_retry)
		log_int(l, "retries", 1);
	if (x->connect_us != 0)
		log_us(l, "connect_ms", x->connect_us - x->start_us);
	if (x->first_us != 0)
		log_us(l, "first_ms", x->first_us - x->start_us);
}

void
accesslog_request(const struct exchange *x)
{
	const struct tls_peer *peer = down_peer(x->down);
	enum log_level level = x->err == 0 ? LOG_INFO : LOG_NOTICE;
	struct log l;

	if (!x->service->conf->log.access || !log_begin(&l, level, "request"))
		return;
	put_ref(&l, "ref", x->ref);
	put_client(&l, x->down);
	log_int(&l, "status", x->status);
	log_err(&l, x->err);
	put_request(&l, x);
	if (peer != NULL) {
		if (peer->site != NULL)
			log_bytes(&l, "site", peer->site->names[0]);
		log_str(&l, "tls", peer->version);
		log_str(&l, "cipher", peer->cipher);
	}
	put_identity(&l, x, peer);
	put_backend(&l, x);
	log_int(&l, "bytes_in", (int64_t)x->bytes_in);
	log_int(&l, "bytes_out", (int64_t)x->bytes_out);
	log_us(&l, "ms", x->down->proxy->loop->now_us - x->start_us);
	log_end(&l);
}
