/*
 * balance -- which server of a cluster gets the next request.
 */
#ifndef UPSTREAM_BALANCE_H
#define UPSTREAM_BALANCE_H

#include "upstream/cluster.h"

/*
 * Round robin: the next server that does not rest after a failure; if all of
 * them rest, the next one.
 */
struct backend *balance_next(struct cluster *, int64_t now_ms);

#endif
