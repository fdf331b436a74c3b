#include "proxy/accesslog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "proxy/access_value.h"
#include "proxy/down.h"
#include "proxy/exchange.h"

#define HEADER_KEY_MAX 64 /* "field_user_agent" */

static struct sink *access_sink;

enum when { ALWAYS, REFUSAL };

static const struct {
	const char *name;
	enum when when;
} names[] = {
#define A(id, name, when) { name, when },
#include "conf/access.def"
#undef A
};

void
accesslog_use(struct sink *s)
{
	access_sink = s;
}

static void
put_value(struct log *l, const char *key, const struct access_value *v)
{
	switch (v->kind) {
	case ACCESS_NOTHING:
		break;
	case ACCESS_BYTES:
		log_bytes(l, key, v->bytes);
		break;
	case ACCESS_INT:
		log_int(l, key, v->number);
		break;
	case ACCESS_US:
		log_us(l, key, v->number);
		break;
	case ACCESS_BOOL:
		log_bool(l, key, v->number != 0);
		break;
	}
}

/* The value as it stands in a format of the operator's own. */
static void
put_plain(struct log *l, const struct access_value *v)
{
	char text[32];

	switch (v->kind) {
	case ACCESS_NOTHING:
		log_value(l, SL(""));
		return;
	case ACCESS_BYTES:
		log_value(l, v->bytes);
		return;
	case ACCESS_INT:
		(void)snprintf(text, sizeof(text), "%" PRId64, v->number);
		break;
	case ACCESS_US:
		(void)snprintf(text, sizeof(text), "%" PRId64 ".%03d",
		    v->number / 1000, (int)(v->number % 1000));
		break;
	case ACCESS_BOOL:
		(void)snprintf(text, sizeof(text), "%s",
		    v->number != 0 ? "true" : "false");
		break;
	}
	log_text(l, slice_str(text));
}

/* "User-Agent" as "field_user_agent" */
static void
header_key(struct slice name, char key[HEADER_KEY_MAX])
{
	size_t n = (size_t)snprintf(key, HEADER_KEY_MAX, "field_");

	for (size_t i = 0; i < name.n && n < HEADER_KEY_MAX - 1; i++)
		key[n++] = ascii_is_alnum(name.p[i]) ? ascii_lower(name.p[i]) :
						       '_';
	key[n] = '\0';
}

static void
put_headers(struct log *l, const struct access_record *r)
{
	const struct conf_access_log *c = &r->conf->access_log;
	char key[HEADER_KEY_MAX];

	for (size_t i = 0; r->exchange != NULL && i < c->header_count; i++) {
		const struct field *f =
		    fields_find(&r->exchange->request->fields, c->headers[i]);

		header_key(c->headers[i], key);
		if (f != NULL)
			log_bytes(l, key, f->value);
	}
}

static void
put_all(struct log *l, const struct access_record *r)
{
	struct access_value v;

	for (size_t i = 0; i < ACCESS_COUNT; i++) {
		if (names[i].when == REFUSAL && !access_is_refusal(r))
			continue;
		access_value_get(r, (enum access_field)i, &v);
		put_value(l, names[i].name, &v);
	}
	put_headers(l, r);
}

static void
put_template(struct log *l, const struct access_record *r)
{
	const struct conf_access_log *c = &r->conf->access_log;
	struct access_value v;

	for (size_t i = 0; i < c->part_count; i++) {
		log_text(l, c->parts[i].text);
		if (!c->parts[i].has_field)
			continue;
		access_value_get(r, c->parts[i].field, &v);
		put_plain(l, &v);
	}
}

static struct log_params
params_of(const struct conf *c)
{
	const struct conf_access_log *a = &c->access_log;
	struct log_params p = { .sink = access_sink,
		.format = c->log.format,
		.style = LOG_BARE };

	if (a->format == ACCESS_FORMAT_JSON)
		p.format = LOG_JSON;
	if (a->format == ACCESS_FORMAT_TEXT ||
	    a->format == ACCESS_FORMAT_TEMPLATE)
		p.format = LOG_TEXT;
	if (a->to == ACCESS_TO_SYSLOG)
		p.style = LOG_SYSLOG;
	if (a->to == ACCESS_TO_JOURNALD)
		p.style = LOG_NATIVE;
	return p;
}

static void
to_main_log(const struct access_record *r, enum log_level level,
    const char *event)
{
	struct log l;

	if (!log_begin(&l, level, event))
		return;
	put_all(&l, r);
	if (r->exchange != NULL)
		log_end_gathered(&l);
	else
		log_end(&l);
}

static void
to_sink(const struct access_record *r, enum log_level level, const char *event)
{
	const struct conf_access_log *a = &r->conf->access_log;
	struct log_params to = params_of(r->conf);
	struct log l;

	if (a->format == ACCESS_FORMAT_TEMPLATE &&
	    a->to != ACCESS_TO_JOURNALD) {
		log_begin_plain(&l, &to, level);
		put_template(&l, r);
	} else {
		log_begin_to(&l, &to, level, event);
		put_all(&l, r);
	}
	log_end_gathered(&l);
}

void
accesslog_handshake(const struct down *d, int err, const char *openssl)
{
	const struct access_record r = { .conf = d->service->conf,
		.down = d,
		.err = err,
		.openssl = openssl };

	to_main_log(&r, err != 0 ? LOG_NOTICE : LOG_DEBUG,
	    err != 0 ? "handshake-refused" : "handshake");
	/* the main log has it as well: a format may leave out the reason */
	if (err != 0 && access_sink != NULL)
		to_sink(&r, LOG_NOTICE, "handshake-refused");
}

void
accesslog_barred(const struct down *d, const struct verdict *v)
{
	const struct access_record r = { .conf = d->service->conf,
		.down = d,
		.verdict = v,
		.err = v->err,
		.openssl = verdict_openssl(v) };

	to_main_log(&r, LOG_NOTICE, "connection-barred");
}

/* OpenSSL's words for what the handshake refused, as with that. */
static const char *
openssl_of(const struct exchange *x)
{
	const struct verdict *v = &down_peer(x->down)->verdict;

	return v->err != 0 && v->err == x->err ? verdict_openssl(v) : NULL;
}

void
accesslog_request(const struct exchange *x)
{
	const struct access_record r = { .conf = x->service->conf,
		.down = x->down,
		.exchange = x,
		.err = x->err,
		.openssl = openssl_of(x) };

	enum log_level level = x->err == 0 ? LOG_INFO : LOG_NOTICE;

	if (!r.conf->log.access)
		return;
	if (access_sink != NULL)
		to_sink(&r, level, "request");
	else
		to_main_log(&r, level, "request");
}
