/*
 * vcache -- chains that were accepted, so that a client who comes back with
 * the very same one need not have it built and verified again.
 *
 * The key is SHA-256 over every certificate as presented, in its order.  An
 * entry belongs to one verifier, so it is bound to the snapshot with its CAs,
 * CRLs and policy.  A hit still looks at the time: every date of the chain and
 * the CRLs' nextUpdate.  That the client has the private key is proved in the
 * handshake, whatever is cached.  Refusals are not kept.
 *
 * Bounded: the one that was not asked for longest makes room.
 */
#ifndef CERT_VCACHE_H
#define CERT_VCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cert/ident.h"

struct x509_st;
struct stack_st_X509;
struct vcache;

#define VCACHE_KEY_LEN 32

struct vcache_entry {
	struct ident *ident; /* a reference of the cache's own */
	int64_t not_before;  /* of the chain, as in struct verdict */
	int64_t not_after;
	int64_t from;  /* chain and CRLs are good from then */
	int64_t until; /* to then, inclusive */
};

/* At most max entries, max > 0. */
struct vcache *vcache_new(size_t max);
void vcache_free(struct vcache *); /* NULL is fine */

/* false: a certificate cannot be encoded, and the chain is not to be kept. */
bool vcache_key(struct x509_st *leaf, struct stack_st_X509 *others,
    unsigned char key[VCACHE_KEY_LEN]);
/* What is known of a chain that is good now; NULL: nothing.  Borrowed. */
const struct vcache_entry *vcache_get(struct vcache *,
    const unsigned char key[VCACHE_KEY_LEN], int64_t now);
/* A chain was accepted; the ident is referenced. */
void vcache_put(struct vcache *, const unsigned char key[VCACHE_KEY_LEN],
    const struct vcache_entry *);
size_t vcache_count(const struct vcache *);

#endif
