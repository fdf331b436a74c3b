/*
 * cert_cases -- chains that a client may show, and what must be said of each.
 *
 * One table for the verifier and for real handshakes, so that both give the
 * same verdict.
 */
#ifndef SUPPORT_CERT_CASES_H
#define SUPPORT_CERT_CASES_H

#include <stddef.h>

#include "base/diag.h"
#include "conf/conf.h"
#include "support/cert_make.h"

struct stack_st_X509;

/* Root, issuing CA and leaf; the root is in the file, the leaf and the issuing
 * CA are shown, unless: */
enum cert_shape {
	SHAPE_DIRECT = 1,        /* the root issued the leaf */
	SHAPE_FILE_BOTH = 2,     /* both CAs are in the file, none is shown */
	SHAPE_FILE_INTER = 4,    /* the issuing CA alone is in the file */
	SHAPE_FILE_OTHER = 8,    /* another CA of the root's name is in it */
	SHAPE_UNSHOWN = 16,      /* the issuing CA is nowhere */
	SHAPE_SHOW_ROOT = 32,    /* the root is shown as well */
	SHAPE_SELF = 64,         /* the leaf signed itself */
	SHAPE_SHOW_ANCHOR = 128, /* the root itself is the leaf */
	SHAPE_CRLS = 256, /* both CAs have CRLs; the spec is the issuer's */
	SHAPE_NO_ROOT_CRL = 512,
	SHAPE_NO_INTER_CRL = 1024,
	SHAPE_REVOKE_LEAF = 2048,
	SHAPE_REVOKE_INTER = 4096,
	SHAPE_JUNK = 8192, /* many more certificates are shown */
	SHAPE_MANY_SANS = 16384,
	SHAPE_NO_TLS = 32768, /* no client can use such a key in TLS */
};

/* What `clients:` has when nothing is said. */
#define CERT_CLIENTS \
	.partial_chain = true, .max_depth = CLIENTS_DEPTH_MAX, \
	.min_key_bits = CLIENTS_BITS_MIN, .require_eku = true

/* What the site asks for; 0: what it does when nothing is said. */
struct cert_asked {
	unsigned max_depth_1; /* max_depth and 1 */
	unsigned min_key_bits;
	bool lax_eku; /* require_eku: false */
	int64_t max_validity_ms;
	const char *policy;
};

struct cert_case {
	const char *id; /* of the requirement */
	const char *name;
	unsigned shape;
	unsigned deep; /* CAs between the root and the leaf; 0: one */
	struct cert_spec root, inter, leaf;
	struct crl_spec crl;
	struct cert_asked asked;
	int err;
	unsigned depth;
};

extern const struct cert_case cert_cases[];
extern const int cert_case_count;

#define CERT_DEEP_MAX 12

struct cert_chain {
	struct cert root, inter[CERT_DEEP_MAX], leaf, other;
	struct cert shown_leaf;      /* borrowed from the above */
	struct stack_st_X509 *shown; /* what comes with it */
	struct buf ca_pem, crl_pem;
	struct bundle_file ca_file, crl_file;
	struct conf_file ca, crl;
	struct slice policy;
	struct conf_clients clients; /* over the files */
};

void cert_chain_init(struct cert_chain *, const struct cert_case *);
void cert_chain_clear(struct cert_chain *);
/* A file with these bytes, as a configuration names it. */
void cert_file(struct bundle_file *, struct conf_file *, const char *path,
    struct slice);

#endif
