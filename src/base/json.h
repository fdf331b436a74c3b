/*
 * json -- a JSON document written into a buf, comma by comma.
 *
 * Octets that are not printable ASCII are written as the code point of their
 * value, so that what comes out is valid whatever goes in.  When the buf is
 * full the rest is left out and is_full set.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
	struct buf *to;
	bool is_full;
	bool needs_comma;
};

void json_init(struct json *, struct buf *);
/* key is NULL within an array and at the top. */
void json_open(struct json *, const char *key, char bracket);
void json_close(struct json *, char bracket);
void json_bytes(struct json *, const char *key, struct slice);
/* NULL is written as null. */
void json_str(struct json *, const char *key, const char *);
void json_int(struct json *, const char *key, int64_t);
void json_bool(struct json *, const char *key, bool);

#endif
