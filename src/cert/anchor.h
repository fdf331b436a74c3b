/*
 * anchor -- the CAs that a site's `clients: ca:` and `trust:` name.
 *
 * Every certificate in these files is trusted: listing it is the act of trust.
 * A chain is followed upwards within the files as far as it goes, so it ends
 * at a self-signed certificate, or at one whose issuer is not listed.  Hence
 *
 *  - a file with an issuing CA alone works, without its root;
 *  - a file with root and issuing CA upholds what the root says (its name
 *    constraints, path length, dates) and lets the root's CRL revoke the
 *    issuing CA.  X509_V_FLAG_PARTIAL_CHAIN would do neither: it stops at the
 *    first listed certificate.
 *
 * With `partial_chain: false` chains end at self-signed certificates alone.
 *
 * Where a chain may end is written into the certificates themselves, as
 * OpenSSL's explicit trust for clients.
 */
#ifndef CERT_ANCHOR_H
#define CERT_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "conf/conf.h"

struct stack_st_X509;
struct x509_st;

struct anchors {
	struct stack_st_X509 *cas;       /* without repetitions */
	const struct conf_trust **trust; /* of each; NULL: the site's own */
	bool has_twins; /* two of them have one name: paths may be several */
};

/*
 * Reads the CAs.  Mistakes: no certificate in a file, one that is malformed or
 * no CA, one key in two places that are trusted differently.  Warnings: one
 * that is expired, not yet valid, too weak, or not meant for clients; nothing
 * that it issued will be accepted.  NULL after a mistake, also one that was
 * told of before.  The conf must outlive it.
 */
struct anchors *anchors_read(const struct conf_clients *, int64_t now,
    struct diag *);
void anchors_free(struct anchors *); /* NULL is fine */

/* With what a CA is trusted, which has the key of one of these, whoever
 * certified it; NULL: it is the site's own, or is not listed. */
const struct conf_trust *anchors_trust(const struct anchors *,
    struct x509_st *ca);
/* Whether one of these has its key. */
bool anchors_have(const struct anchors *, struct x509_st *ca);
/* Whether a listed certificate is one where chains may end. */
bool anchor_is_end(struct x509_st *);

#endif
