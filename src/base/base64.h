/*
 * base64 -- RFC 4648, section 4, with padding.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* Appends it; false, and some of it may be there, when the buf is full. */
bool base64_put(struct buf *, struct slice);

#endif
