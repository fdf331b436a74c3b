#include "mux/mux_h1.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "mux/mux_h1_conn.h"

/* The largest head that is sent, with what has been gathered before it. */
#define OUT_MAX (256 * 1024)

#define TO(state) (1u << (state))

static const struct {
	const char *name;
	unsigned next;
} rule[] = {
	[H1_IDLE] = { "idle",
	    TO(H1_HEAD) | TO(H1_OPEN) | TO(H1_CLOSING) | TO(H1_ENDED) },
	[H1_HEAD] = { "head", TO(H1_OPEN) | TO(H1_ENDED) },
	[H1_OPEN] = { "open", TO(H1_IDLE) | TO(H1_CLOSING) | TO(H1_ENDED) },
	[H1_CLOSING] = { "closing", TO(H1_ENDED) },
	[H1_ENDED] = { "ended", 0 },
};

/* The one deadline of each state.  An open stream has none here until a write
 * has to wait. */
static int64_t
allowed_ms(const struct mux_h1 *h)
{
	const struct mux_params *p = h->mux.params;

	switch (h->state) {
	case H1_IDLE:
		return p->idle_ms;
	case H1_HEAD:
		return p->head_ms;
	case H1_OPEN:
		return 0;
	case H1_CLOSING:
		return p->write_ms;
	case H1_ENDED:
		return 0;
	}
	return 0;
}

void
h1_enter(struct mux_h1 *h, enum h1_state to)
{
	assert((rule[h->state].next & TO(to)) != 0);
	h->state = to;
	h->is_blocked = false;
	h->is_direct = false;
	deadline_set(&h->deadline, h->mux.loop, allowed_ms(h));
}

void
h1_set_room(struct mux_h1 *h)
{
	size_t max = h->mux.params->limits.head_max + INPUT_READ_MAX;

	if (max > h->in.own.max)
		h->in.own.max = max;
}

void
h1_block(struct mux_h1 *h)
{
	if (h->is_blocked)
		return;
	h->is_blocked = true;
	h->moved = 0;
	deadline_set(&h->deadline, h->mux.loop, h->mux.params->write_ms);
}

void
h1_moved(struct mux_h1 *h, size_t n)
{
	h->moved += n;
	if (!h->is_blocked || h->moved < h->mux.params->write_min)
		return;
	h->moved = 0;
	deadline_set(&h->deadline, h->mux.loop, h->mux.params->write_ms);
}

void
h1_unblock(struct mux_h1 *h)
{
	if (!h->is_blocked)
		return;
	h->is_blocked = false;
	deadline_set(&h->deadline, h->mux.loop, allowed_ms(h));
}

static void
end(struct mux_h1 *h, enum mux_end how, int err)
{
	h1_enter(h, H1_ENDED);
	task_cancel(&h->task);
	h->mux.events->on_end(h->mux.arg, how, err);
}

static void
wake(struct mux_h1 *h)
{
	struct stream *s = &h->s.stream;

	if (s->wake != NULL)
		s->wake(s->arg);
}

/* The stream's verbs say why from now on. */
static void
fail(struct mux_h1 *h, int err)
{
	if (h->state == H1_OPEN) {
		if (h->s.err == 0)
			h->s.err = err;
		if (h->s.send_err == 0)
			h->s.send_err = err;
		wake(h);
	} else if (h->state != H1_ENDED) {
		end(h, MUX_END_BROKEN, err);
	}
}

/* Nothing more can be written.  A backend that refuses the rest of a request
 * may have answered already: what it sent is still read.  If it is not the
 * backend that refuses, there is nothing to wait for. */
static void
write_failed(struct mux_h1 *h, int err)
{
	if (h->mux.role == MUX_CLIENT && h->state == H1_OPEN &&
	    err == E_CLOSED) {
		buf_clear(&h->out);
		h->s.send_err = err;
		wake(h);
	} else {
		fail(h, err);
	}
}

static void
open_stream(struct mux_h1 *h)
{
	h->s.stream.is_reused = h->mux.served++ > 0;
	h1_enter(h, H1_OPEN);
}

/* Server: the next request, as far as it has come. */
static void
serve(struct mux_h1 *h)
{
	int e = h1_take_request(h);

	if (e == E_AGAIN) {
		if (h->state == H1_IDLE && h1_has_begun(h))
			h1_enter(h, H1_HEAD);
		return;
	}
	/* a head that came, good or bad, makes a stream; else it is over */
	if (h->s.recv == PART_HEAD) {
		end(h, e == E_EOF ? MUX_END_POLITE : MUX_END_BROKEN, e);
		return;
	}
	h->s.stream.has_input = true;
	open_stream(h);
	h->mux.events->on_stream(h->mux.arg, &h->s.stream);
}

/* Client, no stream: whatever comes now ends the connection. */
static void
idle_input(struct mux_h1 *h)
{
	char c;
	size_t n;
	int e;

	io_trust(h->io);
	if ((e = io_read(h->io, &c, 1, &n)) != E_AGAIN)
		end(h, MUX_END_BROKEN, e == 0 ? E_HTTP_EXCESS : e);
}

/* No stream is open.  The last answer goes first: who does not take it gets
 * no other. */
static void
input(struct mux_h1 *h)
{
	if (buf_len(&h->out) > 0)
		return;
	if (h->mux.role == MUX_SERVER)
		serve(h);
	else if (h->state == H1_IDLE)
		idle_input(h);
}

static void
closing(struct mux_h1 *h)
{
	int e = h1_flush(h);

	if (e == 0)
		end(h, h->how, h->err);
	else if (e != E_AGAIN)
		end(h, MUX_END_BROKEN, e);
}

