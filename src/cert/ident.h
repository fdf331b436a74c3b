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
#include "cert/der.h"
#include "cert/san.h"

struct stack_st_X509;
struct x509_st; /* OpenSSL's X509 */

/* A value of an attribute of a distinguished name. */
struct ident_attr {
	struct slice oid;   /* "2.5.4.3" */
	struct slice value; /* UTF-8, any octets */
	bool is_bad;        /* it cannot be read: equals nothing */
};

struct ident_name {
	struct ident_attr *at; /* in the order of RFC 4514's text */
	size_t count;
};

#define IDENT_SANS_MAX   100         /* names in one certificate */
#define IDENT_ATTRS_MAX  64          /* in one name; more are malformed */
#define IDENT_SANS_BYTES (16 * 1024) /* octets of all of them, in DER */

struct ident {
	unsigned refs;
	struct arena arena;
	struct san *sans; /* in the order of the certificate */
	size_t san_count;
	size_t other_count;   /* names of types that are never identities */
	struct slice subject; /* RFC 4514 text, escaped; may be empty */
	struct slice issuer;
	struct ident_name subject_name; /* the same, whole */
	struct ident_name issuer_name;
	struct slice serial;      /* hexadecimal, lower case, as many octets */
	unsigned char sha256[32]; /* over the certificate's DER */
	unsigned char spki[32];   /* over that of its public key */
	struct slice fingerprint; /* the same, hexadecimal */
	/* once it is accepted: the CAs above it, the next first, the anchor
	 * last; and the certificate itself, where anybody wants it */
	struct der **chain;
	size_t chain_count;
	bool ends_at_root; /* the last of them is self-signed */
	struct slice der;
	bool is_bound; /* likewise: its CA vouches for certain names alone, so
			* that subject, issuer and serial count for nothing */
	int64_t not_before; /* seconds since 1970 */
	int64_t not_after;  /* of the leaf */
};

/*
 * Reads a certificate.  0, E_CERT_MALFORMED or E_CERT_SANS_MANY; *ident has
 * all but the SANs even then, for the log.  One reference is the caller's.
 */
int ident_read(struct x509_st *, struct ident **);
/* The same, but of one that was read before what was read then: it may be
 * shared. */
int ident_share(struct x509_st *, struct ident **);
/* Keeps a chain that was verified, leaf first, anchor last; is_whole: the leaf
 * as well. */
void ident_keep(struct ident *, struct der_pool *, struct stack_st_X509 *chain,
    bool is_whole);
/* After another judgement of the same certificate: what that one's keeps, for
 * all who share it.  The one exception from const. */
void ident_take_chain(struct ident *, struct ident *from);
struct ident *ident_ref(struct ident *);
void ident_unref(struct ident *); /* NULL is fine */

#endif
