/*
 * crls -- the revocation lists that a site's `clients: crl:` names, and what
 * they say of a chain (RFC 5280, 6.3.3).
 *
 * Whatever cannot be used to decide is a mistake when it is loaded, never
 * something to be passed over: not a CRL, signed by none of the site's CAs or
 * with SHA-1, an indirect one, for some reasons only, with an unknown critical
 * extension.  Of several with one signer and scope the newest decides that is
 * valid already, and a delta besides it.
 *
 * Three answers: revoked, not revoked, undetermined.  What becomes of the last
 * says `revocation:`, of the CA that issued the certificate; else a client is
 * refused.
 */
#ifndef CERT_CRLS_H
#define CERT_CRLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "cert/anchor.h"
#include "cert/crl.h"
#include "conf/conf.h"

struct crls;
struct evp_md_ctx_st;
struct stack_st_X509;
struct x509_st;

/* One of them. */
struct crls_item {
	struct crl crl;
	struct x509_st *ca; /* who signed it: one of the anchors */
	const struct conf_file *file;
	const struct conf_revocation *policy; /* what that CA's are held to */
	void *own; /* its octets, where the file has them otherwise */
};

/*
 * Reads every CRL of the files, each in PEM or one in DER.  Warnings: expired,
 * not valid yet, older than another, a delta without what it builds on, and a
 * CA that has no CRL here.  NULL after a mistake, also one that was told of
 * before.  The conf and the anchors must outlive it.
 */
struct crls *crls_read(const struct conf_clients *, const struct anchors *,
    int64_t now, struct diag *);
void crls_free(struct crls *); /* NULL is fine */
size_t crls_count(const struct crls *);
const struct crls_item *crls_at(const struct crls *, size_t i);

/* What is asked of the lists of a CA. */
const struct conf_revocation *crls_policy(const struct crls *,
    struct x509_st *ca);

/*
 * Judges a valid chain, the leaf first.  0, or E_CERT_REVOKED or E_CERT_CRL_*,
 * and *depth says of which certificate.
 */
int crls_judge(const struct crls *, struct stack_st_X509 *chain, int64_t now,
    int *depth);
/* Within these moments, both included, no answer changes; *until INT64_MAX:
 * never again. */
void crls_span(const struct crls *, int64_t now, int64_t *from, int64_t *until);

/* Keeps what was made of the files with them, for who gets the bundle. */
void crls_save(const struct crls *, struct bundle *);
/* Adds what they are; what they list is in their signatures. */
void crls_digest(const struct crls *, struct evp_md_ctx_st *);

#endif
