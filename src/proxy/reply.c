#include "proxy/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "http/accept.h"

#define TEXT      "text/plain"
#define PROBLEM   "application/problem+json" /* RFC 9457 */
#define ERROR_MAX 512                        /* octets of a short answer */
#define REFERENCE "{reference}"              /* in an error page */
#define REF_MAX   17 /* what takes its place, and a NUL */
/* Three names of a KiB at most (X509_TEXT_MAX), escaped, a serial number, and
 * what is short. */
#define REFUSAL_MAX (64 * 1024)
/* that is longer, but not twice as long */
#define PAGE_MAX (2 * CONF_ERROR_PAGE_MAX)

/* RFC 9110, 15.6: a bad answer, nobody to answer, no answer in time. */
static unsigned
backend_status(int err)
{
	switch (err) {
	case E_CONNECT:
	case E_RESOLVE:
	case E_LIMIT:
	case E_DRAINING:
		return 503;
	case E_CONNECT_TIMEOUT:
	case E_UP_TIMEOUT:
	case E_TIMEOUT:
		return 504;
	case E_INTERNAL:
		return 500;
	default:
		return 502;
	}
}

static bool
is_verdict(int err)
{
	return err <= E_CERT_NONE && err >= E_CERT_OTHER;
}

static unsigned
client_status(int err)
{
	switch (err) {
	case E_NO_RULE:
	case E_DENIED:
	case E_WILDCARD:
		return 403;
	case E_NOT_FOUND:
		return 404;
	case E_METHOD_REFUSED:
		return 405;
	case E_IDENTITY_LONG:
		return 431;
	case E_TIMEOUT:
		return 408;
	case E_HTTP_BODY_LONG:
	case E_HTTP_CHUNK_LONG:
		return 413;
	case E_HTTP_LINE_LONG:
		return 414;
	case E_HTTP_EXPECT:
		return 417;
	case E_OVERLOAD:
		return 503;
	case E_LOOP:
		return 508;
	case E_MISDIRECTED:
		return 421;
	case E_HTTP_FIELD_LONG:
	case E_HTTP_FIELDS_MANY:
	case E_HTTP_HEAD_LONG:
	case E_HTTP_TRAILER_LONG:
		return 431;
	case E_INTERNAL:
		return 500;
	case E_HTTP_VERSION:
		return 505;
	case E_TLS_NO_SITE:
		return 421;
	default:
		/* whom a new configuration lets in no more; else the message
		 * is malformed, in one of many ways */
		return is_verdict(err) ? 403 : 400;
	}
}

unsigned
reply_status(int err, enum reply_side side)
{
	return side == REPLY_CLIENT ? client_status(err) : backend_status(err);
}

/* "a text" in front of the next reference; what follows stays in *rest. */
static bool
cut_reference(struct slice *rest, struct slice *part)
{
	const char *at = rest->n > 0 ?
	    memmem(rest->p, rest->n, REFERENCE, sizeof(REFERENCE) - 1) :
	    NULL;

	*part = at != NULL ? slice_first(*rest, (size_t)(at - rest->p)) : *rest;
	*rest = slice_skip(*rest,
	    at != NULL ? part->n + sizeof(REFERENCE) - 1 : part->n);
	return at != NULL;
}

/* The operator's page, with the reference where it is wanted. */
static void
say_page(struct reply *r, const struct conf_error_page *page, uint64_t ref)
{
	struct slice rest = page->file.file->bytes, part;

	r->type = page->type;
	r->body = rest;
	if (!cut_reference(&rest, &part))
		return;
	buf_init(&r->mem, PAGE_MAX);
	do {
		(void)buf_put(&r->mem, part);
		(void)buf_printf(&r->mem, "%016" PRIx64, ref);
	} while (cut_reference(&rest, &part));
	(void)buf_put(&r->mem, part);
	r->body = buf_slice(&r->mem);
}

static void
say_plainly(struct reply *r, uint64_t ref)
{
	r->type = SL(TEXT);
	buf_init(&r->mem, ERROR_MAX);
	(void)buf_printf(&r->mem, "%u %s\nreference: %016" PRIx64 "\n",
	    r->status, http_status_text(r->status), ref);
	r->body = buf_slice(&r->mem);
}

