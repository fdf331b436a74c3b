#include "http/h1_parse.h"

#include "base/err.h"
#include "http/h1_lines.h"
#include "http/h1_start.h"
#include "http/octet.h"
#include "http/uri.h"

/* What the fields of a head said that are not kept as fields. */
struct framing {
	struct slice host;
	bool has_host;
	bool has_length;
	bool has_coding;
	uint64_t length;
};

static int
take_host(struct framing *f, struct slice value)
{
	struct authority a;

	if (f->has_host)
		return E_HTTP_HOST;
	f->has_host = true;
	f->host = value;
	return authority_parse(value, &a);
}

/* RFC 9110, 8.6: digits; a list is refused even if its members are equal. */
static int
take_length(struct framing *f, struct slice value)
{
	if (f->has_length || !slice_u64(value, &f->length) ||
	    f->length > INT64_MAX)
		return E_HTTP_LENGTH;
	f->has_length = true;
	return 0;
}

/* Whoever takes another coding, or one twice, is read in two ways. */
static int
take_coding(struct framing *f, struct slice value)
{
	if (f->has_coding || !slice_caseeq(value, SL("chunked")))
		return E_HTTP_TE;
	f->has_coding = true;
	return 0;
}

/* One field goes to the msg, or into the framing. */
static int
take_field(struct msg *msg, struct framing *f, struct slice name,
    struct slice value)
{
	enum field_id id;

	fields_add(&msg->fields, name, value);
	id = msg->fields.at[msg->fields.count - 1].id;
	if (id == FIELD_CONTENT_LENGTH) {
		msg->fields.count--;
		return take_length(f, value);
	}
	if (id == FIELD_TRANSFER_ENCODING) {
		msg->fields.count--;
		return take_coding(f, value);
	}
	if (id == FIELD_HOST && msg->status == 0) {
		msg->fields.count--;
		return take_host(f, value);
	}
	return 0;
}

/* What Connection says goes beyond what anybody has to say. */
static bool
has_many_options(const struct fields *f)
{
	struct slice options[MSG_OPTIONS_MAX];

	return fields_list(f, FIELD_CONNECTION, options, MSG_OPTIONS_MAX) >
	    MSG_OPTIONS_MAX;
}

/* All fields, and what is wrong with the framing in any message. */
static int
parse_fields(struct msg *msg, struct framing *f, struct slice rest)
{
	struct slice name, value;
	int e;

	/* RFC 9112, 2.2: no fold, for there is nothing before it */
	if (octet_is_blank(rest.p[0]))
		return E_HTTP_FIELD;
	while (!h1_lines_at_end(rest)) {
		if ((e = h1_lines_field(&rest, &name, &value)) != 0 ||
		    (e = take_field(msg, f, name, value)) != 0)
			return e;
	}
	if (has_many_options(&msg->fields))
		return E_HTTP_FIELDS_MANY;
	if (f->has_coding && f->has_length)
		return E_HTTP_LENGTH_TE;
	if (f->has_coding && msg->version == HTTP_10)
		return E_HTTP_TE_10;
	return 0;
}

/* RFC 9112, 9.3 */
static bool
is_persistent(const struct msg *msg)
{
	if (fields_list_has(&msg->fields, FIELD_CONNECTION, SL("close")))
		return false;
	return msg->version == HTTP_11 ||
	    fields_list_has(&msg->fields, FIELD_CONNECTION, SL("keep-alive"));
}

static int
finish_request(struct msg *msg, const struct framing *f)
{
	/* RFC 9112, 3.2 */
	if (msg->version == HTTP_11 && !f->has_host)
		return E_HTTP_HOST;
	if (msg->authority.n == 0)
		msg->authority = f->host;
	if (f->has_coding) {
		msg->content = CONTENT_STREAM;
	} else if (f->has_length) {
		msg->content = CONTENT_LENGTH;
		msg->length = f->length;
	}
	msg->keep_alive = is_persistent(msg);
	return 0;
}

static struct h1_bounds
head_bounds(const struct h1_limits *l, bool may_begin_empty)
{
	return (struct h1_bounds) {
		.has_start_line = true,
		.may_begin_empty = may_begin_empty,
		.first_max = l->line_max,
		.line_max = l->field_max,
		.all_max = l->head_max,
		.fields_max = l->fields_max,
		.first_long = E_HTTP_LINE_LONG,
		.line_long = E_HTTP_FIELD_LONG,
		.all_long = E_HTTP_HEAD_LONG,
		.many = E_HTTP_FIELDS_MANY,
		.bare_lf = E_HTTP_BARE_LF,
	};
}

