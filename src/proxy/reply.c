#include "proxy/reply.h"

#include <inttypes.h>

#include "base/err.h"

#define ERROR_MAX 512 /* octets of a short plain answer */

/* RFC 9110, 15.6: a bad answer, nobody to answer, no answer in time. */
static unsigned
backend_status(int err)
{
	switch (err) {
	case E_NO_BACKEND:
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

static unsigned
client_status(int err)
{
	switch (err) {
	case E_NO_RULE:
		return 403;
	case E_NOT_FOUND:
		return 404;
	case E_METHOD_REFUSED:
		return 405;
	case E_TIMEOUT:
		return 408;
	case E_HTTP_BODY_LONG:
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
	default:
		/* the message is malformed, in one of many ways */
		return 400;
	}
}

unsigned
reply_status(int err, enum reply_side side)
{
	return side == REPLY_CLIENT ? client_status(err) : backend_status(err);
}

void
reply_error(struct reply *r, unsigned status, uint64_t ref)
{
	*r = (struct reply) { .status = status, .type = SLICE("text/plain") };
	buf_init(&r->mem, ERROR_MAX);
	(void)buf_printf(&r->mem, "%u %s\nreference: %016" PRIx64 "\n", status,
	    http_status_text(status), ref);
	r->body = buf_slice(&r->mem);
	r->retry_after = status == 503;
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
	fields_add(&out->fields, field_name(FIELD_DATE), date);
	if (!is_bare)
		fields_add(&out->fields, field_name(FIELD_CONTENT_TYPE),
		    r->type);
	if (r->allow[0] != '\0')
		fields_add(&out->fields, field_name(FIELD_ALLOW),
		    slice_str(r->allow));
	if (r->retry_after)
		fields_add(&out->fields, field_name(FIELD_RETRY_AFTER),
		    SL("1"));
	/* an answer about who somebody is belongs to nobody else */
	fields_add(&out->fields, field_name(FIELD_CACHE_CONTROL),
	    SL("no-store"));
}
