/*
 * lease -- how a request gets a stream to one of a cluster's servers.
 *
 * A kept connection if there is one, else a new one; when a server cannot be
 * reached the next one is tried.  Embedded in the exchange that wants it; it
 * ends when a stream has been given, when it failed, or by lease_cancel.
 */
#ifndef UPSTREAM_LEASE_H
#define UPSTREAM_LEASE_H

#include <stdbool.h>

#include "net/deadline.h"
#include "upstream/cluster.h"

struct lease {
	struct cluster *cluster;
	struct backend *backend; /* the one that is tried now, or was given */
	size_t tried;            /* servers so far */
	int err;                 /* of the last try */
	struct io *io;           /* while it connects */
	struct resolver_query *query;
	struct deadline deadline;
	void (*done)(void *arg, int err, struct stream *);
	void *arg;
};

/*
 * Asks for a stream.  0: *s is there.  E_AGAIN: done comes later, once, with
 * 0 and a stream, or E_NO_BACKEND, E_RESOLVE, E_CONNECT, E_CONNECT_TIMEOUT.
 * Else: one of these at once.  With fresh, no kept connection is used.
 */
int lease_get(struct lease *, struct cluster *, bool fresh, struct stream **s,
    void (*done)(void *arg, int err, struct stream *), void *arg);
/* done will not come; harmless when nothing is under way. */
void lease_cancel(struct lease *);

#endif
