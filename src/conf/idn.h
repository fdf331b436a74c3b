/*
 * idn -- international domain names as certificates have them.
 *
 * What stands in the file in U-labels becomes A-labels once, when it is read
 * (RFC 9525, 6.3); afterwards every name is ASCII.  IDNA2008 as in RFC 5891,
 * without the mappings of UTS #46: what is compared is what was written, but
 * for the case of ASCII letters and Unicode's normal form C.
 */
#ifndef CONF_IDN_H
#define CONF_IDN_H

#include "base/arena.h"
#include "base/slice.h"

/*
 * Lower case, U-labels as A-labels, without the root's dot, which is no part of
 * a certificate's name (RFC 5280); what is ASCII passes whatever it is else.
 * False: *why says what is wrong.
 */
bool idn_to_ascii(struct slice, struct arena *, struct slice *out,
    const char **why);

#endif
