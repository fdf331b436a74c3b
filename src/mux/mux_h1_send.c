#include "mux/mux_h1_conn.h"

#include <assert.h>

#include "base/err.h"
#include "http/h1_write.h"

/* Content is gathered up to one full TLS record with a head before it; heads
 * may go beyond. */
#define OUT_HIGH (20 * 1024)
/* What is this large is not copied but written from where it lies. */
#define DIRECT_MIN (4 * 1024)

/* Our side of a tunnel has ended, and all of it is out. */
static int
shut_down(struct mux_h1 *h)
{
	int e = io_shutdown(h->io);

	if (e == 0)
		h->s.wants_shutdown = false;
	return e;
}

int
h1_flush(struct mux_h1 *h)
{
	size_t n;
	int e = 0;

	while (buf_len(&h->out) > 0) {
		e = io_write(h->io, buf_slice(&h->out), &n);
		if (e != 0)
			break;
		buf_take(&h->out, n);
		h->s.stream.has_output = true;
		h1_moved(h, n);
	}
	if (e == 0 && h->s.wants_shutdown)
		e = shut_down(h);
	if (e == E_AGAIN)
		h1_block(h);
	else if (e == 0 && !h->is_direct)
		h1_unblock(h);
	buf_release(&h->out);
	return e;
}

void
h1_start_tunnel(struct mux_h1 *h)
{
	struct stream_h1 *s = &h->s;

	s->is_tunnel = true;
	s->is_last = true;
	s->is_chunked = false;
	s->recv = PART_BODY;
	s->send = PART_BODY;
	s->left = UINT64_MAX;
	io_resume(h->io, PAUSE_BUSY);
}

/*
 * RFC 9110, 9.3.1, 9.3.2, 9.3.5, 9.3.7: content means nothing there, and a
 * server that does not read it takes it for the next request, which nobody has
 * authorised.
 */
static bool
is_content_odd(const struct msg *m)
{
	bool is_odd = m->method == METHOD_GET || m->method == METHOD_HEAD ||
	    m->method == METHOD_DELETE || m->method == METHOD_OPTIONS;

	return is_odd &&
	    (m->content == CONTENT_STREAM ||
		(m->content == CONTENT_LENGTH && m->length > 0));
}

/* RFC 9110, 9.2.2, and nothing is lost that its sender would have to repeat. */
static bool
may_repeat(const struct msg *m)
{
	return http_method_is_idempotent(m->method) &&
	    m->content == CONTENT_NONE;
}

/* Whether a kept connection says, or has ended, though nobody has told so. */
static bool
has_spoken(struct mux_h1 *h)
{
	char c;
	size_t n;

	io_doubt(h->io);
	return io_read(h->io, &c, 1, &n) != E_AGAIN;
}

static int
send_request(struct mux_h1 *h, const struct msg *msg)
{
	struct h1_write w = { .chunked = msg->content == CONTENT_STREAM,
		.close = is_content_odd(msg),
		.upgrade = msg->upgrade.n > 0,
		.te_trailers = msg->te_trailers };

	if (h->s.stream.is_reused && !may_repeat(msg) && has_spoken(h))
		return E_CLOSED;
	h->s.method = msg->method;
	h->s.is_chunked = w.chunked;
	h->s.is_last = w.close;
	h->s.wants_upgrade = w.upgrade;
	return h1_write_request(&h->out, msg, &w);
}

/* A server ends the connection when anybody wants it, or must. */
static bool
must_end(const struct mux_h1 *h, const struct msg *response)
{
	const struct mux_params *p = h->mux.params;

	return h->s.err != 0 || h->is_draining || !response->keep_alive ||
	    !h->s.msg.keep_alive ||
	    (p->streams_max != 0 && h->mux.served >= p->streams_max);
}

static int
send_response(struct mux_h1 *h, const struct msg *msg)
{
	struct stream_h1 *s = &h->s;
	bool is_10 = s->err == 0 && s->msg.version == HTTP_10;
	bool is_open = msg->content == CONTENT_STREAM ||
	    msg->content == CONTENT_UNTIL_CLOSE;
	struct h1_write w = { .upgrade = msg->status == 101 };

	if (msg->status < 200)
		return is_10 ? 0 : h1_write_response(&h->out, msg, &w);
	/* what has no length and no chunks ends with the connection */
	s->is_chunked = is_open && !is_10;
	s->is_last = must_end(h, msg) || (is_open && is_10);
	w.chunked = s->is_chunked;
	w.close = s->is_last;
	w.keep_alive = is_10 && !s->is_last;
	return h1_write_response(&h->out, msg, &w);
}

