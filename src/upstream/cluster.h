/*
 * cluster -- a named backend of the configuration, with its servers.
 *
 * Each worker has clusters of its own, made from a snapshot's configuration;
 * they live as long as anything uses that snapshot in this worker.
 */
#ifndef UPSTREAM_CLUSTER_H
#define UPSTREAM_CLUSTER_H

#include <stddef.h>

#include "conf/conf.h"
#include "mux/mux.h"
#include "net/resolver.h"
#include "upstream/backend.h"

/* What the clusters of a worker share; outlives them. */
struct cluster_env {
	struct loop *loop;
	struct resolver *resolver; /* NULL: no server needs one */
	const struct conf_timeouts *timeouts;
	const struct mux_params *params; /* of connections to backends */
};

struct cluster {
	const struct conf_backend *conf;
	const struct cluster_env *env;
	struct backend *backends; /* as many as conf->servers */
	size_t next;              /* whose turn it is */
};

struct cluster *cluster_new(const struct conf_backend *,
    const struct cluster_env *);
/* Servers that another cluster has too go on where they are there: a reload
 * must not cost the connections to backends that it does not touch. */
void cluster_inherit(struct cluster *, struct cluster *from);
/* Closes what is idle.  No lease and no stream may be left. */
void cluster_free(struct cluster *); /* NULL is fine */

#endif
