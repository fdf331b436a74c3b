/*
 * octet -- what each of the 256 octets may be part of, as one table.
 */
#ifndef HTTP_OCTET_H
#define HTTP_OCTET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum octet_class {
	OCTET_TOKEN = 1 << 0,      /* tchar: RFC 9110, 5.6.2 */
	OCTET_VALUE = 1 << 1,      /* of a field value, SP and HTAB too: 5.5 */
	OCTET_QDTEXT = 1 << 2,     /* bare in a quoted-string: 5.6.4 */
	OCTET_TARGET = 1 << 3,     /* visible ASCII without "#" */
	OCTET_URI = 1 << 4,        /* of a URI at all: RFC 3986, 2 */
	OCTET_UNRESERVED = 1 << 5, /* RFC 3986, 2.3 */
	OCTET_PCHAR = 1 << 6,      /* of a path segment, without "%" and ";" */
	OCTET_HOST = 1 << 7,       /* letters, digits, "-", ".", "_" */
};

extern const unsigned char octet_classes[256];

static inline bool
octet_is(char c, enum octet_class class)
{
	return (octet_classes[(unsigned char)c] & (unsigned)class) != 0;
}

static inline bool
octet_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* How many octets at the start of s are of this class. */
static inline size_t
octet_span(struct slice s, enum octet_class class)
{
	size_t n = 0;

	while (n < s.n && octet_is(s.p[n], class))
		n++;
	return n;
}

#endif
