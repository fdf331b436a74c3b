/*
 * guard -- input that ends where nothing can be read any more, so that a
 * parser which looks one octet too far crashes, with or without a sanitizer.
 */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include <stddef.h>

#include "base/slice.h"

struct guard {
	char *map;
	size_t size; /* of what can be used; a guard page follows */
};

/* Room for inputs of at most max octets. */
void guard_init(struct guard *, size_t max);
void guard_clear(struct guard *);
/* A copy that ends at the guard page; valid until the next guard_put. */
struct slice guard_put(struct guard *, struct slice);

#endif
