#include "cert/vouch.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert/match.h"
#include "net/name.h"

/* The name itself, or below ".name"; a wildcard lies below as what it covers
 * does, and is no single name. */
static bool
dns_is_within(struct slice name, const struct conf_term *t)
{
	if (t->type == TERM_DNS)
		return name_eq(name, t->value);
	return name.n > t->value.n &&
	    name_eq(slice_skip(name, name.n - t->value.n), t->value);
}

static bool
email_is_within(struct slice s, const struct conf_term *t)
{
	ptrdiff_t at = slice_find(s, '@');

	if (t->type == TERM_EMAIL)
		return match_email(s, t->value);
	return at >= 0 && dns_is_within(slice_skip(s, (size_t)at + 1), t);
}

static bool
is_within(enum san_type type, struct slice s, const struct conf_term *t)
{
	switch (type) {
	case SAN_DNS:
	case SAN_SRV:
		return dns_is_within(s, t);
	case SAN_URI:
		return match_uri_prefix(s, t->value);
	case SAN_EMAIL:
		return email_is_within(s, t);
	case SAN_IP:
		return rule_net_has(&t->net, s.p, s.n);
	}
	return false;
}

static const struct conf_terms *
terms_for(const struct conf_vouched *names, enum san_type type)
{
	switch (type) {
	case SAN_DNS:
	case SAN_SRV:
		return &names->dns;
	case SAN_URI:
		return &names->uri;
	case SAN_EMAIL:
		return &names->email;
	case SAN_IP:
		return &names->ip;
	}
	return NULL;
}

static bool
has_term_for(const struct conf_vouched *names, const struct san *san)
{
	const struct conf_terms *terms = terms_for(names, san->type);
	struct slice s = san->value;

	/* RFC 4985, 2: "_service.name" */
	if (san->type == SAN_SRV)
		s = slice_skip(s, (size_t)slice_find(s, '.') + 1);
	for (size_t i = 0; i < terms->count; i++)
		if (is_within(san->type, s, &terms->at[i]))
			return true;
	return false;
}

const struct san *
vouch_outside(const struct conf_vouched *names, const struct ident *id)
{
	/* what has a flaw counts for nothing anyway */
	for (size_t i = 0; i < id->san_count; i++)
		if (id->sans[i].flaw == NULL &&
		    !has_term_for(names, &id->sans[i]))
			return &id->sans[i];
	return NULL;
}

static struct slice
octets_of(const ASN1_STRING *s)
{
	return slice_of(ASN1_STRING_get0_data(s),
	    (size_t)ASN1_STRING_length(s));
}

/* "*.b" reaches "a.b" and, to be safe, whatever is below. */
static bool
reaches(const struct san *san, struct slice subtree)
{
	struct slice parent;

	if (san->type != SAN_DNS || !san->is_wildcard)
		return false;
	parent = slice_skip(san->value, 1); /* ".b" */
	return subtree.n >= parent.n &&
	    name_eq(slice_skip(subtree, subtree.n - parent.n), parent);
}

/* RFC 5280, 4.2.1.10: address and mask "in the style of RFC 4632". */
static bool
is_contiguous(struct slice s)
{
	bool was_zero = false;

	if (s.n != 8 && s.n != 32)
		return false;
	for (size_t i = s.n / 2 * 8; i < s.n * 8; i++) {
		bool is_set = ((unsigned char)s.p[i / 8] & 0x80 >> i % 8) != 0;

		if (is_set && was_zero)
			return false;
		was_zero = was_zero || !is_set;
	}
	return true;
}

static bool
is_of_type(const struct san *san, const GENERAL_NAME *base)
{
	switch (san->type) {
	case SAN_DNS:
		return base->type == GEN_DNS;
	case SAN_URI:
		return base->type == GEN_URI;
	case SAN_EMAIL:
		return base->type == GEN_EMAIL;
	case SAN_IP:
		return base->type == GEN_IPADD;
	case SAN_SRV:
		return base->type == GEN_OTHERNAME &&
		    OBJ_obj2nid(base->d.otherName->type_id) == NID_SRVName;
	}
	return false;
}

/* Whether a name is one that the base lets pass, so far as OpenSSL does not
 * say. */
static bool
allows(const GENERAL_NAME *base, bool is_excluded, const struct ident *id)
{
	for (size_t i = 0; i < id->san_count; i++) {
		const struct san *san = &id->sans[i];

		if (!is_of_type(san, base))
			continue;
		if (san->flaw != NULL)
			return false;
		if (is_excluded && base->type == GEN_DNS &&
		    reaches(san, octets_of(base->d.dNSName)))
			return false;
	}
	return true;
}

static bool
allow_all(STACK_OF(GENERAL_SUBTREE) *trees, bool is_excluded,
    const struct ident *id)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		if (!allows(sk_GENERAL_SUBTREE_value(trees, i)->base,
			is_excluded, id))
			return false;
	return true;
}

static bool
are_readable(STACK_OF(GENERAL_SUBTREE) *trees)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		const GENERAL_NAME *base =
		    sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (base->type == GEN_IPADD &&
		    !is_contiguous(octets_of(base->d.ip)))
			return false;
	}
	return true;
}

/* 0: they let the names pass; else at what depth the fault is, plus 1. */
static int
judge_constraints(X509 *ca, int depth, const struct ident *id)
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, NULL,
	    NULL);
	int fault = 0;

	if (nc == NULL || !are_readable(nc->permittedSubtrees) ||
	    !are_readable(nc->excludedSubtrees))
		fault = depth + 1;
	else if (!allow_all(nc->permittedSubtrees, false, id) ||
	    !allow_all(nc->excludedSubtrees, true, id))
		fault = 1;
	NAME_CONSTRAINTS_free(nc);
	return fault;
}

bool
vouch_constraints(STACK_OF(X509) *chain, const struct ident *id, int *depth)
{
	for (int i = 1; i < sk_X509_num(chain); i++) {
		X509 *ca = sk_X509_value(chain, i);
		int fault = 0;

		if (X509_get_ext_by_NID(ca, NID_name_constraints, -1) >= 0)
			fault = judge_constraints(ca, i, id);
		*depth = fault - 1;
		if (fault != 0)
			return false;
	}
	return true;
}
