/*
 * verify -- may this client come in?  One verdict with one reason.
 *
 * A verifier is what a site's `clients:` became: its CAs (those alone, never
 * the system's), its CRLs, its policy.  Const once made; used by handshake,
 * check, explain and tests alike.
 */
#ifndef CERT_VERIFY_H
#define CERT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "cert/ident.h"
#include "conf/conf.h"

struct x509_st;
struct stack_st_X509;
struct verifier;

/*
 * Reads the CAs and CRLs out of the bundle's bytes; mistakes go to diag: no CA
 * in a CA file, garbage between, an expired CA (a warning), a CRL that none
 * of the CAs signed.  NULL if there was an error.
 */
struct verifier *verifier_new(const struct conf_clients *, int64_t now,
    struct diag *);
void verifier_free(struct verifier *); /* NULL is fine */
/* The CA names for the CertificateRequest (RFC 8446, 4.2.4): OpenSSL's
 * STACK_OF(X509_NAME), borrowed. */
struct stack_st_X509_NAME *verifier_ca_names(const struct verifier *);

/* What was found about a presented chain. */
struct verdict {
	int err;              /* 0: accepted; else E_CERT_*, see err.def */
	unsigned depth;       /* which certificate; 0 is the leaf */
	int x509_err;         /* X509_V_ERR_*, or 0 */
	struct slice culprit; /* subject of the certificate at depth, RFC
				 * 4514 text, escaped; in ident's arena */
	struct ident *ident;  /* a reference; NULL if nothing could be read */
	int64_t not_after;    /* the shortest of the chain; 0 unless err is 0 */
};

/*
 * Judges a chain as presented: leaf (NULL: none was shown), and what came with
 * it, in any order.  now is in seconds since 1970.  Always fills *verdict and
 * returns its err.
 */
int verifier_judge(const struct verifier *, struct x509_st *leaf,
    struct stack_st_X509 *others, int64_t now, struct verdict *);
void verdict_clear(struct verdict *);

/* The X509_V_ERR_* whose TLS alert fits the reason (RFC 8446, 6.2). */
int verdict_x509_err(const struct verdict *);

#endif
