/*
 * quote -- octets of whoever sent them, as they may stand in a line of text.
 *
 * Printable ASCII stays as it is, but a quote and a backslash get a backslash
 * before them; the rest becomes \xHH or, in JSON, which has no such thing,
 * \u00HH: the code point of the octet's value.
 */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* What an octet or a text needs, the most first. */
enum quote_need {
	QUOTE_ESCAPES = 0,
	QUOTE_QUOTES = 1,
	QUOTE_NOTHING = 3, /* letters, digits and -_.:/@[]*,+%~ alone */
};

/* An empty text needs quotes. */
enum quote_need quote_need(struct slice);
/* How long it becomes. */
size_t quote_len(struct slice, bool json);
/* Writes so many octets, and no NUL; returns how many. */
size_t quote_put(struct slice, bool json, char *out);
/* The same into a string of at most max octets, NUL included; cut there,
 * never within an escape. */
void quote_str(struct slice, char *out, size_t max);

#endif
