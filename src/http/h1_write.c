#include "http/h1_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/digits.h"
#include "base/err.h"
#include "http/span.h"
#include "http/uri.h"

/* Asked of the buf at once: a usual head takes one piece of memory. */
#define OUT_STEP 1024

/* The pieces are put only while all went well; the first error stays. */
struct out {
	struct buf *buf;
	size_t before; /* octets that the buf held at the start */
	char *at;      /* where the next piece goes */
	size_t room;   /* octets that may be put there */
	size_t n;      /* octets put that the buf does not know of yet */
	int e;
};

static struct out
out_begin(struct buf *b)
{
	return (struct out) { .buf = b, .before = buf_len(b) };
}

/* Room for so many octets; false, and an error, when there is none. */
static bool
out_room(struct out *o, size_t want)
{
	size_t step = want < OUT_STEP ? OUT_STEP : want;

	if (o->e != 0 || want <= o->room)
		return o->e == 0;
	buf_added(o->buf, o->n);
	o->n = 0;
	if (step > buf_room(o->buf))
		step = buf_room(o->buf);
	o->room = step;
	o->at = buf_want(o->buf, step);
	if (step < want)
		o->e = E_LIMIT;
	return o->e == 0;
}

/* All of it, or nothing. */
static int
out_end(struct out *o)
{
	buf_added(o->buf, o->n);
	if (o->e != 0)
		buf_cut(o->buf, o->before);
	return o->e;
}

static void
put(struct out *o, struct slice s)
{
	if (s.n == 0 || !out_room(o, s.n))
		return;
	memcpy(o->at, s.p, s.n);
	o->at += s.n;
	o->room -= s.n;
	o->n += s.n;
}

/* What came from elsewhere: all of it must be good, not just a part. */
static void
put_checked(struct out *o, struct slice s, size_t good)
{
	if (o->e == 0 && good != s.n)
		o->e = E_INVALID;
	put(o, s);
}

static void
put_number(struct out *o, uint64_t v)
{
	char digits[DIGITS_MAX];

	put(o, slice_of(digits, digits_u64(digits, v)));
}

static void
put_field(struct out *o, struct slice name, struct slice value)
{
	if (name.n == 0)
		o->e = E_INVALID;
	put_checked(o, name, octet_span(name, OCTET_TOKEN));
	put(o, SL(": "));
	put_checked(o, value, span_value(value));
	put(o, SL("\r\n"));
}

/*
 * What the model or struct h1_write says is not said by fields as well, so
 * that nothing can be said twice.
 */
static bool
is_ours(enum field_id id, const struct h1_write *w)
{
	if (id == FIELD_UPGRADE)
		return !w->upgrade;
	return id == FIELD_HOST || id == FIELD_CONTENT_LENGTH ||
	    id == FIELD_TRANSFER_ENCODING || id == FIELD_CONNECTION ||
	    id == FIELD_KEEP_ALIVE || id == FIELD_PROXY_CONNECTION ||
	    id == FIELD_TE;
}

static void
put_fields(struct out *o, const struct msg *msg, const struct h1_write *w)
{
	for (unsigned i = 0; i < msg->fields.count; i++) {
		const struct field *f = &msg->fields.at[i];

		if (!is_ours(f->id, w))
			put_field(o, f->name, f->value);
	}
}

/* RFC 9110, 7.6.1; TE must be listed too: 10.1.4 */
static void
put_connection(struct out *o, const struct h1_write *w)
{
	const struct {
		bool wanted;
		struct slice option;
	} options[] = {
		{ w->close, SLICE("close") },
		{ w->keep_alive && !w->close, SLICE("keep-alive") },
		{ w->upgrade, SLICE("upgrade") },
		{ w->te_trailers, SLICE("TE") },
	};
	bool first = true;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].wanted)
			continue;
		put(o, first ? SL("Connection: ") : SL(", "));
		put(o, options[i].option);
		first = false;
	}
	if (!first)
		put(o, SL("\r\n"));
	if (w->te_trailers)
		put(o, SL("TE: trailers\r\n"));
}

static void
put_length(struct out *o, uint64_t length)
{
	put(o, SL("Content-Length: "));
	put_number(o, length);
	put(o, SL("\r\n"));
}

