/*
 * validate -- a chain by RFC 5280, 6.1: one run of OpenSSL's X509_verify_cert,
 * and what came of it in our words.  verify.h says what is forgiven.
 */
#ifndef CERT_VALIDATE_H
#define CERT_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>

struct asn1_object_st;
struct stack_st_ASN1_OBJECT;
struct stack_st_X509;
struct x509_st;
struct x509_store_st;

struct validate {
	struct x509_store_st *store;           /* of CAs */
	struct stack_st_ASN1_OBJECT *policies; /* any of which will do */
	bool needs_policy;
	unsigned max_depth; /* CAs between the leaf and the end */
	int64_t now;        /* seconds since 1970 */
	struct x509_st *leaf;
	struct stack_st_X509 *others; /* what chains may lead through */
	struct stack_st_X509 *ends;   /* where they may end; NULL: as the
				       * store's CAs say themselves */
};

struct finding {
	int err;                 /* E_CERT_* */
	int x509_err;            /* X509_V_ERR_*, or 0: none of OpenSSL's */
	int depth;               /* of whom; 0 is the leaf */
	struct x509_st *culprit; /* borrowed from what was given; may be NULL */
};

/* 0 and the chain, the leaf first, which the caller frees (chain_free); or
 * E_CERT_* with the finding. */
int validate(const struct validate *, struct stack_st_X509 **chain,
    struct finding *);

#endif
