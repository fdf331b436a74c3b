/*
 * utf8 -- characters out of octets (RFC 3629).
 */
#ifndef CONF_UTF8_H
#define CONF_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Takes one character off the front of *rest, which is not empty.  False, and
 * nothing is taken, when no well-formed one is there: a stray or missing
 * continuation, an overlong form, a surrogate, more than U+10FFFF.
 */
bool utf8_next(struct slice *rest, uint32_t *character);
/* The longest start of s with at most max octets that cuts no character. */
struct slice utf8_first(struct slice s, size_t max);

#endif
