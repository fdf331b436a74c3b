/*
 * x509 -- the fields of a certificate as numbers and as text.
 *
 * Text is printable ASCII whatever the certificate holds, of bounded length,
 * and lies in the arena that was given.
 */
#ifndef CERT_X509_H
#define CERT_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct asn1_string_st; /* OpenSSL's ASN1_TIME and ASN1_INTEGER */
struct X509_name_st;
struct evp_pkey_st;
struct x509_st;

#define X509_TEXT_MAX 1024 /* octets of a distinguished name as text */

/* Seconds since 1970; false if it is not a time after RFC 5280, 4.1.2.5. */
bool x509_time(const struct asn1_string_st *, int64_t *);
/* The same of a certificate; false if either cannot be read. */
bool x509_dates(const struct x509_st *, int64_t *not_before,
    int64_t *not_after);
/* "CN=web,O=Example" (RFC 4514), escaped; cut with "..." when too long. */
struct slice x509_name(const struct X509_name_st *, struct arena *);
/* Lower-case hexadecimal, two digits for each octet. */
struct slice x509_serial(const struct asn1_string_st *, struct arena *);
struct slice x509_hex(const unsigned char *, size_t n, struct arena *);
/* Over the SubjectPublicKeyInfo's DER; false if there is no memory. */
bool x509_spki_sha256(const struct x509_st *, unsigned char out[32]);
/* Whether both have one public key, however its point is written. */
bool x509_has_same_key(const struct x509_st *, const struct x509_st *);
/* The subject for one message: free(3) it. */
char *x509_subject(const struct x509_st *);

/* Whether OpenSSL cannot read all that matters to it. */
bool x509_is_malformed(struct x509_st *);
/* Whether the issuer's name, key identifiers and key all say that it issued
 * the certificate. */
bool x509_is_issued_by(struct x509_st *, struct x509_st *issuer);

/*
 * What is too weak about a key, or NULL: RSA from 2048 bits, P-256, P-384,
 * P-521, Ed25519 and Ed448 are good.
 */
const char *x509_key_flaw(struct evp_pkey_st *);
/* The same about the signature over a certificate: SHA-256 or better. */
const char *x509_signature_flaw(struct x509_st *);

#endif
