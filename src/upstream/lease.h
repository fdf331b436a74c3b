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
#include "upstream/own.h"

#define LEASE_GREETING_MAX (66 * 1024) /* octets; a PROXY header fits */

/*
 * A client with connections of its own, which begin with what introduce()
 * appends to the buf.  0, or why there is nothing to say.
 */
struct lease_client {
	struct own *own;
	int (*introduce)(void *arg, struct buf *);
	void *arg;
};

struct lease_params {
	struct cluster *cluster;
	bool fresh;                 /* no kept connection is used */
	struct lease_client client; /* zeroed: anybody's connection will do */
	void (*done)(void *arg, int err, struct stream *);
	void *arg;
};

struct lease {
	struct cluster *cluster;
	struct own *own;         /* or NULL */
	struct buf greeting;     /* what a new connection begins with */
	size_t greeting_at;      /* octets of it that are sent */
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
 * 0 and a stream, or E_RESOLVE, E_CONNECT, E_CONNECT_TIMEOUT.
 * Else: one of these at once, or what introduce() said.
 */
int lease_get(struct lease *, const struct lease_params *, struct stream **s);
/* done will not come; harmless when nothing is under way. */
void lease_cancel(struct lease *);

#endif
