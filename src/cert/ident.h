/*
 * ident -- who a client is: what its certificate presents.
 *
 * Presented identities are read once, from subjectAltName alone (RFC 9525),
 * and kept with what logs and whoami say of the certificate.  Reference
 * counted and const: connections of the same client may share one.
 * The profile is written in sallyport.yaml(5); the IDs in the tests (ID-5...)
 * are those of our requirements.
 */
#ifndef CERT_IDENT_H
#define CERT_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/slice.h"
#include "cert/san.h"
#include "conf/conf.h"

struct x509_st; /* OpenSSL's X509 */

#define IDENT_SANS_MAX   100         /* names in one certificate */
#define IDENT_SANS_BYTES (16 * 1024) /* octets of all of them, in DER */

struct ident {
	unsigned refs;
	struct arena arena;
	struct san *sans; /* in the order of the certificate */
	size_t san_count;
	size_t other_count;   /* names of types that are never identities */
	struct slice subject; /* RFC 4514 text, escaped; may be empty */
	struct slice issuer;
	struct slice serial;      /* hexadecimal, lower case, as many octets */
	unsigned char sha256[32]; /* over the certificate's DER */
	struct slice fingerprint; /* the same, hexadecimal */
	int64_t not_before;       /* seconds since 1970 */
	int64_t not_after;        /* of the leaf */
};

/*
 * Reads a certificate.  0, E_CERT_MALFORMED or E_CERT_SANS_MANY; *ident has
 * all but the SANs even then, for the log.  One reference is the caller's.
 */
int ident_read(struct x509_st *, struct ident **);
struct ident *ident_ref(struct ident *);
void ident_unref(struct ident *); /* NULL is fine */

/*
 * Whether a rule admits this identity.  *by is the presented identity that
 * did, or NULL (RULE_ANY).
 */
bool ident_matches(const struct ident *, const struct conf_rule *,
    const struct san **by);
#endif
