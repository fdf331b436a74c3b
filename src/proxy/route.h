/*
 * route -- which route of a site takes a request.
 *
 * The first route whose path covers the request's path fixes the path; only
 * routes with the very same path are then asked for the method.  So a method
 * that a path's routes leave out never falls through to a laxer route for a
 * shorter path.
 */
#ifndef PROXY_ROUTE_H
#define PROXY_ROUTE_H

#include "conf/conf.h"

/*
 * path is normalised (http/path.h).  0 and *route; E_NOT_FOUND; or
 * E_METHOD_REFUSED, then *route is the first one that has the path.
 */
int route_find(const struct conf_site *, struct slice method, struct slice path,
    const struct conf_route **route);
/* The methods that the routes with this one's path serve, as the Allow field
 * has it (RFC 9110, 10.2.1); into out, cut at max. */
void route_allow(const struct conf_site *, const struct conf_route *, char *out,
    size_t max);
/* Whether it permits an upgrade to this protocol. */
bool route_permits(const struct conf_route *, struct slice protocol);

#endif
