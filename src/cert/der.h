/*
 * der -- certificates as octets, each kept once.
 *
 * Thousands of clients have the same issuers: what the verdicts of a verifier
 * keep of a chain is interned in its pool.  Reference counted; the pool goes
 * with the last of its certificates.
 */
#ifndef CERT_DER_H
#define CERT_DER_H

#include <stddef.h>

#include "base/slice.h"

struct der_pool;

struct der {
	unsigned refs;
	struct der_pool *pool;
	struct slice bytes;
};

struct der_pool *der_pool_new(void);
void der_pool_unref(struct der_pool *); /* NULL is fine */
/* A reference to the one with these octets, which are copied if it is new. */
struct der *der_get(struct der_pool *, struct slice);
struct der *der_ref(struct der *);
void der_unref(struct der *); /* NULL is fine */
/* How many different ones are in use. */
size_t der_pool_count(const struct der_pool *);

#endif