int
h1_send_head(struct stream *stream, const struct msg *msg)
{
	struct mux_h1 *h = h1_of_stream(stream);
	struct stream_h1 *s = &h->s;
	int e;

	assert(s->send == PART_HEAD && h->state == H1_OPEN);
	if (s->send_err != 0)
		return s->send_err;
	if (h->mux.role == MUX_CLIENT)
		e = send_request(h, msg);
	else
		e = send_response(h, msg);
	if (e != 0)
		return e;
	if (msg->status == 101) {
		h1_start_tunnel(h);
	} else if (h->mux.role == MUX_CLIENT || msg->status >= 200) {
		s->send = PART_BODY;
		s->left = msg->content == CONTENT_LENGTH ? msg->length : 0;
		if (msg->content == CONTENT_UNTIL_CLOSE ||
		    msg->content == CONTENT_STREAM)
			s->left = UINT64_MAX;
	}
	return 0;
}

/* Puts a part of the content behind what is gathered, as a chunk if need be.
 * 0 and *n > 0, or E_AGAIN when there is no room. */
static int
gather(struct mux_h1 *h, struct slice data, size_t *n)
{
	size_t extra = h->s.is_chunked ? H1_CHUNK_OVERHEAD : 0;
	size_t len = buf_len(&h->out);

	if (len + extra >= OUT_HIGH)
		return E_AGAIN;
	if (data.n > OUT_HIGH - len - extra)
		data.n = OUT_HIGH - len - extra;
	*n = data.n;
	if (h->s.is_chunked && h1_write_chunk_head(&h->out, data.n) != 0)
		return E_LIMIT;
	if (!buf_put(&h->out, data))
		return E_LIMIT;
	if (h->s.is_chunked && !buf_puts(&h->out, "\r\n"))
		return E_LIMIT;
	return 0;
}

/* What is gathered, and behind it content from where it lies. */
static int
write_with(struct mux_h1 *h, struct slice data, size_t *n)
{
	struct slice before;
	int e;

	while ((before = buf_slice(&h->out)).n > 0) {
		if ((e = io_write_two(h->io, before, data, n)) != 0)
			return e;
		h->s.stream.has_output = true;
		if (*n > before.n) {
			buf_clear(&h->out);
			*n -= before.n;
			return 0;
		}
		buf_take(&h->out, *n);
	}
	return io_write(h->io, data, n);
}

/* From where it lies to the connection. */
static int
send_direct(struct mux_h1 *h, struct slice data, size_t *n)
{
	int e = write_with(h, data, n);

	h->is_direct = e == E_AGAIN;
	if (e == E_AGAIN)
		h1_block(h);
	if (e != 0)
		return e;
	h1_moved(h, *n);
	/* all that there was went: nobody waits */
	if (*n == data.n)
		h1_unblock(h);
	return 0;
}

int
h1_send_body(struct stream *stream, struct slice data, size_t *n)
{
	struct mux_h1 *h = h1_of_stream(stream);
	struct stream_h1 *s = &h->s;
	int e;

	assert(s->send == PART_BODY && data.n > 0);
	if (s->send_err != 0)
		return s->send_err;
	if (data.n > s->left)
		return E_INTERNAL;
	if (buf_len(&h->out) >= OUT_HIGH - H1_CHUNK_OVERHEAD &&
	    (e = h1_flush(h)) != 0)
		return e;
	if (!s->is_chunked && data.n >= DIRECT_MIN)
		e = send_direct(h, data, n);
	else
		e = gather(h, data, n);
	if (e == 0 && s->left != UINT64_MAX)
		s->left -= *n;
	return e;
}

int
h1_send_end(struct stream *stream, const struct fields *trailers)
{
	struct mux_h1 *h = h1_of_stream(stream);
	struct stream_h1 *s = &h->s;

	assert(s->send == PART_BODY);
	if (s->send_err != 0)
		return s->send_err;
	if (s->left != 0 && s->left != UINT64_MAX)
		return E_INTERNAL;
	s->send = PART_DONE;
	s->wants_shutdown = s->is_tunnel;
	if (s->is_chunked)
		return h1_write_last_chunk(&h->out, trailers);
	return 0;
}
