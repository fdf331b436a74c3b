/*
 * vouch -- whether the CAs of a chain may vouch for the names of a client.
 *
 * What the CAs say themselves (name constraints) OpenSSL judges; three things
 * it lets pass are judged here.  What the operator says of a CA (`names:` of
 * `trust:`) is judged here alone.
 */
#ifndef CERT_VOUCH_H
#define CERT_VOUCH_H

#include <stdbool.h>

#include "cert/ident.h"
#include "conf/clients.h"

struct stack_st_X509;

/* The first name that could be an identity and lies outside of these; NULL:
 * there is none. */
const struct san *vouch_outside(const struct conf_vouched *,
    const struct ident *);
/*
 * RFC 5280, 4.2.1.10, where OpenSSL is too kind: a wildcard that reaches into
 * an excluded DNS subtree; a malformed name of a type that is constrained; an
 * IP constraint whose mask has holes.  The chain is valid otherwise, the leaf
 * first.  False: the certificate at *depth is at fault.
 */
bool vouch_constraints(struct stack_st_X509 *chain, const struct ident *,
    int *depth);

#endif
