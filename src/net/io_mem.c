#include "net/io_mem.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

struct io_mem {
	struct io io;
	struct io_mem *peer; /* NULL once the other end is closed */
	struct buf inbox;    /* what the peer wrote and we have not read */
	size_t step;         /* bytes that one read gives at most; 0: all */
	int end;             /* what follows the inbox: 0, E_EOF, E_* */
	bool peer_waits;     /* a write of the peer's said E_AGAIN */
};

static struct io_mem *
mem_of(struct io *io)
{
	return (struct io_mem *)io;
}

static int
mem_read(struct io *io, void *p, size_t max, size_t *n)
{
	struct io_mem *m = mem_of(io);
	struct slice s = buf_slice(&m->inbox);

	if (s.n == 0)
		return m->end != 0 ? m->end : E_AGAIN;
	if (m->step > 0 && max > m->step)
		max = m->step;
	*n = s.n < max ? s.n : max;
	__builtin_memcpy(p, s.p, *n);
	buf_take(&m->inbox, *n);
	if (m->peer_waits && m->peer != NULL) {
		m->peer_waits = false;
		io_ready_later(&m->peer->io, IO_WRITABLE);
	}
	return 0;
}

static int
mem_write(struct io *io, struct slice s, size_t *n)
{
	struct io_mem *to = mem_of(io)->peer;
	size_t room;

	if (to == NULL)
		return E_CLOSED;
	assert(to->end == 0);
	room = buf_room(&to->inbox);
	if (room == 0) {
		to->peer_waits = true;
		return E_AGAIN;
	}
	*n = s.n < room ? s.n : room;
	(void)buf_put(&to->inbox, slice_first(s, *n));
	io_ready_later(&to->io, IO_READABLE);
	return 0;
}

static void
end_with(struct io_mem *m, int err)
{
	if (m->end == 0)
		m->end = err;
	io_ready_later(&m->io, IO_READABLE | IO_HANGUP);
}

static int
mem_shutdown(struct io *io)
{
	if (mem_of(io)->peer != NULL)
		end_with(mem_of(io)->peer, E_EOF);
	return 0;
}

static void
mem_close(struct io *io)
{
	struct io_mem *m = mem_of(io);

	if (m->peer == NULL)
		return;
	end_with(m->peer, E_EOF);
	m->peer->peer = NULL;
	m->peer = NULL;
}

static void
mem_free(struct io *io)
{
	buf_clear(&mem_of(io)->inbox);
	free(mem_of(io));
}

static const struct io_ops mem_ops = {
	.name = "mem",
	.read = mem_read,
	.write = mem_write,
	.shutdown = mem_shutdown,
	.close = mem_close,
	.free = mem_free,
};

void
io_mem_pair(struct loop *l, size_t capacity, struct io *ends[2])
{
	struct io_mem *m[2];

	for (int i = 0; i < 2; i++) {
		m[i] = mem_new(1, sizeof(*m[i]));
		io_init(&m[i]->io, &mem_ops, l);
		buf_init(&m[i]->inbox, capacity);
		ends[i] = &m[i]->io;
	}
	m[0]->peer = m[1];
	m[1]->peer = m[0];
}

void
io_mem_set_step(struct io *io, size_t n)
{
	if (mem_of(io)->peer != NULL)
		mem_of(io)->peer->step = n;
}

void
io_mem_break(struct io *io, int err)
{
	struct io_mem *m = mem_of(io);

	assert(m->io.ops == &mem_ops);
	if (m->peer == NULL)
		return;
	end_with(m->peer, err);
	m->peer->peer = NULL;
	m->peer = NULL;
}
