/*
 * match -- whether what a certificate presents is what a rule asks for.
 *
 * The profile, key by key, is in sallyport.yaml(5).  In short: a term looks at
 * names of its own type alone, each by itself, octets with a length; a name
 * with a flaw counts for nothing, unless for a denial; every term of a rule
 * must hold, each by whichever name of the certificate.
 */
#ifndef CERT_MATCH_H
#define CERT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cert/ident.h"
#include "conf/rule.h"

/* How a term fared; what is further down came nearer. */
enum match {
	MATCH_NOTHING,  /* the certificate has nothing of this type */
	MATCH_FLAWED,   /* only what counts for nothing */
	MATCH_OTHER,    /* only others */
	MATCH_SEVERAL,  /* more than one where there must be one */
	MATCH_NAMES,    /* a common name beside better names */
	MATCH_BOUND,    /* of a CA that may vouch for certain names alone */
	MATCH_WILDCARD, /* a wildcard, which is refused */
	MATCH_YES,
};
const char *match_text(enum match); /* "the certificate has none" */

/* What satisfied a term, or nothing (the term says nothing of who it is). */
struct match_by {
	const struct san *san; /* a name */
	struct slice text;     /* or another identity; clean ASCII or UTF-8 */
};
/* As log lines have it; into out, cut at max.  "" if there is none. */
void match_format(const struct match_by *, char *out, size_t max);

enum match_how {
	MATCH_STRICT, /* presented wildcards match nothing */
	MATCH_WILD,   /* they stand for the names they cover */
	/* what is unsure matches too: for deny, which no client gets around by
	 * presenting more, or worse, than it has to */
	MATCH_DOUBT,
};

enum match match_term(const struct ident *, const struct conf_term *,
    enum match_how, struct match_by *);
/* by: of the first term that names somebody. */
bool match_rule(const struct ident *, const struct conf_rule *, enum match_how,
    struct match_by *by);
/* The first one that matches, or NULL. */
const struct conf_rule *match_rules(const struct ident *,
    const struct conf_rules *, enum match_how, struct match_by *by);

/* Of single values: what uri_prefix and email ask for. */
bool match_uri_prefix(struct slice uri, struct slice prefix);
bool match_email(struct slice, struct slice want);

#endif
