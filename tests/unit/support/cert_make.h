/*
 * cert_make -- certificates and CRLs of every kind, good and bad, for tests.
 */
#ifndef SUPPORT_CERT_MAKE_H
#define SUPPORT_CERT_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

struct x509_st;
struct X509_crl_st;
struct evp_pkey_st;

#define CERT_NOW INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define CERT_DAY (24 * 3600)

enum cert_key {
	KEY_P256,
	KEY_P384,
	KEY_P224,
	KEY_SECP256K1,
	KEY_ED25519,
	KEY_RSA2048,
	KEY_RSA1024,
	KEY_RSA_PSS,
	KEY_DSA,
	KEY_COUNT
};

/* For each text: NULL is what a good certificate has, "" is without. */
struct cert_spec {
	const char *cn;         /* the subject; "": an empty subject */
	const char *o;          /* an organisation beside the CN */
	const char *subject;    /* instead: "OU=a/OU=b/CN=c" */
	bool is_ca;             /* the defaults of a CA */
	const char *bc;         /* basicConstraints, as openssl.cnf(5) has it */
	const char *ku;         /* keyUsage */
	const char *eku;        /* extendedKeyUsage */
	const char *san;        /* subjectAltName */
	const char *nc;         /* nameConstraints; NULL: none */
	struct slice san_raw;   /* subjectAltName in DER */
	struct slice san_again; /* a second extension of that kind */
	const char *oid;        /* an unknown extension, critical */
	const char *crldp;      /* crlDistributionPoints; NULL: none */
	const char *policies;   /* OIDs, with commas; NULL: none */
	const char *pc;         /* policyConstraints; NULL: none */
	bool no_key_ids;
	enum cert_key key;
	unsigned variant;    /* which key of that kind; 0: 1 for a CA */
	const char *md;      /* NULL: SHA256 */
	int64_t from;        /* 0: a day before CERT_NOW */
	int64_t to;          /* 0: a year after it */
	const char *to_text; /* GeneralizedTime as it stands */
	int version;         /* 0: three */
	const char *serial;  /* hexadecimal; NULL: random */
	bool bad_signature;
};

struct cert {
	struct x509_st *x;
	struct evp_pkey_st *key; /* borrowed */
};

/* Issued by issuer with its key, or by itself when NULL. */
struct cert cert_make(const struct cert_spec *, const struct cert *issuer);
void cert_clear(struct cert *);
#define CERT_VARIANTS 4
/* A key of that kind, the same all through this process. */
struct evp_pkey_st *cert_key(enum cert_key, unsigned variant);

struct crl_spec {
	const struct cert *revoked; /* one, or NULL */
	const char *reason;         /* "certificateHold"; NULL: none */
	int64_t from;               /* 0: an hour before CERT_NOW */
	int64_t to;                 /* 0: a day after it */
	bool no_next;
	const char *idp; /* issuingDistributionPoint, critical */
	bool is_delta;
	long number;           /* 0: 7; < 0: none */
	long base;             /* of a delta; 0: 6 */
	const char *oid;       /* an unknown extension, critical */
	const char *entry_oid; /* the same in the entry */
	const char *md;
	bool is_pss;       /* of an RSA key; else PKCS #1 v1.5 */
	bool is_other_alg; /* not the one within, which was signed */
	bool bad_signature;
	const struct cert *signer; /* NULL: the issuer; else its key */
};

/* Of that CA. */
struct X509_crl_st *crl_make(const struct crl_spec *, const struct cert *ca);

/* In PEM, at the end of the buf. */
void cert_pem(struct buf *, const struct cert *);
void cert_key_pem(struct buf *, const struct cert *);
void crl_pem(struct buf *, struct X509_crl_st *);

/*
 * A GeneralName in DER at the end of the buf; kind is its number in RFC 5280,
 * 4.2.1.6: 1 email, 2 DNS, 4 directory, 6 URI, 7 IP, 8 registered ID.
 */
void cert_san_put(struct buf *, unsigned kind, struct slice);
/* An otherName with that OID (in DER, without its head) and an IA5String. */
void cert_san_put_other(struct buf *, struct slice oid, struct slice);
/* The GeneralNames around what is in the buf. */
void cert_san_end(struct buf *);
#define CERT_OID_SRV SL("\x2b\x06\x01\x05\x05\x07\x08\x07")
#define CERT_OID_UPN SL("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03")

#endif
