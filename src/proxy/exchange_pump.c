#include "proxy/exchange.h"

#include "base/err.h"
#include "proxy/forward.h"

/* What became of one attempt to move something. */
enum moved { STUCK, MOVED };

struct step {
	enum moved moved;
	int err; /* final */
	enum reply_side side;
};

static struct step
failed(int err, enum reply_side side)
{
	return (struct step) { .err = err, .side = side };
}

static struct step
moved(enum moved m)
{
	return (struct step) { .moved = m };
}

/* The backend takes no more of the request; it may have answered already. */
static struct step
cut_upward(struct exchange *x)
{
	x->upward = FLOW_CUT;
	return moved(MOVED);
}

static struct step
end_upward(struct exchange *x)
{
	struct msg *out = proxy_scratch(x->down->proxy);

	forward_trailers(x->request, x->decision.route, out);
	if (stream_send_end(x->to, &out->trailers) != 0)
		return cut_upward(x);
	x->upward = FLOW_DONE;
	return moved(MOVED);
}

/* With so much more the content is longer than it may be. */
static bool
is_too_long(const struct exchange *x, size_t n)
{
	uint64_t max = x->service->conf->limits.request_body;

	return max != 0 && !x->is_tunnel && n > max - x->bytes_in;
}

/* Some content of the request, from the client to the backend. */
static struct step
move_upward(struct exchange *x)
{
	struct slice data;
	size_t n;
	int e;

	if (x->upward != FLOW_BODY)
		return moved(STUCK);
	e = stream_recv_body(x->from, &data);
	x->is_starved = e == E_AGAIN;
	if (e == E_AGAIN)
		return moved(STUCK);
	if (e == E_EOF)
		return end_upward(x);
	if (e != 0)
		return failed(e, REPLY_CLIENT);
	if (is_too_long(x, data.n))
		return failed(E_HTTP_BODY_LONG, REPLY_CLIENT);
	e = stream_send_body(x->to, data, &n);
	if (e == E_AGAIN)
		return moved(STUCK);
	if (e != 0)
		return cut_upward(x);
	stream_recv_took(x->from, n);
	x->bytes_in += n;
	return moved(MOVED);
}

/* Both sides have switched: bytes from now on, each way for itself. */
static void
start_tunnel(struct exchange *x)
{
	x->is_tunnel = true;
	deadline_cancel(&x->whole);
	x->first_us = x->down->proxy->loop->now_us;
	x->status = 101;
	x->upward = FLOW_BODY;
	x->downward = FLOW_BODY;
}

/* A head that the backend sent, an interim or the final one. */
static struct step
pass_head(struct exchange *x, const struct msg *in)
{
	struct proxy *p = x->down->proxy;
	struct msg *out = proxy_scratch(p);
	int e;

	if (in->status == 101 && !slice_caseeq(in->upgrade, x->upgrade))
		return failed(E_HTTP_UPGRADE, REPLY_BACKEND);
	if (in->status == 101 && (e = exchange_judge_upgrade(x)) != 0)
		return failed(e, REPLY_CLIENT);
	forward_response(in, x->decision.route, proxy_date(p), out);
	if (in->status >= 200) {
		x->first_us = p->loop->now_us;
		/* what is left of the request may never come */
		out->keep_alive = x->upward == FLOW_DONE;
	}
	e = stream_send_head(x->from, out);
	if (e == E_LIMIT)
		return failed(e, REPLY_BACKEND);
	if (e != 0)
		return failed(e, REPLY_CLIENT);
	if (in->status == 101) {
		start_tunnel(x);
	} else if (in->status >= 200) {
		x->status = in->status;
		x->downward = FLOW_BODY;
	}
	return moved(MOVED);
}

static struct step
end_downward(struct exchange *x, const struct msg *in)
{
	struct msg *out = proxy_scratch(x->down->proxy);
	int e;

	forward_trailers(in, x->decision.route, out);
	e = stream_send_end(x->from, &out->trailers);
	if (e != 0)
		return failed(e, REPLY_CLIENT);
	x->downward = FLOW_DONE;
	return moved(MOVED);
}

static struct step
move_content_down(struct exchange *x, const struct msg *in)
{
	struct slice data;
	size_t n;
	int e = stream_recv_body(x->to, &data);

	if (e == E_AGAIN)
		return moved(STUCK);
	if (e == E_EOF)
		return end_downward(x, in);
	if (e != 0)
		return failed(e, REPLY_BACKEND);
	e = stream_send_body(x->from, data, &n);
	x->is_clogged = e == E_AGAIN;
	if (e == E_AGAIN)
		return moved(STUCK);
	if (e != 0)
		return failed(e, REPLY_CLIENT);
	stream_recv_took(x->to, n);
	x->bytes_out += n;
	return moved(MOVED);
}

/* A head or some content of the answer, from the backend to the client. */
static struct step
move_downward(struct exchange *x)
{
	struct msg *in;
	int e;

	/* much content does not wait for exchange_flush() */
	if (x->downward == FLOW_DONE || (!x->is_asked && !x->to->has_output))
		return moved(STUCK);
	e = stream_recv_head(x->to, &in);
	if (e == E_AGAIN)
		return moved(STUCK);
	if (e != 0)
		return failed(e, REPLY_BACKEND);
	if (x->downward == FLOW_HEAD)
		return pass_head(x, in);
	return move_content_down(x, in);
}

/* Lets go out what the two directions have gathered. */
static struct step
flush_both(struct exchange *x)
{
	int e = stream_flush(x->to);

	/* it is not the backend that refuses: no answer of its own comes */
	if (e == E_SYS)
		return failed(e, REPLY_BACKEND);
	if (e != 0 && e != E_AGAIN && x->upward == FLOW_BODY)
		(void)cut_upward(x);
	e = stream_flush(x->from);
	if (e != 0 && e != E_AGAIN)
		return failed(e, REPLY_CLIENT);
	return moved(STUCK);
}

/*
 * A kept connection was quiet when it was taken, but the request has waited for
 * exchange_flush(): what came meanwhile is no answer to it.  None of it has
 * gone there, so this is as if the backend had closed.
 */
static bool
has_spoken_unasked(struct exchange *x)
{
	struct msg *in;

	if (!x->to->is_reused || x->to->has_output ||
	    stream_recv_head(x->to, &in) == E_AGAIN)
		return false;
	x->to->has_input = false;
	return true;
}

int
exchange_flush(struct exchange *x, enum reply_side *side)
{
	struct step out;

	if (!x->is_asked && has_spoken_unasked(x)) {
		*side = REPLY_BACKEND;
		return E_CLOSED;
	}
	x->is_asked = true;
	out = flush_both(x);
	*side = out.side;
	return out.err;
}

int
exchange_pump(struct exchange *x, enum reply_side *side)
{
	struct step up, down;
	bool has_moved = !x->is_asked;

	do {
		up = move_upward(x);
		down = up.err != 0 ? up : move_downward(x);
		if (down.err != 0) {
			*side = down.side;
			return down.err;
		}
		has_moved |= up.moved == MOVED || down.moved == MOVED;
	} while (up.moved == MOVED || down.moved == MOVED);
	if (x->downward != FLOW_DONE ||
	    (x->is_tunnel && x->upward == FLOW_BODY)) {
		if (has_moved)
			loop_post_last(x->down->proxy->loop, &x->flush);
		return 0;
	}
	return E_EOF;
}
