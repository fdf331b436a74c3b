/*
 * clients -- whom a site believes who a client is: the `clients:` of the file
 * as the program uses it.  cert/verify.h says what becomes of it.
 */
#ifndef CONF_CLIENTS_H
#define CONF_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/slice.h"
#include "conf/bundle.h"
#include "conf/rule.h"

/* A file that the configuration names, and where it does so. */
struct conf_file {
	struct diag_at at;
	const struct bundle_file *file; /* NULL: the key is not there */
};

/* False: it could not be read, or the key is not there; that was told. */
static inline bool
conf_file_is_read(const struct conf_file *f)
{
	return f->file != NULL && f->file->sys_errno == 0;
}

struct conf_files {
	struct conf_file *at; /* files alone: those of folders one by one */
	size_t count;
	struct conf_file *named; /* as written, where folders may stand */
	size_t named_count;
};

/* Whether what has been issued is still good. */
struct conf_revocation {
	struct diag_at at;  /* line 0: the key is not there */
	bool leaf_only;     /* not the CAs above it */
	bool allow_missing; /* no CRL decides: it passes */
	int64_t grace_ms;   /* how long a CRL decides after its nextUpdate */
};

/* A list of names; its terms are of the types that are said with it. */
struct conf_terms {
	struct conf_term *at;
	size_t count;
};

/* What a CA may vouch for; of what has no list here, for nothing. */
struct conf_vouched {
	struct diag_at at;
	struct conf_terms dns;   /* TERM_DNS, TERM_DNS_SUFFIX */
	struct conf_terms uri;   /* TERM_URI_PREFIX */
	struct conf_terms email; /* TERM_EMAIL; of the domain: as dns */
	struct conf_terms ip;    /* TERM_IP */
};

/* Some CAs, and what holds for their clients alone. */
struct conf_trust {
	struct diag_at at;
	struct conf_files ca; /* at least one */
	struct conf_vouched names;
	struct conf_revocation revocation; /* not there: as the site's own */
};

struct conf_clients {
	struct diag_at at;
	/* the site's own CAs, for any name; none if there is trust */
	struct diag_at ca_at;
	struct conf_files ca;
	struct conf_trust *trust;
	size_t trust_count;
	struct conf_files crl; /* of all these CAs */
	struct conf_revocation revocation;
	bool partial_chain; /* chains may end below a root */
	/* what every certificate or chain must be */
	unsigned max_depth;      /* CAs between the leaf and the anchor */
	unsigned min_key_bits;   /* of RSA keys */
	bool require_eku;        /* clientAuth must be there in the leaf */
	int64_t max_validity_ms; /* of the leaf; 0: any */
	struct slice *policies;  /* OIDs, any of which; none: no policy */
	size_t policy_count;
	unsigned cache;  /* accepted chains that are kept; 0: none */
	bool keeps_leaf; /* a route forwards certificates; no key */
};

#define CLIENTS_DEPTH_MAX 8    /* for max_depth, and its default */
#define CLIENTS_BITS_MIN  2048 /* likewise of min_key_bits */

#endif
