/*
 * asn1 -- the elements of DER, one after the other.
 *
 * For what is too large to be decoded into objects: a CRL of a million
 * entries.  Nothing is copied, everything lies within the input.
 */
#ifndef CERT_ASN1_H
#define CERT_ASN1_H

#include <stdbool.h>

#include "base/slice.h"

/* X.690, 8.1.2: identifier octets of what is read here */
#define ASN1_INTEGER_TAG    0x02
#define ASN1_ENUMERATED_TAG 0x0a
#define ASN1_SEQUENCE_TAG   0x30

struct asn1 {
	unsigned tag;
	struct slice value; /* the content octets */
	struct slice whole; /* with tag and length */
};

/*
 * Takes the element at the beginning of *rest.  False, and nothing is taken,
 * at the end and if it is not DER: a tag of several octets, a length that is
 * indefinite, of more than four octets, not the shortest, or beyond the end.
 */
bool asn1_next(struct slice *rest, struct asn1 *);
/* The same, if it has this tag. */
bool asn1_take(struct slice *rest, unsigned tag, struct asn1 *);

#endif
