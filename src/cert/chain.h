/*
 * chain -- certificates and keys out of PEM bytes.
 */
#ifndef CERT_CHAIN_H
#define CERT_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/slice.h"
#include "conf/conf.h"

struct stack_st_X509;
struct evp_pkey_st;

/*
 * Every certificate of a PEM file, in its order.  What is between the blocks
 * is ignored; a block that is not a certificate, or one that is broken, is a
 * mistake for diag.  NULL after a mistake, or if there is none in it.  The
 * caller frees it with chain_free().
 */
struct stack_st_X509 *chain_read(const struct conf_file *, struct diag *);
void chain_free(struct stack_st_X509 *); /* NULL is fine */
/* The one private key of a PEM file, not encrypted; NULL after a mistake.
 * Blocks that are no private keys are ignored. */
struct evp_pkey_st *key_read(const struct conf_file *, struct diag *);
/*
 * A server's certificate and key: they fit, are in date (under 30 days left
 * is a warning; not yet valid is an error like expired, since no client would
 * accept either), are strong enough, may serve (EKU serverAuth, keyUsage
 * digitalSignature, where these are present), each further certificate issued
 * the one before it (a warning), and they cover each of the site's names
 * (RFC 9525; a warning).
 */
void chain_check_server(const struct conf_site *,
    const struct conf_certificate *, struct stack_st_X509 *chain,
    struct evp_pkey_st *key, int64_t now, struct diag *);
/* Whole days from now until the first of the chain expires; < 0: it has. */
int64_t chain_days_left(struct stack_st_X509 *, int64_t now);

#endif
