/*
 * policy -- an SSL_CTX that holds to the configuration's `tls:`, for the entry
 * and for every site alike.
 */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include "base/diag.h"
#include "conf/conf.h"

struct ssl_ctx_st;

/* A server's context; aborts only where OpenSSL has no memory.  What OpenSSL
 * does not take of the conf is left at its default: policy_check tells. */
struct ssl_ctx_st *policy_ctx_new(const struct conf_tls *);
/* Every mistake in ciphers, ciphersuites and groups. */
void policy_check(const struct conf_tls *, struct diag *);

#endif
