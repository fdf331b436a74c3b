#include "net/farewell.h"

#include "base/err.h"

static void
finish(struct farewell *g)
{
	farewell_stop(g);
	g->done(g->arg);
}

void
farewell_stop(struct farewell *g)
{
	deadline_cancel(&g->deadline);
	io_close(g->top);
	g->top = NULL;
}

static void
throw_away(struct farewell *g)
{
	char bytes[16 * 1024];
	size_t n;
	int e;

	while ((e = io_read(g->bottom, bytes, sizeof(bytes), &n)) == 0) {
		if (n >= g->left) {
			finish(g);
			return;
		}
		g->left -= n;
	}
	if (e != E_AGAIN)
		finish(g);
}

static void
on_bottom(struct io *io, unsigned events, void *arg)
{
	(void)io;
	if ((events & (IO_READABLE | IO_HANGUP)) != 0)
		throw_away(arg);
}

static void
on_top(struct io *io, unsigned events, void *arg)
{
	struct farewell *g = arg;
	int e = io_shutdown(io);

	(void)events;
	if (e == E_AGAIN)
		return;
	if (e != 0) {
		finish(g);
		return;
	}
	/* from here on the bytes mean nothing: no need to decrypt them */
	g->bottom->paused = 0;
	io_own(g->bottom, on_bottom, g);
	io_ready_later(g->bottom, IO_READABLE);
}

static void
on_deadline(void *arg)
{
	finish(arg);
}

void
farewell_start(struct farewell *g, struct io *top, struct io *bottom,
    void (*done)(void *), void *arg)
{
	g->top = top;
	g->bottom = bottom;
	g->left = FAREWELL_BYTES;
	g->done = done;
	g->arg = arg;
	deadline_init(&g->deadline, on_deadline, g);
	deadline_set(&g->deadline, top->loop, FAREWELL_MS);
	io_own(top, on_top, g);
	io_ready_later(top, IO_WRITABLE);
}
