#include "net/io.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"

static void
tell(struct io *io)
{
	unsigned events = io->pending;

	if (io->paused != 0)
		events &= ~(unsigned)IO_READABLE;
	if (events == 0 || io->is_dead || io->on_event == NULL)
		return;
	io->pending &= ~events;
	io->on_event(io, events, io->arg);
}

static void
tell_task(void *arg)
{
	tell(arg);
}

void
io_init(struct io *io, const struct io_ops *ops, struct loop *l)
{
	*io = (struct io) { .ops = ops, .loop = l };
	task_init(&io->task, tell_task, io);
}

/* Tells in a turn to come, or at the end of this one. */
static void
tell_later(struct io *io)
{
	if (io->is_dead)
		return;
	if (io->is_newcomer)
		loop_post_newcomer(io->loop, &io->task);
	else
		loop_post(io->loop, &io->task);
}

/* More may be read after any of these. */
static void
note(struct io *io, unsigned events)
{
	io->pending |= events;
	if ((events & (IO_READABLE | IO_HANGUP)) != 0)
		io->is_dry = io->is_short = false;
	io->is_hung_up |= (events & IO_HANGUP) != 0;
}

void
io_ready(struct io *io, unsigned events)
{
	note(io, events);
	if (io->is_newcomer)
		tell_later(io);
	else
		tell(io);
}

void
io_ready_later(struct io *io, unsigned events)
{
	note(io, events);
	tell_later(io);
}

void
io_set_newcomer(struct io *io, bool is_newcomer)
{
	io->is_newcomer = is_newcomer;
}

void
io_own(struct io *io, void (*on_event)(struct io *, unsigned, void *),
    void *arg)
{
	io->on_event = on_event;
	io->arg = arg;
	if (io->pending != 0)
		io_ready_later(io, 0);
}

/* What has been given back comes before what is new. */
static int
read_back(struct io *io, void *p, size_t max, size_t *n)
{
	struct slice s = buf_slice(&io->back);

	assert(s.p != NULL);
	*n = s.n < max ? s.n : max;
	memcpy(p, s.p, *n);
	buf_take(&io->back, *n);
	buf_release(&io->back);
	return 0;
}

void
io_unread(struct io *io, struct slice s)
{
	assert(!io->is_dead && buf_len(&io->back) == 0);
	if (s.n == 0)
		return;
	buf_clear(&io->back);
	buf_init(&io->back, s.n);
	(void)buf_put(&io->back, s);
	io->bytes_in -= s.n;
	io->pending |= IO_READABLE;
}

int
io_read(struct io *io, void *p, size_t max, size_t *n)
{
	int e;

	assert(!io->is_dead && max > 0);
	if (io->turn != io->loop->turn) {
		io->turn = io->loop->turn;
		io->budget = IO_BUDGET;
	}
	if (io->paused != 0 || io->budget == 0) {
		/* there may be more: told when it may be read */
		io->pending |= IO_READABLE;
		if (io->paused == 0)
			tell_later(io);
		return E_AGAIN;
	}
	if (io_is_dry(io))
		return E_AGAIN;
	if (max > io->budget)
		max = io->budget;
	if (buf_len(&io->back) > 0)
		e = read_back(io, p, max, n);
	else
		e = io->ops->read(io, p, max, n);
	if (e == 0) {
		io->budget -= *n;
		io->bytes_in += *n;
	}
	return e;
}

int
io_write(struct io *io, struct slice s, size_t *n)
{
	int e;

	assert(!io->is_dead && s.n > 0);
	e = io->ops->write(io, s, n);
	if (e == 0)
		io->bytes_out += *n;
	return e;
}

int
io_write_two(struct io *io, struct slice first, struct slice second, size_t *n)
{
	const struct slice two[2] = { first, second };
	int e;

	if (io->ops->write_two == NULL)
		return io_write(io, first, n);
	assert(!io->is_dead && first.n > 0 && second.n > 0);
	e = io->ops->write_two(io, two, n);
	if (e == 0)
		io->bytes_out += *n;
	return e;
}

int
io_shutdown(struct io *io)
{
	assert(!io->is_dead);
	return io->ops->shutdown(io);
}

void
io_pause(struct io *io, enum io_pause why)
{
	bool was = io->paused != 0;

	io->paused |= (unsigned)why;
	if (!was && io->ops->paused != NULL)
		io->ops->paused(io, true);
}

void
io_resume(struct io *io, enum io_pause why)
{
	bool was = io->paused != 0;

	io->paused &= ~(unsigned)why;
	if (!was || io->paused != 0)
		return;
	if (io->ops->paused != NULL)
		io->ops->paused(io, false);
	if ((io->pending & IO_READABLE) != 0)
		io_ready_later(io, 0);
}

static void
free_dead(void *arg)
{
	struct io *io = arg;

	io->ops->free(io);
}

void
io_close(struct io *io)
{
	if (io == NULL || io->is_dead)
		return;
	io->is_dead = true;
	task_cancel(&io->task);
	buf_clear(&io->back);
	io->ops->close(io);
	loop_bury(io->loop, &io->grave, free_dead, io);
}
