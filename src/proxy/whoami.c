#include "proxy/whoami.h"

#include "base/clock.h"
#include "base/json.h"

/* A certificate with every name that we read: 16 KiB of them, escaped. */
#define WHOAMI_MAX (256 * 1024)

static void
put_san(struct json *j, const struct san *s)
{
	char text[2048];

	san_format(s, text, sizeof(text));
	json_open(j, NULL, '{');
	json_str(j, "type", san_type_name(s->type));
	json_str(j, "value", text);
	if (s->flaw != NULL)
		json_str(j, "ignored", s->flaw);
	json_close(j, '}');
}

static void
put_time(struct json *j, const char *key, int64_t at)
{
	char text[CLOCK_RFC3339_LEN];

	clock_rfc3339(at * 1000, text);
	json_str(j, key, text);
}

static void
put_certificate(struct json *j, const struct ident *who)
{
	json_open(j, "identities", '[');
	for (size_t i = 0; i < who->san_count; i++)
		put_san(j, &who->sans[i]);
	json_close(j, ']');
	json_open(j, "certificate", '{');
	json_bytes(j, "subject", who->subject);
	json_bytes(j, "issuer", who->issuer);
	json_bytes(j, "serial", who->serial);
	json_bytes(j, "sha256", who->fingerprint);
	put_time(j, "notBefore", who->not_before);
	put_time(j, "notAfter", who->not_after);
	json_close(j, '}');
}

static void
put_tls(struct json *j, const struct tls_peer *peer)
{
	json_open(j, "tls", '{');
	json_str(j, "version", peer->version);
	json_str(j, "cipher", peer->cipher);
	json_str(j, "group", peer->group);
	json_bytes(j, "sni", peer->sni);
	json_bytes(j, "alpn", peer->alpn);
	json_bool(j, "resumed", peer->resumed);
	json_close(j, '}');
}

static void
put_decision(struct json *j, const struct whoami *w)
{
	char by[2048];

	json_bytes(j, "site", w->peer->site->names[0]);
	json_bytes(j, "route", w->route->path);
	json_bytes(j, "rule", w->authz->rule->text);
	match_format(&w->authz->by, by, sizeof(by));
	if (by[0] != '\0')
		json_str(j, "identity", by);
}

void
whoami_reply(struct reply *r, const struct whoami *w)
{
	struct json j;

	*r = (struct reply) { .status = 200,
		.type = SLICE("application/json") };
	buf_init(&r->mem, WHOAMI_MAX);
	json_init(&j, &r->mem);
	json_open(&j, NULL, '{');
	json_str(&j, "client", w->client_ip);
	put_certificate(&j, w->peer->verdict.ident);
	put_tls(&j, w->peer);
	put_decision(&j, w);
	json_close(&j, '}');
	(void)buf_puts(&r->mem, "\n");
	r->body = buf_slice(&r->mem);
}
