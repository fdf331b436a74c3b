/*
 * own -- the connections to backends that belong to one client alone.
 *
 * Who tells a backend of a client at the start of a connection (the PROXY
 * protocol) must not send it another one's requests.  Embedded in the client's
 * connection: own_init, own_clear.
 */
#ifndef UPSTREAM_OWN_H
#define UPSTREAM_OWN_H

#include "upstream/cluster.h"

struct own {
	struct list pools; /* of struct own_pool, one for each server */
	const struct mux_params *params;
};

/* params are those of the clusters whose connections are kept. */
void own_init(struct own *, const struct mux_params *);
/* Closes them; none may carry a stream. */
void own_clear(struct own *);
/* A stream on an idle one to a server of this cluster, or NULL. */
struct stream *own_take(struct own *, const struct cluster *);
/* Takes a connected io over; a stream on it, see pool_add(). */
struct stream *own_add(struct own *, struct cluster *, struct backend *,
    struct io *);
/*
 * Those clusters are going, others with these params take their place: what
 * is idle ends now, what carries a stream when that is done; and so does what
 * is still added for the old ones.
 */
void own_retire(struct own *, const struct mux_params *);

#endif
