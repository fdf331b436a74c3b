/*
 * near -- which known word was meant by one that is not known.
 */
#ifndef CONF_NEAR_H
#define CONF_NEAR_H

#include <stddef.h>

#include "base/slice.h"

/* Keeps the nearest of the words it is shown. */
struct near {
	struct slice word;
	struct slice best; /* empty: none is near */
	size_t distance;   /* of best */
};

void near_init(struct near *, struct slice word);
/* One of the words that are known; borrowed. */
void near_try(struct near *, struct slice known);

#endif
