/*
 * routes -- the routes of a site by their paths, so that what a lookup costs
 * depends on the path, not on how many routes there are.
 *
 * Made by conf_check, part of the const snapshot afterwards.
 */
#ifndef CONF_ROUTES_H
#define CONF_ROUTES_H

#include "conf/conf.h"

/* Each route of the site, in the order of the file; one that no request can
 * reach is a mistake. */
void routes_index(struct conf_site *, struct diag *);
void routes_clear(struct conf_site *);

/*
 * The first route in the order of the file whose path covers this one by whole
 * segments, or NULL.  Those with the very same path follow it by conf_route's
 * next_same, in that order too.
 */
const struct conf_route *routes_first(const struct conf_site *,
    struct slice path);

#endif
