/*
 * service -- a snapshot at work in this worker: with clusters to send to.
 *
 * Reference counted: the worker holds the one in force, each connection the
 * one that its client was judged by last, each exchange the one that routes
 * it.  It goes with the last of them.
 */
#ifndef PROXY_SERVICE_H
#define PROXY_SERVICE_H

#include "mux/mux.h"
#include "net/loop.h"
#include "proxy/snapshot.h"
#include "upstream/cluster.h"

struct service {
	unsigned refs;
	struct bundle *bundle;
	struct snapshot *snapshot;
	const struct conf *conf; /* the snapshot's */
	struct mux_params down;  /* of connections with clients */
	struct mux_params told;  /* of those that are only told of a refusal */
	struct mux_params up;    /* of connections with backends */
	struct cluster_env env;
	struct cluster **clusters; /* by conf_backend.index */
	struct slice via_10;       /* "1.0 sallyport": asked in HTTP/1.0 */
	struct slice via_11;       /* "1.1 sallyport" */
	struct arena arena;
};

/* Takes bundle and snapshot over.  E_SYS if a resolver is needed and cannot
 * be had; they are freed then too. */
int service_new(struct loop *, struct bundle *, struct snapshot *,
    struct service **);
/* Backends that both have keep their idle connections; just before it takes
 * the place of the other one. */
void service_inherit(struct service *, struct service *from);
/* Others see in table, which has room for so many servers, how its servers are
 * doing: in the order of the configuration, with this generation; or do not
 * see it any more. */
void service_show(struct service *, struct vitals *table, size_t room,
    uint32_t generation);
void service_hide(struct service *);
struct service *service_ref(struct service *);
void service_unref(struct service *); /* NULL is fine */

#endif
