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
	char *from;    /* since here the buf does not know what was put */
	char *at;      /* where the next piece goes */
	char *end;     /* so far the buf has given room */
	int e;
};

static struct out
out_begin(struct buf *b)
{
	return (struct out) { .buf = b, .before = buf_len(b) };
}

/* More room, for so many octets at least. */
static bool
out_grow(struct out *o, size_t want)
{
	size_t step = want < OUT_STEP ? OUT_STEP : want;
	char *to = NULL;

	buf_added(o->buf, (size_t)(o->at - o->from));
	if (step > buf_room(o->buf))
		step = buf_room(o->buf);
	if (step >= want)
		to = buf_want(o->buf, step);
	if (to == NULL)
		o->e = E_LIMIT;
	o->from = o->at = to;
	o->end = to != NULL ? to + step : NULL;
	return o->e == 0;
}

/* Room for so many octets; false, and an error, when there is none. */
static inline bool
out_room(struct out *o, size_t want)
{
	if (o->e == 0 && o->at != NULL && want <= (size_t)(o->end - o->at))
		return true;
	return o->e == 0 && out_grow(o, want);
}

/* All of it, or nothing. */
static int
out_end(struct out *o)
{
	buf_added(o->buf, (size_t)(o->at - o->from));
	if (o->e != 0)
		buf_cut(o->buf, o->before);
	return o->e;
}

/* Where there is room; see out_room(). */
static inline void
append(struct out *o, struct slice s)
{
	if (s.n > 0)
		memcpy(o->at, s.p, s.n);
	o->at += s.n;
}

static void
put(struct out *o, struct slice s)
{
	if (out_room(o, s.n))
		append(o, s);
}

/* What came from elsewhere: all of it must be good, not just a part. */
static void
check(struct out *o, bool is_good)
{
	if (o->e == 0 && !is_good)
		o->e = E_INVALID;
}

/* A field whose name is known to be a token. */
static void
put_line(struct out *o, struct slice name, struct slice value)
{
	check(o, span_value(value) == value.n);
	if (!out_room(o, name.n + value.n + sizeof(": \r\n")))
		return;
	append(o, name);
	append(o, SL(": "));
	append(o, value);
	append(o, SL("\r\n"));
}

static void
put_field(struct out *o, const struct field *f)
{
	/* a name with a number is one of ours, whatever its case */
	check(o, f->id != FIELD_OTHER || http_is_token(f->name));
	put_line(o, f->name, f->value);
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
			put_field(o, f);
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

	if (!w->close && !w->keep_alive && !w->upgrade && !w->te_trailers)
		return;
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
	char digits[DIGITS_MAX];

	put_line(o, SL("Content-Length"),
	    slice_of(digits, digits_u64(digits, length)));
}

/* RFC 9110, 8.6: a 304 may tell a length, 1xx and 204 none, not even 0. */
static void
put_bare_framing(struct out *o, const struct msg *msg, const struct h1_write *w)
{
	bool is_empty = msg->content == CONTENT_NONE ||
	    (msg->content == CONTENT_LENGTH && msg->length == 0);

	check(o, is_empty && !w->chunked);
	if (msg->status == 304 && msg->has_length)
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
		check(o, !w->chunked);
		if (is_response && msg->has_length)
			put_length(o, msg->length);
		return;
	case CONTENT_LENGTH:
		check(o, !w->chunked);
		put_length(o, msg->length);
		return;
	case CONTENT_STREAM:
	case CONTENT_UNTIL_CLOSE:
		check(o, w->chunked || (is_response && w->close));
		if (w->chunked)
			put(o, SL("Transfer-Encoding: chunked\r\n"));
		return;
	}
}

/* What is asked for: an error, or what may stand between two SP. */
static struct slice
target_of(struct out *o, const struct msg *msg)
{
	struct slice target = msg->path;

	if (msg->method == METHOD_CONNECT)
		target = msg->authority;
	else
		check(o,
		    target.n > 0 &&
			(target.p[0] == '/' || slice_eq(target, SL("*"))));
	/* the same limits as the parser's: one SP must end it, "#" cuts it */
	check(o, target.n > 0 && span_target(target) == target.n);
	return target;
}

static void
put_request_line(struct out *o, const struct msg *msg)
{
	struct slice method = msg->method_name, target = target_of(o, msg);

	check(o, msg->status == 0 && http_is_token(method));
	if (!out_room(o, method.n + target.n + sizeof("  HTTP/1.1\r\n")))
		return;
	append(o, method);
	append(o, SL(" "));
	append(o, target);
	append(o, SL(" HTTP/1.1\r\n"));
}

static void
put_status_line(struct out *o, unsigned status)
{
	char digits[DIGITS_MAX];

	check(o, status >= 100 && status <= 599);
	put(o, SL("HTTP/1.1 "));
	put(o, slice_of(digits, digits_u64(digits, status)));
	/* the SP stays where there is no reason: RFC 9112, 4 */
	put(o, SL(" "));
	put(o, slice_str(http_status_text(status)));
	put(o, SL("\r\n"));
}

static void
put_host(struct out *o, struct slice authority)
{
	struct authority a;

	/* HTTP/1.0 may come without: then it is there and empty (3.2) */
	check(o, authority.n == 0 || authority_parse(authority, &a) == 0);
	put_line(o, SL("Host"), authority);
}

int
h1_write_request(struct buf *b, const struct msg *msg, const struct h1_write *w)
{
	struct out o = out_begin(b);

	put_request_line(&o, msg);
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

	put_status_line(&o, msg->status);
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
			put_field(&o, f);
	}
	put(&o, SL("\r\n"));
	return out_end(&o);
}
