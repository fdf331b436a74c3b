/*
 * accept -- which media type a client would rather have (RFC 9110, 12.5.1).
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "base/slice.h"
#include "http/field.h"

#define ACCEPT_MOST 1000 /* the weight "q=1", in thousandths */

/*
 * How much the Accept fields want a media type, 0 to ACCEPT_MOST; without such
 * a field everything is wanted most.  The most specific range that covers the
 * type decides.  Parameters of the type are ignored; a range with a parameter
 * other than q covers nothing, and so does what is malformed.
 */
unsigned accept_weight(const struct fields *, struct slice type);

#endif
