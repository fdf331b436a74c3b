/*
 * announce -- what a backend is told of a client's connection at the start of
 * its own: a PROXY protocol header (net/proxyproto.h) with the details of TLS.
 */
#ifndef PROXY_ANNOUNCE_H
#define PROXY_ANNOUNCE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "proxy/down.h"

/*
 * Appends the header.  0, or E_LIMIT if it does not fit.  The addresses are
 * left out when the client is gone already.
 */
int announce(const struct down *, const struct conf_backend *, struct buf *);

#endif
