/*
 * resolver_files -- what resolv.conf(5) and hosts(5) say, out of bytes.
 *
 * Whoever resolves may read no file: it gets their contents.
 */
#ifndef NET_RESOLVER_FILES_H
#define NET_RESOLVER_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "net/addr.h"

enum resolv_what {
	RESOLV_NAMESERVER, /* an IP address */
	RESOLV_SEARCH,     /* a domain */
	RESOLV_OPTION,     /* "ndots:2" */
};

typedef void resolv_fn(void *arg, enum resolv_what, struct slice);

/* Calls fn for each word that means something.  A later search or domain line
 * replaces an earlier one (resolv.conf(5)): fn gets those of the last alone. */
void resolv_conf_each(struct slice text, resolv_fn *fn, void *arg);

/* The addresses of a name in a hosts file, with that port, at most max; how
 * many.  Names are compared without case. */
size_t hosts_find(struct slice text, struct slice name, uint16_t port,
    struct addr *, size_t max);

#endif
