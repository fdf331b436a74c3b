/*
 * name -- DNS names as identities: their syntax, and how they compare.
 *
 * RFC 9525 sections 6.2 and 6.3, RFC 1034 section 3.5, RFC 5890 for A-labels.
 * Used for reference identities (the file), presented identities (the
 * certificate), SNI and Host alike, so that no two of them disagree.
 */
#ifndef NET_NAME_H
#define NET_NAME_H

#include <stdbool.h>

#include "base/slice.h"

/* What is wrong with a name. */
enum name_flaw {
	NAME_OK,
	NAME_EMPTY,
	NAME_LONG,         /* more than 253 octets */
	NAME_LABEL_EMPTY,  /* also a leading or a trailing dot */
	NAME_LABEL_LONG,   /* more than 63 octets */
	NAME_LABEL_HYPHEN, /* one that begins or ends with "-" */
	NAME_OCTET,        /* not a letter, digit, "-", "_" or "." */
	NAME_IS_IP,        /* the last label is a number: some read an IPv4
			    * address (RFC 9525, 7.4) */
	NAME_WILDCARD,     /* "*" anywhere but as the whole first label,
			    * or in front of fewer than two labels */
};

/* The name after RFC 1034's preferred syntax, underscores allowed.  With
 * wildcard true, the first label may be exactly "*". */
enum name_flaw name_check(struct slice, bool wildcard);
/* "an empty label" and the like. */
const char *name_flaw_text(enum name_flaw);
/* Label by label, ASCII letters without case (RFC 9525, 6.3). */
bool name_eq(struct slice, struct slice);
bool name_is_wildcard(struct slice);
/*
 * Whether the pattern "*.b.c" covers the name "a.b.c": exactly one label in
 * place of "*".  A pattern without wildcard compares as name_eq.  A name
 * that is a wildcard itself is covered by none.
 */
bool name_matches(struct slice pattern, struct slice name);

#endif
