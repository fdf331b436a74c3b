/*
 * resolver -- the addresses of a backend's name, looked up without waiting.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <stddef.h>

#include "net/addr.h"
#include "net/loop.h"

struct resolver;
struct resolver_query;

/*
 * With the contents of /etc/resolv.conf and /etc/hosts, which are borrowed and
 * may be empty: no file is read.  E_SYS.
 */
int resolver_new(struct loop *, struct slice resolv_conf, struct slice hosts,
    struct resolver **);
/* Every query must have been answered or cancelled; after one that was
 * cancelled the loop must turn once more.  NULL is fine. */
void resolver_free(struct resolver *);

/* err is 0 (count > 0) or E_RESOLVE; the addresses are borrowed. */
typedef void resolver_fn(void *arg, int err, const struct addr *, size_t count);
/*
 * Looks a name up; the callback comes once, never before this returns.  NULL
 * if the query could not begin.
 */
struct resolver_query *resolver_lookup(struct resolver *, const char *host,
    uint16_t port, resolver_fn *, void *arg);
/* The callback will not come. */
void resolver_cancel(struct resolver_query *);

#endif
