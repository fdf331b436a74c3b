/*
 * rule -- identity rules as the program uses them: whom a route lets in.
 *
 * A rule is some terms, all of which must hold; a list of rules means any.
 * Values are in the form in which they are compared: cert/match.h does it,
 * sallyport.yaml(5) says how.
 */
#ifndef CONF_RULE_H
#define CONF_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/slice.h"

struct conf_group;

/* What a term speaks of.  Their order is that of a rule's terms. */
enum conf_term_type {
	TERM_GROUP,       /* one of the group's rules */
	TERM_DNS,         /* value: lower case, no trailing dot */
	TERM_DNS_SUFFIX,  /* value: ".svc.corp", lower case */
	TERM_URI,         /* value: a whole URI */
	TERM_URI_PREFIX,  /* value: a URI without slash at its end */
	TERM_URI_ID,      /* value: "scheme://host", lower case */
	TERM_SPIFFE,      /* spiffe */
	TERM_SRV,         /* value: "_service.name", lower case */
	TERM_EMAIL,       /* value: the domain in lower case */
	TERM_IP,          /* net */
	TERM_COMMON_NAME, /* value: as TERM_DNS */
	TERM_SUBJECT,     /* name */
	TERM_FINGERPRINT, /* octets: SHA-256 of the certificate */
	TERM_SPKI,        /* octets: SHA-256 of its public key */
	TERM_ISSUER,      /* name */
	TERM_SERIAL,      /* value: hexadecimal, no leading "00" */
};

/* Either a path or a prefix, by whole segments; the other is empty. */
struct conf_spiffe {
	struct slice trust_domain; /* lower case */
	struct slice path;         /* "/ns/web" */
	struct slice path_prefix;  /* "/ns", or "/" */
};

struct conf_net {
	unsigned char octets[16]; /* those behind bits are 0 */
	size_t n;                 /* 4 or 16 */
	unsigned bits;
};

/* Every value that a distinguished name has of one attribute, in the order
 * of RFC 4514's text (the last one encoded comes first). */
struct conf_attribute {
	const char *name; /* "CN", or its object identifier */
	struct slice oid; /* "2.5.4.3" */
	struct slice *values;
	size_t count;
};

struct conf_name {
	struct conf_attribute *at;
	size_t count;
};

struct conf_term {
	struct diag_at at;
	enum conf_term_type type;
	const char *key;    /* "dns" */
	struct slice value; /* as text; of TERM_GROUP its name */
	union {
		const struct conf_group *group;
		struct conf_spiffe spiffe;
		struct conf_net net;
		struct conf_name name;
		unsigned char octets[32];
	};
};

/* With neither terms nor is_any it admits nobody. */
struct conf_rule {
	struct diag_at at;
	bool is_any; /* whoever the CA vouches for; has no terms */
	struct conf_term *terms;
	size_t count;
	struct slice text; /* "dns:web.corp.example and ip:10.0.0.0/8" */
};

struct conf_rules {
	struct conf_rule *at;
	size_t count;
};

/* Rules under a name. */
struct conf_group {
	struct diag_at at;
	struct slice name;
	struct conf_rules rules; /* without TERM_GROUP */
};

/*
 * Whether whoever satisfies b satisfies a as well.  False may also mean that
 * it is not known.
 */
bool rule_covers(const struct conf_rule *a, const struct conf_rule *b);
/* Whether path lies under prefix by whole segments; neither ends with a
 * slash, but for the prefix "/", which covers all. */
bool rule_segments_cover(struct slice prefix, struct slice path);
/* Whether the net has the address of n octets, 4 or 16. */
bool rule_net_has(const struct conf_net *, const void *octets, size_t n);

#endif