/* The start line is there, the head is not good: something for the log. */
static void
keep_request_line(struct msg *msg, const struct h1_scan *scan, struct slice in)
{
	ptrdiff_t lf;

	if (scan->lines == 0)
		return;
	if (slice_starts(in, SL("\r\n")))
		in = slice_skip(in, 2);
	lf = slice_find(in, '\n');
	in = arena_copy(&msg->arena, slice_first(in, (size_t)lf + 1));
	(void)h1_start_request(msg, &in);
}

int
h1_parse_request(struct msg *msg, struct h1_scan *scan,
    const struct h1_limits *l, struct slice in, size_t *used)
{
	const struct h1_bounds bounds = head_bounds(l, true);
	struct framing f = { .has_host = false };
	struct slice head;
	int e;

	if ((e = h1_lines_scan(scan, &bounds, in, used)) != 0) {
		if (e != E_AGAIN)
			keep_request_line(msg, scan, in);
		return e;
	}
	head = slice_first(in, *used);
	if (slice_starts(head, SL("\r\n")))
		head = slice_skip(head, 2);
	head = arena_copy(&msg->arena, head);
	if ((e = h1_start_request(msg, &head)) != 0 ||
	    (e = parse_fields(msg, &f, head)) != 0)
		return e;
	return finish_request(msg, &f);
}

/*
 * RFC 9110, 8.6, and RFC 9112, 6.1: neither 1xx nor 204 may announce content,
 * yet some do.  "Content-Length: 0" is harmless.  Otherwise what follows may
 * be content or the next message: an interim answer, which something must
 * follow, is refused; after a 204 the connection is not used again.
 */
static int
check_bare(struct msg *msg, const struct framing *f)
{
	bool announces = f->has_coding || (f->has_length && f->length > 0);

	if (msg->status < 200 && announces)
		return f->has_coding ? E_HTTP_TE : E_HTTP_LENGTH;
	if (msg->status == 204 && announces)
		msg->keep_alive = false;
	return 0;
}

/* RFC 9112, 6.3 */
static int
finish_response(struct msg *msg, const struct framing *f,
    enum http_method request)
{
	msg->keep_alive = is_persistent(msg);
	if (http_response_is_bare(request, msg->status)) {
		/* what a HEAD or a 304 says of the content holds, and is told */
		msg->has_length = f->has_length && msg->status >= 200 &&
		    msg->status != 204;
		msg->length = msg->has_length ? f->length : 0;
		return check_bare(msg, f);
	}
	if (f->has_coding) {
		msg->content = CONTENT_STREAM;
	} else if (f->has_length) {
		msg->content = CONTENT_LENGTH;
		msg->length = f->length;
	} else {
		msg->content = CONTENT_UNTIL_CLOSE;
		msg->keep_alive = false;
	}
	return 0;
}

int
h1_parse_response(struct msg *msg, struct h1_scan *scan,
    const struct h1_limits *l, enum http_method request, struct slice in,
    size_t *used)
{
	const struct h1_bounds bounds = head_bounds(l, false);
	struct framing f = { .has_host = false };
	struct slice head;
	int e;

	if ((e = h1_lines_scan(scan, &bounds, in, used)) != 0)
		return e;
	head = arena_copy(&msg->arena, slice_first(in, *used));
	if ((e = h1_start_response(msg, &head)) != 0 ||
	    (e = parse_fields(msg, &f, head)) != 0)
		return e;
	return finish_response(msg, &f, request);
}

int
h1_parse_trailers(struct msg *msg, struct h1_scan *scan,
    const struct h1_limits *l, struct slice in, size_t *used)
{
	const struct h1_bounds bounds = {
		.first_max = l->field_max,
		.line_max = l->field_max,
		.all_max = l->trailer_max,
		.fields_max = l->fields_max,
		.first_long = E_HTTP_TRAILER_LONG,
		.line_long = E_HTTP_TRAILER_LONG,
		.all_long = E_HTTP_TRAILER_LONG,
		.many = E_HTTP_TRAILER_LONG,
		.bare_lf = E_HTTP_TRAILER,
	};
	struct slice rest, name, value;
	int e;

	if ((e = h1_lines_scan(scan, &bounds, in, used)) != 0)
		return e;
	if (h1_lines_at_end(slice_first(in, *used)))
		return 0;
	rest = arena_copy(&msg->arena, slice_first(in, *used));
	while (!h1_lines_at_end(rest)) {
		if (h1_lines_field(&rest, &name, &value) != 0)
			return E_HTTP_TRAILER;
		if (field_may_trail(field_lookup(name)))
			fields_add(&msg->trailers, name, value);
	}
	return 0;
}