/* RFC 9457, 3; "about:blank" is a problem that its status says it all of. */
static void
open_problem(struct reply *r, struct json *j, size_t max, uint64_t ref)
{
	char text[REF_MAX];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, ref);
	r->type = SL(PROBLEM);
	buf_init(&r->mem, max);
	json_init(j, &r->mem);
	json_open(j, NULL, '{');
	json_str(j, "type", "about:blank");
	json_str(j, "title", http_status_text(r->status));
	json_int(j, "status", r->status);
	json_str(j, "reference", text);
}

static void
close_problem(struct reply *r, struct json *j)
{
	json_close(j, '}');
	(void)buf_puts(&r->mem, "\n");
	r->body = buf_slice(&r->mem);
}

static void
say_problem(struct reply *r, uint64_t ref)
{
	struct json j;

	open_problem(r, &j, ERROR_MAX, ref);
	close_problem(r, &j);
}

/* The page for the very status, else for all that begin like it, or NULL. */
static const struct conf_error_page *
find_page(const struct conf *c, unsigned status)
{
	const struct conf_error_page *found = NULL;

	for (size_t i = 0; i < c->error_page_count; i++) {
		const struct conf_error_page *p = &c->error_pages[i];

		if (p->status == status)
			return p;
		if (p->status == status / 100)
			found = p;
	}
	return found;
}

static bool
wants_problem(const struct fields *wanted, struct slice instead)
{
	unsigned least = accept_weight(wanted, instead);

	/* who takes any JSON can read this one */
	return accept_weight(wanted, SL(PROBLEM)) > least ||
	    accept_weight(wanted, SL("application/json")) > least;
}

void
reply_error(struct reply *r, const struct reply_error *how)
{
	const struct conf_error_page *page = find_page(how->conf, how->status);

	*r = (struct reply) { .status = how->status,
		.retry_after = how->status == 503 };
	if (wants_problem(how->wanted, page != NULL ? page->type : SL(TEXT)))
		say_problem(r, how->ref);
	else if (page != NULL)
		say_page(r, page, how->ref);
	else
		say_plainly(r, how->ref);
}

/* Which certificate it was that failed, as the client knows it. */
static void
put_verdict(struct json *j, const struct verdict *v)
{
	if (v->ident == NULL)
		return;
	json_int(j, "depth", v->depth);
	if (v->culprit.n > 0)
		json_bytes(j, "culprit", v->culprit);
	json_bytes(j, "subject", v->ident->subject);
	json_bytes(j, "issuer", v->ident->issuer);
	json_bytes(j, "serial", v->ident->serial);
	json_bytes(j, "sha256", v->ident->fingerprint);
}

void
reply_refusal(struct reply *r, const struct reply_refusal *how)
{
	struct json j;

	*r = (struct reply) { .status = reply_status(how->err, REPLY_CLIENT) };
	open_problem(r, &j, REFUSAL_MAX, how->ref);
	if (how->detail != DETAIL_NONE)
		json_str(&j, "reason", err_slug(how->err));
	if (how->detail == DETAIL_FULL) {
		json_str(&j, "detail", err_text(how->err));
		/* what a later configuration found is in the log alone */
		if (how->verdict->err == how->err)
			put_verdict(&j, how->verdict);
	}
	close_problem(r, &j);
}

void
reply_fixed(struct reply *r, const struct conf_respond *c)
{
	*r = (struct reply) { .status = c->status,
		.type = c->type,
		.body = c->body };
}

void
reply_clear(struct reply *r)
{
	buf_clear(&r->mem);
	*r = (struct reply) { 0 };
}

void
reply_head(const struct reply *r, struct slice date, struct msg *out)
{
	bool is_bare = http_response_is_bare(METHOD_GET, r->status);

	out->status = r->status;
	out->version = HTTP_11;
	out->keep_alive = true;
	out->content = is_bare ? CONTENT_NONE : CONTENT_LENGTH;
	out->length = is_bare ? 0 : r->body.n;
	fields_put(&out->fields, FIELD_DATE, date);
	if (!is_bare)
		fields_put(&out->fields, FIELD_CONTENT_TYPE, r->type);
	if (r->allow[0] != '\0')
		fields_put(&out->fields, FIELD_ALLOW, slice_str(r->allow));
	if (r->retry_after)
		fields_put(&out->fields, FIELD_RETRY_AFTER, SL("1"));
	/* an answer about who somebody is belongs to nobody else */
	fields_put(&out->fields, FIELD_CACHE_CONTROL, SL("no-store"));
}
