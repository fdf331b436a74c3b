/*
 * The head of a request or a response.  The first octet says how to read the
 * rest: bit 0 response, bit 1 to a HEAD, bit 2 tight limits, the others how
 * many octets arrive at a time.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "http/h1_parse.h"
#include "http/h1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct how {
	bool response;
	enum http_method request;
	struct h1_limits limits;
	size_t step;
};

static struct how
read_how(uint8_t c)
{
	struct how how = {
		.response = (c & 1) != 0,
		.request = (c & 2) != 0 ? METHOD_HEAD : METHOD_GET,
		.limits = { .line_max = 2048,
		    .field_max = 2048,
		    .head_max = 4096,
		    .fields_max = 64 },
		.step = (size_t)(c >> 3) + 1,
	};

	if ((c & 4) != 0)
		how.limits = (struct h1_limits) { .line_max = 24,
			.field_max = 16,
			.head_max = 80,
			.fields_max = 3 };
	return how;
}

static int
parse(const struct how *how, struct msg *m, struct h1_scan *scan,
    struct slice in, size_t *used)
{
	if (how->response)
		return h1_parse_response(m, scan, &how->limits, how->request,
		    in, used);
	return h1_parse_request(m, scan, &how->limits, in, used);
}

static bool
same_fields(const struct fields *a, const struct fields *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!slice_eq(a->at[i].name, b->at[i].name) ||
		    !slice_eq(a->at[i].value, b->at[i].value) ||
		    a->at[i].id != b->at[i].id)
			return false;
	return true;
}

/* What is there for whoever takes the message, apart from its version. */
static void
assert_same(const struct msg *a, const struct msg *b)
{
	assert(a->method == b->method);
	assert(slice_eq(a->method_name, b->method_name));
	assert(slice_eq(a->authority, b->authority));
	assert(slice_eq(a->path, b->path));
	assert(a->status == b->status);
	assert(a->content == b->content && a->length == b->length);
	assert(a->has_length == b->has_length);
	assert(same_fields(&a->fields, &b->fields));
}

/* What no parser behind us may be able to read in another way. */
static void
assert_plain(const struct msg *m, struct slice head)
{
	assert(head.n >= 4 && slice_ends(head, SL("\r\n\r\n")));
	for (size_t i = 0; i < head.n; i++) {
		assert(head.p[i] != '\0');
		if (head.p[i] == '\n')
			assert(i > 0 && head.p[i - 1] == '\r');
		if (head.p[i] == '\r')
			assert(i + 1 < head.n && head.p[i + 1] == '\n');
	}
	for (unsigned i = 0; i < m->fields.count; i++) {
		assert(http_is_token(m->fields.at[i].name));
		assert(http_is_field_value(m->fields.at[i].value));
		assert(m->fields.at[i].id != FIELD_CONTENT_LENGTH);
		assert(m->fields.at[i].id != FIELD_TRANSFER_ENCODING);
	}
	assert(fields_get(&m->fields, FIELD_HOST) == NULL || m->status != 0);
	assert(m->content != CONTENT_UNTIL_CLOSE || !m->keep_alive);
	assert(m->length <= INT64_MAX);
}

static bool
is_written_anew(const struct field *f, const void *arg)
{
	(void)arg;
	return f->id == FIELD_HOST || f->id == FIELD_CONNECTION ||
	    f->id == FIELD_KEEP_ALIVE || f->id == FIELD_PROXY_CONNECTION ||
	    f->id == FIELD_TE || f->id == FIELD_UPGRADE;
}

static int
write_msg(const struct how *how, struct buf *b, const struct msg *m)
{
	const struct h1_write w = {
		.chunked = m->content == CONTENT_STREAM,
		.close = m->content == CONTENT_UNTIL_CLOSE,
	};

	if (how->response)
		return h1_write_response(b, m, &w);
	return h1_write_request(b, m, &w);
}

static void
assert_reads_back(const struct how *how, struct msg *m)
{
	struct how wide = *how;
	struct h1_scan scan = { 0 };
	struct msg again;
	struct buf b;
	size_t used;

	/* HTTP/1.0 without Host is written with an empty one */
	if (!how->response && m->authority.n == 0)
		return;
	buf_init(&b, 40);
	if (write_msg(how, &b, m) != 0)
		assert(buf_len(&b) == 0);
	buf_clear(&b);

	wide.limits = (struct h1_limits) { 16384, 16384, 16384, 99, 0, 0 };
	buf_init(&b, 16384);
	assert(write_msg(how, &b, m) == 0);
	msg_init(&again);
	assert(parse(&wide, &again, &scan, buf_slice(&b), &used) == 0);
	assert(used == buf_len(&b));
	fields_filter(&m->fields, is_written_anew, NULL);
	if (m->content == CONTENT_UNTIL_CLOSE)
		fields_remove(&again.fields, FIELD_CONNECTION);
	assert_same(m, &again);
	msg_clear(&again);
	buf_clear(&b);
}

/* The head as it arrives bit by bit; each part a copy of its own. */
static int
parse_in_parts(const struct how *how, struct msg *m, struct slice in,
    size_t *used)
{
	struct h1_scan scan = { 0 };
	size_t n = 0;
	char *part;
	int e;

	do {
		n = how->step < in.n - n ? n + how->step : in.n;
		part = malloc(n + 1);
		assert(part != NULL);
		if (n > 0)
			memcpy(part, in.p, n);
		e = parse(how, m, &scan, slice_of(part, n), used);
		free(part);
	} while (e == E_AGAIN && n < in.n);
	return e;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct h1_scan scan = { 0 };
	size_t used = 0, used_parts = 0;
	struct msg m, parts;
	struct slice in;
	struct how how;
	int e;

	if (len == 0)
		return 0;
	how = read_how(p[0]);
	in = slice_of(p + 1, len - 1);
	msg_init(&m);
	msg_init(&parts);
	e = parse(&how, &m, &scan, in, &used);
	assert(e == parse_in_parts(&how, &parts, in, &used_parts));
	if (e == 0) {
		assert(used == used_parts && used <= how.limits.head_max);
		assert(m.version == parts.version &&
		    m.keep_alive == parts.keep_alive);
		assert_same(&m, &parts);
		assert_plain(&m, slice_first(in, used));
		assert_reads_back(&how, &m);
	}
	msg_clear(&m);
	msg_clear(&parts);
	return 0;
}
