/*
 * san -- the names in a certificate's subjectAltName, as it presents them.
 *
 * Values are octets with a length: nothing here is ever a C string.  A name
 * whose syntax is wrong keeps its octets and says what is wrong (flaw); it
 * counts for nothing, the others still do.
 */
#ifndef CERT_SAN_H
#define CERT_SAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct x509_st; /* OpenSSL's X509 */

enum san_type {
	SAN_DNS,   /* dNSName: DNS-ID */
	SAN_URI,   /* uniformResourceIdentifier */
	SAN_EMAIL, /* rfc822Name */
	SAN_IP,    /* iPAddress: 4 or 16 octets */
	SAN_SRV,   /* otherName id-on-dnsSRV: SRV-ID (RFC 4985) */
};

struct san {
	enum san_type type;
	struct slice value; /* octets as presented; not terminated */
	bool is_wildcard;   /* a DNS-ID "*.x" */
	const char *flaw;   /* why it is ignored, or NULL: it counts */
};

struct san_list {
	struct san *at; /* in the order of the certificate */
	size_t count;
	size_t other_count; /* names of types that are never identities */
};

/*
 * Reads them all into the arena; none is fine.  E_CERT_MALFORMED: the
 * extension cannot be decoded, or there are two; E_CERT_SANS_MANY: more names
 * or octets of names than allowed.  The list is empty then.
 */
int san_read(struct x509_st *, size_t max_count, size_t max_bytes,
    struct arena *, struct san_list *);
const char *san_type_name(enum san_type); /* "dns", "uri"... */
/* The value as text: an IP address is formatted; into out, cut at max.  What
 * is not printable is quoted as quote_str() does. */
void san_format(const struct san *, char *out, size_t max);

#endif
