#include "support/mux_rig.h"

#include <string.h>

#define HEARD_MAX (8 << 20)

static void
on_wake(void *arg)
{
	struct mux_rig *r = arg;

	r->wakes++;
}

static void
on_stream(void *arg, struct stream *s)
{
	struct mux_rig *r = arg;

	r->streams++;
	r->stream = s;
	stream_own(s, on_wake, r);
}

static void
on_idle(void *arg)
{
	struct mux_rig *r = arg;

	r->idles++;
}

static void
on_end(void *arg, enum mux_end how, int err)
{
	struct mux_rig *r = arg;

	r->ends++;
	r->how = how;
	r->err = err;
	r->io = mux_close(r->mux);
	r->mux = NULL;
	r->stream = NULL;
}

static const struct mux_events events = {
	.on_stream = on_stream,
	.on_idle = on_idle,
	.on_end = on_end,
};

void
mux_rig_init(struct mux_rig *r)
{
	*r = (struct mux_rig) { 0 };
	loop_init_virtual(&r->loop, 1000, 1700000000000);
	buf_init(&r->heard, HEARD_MAX);
	r->params = (struct mux_params) {
		.limits = {
			.line_max = 1024,
			.field_max = 1024,
			.head_max = 4096,
			.fields_max = 20,
			.chunk_ext_max = 64,
			.trailer_max = 1024,
		},
		.head_ms = MUX_HEAD_MS,
		.idle_ms = MUX_IDLE_MS,
		.write_ms = MUX_WRITE_MS,
		.heads_max = 2,
	};
}

void
mux_rig_start(struct mux_rig *r, enum mux_role role, size_t capacity)
{
	struct io *ends[2];

	io_mem_pair(&r->loop, capacity, ends);
	r->peer = ends[0];
	r->mux = mux_h1_new(ends[1], role, &r->params, &events, r);
	loop_advance(&r->loop, 0);
}

void
mux_rig_clear(struct mux_rig *r)
{
	if (r->mux != NULL)
		r->io = mux_close(r->mux);
	r->mux = NULL;
	io_close(r->io);
	io_close(r->peer);
	buf_clear(&r->heard);
	loop_clear(&r->loop);
}

void
mux_say_bytes(struct mux_rig *r, struct slice s)
{
	size_t n;

	while (s.n > 0) {
		ck_assert_int_eq(io_write(r->peer, s, &n), 0);
		s = slice_skip(s, n);
		loop_advance(&r->loop, 0);
	}
}

void
mux_say(struct mux_rig *r, const char *text)
{
	mux_say_bytes(r, slice_str(text));
}

void
mux_peer_leaves(struct mux_rig *r)
{
	ck_assert_int_eq(io_shutdown(r->peer), 0);
	loop_advance(&r->loop, 0);
}

void
mux_peer_breaks(struct mux_rig *r)
{
	io_mem_break(r->peer, E_CLOSED);
	loop_advance(&r->loop, 0);
}

const char *
mux_heard(struct mux_rig *r)
{
	char *to;
	size_t n;

	buf_take(&r->heard, buf_len(&r->heard));
	loop_advance(&r->loop, 0);
	for (;;) {
		to = buf_want(&r->heard, 65536);
		ck_assert_ptr_nonnull(to);
		r->peer_end = io_read(r->peer, to, 65535, &n);
		if (r->peer_end != 0)
			break;
		buf_added(&r->heard, n);
		loop_advance(&r->loop, 0);
	}
	*to = '\0';
	return buf_slice(&r->heard).p;
}

void
mux_open_stream(struct mux_rig *r)
{
	r->stream = mux_open(r->mux);
	ck_assert_ptr_nonnull(r->stream);
	stream_own(r->stream, on_wake, r);
}

static void
send_text(struct mux_rig *r, const char *body)
{
	struct slice left = slice_str(body);
	size_t n;

	for (; left.n > 0; left = slice_skip(left, n))
		ck_assert_int_eq(stream_send_body(r->stream, left, &n), 0);
	ck_assert_int_eq(stream_send_end(r->stream, NULL), 0);
	ck_assert_int_eq(stream_flush(r->stream), 0);
	loop_advance(&r->loop, 0);
}

static void
set_length(struct msg *m, const char *body)
{
	m->content = body != NULL ? CONTENT_LENGTH : CONTENT_NONE;
	m->length = body != NULL ? strlen(body) : 0;
	m->keep_alive = true;
	m->version = HTTP_11;
}

void
mux_ask(struct mux_rig *r, const char *method, const char *body)
{
	struct msg m;

	msg_init(&m);
	msg_set_method(&m, slice_str(method));
	m.authority = SL("h");
	m.path = SL("/");
	set_length(&m, body);
	ck_assert_int_eq(stream_send_head(r->stream, &m), 0);
	msg_clear(&m);
	send_text(r, body);
}

void
mux_answer(struct mux_rig *r, unsigned status, const char *body)
{
	struct msg m;

	msg_init(&m);
	m.status = status;
	set_length(&m, body);
	ck_assert_int_eq(stream_send_head(r->stream, &m), 0);
	msg_clear(&m);
	send_text(r, body);
}

int
mux_read_body(struct mux_rig *r, char *out, size_t max)
{
	size_t len = 0;
	struct slice s;
	int e;

	while ((e = stream_recv_body(r->stream, &s)) == 0) {
		ck_assert_uint_gt(s.n, 0);
		ck_assert_uint_lt(s.n, max - len);
		memcpy(out + len, s.p, s.n);
		len += s.n;
		stream_recv_took(r->stream, s.n);
	}
	out[len] = '\0';
	return e;
}

void
mux_check_body(struct mux_rig *r, const char *want)
{
	char got[4096];

	ck_assert_int_eq(mux_read_body(r, got, sizeof(got)), E_EOF);
	ck_assert_str_eq(got, want);
}

struct msg *
mux_head(struct mux_rig *r)
{
	struct msg *m = NULL;

	ck_assert_ptr_nonnull(r->stream);
	ck_assert_str_eq(err_slug(stream_recv_head(r->stream, &m)), "ok");
	return m;
}

void
mux_close_stream(struct mux_rig *r, int err)
{
	struct stream *s = r->stream;

	r->stream = NULL;
	stream_close(s, err);
	loop_advance(&r->loop, 0);
}

void
mux_serve(struct mux_rig *r, const char *body)
{
	(void)mux_head(r);
	mux_check_body(r, "");
	mux_answer(r, 200, body);
	mux_close_stream(r, 0);
}

void
mux_check_end(const struct mux_rig *r, enum mux_end how, int err)
{
	ck_assert_uint_eq(r->ends, 1);
	ck_assert_str_eq(err_slug(r->err), err_slug(err));
	ck_assert_msg(r->how == how, "%s",
	    how == MUX_END_POLITE ? "broken" : "polite");
}

void
mux_check_open(const struct mux_rig *r)
{
	ck_assert_msg(r->ends == 0, "ended: %s", err_slug(r->err));
}
