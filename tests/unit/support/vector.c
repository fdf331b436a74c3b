#include "support/vector.h"

#include "base/err.h"
#include "support/guard.h"
#include "support/msg_dump.h"

const struct h1_limits vector_limits = {
	.line_max = 64,
	.field_max = 48,
	.head_max = 256,
	.fields_max = 5,
	.chunk_ext_max = 16,
	.trailer_max = 64,
};

/* The outcome of one way to cut the input up. */
struct outcome {
	int e;
	size_t used;
	struct buf model;
};

/* How the input arrives: all up to first, then step more at a time. */
struct cut {
	size_t first;
	size_t step;
};

enum part { PART_REQUEST, PART_RESPONSE, PART_TRAILERS };

struct job {
	const struct vector *v;
	enum part part;
	enum http_method request;
	enum msg_content content;
	uint64_t length;
};

#define DUMP_MAX 4096

static int
parse(const struct job *j, struct msg *m, struct h1_scan *s, struct slice in,
    size_t *used)
{
	switch (j->part) {
	case PART_REQUEST:
		return h1_parse_request(m, s, &vector_limits, in, used);
	case PART_RESPONSE:
		return h1_parse_response(m, s, &vector_limits, j->request, in,
		    used);
	case PART_TRAILERS:
		return h1_parse_trailers(m, s, &vector_limits, in, used);
	}
	return E_INTERNAL;
}

static void
run_head(const struct job *j, struct guard *g, struct cut cut,
    struct outcome *o)
{
	struct slice in = j->v->in;
	struct h1_scan scan = { 0 };
	size_t n = cut.first;
	struct msg m;

	msg_init(&m);
	buf_init(&o->model, DUMP_MAX);
	for (;; n = cut.step < in.n - n ? n + cut.step : in.n) {
		o->used = 0;
		o->e = parse(j, &m, &scan, guard_put(g, slice_first(in, n)),
		    &o->used);
		if (o->e != E_AGAIN || n == in.n)
			break;
	}
	if (o->e == 0 && j->part == PART_TRAILERS)
		msg_dump_fields(&m.trailers, &o->model);
	else if (o->e == 0)
		msg_dump(&m, &o->model);
	if (o->e == 0 && o->used < in.n)
		buf_printf(&o->model, " +%zu", in.n - o->used);
	msg_clear(&m);
}

/* All that can be had of in[*at..n]; E_AGAIN when it is used up. */
static int
drain(struct h1_body *body, struct msg *m, struct guard *g, struct slice in,
    size_t *at, struct outcome *o)
{
	struct slice data;
	size_t skip, n;
	int e;

	for (;;) {
		e = h1_body_next(body, m, &vector_limits,
		    guard_put(g, slice_skip(in, *at)), &skip, &data);
		if (e != 0 && e != E_AGAIN)
			return e;
		*at += skip;
		if (e != 0 || h1_body_is_done(body))
			return e;
		/* not always all of it */
		n = data.n > 3 ? 3 : data.n;
		ck_assert_uint_gt(n, 0);
		buf_put(&o->model, slice_first(data, n));
		h1_body_took(body, n);
		*at += n;
	}
}

static void
run_body(const struct job *j, struct guard *g, struct cut cut,
    struct outcome *o)
{
	struct msg m;
	struct h1_body body;
	struct slice in = j->v->in;
	size_t at = 0, n = cut.first;

	msg_init(&m);
	m.content = j->content;
	m.length = j->length;
	h1_body_init(&body, &m);
	buf_init(&o->model, DUMP_MAX);
	for (;; n = cut.step < in.n - n ? n + cut.step : in.n) {
		o->e = drain(&body, &m, g, slice_first(in, n), &at, o);
		if (o->e != E_AGAIN || n == in.n)
			break;
	}
	if (o->e == E_AGAIN)
		o->e = h1_body_eof(&body);
	if (o->e == 0 && m.trailers.count > 0) {
		buf_puts(&o->model, "|");
		msg_dump_fields(&m.trailers, &o->model);
	}
	if (o->e == 0 && at < in.n)
		buf_printf(&o->model, "+%zu", in.n - at);
	o->used = o->e == 0 ? at : 0;
	msg_clear(&m);
}

static void
run(const struct job *j, bool is_body, struct guard *g, struct cut cut,
    struct outcome *o)
{
	if (is_body)
		run_body(j, g, cut, o);
	else
		run_head(j, g, cut, o);
}

static void
check_same(const struct vector *v, const struct outcome *whole,
    const struct outcome *cut, const char *how, size_t at)
{
	ck_assert_msg(cut->e == whole->e && cut->used == whole->used &&
		slice_eq(buf_slice(&cut->model), buf_slice(&whole->model)),
	    "%s, %s: %s %zu gives %s \"%.*s\", whole gives %s \"%.*s\"", v->id,
	    v->name, how, at, err_slug(cut->e),
	    SLICE_ARG(buf_slice(&cut->model)), err_slug(whole->e),
	    SLICE_ARG(buf_slice(&whole->model)));
}

static void
check_whole(const struct vector *v, const struct outcome *o)
{
	const char *model = v->model != NULL ? v->model : "";

	ck_assert_msg(o->e == v->e, "%s, %s: %s \"%.*s\", should be %s", v->id,
	    v->name, err_slug(o->e), SLICE_ARG(buf_slice(&o->model)),
	    err_slug(v->e));
	ck_assert_msg(slice_eq(buf_slice(&o->model), slice_str(model)),
	    "%s, %s:\n%.*s, should be\n%s", v->id, v->name,
	    SLICE_ARG(buf_slice(&o->model)), model);
}

static void
check(const struct job *j, bool is_body)
{
	const size_t n = j->v->in.n;
	struct outcome whole, other;
	struct guard g;

	guard_init(&g, n);
	run(j, is_body, &g, (struct cut) { n, 1 }, &whole);
	check_whole(j->v, &whole);
	run(j, is_body, &g, (struct cut) { 0, 1 }, &other);
	check_same(j->v, &whole, &other, "octet by octet, all", n);
	buf_clear(&other.model);
	for (size_t i = 1; i < n; i++) {
		run(j, is_body, &g, (struct cut) { i, n }, &other);
		check_same(j->v, &whole, &other, "cut at", i);
		buf_clear(&other.model);
	}
	buf_clear(&whole.model);
	guard_clear(&g);
}

void
vector_request(const struct vector *v)
{
	check(&(struct job) { .v = v, .part = PART_REQUEST }, false);
}

void
vector_response(const struct vector *v, enum http_method request)
{
	check(&(struct job) { .v = v,
		  .part = PART_RESPONSE,
		  .request = request },
	    false);
}

void
vector_trailers(const struct vector *v)
{
	check(&(struct job) { .v = v, .part = PART_TRAILERS }, false);
}

void
vector_body(const struct vector *v, enum msg_content content, uint64_t length)
{
	check(&(struct job) { .v = v, .content = content, .length = length },
	    true);
}