/* RFC 9110, 8.6: a 304 may tell a length, 1xx and 204 none, not even 0. */
static void
put_bare_framing(struct out *o, const struct msg *msg, const struct h1_write *w)
{
	bool is_empty = msg->content == CONTENT_NONE ||
	    (msg->content == CONTENT_LENGTH && msg->length == 0);

	if (!is_empty || w->chunked)
		o->e = E_INVALID;
	else if (msg->status == 304 && msg->has_length)
		put_length(o, msg->length);
}

/*
 * RFC 9112, 6.  Chunks that nobody announced, or an announcement without
 * chunks, would be a desync: E_INVALID.
 */
static void
put_framing(struct out *o, const struct msg *msg, const struct h1_write *w)
{
	bool is_response = msg->status != 0;

	if (is_response && http_response_is_bare(METHOD_OTHER, msg->status)) {
		put_bare_framing(o, msg, w);
		return;
	}
	switch (msg->content) {
	case CONTENT_NONE:
		if (w->chunked)
			o->e = E_INVALID;
		else if (is_response && msg->has_length)
			put_length(o, msg->length);
		return;
	case CONTENT_LENGTH:
		if (w->chunked)
			o->e = E_INVALID;
		else
			put_length(o, msg->length);
		return;
	case CONTENT_STREAM:
	case CONTENT_UNTIL_CLOSE:
		if (w->chunked)
			put(o, SL("Transfer-Encoding: chunked\r\n"));
		else if (!is_response || !w->close)
			o->e = E_INVALID;
		return;
	}
}

/* The same limits as the parser's: one SP must end it, "#" cuts it. */
static void
put_target(struct out *o, const struct msg *msg)
{
	struct slice target = msg->path;

	if (msg->method == METHOD_CONNECT)
		target = msg->authority;
	else if (target.n == 0 ||
	    (target.p[0] != '/' && !slice_eq(target, SL("*"))))
		o->e = E_INVALID;
	if (target.n == 0)
		o->e = E_INVALID;
	put_checked(o, target, span_target(target));
}

static void
put_host(struct out *o, struct slice authority)
{
	struct authority a;

	/* HTTP/1.0 may come without: then it is there and empty (3.2) */
	if (authority.n > 0 && authority_parse(authority, &a) != 0)
		o->e = E_INVALID;
	put_field(o, SL("Host"), authority);
}

int
h1_write_request(struct buf *b, const struct msg *msg, const struct h1_write *w)
{
	struct out o = out_begin(b);

	if (msg->method_name.n == 0 || msg->status != 0)
		o.e = E_INVALID;
	put_checked(&o, msg->method_name,
	    octet_span(msg->method_name, OCTET_TOKEN));
	put(&o, SL(" "));
	put_target(&o, msg);
	put(&o, SL(" HTTP/1.1\r\n"));
	put_host(&o, msg->authority);
	put_fields(&o, msg, w);
	put_framing(&o, msg, w);
	put_connection(&o, w);
	put(&o, SL("\r\n"));
	return out_end(&o);
}

int
h1_write_response(struct buf *b, const struct msg *msg,
    const struct h1_write *w)
{
	struct out o = out_begin(b);

	if (msg->status < 100 || msg->status > 599)
		o.e = E_INVALID;
	put(&o, SL("HTTP/1.1 "));
	put_number(&o, msg->status);
	/* the SP stays where there is no reason: RFC 9112, 4 */
	put(&o, SL(" "));
	put(&o, slice_str(http_status_text(msg->status)));
	put(&o, SL("\r\n"));
	put_fields(&o, msg, w);
	put_framing(&o, msg, w);
	put_connection(&o, w);
	put(&o, SL("\r\n"));
	return out_end(&o);
}

int
h1_write_chunk_head(struct buf *b, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char line[sizeof(n) * 2 + 2];
	size_t at = sizeof(line);

	/* a chunk of nothing would be the last one */
	if (n == 0)
		return E_INVALID;
	line[--at] = '\n';
	line[--at] = '\r';
	for (; n > 0; n >>= 4)
		line[--at] = hex[n & 15];
	return buf_put(b, slice_of(line + at, sizeof(line) - at)) ? 0 : E_LIMIT;
}

int
h1_write_last_chunk(struct buf *b, const struct fields *trailers)
{
	struct out o = out_begin(b);

	put(&o, SL("0\r\n"));
	for (unsigned i = 0; trailers != NULL && i < trailers->count; i++) {
		const struct field *f = &trailers->at[i];

		if (field_may_trail(f->id))
			put_field(&o, f->name, f->value);
	}
	put(&o, SL("\r\n"));
	return out_end(&o);
}
