#include "base/err.h"
#include "mux/mux_h1_conn.h"

static const struct stream_ops stream_ops;

void
h1_stream_reset(struct mux_h1 *h)
{
	bool is_hung_up = h->s.stream.is_hung_up;

	msg_clear(&h->s.msg);
	h->s = (struct stream_h1) {
		.stream = { .ops = &stream_ops,
		    .mux = &h->mux,
		    .is_hung_up = is_hung_up },
	};
	msg_init(&h->s.msg);
	h->scan = (struct h1_scan) { 0 };
}

/* Whether the connection can carry another stream after this one. */
static bool
goes_on(const struct mux_h1 *h, int err)
{
	const struct stream_h1 *s = &h->s;
	bool whole = err == 0 && s->err == 0 && s->send_err == 0 &&
	    s->recv == PART_DONE && s->send == PART_DONE && !s->is_last &&
	    !h->is_draining;

	if (h->mux.role == MUX_SERVER)
		return whole;
	/* a backend that said more than it should is not asked again, nor one
	 * that was to switch: what it takes the next octets for is not sure */
	return whole && s->msg.keep_alive && !s->wants_upgrade &&
	    input_len(&h->in) == 0 && buf_len(&h->out) == 0;
}

static void
h1_stream_close(struct stream *stream, int err)
{
	struct mux_h1 *h = h1_of_stream(stream);
	bool is_sent = h->s.send == PART_DONE && h->mux.role == MUX_SERVER;
	bool is_tunnel = h->s.is_tunnel;
	bool again = goes_on(h, err);

	if (h->state != H1_OPEN)
		return;
	io_resume(h->io, PAUSE_BUSY);
	h1_stream_reset(h);
	if (again) {
		h1_enter(h, H1_IDLE);
		input_release(&h->in);
		if (h->mux.role == MUX_CLIENT)
			h->mux.events->on_idle(h->mux.arg);
	} else {
		/* half a request is of no use to a backend; what went into
		 * a tunnel is */
		if (h->mux.role == MUX_CLIENT && !is_tunnel)
			buf_clear(&h->out);
		h->how = is_sent ? MUX_END_POLITE : MUX_END_BROKEN;
		h->err = err;
		h1_enter(h, H1_CLOSING);
	}
	loop_post(h->mux.loop, &h->task);
}

static int
h1_stream_flush(struct stream *stream)
{
	struct mux_h1 *h = h1_of_stream(stream);
	int e = h->s.send_err;

	if (e == 0)
		e = h1_flush(h);
	if (e != 0 && e != E_AGAIN) {
		h->s.send_err = e;
		/* a backend that takes no more may have said why */
		io_ready_later(h->io, IO_READABLE);
	}
	if (h->s.send_err == E_SYS && h->s.err == 0)
		h->s.err = E_SYS; /* see write_failed() */
	return e;
}

static const struct stream_ops stream_ops = {
	.recv_head = h1_recv_head,
	.recv_body = h1_recv_body,
	.recv_took = h1_recv_took,
	.send_head = h1_send_head,
	.send_body = h1_send_body,
	.send_end = h1_send_end,
	.flush = h1_stream_flush,
	.close = h1_stream_close,
};
