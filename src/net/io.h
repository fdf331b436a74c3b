/*
 * io -- a stream of bytes in both directions that is never waited for.
 *
 * Variants: io_plain (a socket), io_tls (TLS over another io), io_mem (two of
 * them back to back, for tests).  One owner, which is told what became
 * possible and then reads or writes until E_AGAIN.
 *
 *  - Readiness is edge-like: IO_READABLE comes once after a read said E_AGAIN
 *    and bytes (or the end, or an error) have arrived since; likewise
 *    IO_WRITABLE.  More calls than necessary may come.
 *  - Each io gives at most IO_BUDGET bytes in one turn of the loop; then reads
 *    say E_AGAIN and IO_READABLE comes again in the next turn.
 *  - Reading stops while any reason to pause is set.
 *  - After io_close() nothing is called any more; memory goes at the end of
 *    the turn.
 */
#ifndef NET_IO_H
#define NET_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "net/loop.h"

#define IO_BUDGET (1024 * 1024) /* half a millisecond, with TLS */

enum {
	IO_READABLE = 1,
	IO_WRITABLE = 2,
	/* the peer has closed or reset; also told while paused; what it sent
	 * before may still be read */
	IO_HANGUP = 4,
};

/* Why nothing is read; a set. */
enum io_pause {
	PAUSE_PEER_FULL = 1, /* the other side of the exchange is full */
	PAUSE_BUSY = 2,      /* a request is under way, the next may wait */
	PAUSE_CLOSING = 4,   /* nothing more is wanted */
};

struct io;

struct io_ops {
	const char *name;
	int (*read)(struct io *, void *, size_t max, size_t *n);
	int (*write)(struct io *, struct slice, size_t *n);
	/* both are there; may be NULL: then one is written after the other */
	int (*write_two)(struct io *, const struct slice[2], size_t *n);
	int (*shutdown)(struct io *);
	/* also where reading is to begin or stop below; may be NULL */
	void (*paused)(struct io *, bool);
	/* stops everything; io.c buries it afterwards */
	void (*close)(struct io *);
	/* frees the memory, after the turn */
	void (*free)(struct io *);
};

struct io {
	const struct io_ops *ops;
	struct loop *loop;
	void (*on_event)(struct io *, unsigned events, void *arg);
	void *arg;
	unsigned paused;  /* enum io_pause, a set */
	unsigned pending; /* events not yet told */
	struct task task; /* tells them */
	struct grave grave;
	bool is_dead;
	/* set by variants: reads say E_AGAIN until the next edge */
	bool is_dry;
	/* set by variants: a read came up short, so it has emptied it, and
	 * what comes later is an edge.  Not so a reset that came at the same
	 * time, nor what lies behind TCP's urgent octet */
	bool is_short;
	bool is_hung_up;   /* IO_HANGUP was noted */
	bool has_more;     /* see io_expect_more() */
	bool is_newcomer;  /* what it is told waits its turn; see loop.h */
	uint64_t turn;     /* the loop's, to which budget belongs */
	size_t budget;     /* bytes left in it */
	struct buf back;   /* read, and given back by io_unread */
	uint64_t bytes_in; /* since the start */
	uint64_t bytes_out;
};

/* For variants: fills the common part. */
void io_init(struct io *, const struct io_ops *, struct loop *);
/* For variants: something became possible; tells the owner now. */
void io_ready(struct io *, unsigned events);
/* For variants: the same, but in the next turn. */
void io_ready_later(struct io *, unsigned events);

/* Who is told from now on; what is pending is told in the next turn. */
void io_own(struct io *, void (*on_event)(struct io *, unsigned, void *),
    void *arg);
/*
 * Reads at most max bytes, max > 0.  0 (then *n > 0), E_AGAIN, E_EOF (the end
 * as it should be), or a final error: E_CLOSED, E_TRUNCATED, E_TLS...
 */
int io_read(struct io *, void *, size_t max, size_t *n);
/* Whether a read would say E_AGAIN, as far as is known. */
static inline bool
io_is_dry(const struct io *io)
{
	return io->is_dry && buf_len(&io->back) == 0;
}

/*
 * For whom a reset may go unnoticed until the next write: an io that was
 * emptied is dry.  Until io_doubt(), after which a read finds out.
 */
static inline void
io_trust(struct io *io)
{
	io->is_dry |= io->is_short;
}

static inline void
io_doubt(struct io *io)
{
	io->is_dry = false;
}

/*
 * Gives back what was read last and belongs to somebody else: it comes first
 * at the next read, and the next owner is told of it.  Copied; not again
 * before all of it has been read.
 */
void io_unread(struct io *, struct slice);
/*
 * Writes what can be taken of some bytes: 0 (then *n > 0), E_AGAIN (the same
 * bytes must come first at the next call), or a final error.
 */
int io_write(struct io *, struct slice, size_t *n);
/* The same for two pieces, neither of them empty, as if they were one; *n of
 * both together. */
int io_write_two(struct io *, struct slice, struct slice, size_t *n);
/*
 * Whether more is written right after what is written now, in the same turn: a
 * socket may then wait for it and send both in one segment (MSG_MORE, tcp(7)).
 */
static inline void
io_expect_more(struct io *io, bool more)
{
	io->has_more = more;
}

/*
 * Nothing more will be written: TLS sends close_notify, a socket FIN.
 * 0, E_AGAIN (call again when writable), or a final error.
 */
int io_shutdown(struct io *);
/* A newcomer's events wait for the share that newcomers have of a turn. */
void io_set_newcomer(struct io *, bool);
void io_pause(struct io *, enum io_pause);
void io_resume(struct io *, enum io_pause);
/* Ends it, without close_notify or FIN that were not asked for before; NULL
 * is fine. */
void io_close(struct io *);

#endif
