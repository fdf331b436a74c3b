/*
 * pool -- the connections to one backend: those in use, and those that are
 * idle and kept for reuse, the last used first.
 */
#ifndef UPSTREAM_POOL_H
#define UPSTREAM_POOL_H

#include "base/list.h"
#include "mux/mux.h"
#include "upstream/vitals.h"

struct pool {
	struct list idle; /* of struct conn, the freshest first */
	struct list busy;
	unsigned open_count; /* idle and busy */
	unsigned idle_count;
	unsigned idle_max;
	struct vitals *const *vitals; /* where they count; or NULL */
};

/* vitals: where its server's are at any time; or NULL. */
void pool_init(struct pool *, unsigned idle_max, struct vitals *const *vitals);
/* Closes every connection; none may carry a stream. */
void pool_clear(struct pool *);

/* What is idle ends, what carries a stream ends with it; params are theirs
 * from now on, and they count nowhere. */
void pool_retire(struct pool *, const struct mux_params *);

/* The idle connections of another pool come here, as many as there is room
 * for; params are theirs from now on. */
void pool_move(struct pool *to, struct pool *from, const struct mux_params *);
/* A stream on a kept connection, or NULL when there is none. */
struct stream *pool_take(struct pool *);
/* Takes a connected io over; a stream on it.  When that is closed the
 * connection comes back by itself, or ends. */
struct stream *pool_add(struct pool *, struct io *, const struct mux_params *);

#endif
