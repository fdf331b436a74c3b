/*
 * verify -- may this client come in?  One verdict with one reason.
 *
 * A verifier is what a site's `clients:` became: its CAs (those alone, never
 * the system's), its CRLs, its policy.  Const once made; used by handshake,
 * check, explain and tests alike.
 *
 * Chains are validated by OpenSSL (RFC 5280, 6.1), strictly, up to a trust
 * anchor (cert/anchor.h says which those are); where more than one path may
 * lead there, by each until one is good (cert/paths.h).  Of what RFC 5280 asks of CAs
 * beyond path validation four things are forgiven, since widely used CA
 * scripts omit them and nothing depends on them: key identifiers, the
 * criticality of basicConstraints, and keyUsage in a CA certificate.
 * What is judged besides:
 *
 *  - dates of every certificate, the anchor's too, inclusive to the second;
 *  - keys (RSA from `min_key_bits`, P-256, P-384, P-521, Ed25519, Ed448) and
 *    signatures (SHA-256 or better) of every certificate, anchors' own
 *    signatures apart;
 *  - extendedKeyUsage: clientAuth must be there in the leaf (with
 *    `require_eku: false`: if the extension is), and where a CA has the
 *    extension; anyExtendedKeyUsage does not count;
 *  - `max_validity` of the leaf;
 *  - what the CA may vouch for: by name constraints a little more strictly
 *    than by OpenSSL, and by `trust: names:` (cert/vouch.h);
 *  - the leaf is no CA, and may sign (keyUsage digitalSignature, if present);
 *  - revocation of every certificate below the anchor, as soon as there is
 *    one CRL, and as `revocation:` has it (cert/crls.h).
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
struct stack_st_X509_NAME;
struct crls;
struct verifier;

#define VERIFY_OTHERS_MAX 16 /* certificates shown besides the leaf */

/*
 * Reads the CAs and CRLs out of the bundle's bytes; mistakes go to diag (see
 * cert/anchor.h and cert/crls.h).  NULL if there was an error.  The conf must
 * outlive it.
 */
struct verifier *verifier_new(const struct conf_clients *, int64_t now,
    struct diag *);
void verifier_free(struct verifier *); /* NULL is fine */
/* Until when, inclusive, the CRLs say what they say now, in seconds since
 * 1970; INT64_MAX: for ever. */
int64_t verifier_valid_until(const struct verifier *, int64_t now);
/* The CRLs that it judges by; borrowed. */
const struct crls *verifier_crls(const struct verifier *);
/* The CA names for the CertificateRequest (RFC 8446, 4.2.4): OpenSSL's
 * STACK_OF(X509_NAME), borrowed. */
struct stack_st_X509_NAME *verifier_ca_names(const struct verifier *);

/* What was found about a presented chain. */
struct verdict {
	int err;                   /* 0: accepted; else E_CERT_*, see err.def */
	unsigned depth;            /* which certificate; 0 is the leaf */
	int x509_err;              /* X509_V_ERR_*, or 0: none of OpenSSL's */
	struct slice culprit;      /* subject of the certificate at depth, RFC
				 * 4514 text, escaped; in ident's arena */
	const struct san *outside; /* in ident: the name that `trust:` does
				    * not let its CA vouch for; or NULL */
	struct ident *ident;       /* a reference; NULL if none was shown */
	int64_t not_before; /* the latest of the chain; 0 unless err is 0 */
	int64_t not_after;  /* the shortest of the chain; likewise */
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
/* OpenSSL's words for x509_err, or NULL. */
const char *verdict_openssl(const struct verdict *);

#endif
