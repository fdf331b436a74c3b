#include "mux/mux_h1_conn.h"

#include "base/err.h"

/* What one read asks for: a head with a TLS record's content; more where more
 * is sure to belong to the message. */
#define READ_SMALL (20 * 1024)
#define READ_LARGE INPUT_READ_MAX

/* Reads some more.  0, E_AGAIN, E_EOF, or a final error. */
static int
fill(struct mux_h1 *h)
{
	const struct stream_h1 *s = &h->s;
	bool is_large = s->recv == PART_BODY &&
	    (s->is_tunnel || s->body.left > READ_SMALL);
	int e = E_AGAIN;

	if (!io_is_dry(h->io))
		e = input_fill(&h->in, h->io,
		    is_large ? READ_LARGE : READ_SMALL);
	if (e != 0)
		input_release(&h->in);
	return e;
}

/*
 * RFC 9110, 7.8: what the message wants to switch to.  Both fields must say so,
 * each once; with content, or in HTTP/1.0, it is as if nothing had been said.
 */
static void
find_upgrade(struct msg *m)
{
	const struct field *f = fields_get(&m->fields, FIELD_UPGRADE);

	if (f != NULL && fields_next(&m->fields, f) == NULL &&
	    m->version == HTTP_11 && m->content == CONTENT_NONE &&
	    fields_list_has(&m->fields, FIELD_CONNECTION, SL("upgrade")))
		m->upgrade = f->value;
}

/* RFC 9112, 2.2: an empty line before a request is no part of it. */
bool
h1_has_begun(const struct mux_h1 *h)
{
	struct slice in = input_slice(&h->in);

	if (slice_starts(in, SL("\r\n")))
		in = slice_skip(in, 2);
	return in.n > 0 && !slice_eq(in, SL("\r"));
}

int
h1_take_request(struct mux_h1 *h)
{
	struct stream_h1 *s = &h->s;
	size_t used = 0;
	int e;

	/* the limit may have been raised since the last one */
	h1_set_room(h);
	while ((e = h1_parse_request(&s->msg, &h->scan, &h->mux.params->limits,
		    input_slice(&h->in), &used)) == E_AGAIN) {
		e = fill(h);
		if (e == E_EOF && h1_has_begun(h))
			return E_TRUNCATED;
		if (e != 0)
			return e;
	}
	input_take(&h->in, used);
	s->err = e;
	s->recv = PART_BODY;
	s->method = s->msg.method;
	if (e == 0)
		find_upgrade(&s->msg);
	h1_body_init(&s->body, &s->msg);
	return e;
}

/* The next response's head. */
static int
take_response(struct mux_h1 *h)
{
	struct stream_h1 *s = &h->s;
	size_t used = 0;
	int e;

	while ((e = h1_parse_response(&s->msg, &h->scan, &h->mux.params->limits,
		    s->method, input_slice(&h->in), &used)) == E_AGAIN) {
		e = fill(h);
		if (e == E_EOF)
			e = input_len(&h->in) > 0 ? E_TRUNCATED : E_CLOSED;
		if (e != 0)
			return e;
		s->stream.has_input = true;
	}
	if (e != 0)
		return e;
	input_take(&h->in, used);
	h->scan = (struct h1_scan) { 0 };
	return 0;
}

/* The backend switches protocols: only if it was asked to. */
static int
recv_switch(struct mux_h1 *h)
{
	find_upgrade(&h->s.msg);
	if (!h->s.wants_upgrade || h->s.msg.upgrade.n == 0 ||
	    h->s.send != PART_DONE)
		return E_HTTP_UPGRADE;
	h1_start_tunnel(h);
	return 0;
}

static int
recv_response(struct mux_h1 *h)
{
	struct stream_h1 *s = &h->s;
	int e;

	if (s->msg.status != 0)
		msg_clear(&s->msg); /* the interim one before */
	e = take_response(h);
	if (e != 0)
		return e;
	if (s->msg.status == 101)
		return recv_switch(h);
	if (s->msg.status < 200)
		return ++s->heads > h->mux.params->heads_max ? E_HTTP_1XX : 0;
	s->recv = PART_BODY;
	h1_body_init(&s->body, &s->msg);
	return 0;
}

int
h1_recv_head(struct stream *stream, struct msg **msg)
{
	struct mux_h1 *h = h1_of_stream(stream);
	struct stream_h1 *s = &h->s;
	int e = s->err;

	*msg = &s->msg;
	if (e == 0 && s->recv == PART_HEAD)
		e = recv_response(h);
	if (e != E_AGAIN)
		s->err = e;
	return e;
}

/* What the end of the connection means for the content. */
static int
body_ended(struct stream_h1 *s, int e)
{
	if (e != E_EOF)
		return e;
	e = h1_body_eof(&s->body);
	if (e != 0)
		return e;
	s->is_last = true;
	return E_EOF;
}

static int
next_data(struct mux_h1 *h, struct slice *data)
{
	struct stream_h1 *s = &h->s;
	size_t skip;
	int e;

	for (;;) {
		e = h1_body_next(&s->body, &s->msg, &h->mux.params->limits,
		    input_slice(&h->in), &skip, data);
		if (e != 0 && e != E_AGAIN)
			return e;
		input_take(&h->in, skip);
		if (h1_body_is_done(&s->body))
			return E_EOF;
		if (e == 0 && data->n > 0)
			return 0;
		e = fill(h);
		if (e == E_AGAIN)
			return e;
		if (e != 0)
			return body_ended(s, e);
	}
}

static int
next_bytes(struct mux_h1 *h, struct slice *data)
{
	int e = input_len(&h->in) > 0 ? 0 : fill(h);

	*data = input_slice(&h->in);
	return e;
}

static void
received_all(struct mux_h1 *h)
{
	h->s.recv = PART_DONE;
	/* the next request waits; an io that is paused still tells, and takes
	 * care to find out, that the client has left */
	if (h->mux.role == MUX_SERVER)
		io_pause(h->io, PAUSE_BUSY);
}

int
h1_recv_body(struct stream *stream, struct slice *data)
{
	struct mux_h1 *h = h1_of_stream(stream);
	struct stream_h1 *s = &h->s;
	int e;

	if (s->recv == PART_DONE)
		return E_EOF;
	if (s->err != 0)
		return s->err;
	if (s->recv == PART_HEAD)
		return E_AGAIN;
	e = s->is_tunnel ? next_bytes(h, data) : next_data(h, data);
	if (e == E_EOF)
		received_all(h);
	else if (e != 0 && e != E_AGAIN)
		s->err = e;
	return e;
}

void
h1_recv_took(struct stream *stream, size_t n)
{
	struct mux_h1 *h = h1_of_stream(stream);

	if (!h->s.is_tunnel)
		h1_body_took(&h->s.body, n);
	input_take(&h->in, n);
}
