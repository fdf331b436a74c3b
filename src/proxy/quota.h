/*
 * quota -- how many of each kind are there, and whether one more may come.
 *
 * For connections of one address, of one certificate.  Knows only the kinds
 * of which there is one now, so that its size is bounded by their number.
 */
#ifndef PROXY_QUOTA_H
#define PROXY_QUOTA_H

#include <stdbool.h>

#include "base/map.h"

struct quota {
	struct map *counts; /* NULL until the first */
};

void quota_clear(struct quota *); /* zeroed is usable, before and after */
/* One more of this kind; false, and none more, when there are max of it.
 * max 0: without limit. */
bool quota_take(struct quota *, struct slice kind, unsigned max);
/* One less; as often as it was taken. */
void quota_give(struct quota *, struct slice kind);

#endif
