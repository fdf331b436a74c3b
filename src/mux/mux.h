/*
 * mux -- a connection that carries streams, as server or as client.
 *
 * A mux takes an io over and turns its bytes into streams.  Its owner (the
 * client's connection, or the pool of a backend) hears of new streams and of
 * the end, and has the last word: mux_close().
 */
#ifndef MUX_MUX_H
#define MUX_MUX_H

#include <stdbool.h>
#include <stdint.h>

#include "http/h1_parse.h"
#include "mux/stream.h"
#include "net/io.h"

enum mux_role { MUX_SERVER, MUX_CLIENT };

/* Copied from the configuration; must outlive the mux, or be replaced by
 * mux_set_params().  0 ms: no deadline. */
struct mux_params {
	struct h1_limits limits; /* of what the peer sends */
	int64_t head_ms;         /* first octet of a head to its last */
	int64_t idle_ms;         /* without stream */
	int64_t write_ms;        /* the peer takes less than write_min */
	size_t write_min;        /* octets; less is no progress */
	unsigned streams_max;    /* on one connection, in all; 0: no limit */
	unsigned heads_max;      /* 1xx heads before the final one */
};

/* How a connection ended. */
enum mux_end {
	MUX_END_POLITE, /* all is sent: say goodbye, let the peer finish */
	MUX_END_BROKEN, /* something is incomplete: no goodbye */
};

struct mux_events {
	/* MUX_SERVER: a request begins; the callee takes it by stream_own().
	 * Its head may turn out to be an error, which then wants an answer. */
	void (*on_stream)(void *arg, struct stream *);
	/* No stream is open any more and the connection may go on.  MUX_CLIENT:
	 * another one may be opened. */
	void (*on_idle)(void *arg);
	/* The connection is over; once, the last call.  err says why. */
	void (*on_end)(void *arg, enum mux_end, int err);
};

struct mux_ops {
	const char *name; /* the protocol's ALPN name */
	struct stream *(*open)(struct mux *);
	void (*drain)(struct mux *);
	struct io *(*close)(struct mux *);
};

struct mux {
	const struct mux_ops *ops;
	enum mux_role role;
	struct loop *loop;
	const struct mux_params *params;
	const struct mux_events *events;
	void *arg;
	unsigned served; /* streams so far */
};

/* MUX_CLIENT: a new stream, or NULL when none may be opened now. */
static inline struct stream *
mux_open(struct mux *m)
{
	return m->ops->open(m);
}

/* No new stream; on_end comes when the last one is done, perhaps at once. */
static inline void
mux_drain(struct mux *m)
{
	m->ops->drain(m);
}

/* Ends the mux; open streams are woken no more.  Gives the io back: the caller
 * closes it, or says goodbye first. */
static inline struct io *
mux_close(struct mux *m)
{
	return m->ops->close(m);
}

/* Other limits and deadlines, from the next stream on.  The old ones may go at
 * once: a mux keeps no pointer to them but this. */
static inline void
mux_set_params(struct mux *m, const struct mux_params *params)
{
	m->params = params;
}

/* Who is told from now on: a connection goes from one owner to another. */
static inline void
mux_own(struct mux *m, const struct mux_events *events, void *arg)
{
	m->events = events;
	m->arg = arg;
}

#endif
