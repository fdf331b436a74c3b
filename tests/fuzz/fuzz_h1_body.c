/*
 * The content of a message.  The first octet says how to read the rest: bits
 * 0 and 1 what the head announced (chunks unless both are set), bit 2 tight
 * limits, the others how many octets arrive at a time; the second octet is
 * the length, and how much is taken at a time.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/h1_body.h"
#include "http/h1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct how {
	enum msg_content content;
	uint64_t length;
	struct h1_limits limits;
	size_t step; /* octets that arrive at a time */
	size_t take; /* octets that are taken at a time */
};

struct result {
	int e;
	size_t used;
	struct buf content;
	struct msg msg;
};

static struct how
read_how(const uint8_t *p)
{
	struct how how = {
		.content = CONTENT_STREAM,
		.length = p[1],
		.limits = { .field_max = 1024,
		    .fields_max = 64,
		    .chunk_ext_max = 1024,
		    .trailer_max = 2048 },
		.step = (size_t)(p[0] >> 3) + 1,
		.take = (size_t)p[1] % 7 + 1,
	};

	if ((p[0] & 3) == 3)
		how.content = p[1] == 0 ? CONTENT_UNTIL_CLOSE : CONTENT_LENGTH;
	if ((p[0] & 4) != 0)
		how.limits = (struct h1_limits) { .field_max = 12,
			.fields_max = 3,
			.chunk_ext_max = 10,
			.trailer_max = 30 };
	return how;
}

static int
drain(const struct how *how, struct h1_body *body, struct slice in,
    struct result *r)
{
	struct slice data;
	size_t skip, n;
	int e;

	for (;;) {
		e = h1_body_next(body, &r->msg, &how->limits,
		    slice_skip(in, r->used), &skip, &data);
		assert(skip <= in.n - r->used);
		assert(data.n <= in.n - r->used - skip);
		if (e != 0 && e != E_AGAIN)
			return e;
		r->used += skip;
		if (e != 0 || h1_body_is_done(body)) {
			assert(data.n == 0);
			return e;
		}
		assert(data.n > 0 && data.p == in.p + r->used);
		n = data.n < how->take ? data.n : how->take;
		assert(buf_put(&r->content, slice_first(data, n)));
		h1_body_took(body, n);
		r->used += n;
	}
}

static void
decode(const struct how *how, struct slice in, size_t step, struct result *r)
{
	struct h1_body body;
	size_t n = 0;
	char *part;

	*r = (struct result) { 0 };
	buf_init(&r->content, SIZE_MAX / 2);
	msg_init(&r->msg);
	r->msg.content = how->content;
	r->msg.length = how->content == CONTENT_LENGTH ? how->length : 0;
	h1_body_init(&body, &r->msg);
	do {
		n = step < in.n - n ? n + step : in.n;
		part = malloc(n + 1);
		assert(part != NULL);
		if (n > 0)
			memcpy(part, in.p, n);
		r->e = drain(how, &body, slice_of(part, n), r);
		free(part);
	} while (r->e == E_AGAIN && n < in.n);
	if (r->e == E_AGAIN)
		r->e = h1_body_eof(&body);
}

static void
result_clear(struct result *r)
{
	buf_clear(&r->content);
	msg_clear(&r->msg);
}

static void
assert_same(const struct result *a, const struct result *b)
{
	const struct fields *fa = &a->msg.trailers, *fb = &b->msg.trailers;

	assert(a->e == b->e);
	assert(slice_eq(buf_slice(&a->content), buf_slice(&b->content)));
	if (a->e != 0)
		return;
	assert(fa->count == fb->count);
	for (unsigned i = 0; i < fa->count; i++) {
		assert(slice_eq(fa->at[i].name, fb->at[i].name));
		assert(slice_eq(fa->at[i].value, fb->at[i].value));
		assert(field_may_trail(fa->at[i].id));
	}
}

/* Written anew in chunks of another size, it must read the same. */
static void
assert_reads_back(const struct how *how, const struct result *r)
{
	struct how wide = *how;
	struct slice rest = buf_slice(&r->content), part;
	struct result again;
	struct buf b;

	wide.content = CONTENT_STREAM;
	wide.limits = (struct h1_limits) { .field_max = 1 << 20,
		.fields_max = 1 << 20,
		.trailer_max = 1 << 20 };
	buf_init(&b, SIZE_MAX / 2);
	while (rest.n > 0) {
		part = slice_first(rest, rest.n < 17 ? rest.n : 17);
		assert(h1_write_chunk_head(&b, part.n) == 0);
		assert(buf_put(&b, part) && buf_puts(&b, "\r\n"));
		rest = slice_skip(rest, part.n);
	}
	assert(h1_write_last_chunk(&b, &r->msg.trailers) == 0);
	decode(&wide, buf_slice(&b), buf_len(&b), &again);
	assert(again.used == buf_len(&b));
	assert_same(r, &again);
	result_clear(&again);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct result whole, parts;
	struct slice in;
	struct how how;

	if (len < 2)
		return 0;
	how = read_how(p);
	in = slice_of(p + 2, len - 2);
	decode(&how, in, in.n, &whole);
	decode(&how, in, how.step, &parts);
	assert_same(&whole, &parts);
	assert(whole.used <= in.n);
	if (whole.e == 0) {
		size_t n = buf_len(&whole.content);

		assert(whole.used == parts.used);
		if (how.content == CONTENT_LENGTH)
			assert(n == how.length && whole.used == n);
		else if (how.content == CONTENT_UNTIL_CLOSE)
			assert(n == in.n);
		assert_reads_back(&how, &whole);
	}
	result_clear(&whole);
	result_clear(&parts);
	return 0;
}
