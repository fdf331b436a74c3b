/*
 * profile -- what we ask of a client's chain beyond what RFC 5280 asks of
 * every chain: verify.h lists it.
 */
#ifndef CERT_PROFILE_H
#define CERT_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/clients.h"

struct stack_st_X509;
struct x509_st;

/* When every certificate of a chain is valid, both ends included. */
struct profile_span {
	int64_t not_before;
	int64_t not_after;
};

/*
 * Judges a chain that is valid otherwise, the leaf first, the anchor last.
 * 0, or E_CERT_* and *depth says of which certificate.
 */
int profile_judge(const struct conf_clients *, struct stack_st_X509 *chain,
    int64_t now, int *depth, struct profile_span *);

/* Whether an RSA key is shorter than `min_key_bits`. */
bool profile_is_short(const struct conf_clients *, struct x509_st *);
/* Whether it is issued for longer than `max_validity`. */
bool profile_is_long(const struct conf_clients *, struct x509_st *);

#endif