static void
on_io(struct io *io, unsigned events, void *arg)
{
	struct mux_h1 *h = arg;
	int e = 0;

	(void)io;
	if ((events & IO_HANGUP) != 0 && h->mux.role == MUX_SERVER)
		h->s.stream.is_hung_up = true;
	if ((events & IO_WRITABLE) != 0 && h->state != H1_CLOSING)
		e = h1_flush(h);
	if (e != 0 && e != E_AGAIN) {
		write_failed(h, e);
		return;
	}
	switch (h->state) {
	case H1_IDLE:
	case H1_HEAD:
		input(h);
		break;
	case H1_OPEN:
		wake(h);
		break;
	case H1_CLOSING:
		closing(h);
		break;
	case H1_ENDED:
		break;
	}
}

static void
on_deadline(void *arg)
{
	struct mux_h1 *h = arg;

	switch (h->state) {
	case H1_IDLE:
		/* the last answer may still wait to be taken */
		end(h, buf_len(&h->out) > 0 ? MUX_END_BROKEN : MUX_END_POLITE,
		    E_TIMEOUT);
		break;
	case H1_HEAD:
		/* the exchange gets to say so */
		h->s.err = E_TIMEOUT;
		h->s.recv = PART_BODY;
		open_stream(h);
		h->mux.events->on_stream(h->mux.arg, &h->s.stream);
		break;
	case H1_OPEN:
		fail(h, E_TIMEOUT);
		break;
	case H1_CLOSING:
		end(h, MUX_END_BROKEN, E_TIMEOUT);
		break;
	case H1_ENDED:
		break;
	}
}

/* After a stream, or before the first. */
static void
go_on(struct mux_h1 *h)
{
	int e = h1_flush(h);

	if (e == 0)
		input(h);
	else if (e != E_AGAIN)
		write_failed(h, e);
}

/* What is put off so that nobody is called from within their own call. */
static void
on_task(void *arg)
{
	struct mux_h1 *h = arg;

	if (h->state == H1_CLOSING) {
		closing(h);
	} else if (h->state == H1_IDLE && h->is_draining) {
		h->how = MUX_END_POLITE;
		h->err = E_DRAINING;
		h1_enter(h, H1_CLOSING);
		closing(h);
	} else if (h->state == H1_IDLE) {
		go_on(h);
	}
}

/*
 * Whether the backend has said nothing, not even goodbye, since its last
 * answer: what it said unasked would be taken for the answer to the next
 * request.  A reset that came with its last answer is found by the write, or
 * before that if it matters; see send_request().
 */
static bool
is_quiet(struct mux_h1 *h)
{
	char c;
	size_t n;
	int e;

	io_trust(h->io);
	e = io_read(h->io, &c, 1, &n);
	/* where the io's turn is spent it is known in the next */
	if (e == E_AGAIN)
		return (h->io->pending & IO_READABLE) == 0;
	h->how = MUX_END_BROKEN;
	h->err = e == 0 ? E_HTTP_EXCESS : e;
	h1_enter(h, H1_CLOSING);
	loop_post(h->mux.loop, &h->task);
	return false;
}

static struct stream *
h1_open(struct mux *m)
{
	struct mux_h1 *h = (struct mux_h1 *)(void *)m;
	const struct mux_params *p = m->params;

	assert(m->role == MUX_CLIENT);
	if (h->state != H1_IDLE || h->is_draining ||
	    (p->streams_max != 0 && m->served >= p->streams_max) ||
	    (m->served > 0 && !is_quiet(h)))
		return NULL;
	task_cancel(&h->task);
	h1_set_room(h);
	open_stream(h);
	return &h->s.stream;
}

static void
h1_drain(struct mux *m)
{
	struct mux_h1 *h = (struct mux_h1 *)(void *)m;

	h->is_draining = true;
	if (h->state == H1_IDLE)
		loop_post(m->loop, &h->task);
}

static void
h1_free(void *arg)
{
	struct mux_h1 *h = arg;

	msg_clear(&h->s.msg);
	input_clear(&h->in);
	buf_clear(&h->out);
	free(h);
}

static struct io *
h1_close(struct mux *m)
{
	struct mux_h1 *h = (struct mux_h1 *)(void *)m;

	if (h->state != H1_ENDED)
		h1_enter(h, H1_ENDED);
	h->s.stream.wake = NULL;
	task_cancel(&h->task);
	deadline_cancel(&h->deadline);
	io_own(h->io, NULL, NULL);
	io_resume(h->io, PAUSE_BUSY);
	loop_bury(m->loop, &h->grave, h1_free, h);
	return h->io;
}

static const struct mux_ops h1_ops = {
	.name = "http/1.1",
	.open = h1_open,
	.drain = h1_drain,
	.close = h1_close,
};

struct mux *
mux_h1_new(struct io *io, enum mux_role role, const struct mux_params *params,
    const struct mux_events *events, void *arg)
{
	struct mux_h1 *h = mem_new(1, sizeof(*h));

	h->mux = (struct mux) { .ops = &h1_ops,
		.role = role,
		.loop = io->loop,
		.params = params,
		.events = events,
		.arg = arg };
	h->io = io;
	input_init(&h->in, params->limits.head_max + INPUT_READ_MAX);
	buf_init(&h->out, OUT_MAX);
	deadline_init(&h->deadline, on_deadline, h);
	task_init(&h->task, on_task, h);
	msg_init(&h->s.msg);
	h1_stream_reset(h);
	deadline_set(&h->deadline, h->mux.loop, params->idle_ms);
	io_own(io, on_io, h);
	if (role == MUX_SERVER)
		loop_post(h->mux.loop, &h->task);
	return &h->mux;
}
