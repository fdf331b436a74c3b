#include "conf/rule.h"

#include <string.h>

bool
rule_segments_cover(struct slice prefix, struct slice path)
{
	return slice_eq(prefix, SL("/")) ||
	    (slice_starts(path, prefix) &&
		(path.n == prefix.n || path.p[prefix.n] == '/'));
}

bool
rule_net_has(const struct conf_net *net, const void *octets, size_t n)
{
	const unsigned char *p = octets;
	size_t whole = net->bits / 8, rest = net->bits % 8;

	/* RFC 9525, 6.4: an IPv4 address in IPv6 is another one */
	if (n != net->n || memcmp(net->octets, p, whole) != 0)
		return false;
	return rest == 0 || (net->octets[whole] ^ p[whole]) >> (8 - rest) == 0;
}

static bool
attribute_eq(const struct conf_attribute *a, const struct conf_attribute *b)
{
	if (!slice_eq(a->oid, b->oid) || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!slice_eq(a->values[i], b->values[i]))
			return false;
	return true;
}

/* b asks for every attribute that a does. */
static bool
name_covers(const struct conf_name *a, const struct conf_name *b)
{
	for (size_t i = 0; i < a->count; i++) {
		size_t j = 0;

		while (j < b->count && !attribute_eq(&a->at[i], &b->at[j]))
			j++;
		if (j == b->count)
			return false;
	}
	return true;
}

static bool
spiffe_covers(const struct conf_spiffe *a, const struct conf_spiffe *b)
{
	if (!slice_eq(a->trust_domain, b->trust_domain))
		return false;
	if (a->path.n > 0)
		return slice_eq(a->path, b->path);
	return rule_segments_cover(a->path_prefix,
	    b->path.n > 0 ? b->path : b->path_prefix);
}

/* A pattern covers the names that it is for, besides patterns. */
static bool
pattern_covers(const struct conf_term *a, const struct conf_term *b)
{
	if (a->type == TERM_DNS_SUFFIX && b->type == TERM_DNS)
		return slice_ends(b->value, a->value);
	return a->type == TERM_URI_PREFIX && b->type == TERM_URI &&
	    slice_eq(a->value, b->value);
}

static bool
term_covers(const struct conf_term *a, const struct conf_term *b)
{
	/* a value that could not be read; that has been told */
	if (a->value.n == 0 || b->value.n == 0)
		return false;
	if (a->type != b->type)
		return pattern_covers(a, b);
	switch (a->type) {
	case TERM_DNS_SUFFIX:
		return slice_ends(b->value, a->value);
	case TERM_URI_PREFIX:
		return rule_segments_cover(a->value, b->value);
	case TERM_SPIFFE:
		return spiffe_covers(&a->spiffe, &b->spiffe);
	case TERM_IP:
		return a->net.bits <= b->net.bits &&
		    rule_net_has(&a->net, b->net.octets, b->net.n);
	case TERM_SUBJECT:
	case TERM_ISSUER:
		return name_covers(&a->name, &b->name);
	case TERM_GROUP:
	case TERM_DNS:
	case TERM_URI:
	case TERM_URI_ID:
	case TERM_SRV:
	case TERM_EMAIL:
	case TERM_COMMON_NAME:
	case TERM_FINGERPRINT:
	case TERM_SPKI:
	case TERM_SERIAL:
		return slice_eq(a->value, b->value);
	}
	return false;
}

/* Groups hold no groups, so this goes one level deep. */
static bool
group_covers(const struct conf_group *a, const struct conf_rule *b)
{
	for (size_t i = 0; a != NULL && i < a->rules.count; i++)
		if (rule_covers(&a->rules.at[i], b))
			return true;
	return false;
}

bool
rule_covers(const struct conf_rule *a, const struct conf_rule *b)
{
	if (a->is_any)
		return true;
	for (size_t i = 0; i < a->count; i++) {
		size_t j = 0;

		while (j < b->count && !term_covers(&a->terms[i], &b->terms[j]))
			j++;
		if (j == b->count &&
		    (a->terms[i].type != TERM_GROUP ||
			!group_covers(a->terms[i].group, b)))
			return false;
	}
	return a->count > 0;
}
