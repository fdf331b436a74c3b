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

/* By whom a request is made, and of what. */
struct decide_params {
	const struct conf *conf;
	const struct conf_site *site; /* of the handshake */
	const struct ident *who;      /* NULL: nobody */
	char *room; /* as many octets as the longest path has */
	size_t max;
};

struct decision {
	const struct conf_route *route; /* NULL: none has the path */
	struct authz authz;
};

/*
 * 0: the route is to serve the request.  Else why not; the route may be there
 * nevertheless (E_METHOD_REFUSED, E_NO_RULE...).
 */
int decide(const struct decide_params *, const struct msg *request,
    struct decision *);

#endif
