/*
 * decide -- what becomes of a request: host, path, route, rule, in that order.
 *
 * Everything that may refuse a request before a backend hears of it, in one
 * place, for exchange and explain alike.
 */
#ifndef PROXY_DECIDE_H
#define PROXY_DECIDE_H

#include "http/msg.h"
#include "proxy/authz.h"
#include "tls/io_tls.h"

struct proxy;

struct decision {
	const struct conf_route *route; /* NULL: none has the path */
	struct authz authz;
};

/*
 * 0: the route is to serve the request.  Else why not; the route may be there
 * nevertheless (E_METHOD_REFUSED, E_NO_RULE...).  The proxy lends the room for
 * the normalised path.
 */
int decide(struct proxy *, const struct conf *, const struct tls_peer *,
    const struct msg *request, struct decision *);

#endif
