/*
 * cidr -- a block of IP addresses, such as 10.0.0.0/8 (RFC 4632, 3.1; RFC
 * 4291, 2.3).
 */
#ifndef NET_CIDR_H
#define NET_CIDR_H

#include <stdbool.h>

#include "base/slice.h"
#include "net/addr.h"

/* An IPv4 block is the one that is mapped into IPv6, so that it does not
 * matter which kind of socket an address comes from. */
struct cidr {
	unsigned char ip[16];
	unsigned bits; /* of the 128 */
};

/* "10.0.0.0/8", "2001:db8::/32", or one address without "/".  E_INVALID if it
 * is not like that, or if a bit behind the prefix is set. */
int cidr_parse(struct slice, struct cidr *);
/* Whether the address, which has no port as far as this goes, is in it. */
bool cidr_has(const struct cidr *, const struct addr *);

#endif
