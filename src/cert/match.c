#include "cert/match.h"

#include <string.h>

#include "base/quote.h"
#include "http/path.h"
#include "http/uri.h"
#include "net/name.h"

const char *
match_text(enum match m)
{
	switch (m) {
	case MATCH_NOTHING:
		return "the certificate has none";
	case MATCH_FLAWED:
		return "the certificate has only some that are ignored";
	case MATCH_OTHER:
		return "the certificate has another";
	case MATCH_SEVERAL:
		return "the certificate has several";
	case MATCH_NAMES:
		return "the certificate has names, so its common name counts "
		       "for nothing";
	case MATCH_BOUND:
		return "its CA may vouch for certain names, and for nothing "
		       "else";
	case MATCH_WILDCARD:
		return "a wildcard covers it, and wildcards are refused";
	case MATCH_YES:
		return "it matches";
	}
	return "?";
}

void
match_format(const struct match_by *by, char *out, size_t max)
{
	if (by->san != NULL)
		san_format(by->san, out, max);
	else
		quote_str(by->text, out, max);
}

/* RFC 9525, 6.3: the wildcard's one label may be any. */
static bool
wildcard_is_below(struct slice wildcard, struct slice suffix)
{
	return wildcard.n - 1 >= suffix.n &&
	    name_eq(slice_skip(wildcard, wildcard.n - suffix.n), suffix);
}

static bool
dns_is_below(struct slice name, struct slice suffix)
{
	return name.n > suffix.n &&
	    name_eq(slice_skip(name, name.n - suffix.n), suffix);
}

static bool
dns_matches(const struct san *san, const struct conf_term *t)
{
	struct slice name = san->value;

	/* a flaw, so this is a denial, for which it changes nothing */
	if (slice_ends(name, SL(".")))
		name.n--;
	if (t->type == TERM_DNS)
		return san->is_wildcard ? name_matches(name, t->value) :
					  name_eq(name, t->value);
	return san->is_wildcard ? wildcard_is_below(name, t->value) :
				  dns_is_below(name, t->value);
}

/* Whether every program reads the same segments out of a path: what routes
 * are held to (http/path.h), and no empty segment at the end either. */
static bool
path_is_plain(struct slice path)
{
	char room[2048]; /* a longer URI has a flaw */
	size_t n;

	return path.n == 0 ||
	    (!slice_ends(path, SL("/")) &&
		path_normalise(path, room, sizeof(room), &n) == 0);
}

static bool
uri_is_below(struct slice s, struct slice prefix, enum match_how how)
{
	struct uri uri;
	size_t n = 0;

	if (how == MATCH_DOUBT) {
		while (n < s.n && s.p[n] != '?' && s.p[n] != '#')
			n++;
		return rule_segments_cover(prefix, slice_first(s, n));
	}
	return rule_segments_cover(prefix, s) && uri_parse(s, &uri) == 0 &&
	    !uri.has_query && !uri.has_fragment && path_is_plain(uri.path);
}

bool
match_uri_prefix(struct slice uri, struct slice prefix)
{
	return uri_is_below(uri, prefix, MATCH_STRICT);
}

/* RFC 9525, 6.5: "scheme://host"; a URI without host is no URI-ID. */
static bool
uri_id_matches(struct slice s, struct slice want)
{
	size_t colon = (size_t)slice_find(want, ':');
	struct authority a;
	struct uri uri;

	return uri_parse(s, &uri) == 0 &&
	    slice_caseeq(uri.scheme, slice_first(want, colon)) &&
	    authority_parse(uri.authority, &a) == 0 && !a.is_ip4 && !a.is_ip6 &&
	    name_check(a.host, false) == NAME_OK &&
	    name_eq(a.host, slice_skip(want, colon + 3));
}

/* SPIFFE-ID, 2.2: segments of these octets, none empty, none of dots. */
static bool
is_spiffe_path(struct slice s)
{
	struct slice segment;
	bool at_end = false;

	if (!slice_starts(s, SL("/")))
		return false;
	s = slice_skip(s, 1);
	while (slice_cut(&s, '/', &segment, &at_end)) {
		if (segment.n == 0 || slice_eq(segment, SL(".")) ||
		    slice_eq(segment, SL("..")))
			return false;
		for (size_t i = 0; i < segment.n; i++)
			if (!ascii_is_alnum(segment.p[i]) &&
			    segment.p[i] != '-' && segment.p[i] != '_' &&
			    segment.p[i] != '.')
				return false;
	}
	return true;
}

/* As spiffe_matches, of what need not be an ID. */
static bool
spiffe_may_match(struct slice s, const struct conf_spiffe *want)
{
	struct uri uri;

	if (uri_parse(s, &uri) != 0 ||
	    !slice_caseeq(uri.scheme, SL("spiffe")) ||
	    !slice_caseeq(uri.authority, want->trust_domain))
		return false;
	if (want->path.n == 0)
		return rule_segments_cover(want->path_prefix, uri.path);
	return slice_eq(uri.path, want->path) ||
	    (!is_spiffe_path(uri.path) &&
		rule_segments_cover(want->path, uri.path));
}

static bool
spiffe_matches(struct slice s, const struct conf_spiffe *want)
{
	struct uri uri;

	/* an authority with userinfo, port or capitals equals none */
	if (uri_parse(s, &uri) != 0 || !slice_eq(uri.scheme, SL("spiffe")) ||
	    !slice_eq(uri.authority, want->trust_domain) || uri.has_query ||
	    uri.has_fragment || !is_spiffe_path(uri.path))
		return false;
	if (want->path.n > 0)
		return slice_eq(uri.path, want->path);
	return rule_segments_cover(want->path_prefix, uri.path);
}

/* RFC 5280, 7.5: the local part exactly, the domain without case. */
bool
match_email(struct slice s, struct slice want)
{
	ptrdiff_t at = slice_find(want, '@');

	return slice_find(s, '@') == at &&
	    slice_eq(slice_first(s, (size_t)at),
		slice_first(want, (size_t)at)) &&
	    name_eq(slice_skip(s, (size_t)at), slice_skip(want, (size_t)at));
}

/* An IPv4 address in IPv6 is another one, unless in doubt. */
static bool
ip_matches(struct slice s, const struct conf_net *net, enum match_how how)
{
	static const struct slice mapped = SLICE(
	    "\0\0\0\0\0\0\0\0\0\0\xff\xff");

	if (how == MATCH_DOUBT && s.n == 16 && net->n == 4 &&
	    slice_starts(s, mapped))
		s = slice_skip(s, mapped.n);
	return rule_net_has(net, s.p, s.n);
}

/* Of the same type, and without a flaw, unless in doubt. */
static bool
san_matches(const struct san *san, const struct conf_term *t,
    enum match_how how)
{
	switch (t->type) {
	case TERM_DNS:
	case TERM_DNS_SUFFIX:
		return dns_matches(san, t);
	case TERM_URI:
		return slice_eq(san->value, t->value);
	case TERM_URI_PREFIX:
		return uri_is_below(san->value, t->value, how);
	case TERM_URI_ID:
		return uri_id_matches(san->value, t->value);
	case TERM_SPIFFE:
		return how == MATCH_DOUBT ?
		    spiffe_may_match(san->value, &t->spiffe) :
		    spiffe_matches(san->value, &t->spiffe);
	case TERM_SRV:
		/* service and name together, both without case */
		return name_eq(san->value, t->value);
	case TERM_EMAIL:
		return how == MATCH_DOUBT ? slice_caseeq(san->value, t->value) :
					    match_email(san->value, t->value);
	case TERM_IP:
		return ip_matches(san->value, &t->net, how);
	case TERM_GROUP:
	case TERM_COMMON_NAME:
	case TERM_SUBJECT:
	case TERM_FINGERPRINT:
	case TERM_SPKI:
	case TERM_ISSUER:
	case TERM_SERIAL:
		break;
	}
	return false;
}

/* SR-11: the one type of name that a term looks at. */
static bool
san_type_of(enum conf_term_type term, enum san_type *type)
{
	switch (term) {
	case TERM_DNS:
	case TERM_DNS_SUFFIX:
		*type = SAN_DNS;
		return true;
	case TERM_URI:
	case TERM_URI_PREFIX:
	case TERM_URI_ID:
	case TERM_SPIFFE:
		*type = SAN_URI;
		return true;
	case TERM_SRV:
		*type = SAN_SRV;
		return true;
	case TERM_EMAIL:
		*type = SAN_EMAIL;
		return true;
	case TERM_IP:
		*type = SAN_IP;
		return true;
	case TERM_GROUP:
	case TERM_COMMON_NAME:
	case TERM_SUBJECT:
	case TERM_FINGERPRINT:
	case TERM_SPKI:
	case TERM_ISSUER:
	case TERM_SERIAL:
		break;
	}
	return false;
}

static enum match
match_san(const struct san *san, const struct conf_term *t, enum match_how how)
{
	if (san->flaw != NULL && how != MATCH_DOUBT)
		return MATCH_FLAWED;
	if (!san_matches(san, t, how))
		return san->flaw != NULL ? MATCH_FLAWED : MATCH_OTHER;
	return san->is_wildcard && how == MATCH_STRICT ? MATCH_WILDCARD :
							 MATCH_YES;
}

/* Any one that matches suffices, wherever it stands (RFC 9525, 6.2). */
static enum match
match_sans(const struct ident *id, const struct conf_term *t,
    enum san_type type, enum match_how how, struct match_by *by)
{
	enum match best = MATCH_NOTHING;
	size_t seen = 0;

	for (size_t i = 0; i < id->san_count; i++) {
		enum match m;

		if (id->sans[i].type != type)
			continue;
		seen++;
		m = match_san(&id->sans[i], t, how);
		if (m > best)
			best = m;
		if (m == MATCH_YES && by->san == NULL)
			by->san = &id->sans[i];
	}
	/* X509-SVID, 2: exactly one URI */
	if (t->type == TERM_SPIFFE && seen > 1 && how != MATCH_DOUBT) {
		by->san = NULL;
		return MATCH_SEVERAL;
	}
	return best;
}

/* Every value that the name has of the attribute, in order, and no other. */
static enum match
match_attribute(const struct ident_name *name, const struct conf_attribute *a)
{
	size_t n = 0;
	bool same = true;

	for (size_t i = 0; i < name->count; i++) {
		const struct ident_attr *have = &name->at[i];

		if (!slice_eq(have->oid, a->oid))
			continue;
		if (n >= a->count || have->is_bad ||
		    !slice_eq(have->value, a->values[n]))
			same = false;
		n++;
	}
	if (same && n == a->count)
		return MATCH_YES;
	return n == 0     ? MATCH_NOTHING :
	    n == a->count ? MATCH_OTHER :
			    MATCH_SEVERAL;
}

/* Whether the name has every wanted value of the attribute, among others. */
static enum match
find_attribute(const struct ident_name *name, const struct conf_attribute *a)
{
	size_t found = 0;

	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < name->count; j++)
			if (slice_eq(name->at[j].oid, a->oid) &&
			    !name->at[j].is_bad &&
			    slice_eq(name->at[j].value, a->values[i])) {
				found++;
				break;
			}
	return found == a->count ? MATCH_YES : MATCH_OTHER;
}

static enum match
match_name(const struct ident_name *name, const struct conf_name *want,
    enum match_how how)
{
	for (size_t i = 0; i < want->count; i++) {
		enum match m = how == MATCH_DOUBT ?
		    find_attribute(name, &want->at[i]) :
		    match_attribute(name, &want->at[i]);

		if (m != MATCH_YES)
			return m;
	}
	return want->count > 0 ? MATCH_YES : MATCH_NOTHING;
}

/* RFC 6125, 6.4.4: where there is no name of a better type, good or not. */
static bool
has_better_name(const struct ident *id)
{
	for (size_t i = 0; i < id->san_count; i++)
		if (id->sans[i].type == SAN_DNS ||
		    id->sans[i].type == SAN_URI || id->sans[i].type == SAN_SRV)
			return true;
	return false;
}

/* Only one that is a DNS name, and alone; in doubt, any that there is. */
static enum match
match_common_name(const struct ident *id, struct slice want, enum match_how how,
    struct slice *by)
{
	const struct ident_attr *cn = NULL;

	for (size_t i = 0; i < id->subject_name.count; i++) {
		const struct ident_attr *one = &id->subject_name.at[i];

		if (!slice_eq(one->oid, SL("2.5.4.3")))
			continue;
		if (how == MATCH_DOUBT && !one->is_bad &&
		    name_eq(one->value, want)) {
			*by = one->value;
			return MATCH_YES;
		}
		if (cn != NULL && how != MATCH_DOUBT)
			return MATCH_SEVERAL;
		cn = one;
	}
	if (cn == NULL)
		return MATCH_NOTHING;
	if (cn->is_bad || name_check(cn->value, false) != NAME_OK)
		return MATCH_FLAWED;
	if (!name_eq(cn->value, want))
		return MATCH_OTHER;
	if (has_better_name(id))
		return MATCH_NAMES;
	*by = cn->value;
	return MATCH_YES;
}

/* The log's text of it, but for octets "00" in front. */
static bool
serial_is(struct slice have, struct slice want)
{
	while (have.n > 2 && slice_starts(have, SL("00")))
		have = slice_skip(have, 2);
	return slice_eq(have, want);
}

static enum match
yes_or_other(bool is)
{
	return is ? MATCH_YES : MATCH_OTHER;
}

/* What is no name of subjectAltName. */
static enum match
match_rest(const struct ident *id, const struct conf_term *t,
    enum match_how how, struct match_by *by)
{
	enum match m = MATCH_OTHER;

	switch (t->type) {
	case TERM_GROUP:
		return yes_or_other(t->group != NULL &&
		    match_rules(id, &t->group->rules, how, by) != NULL);
	case TERM_COMMON_NAME:
		return match_common_name(id, t->value, how, &by->text);
	case TERM_SUBJECT:
		m = match_name(&id->subject_name, &t->name, how);
		by->text = m == MATCH_YES ? id->subject : by->text;
		return m;
	case TERM_FINGERPRINT:
		m = yes_or_other(
		    memcmp(id->sha256, t->octets, sizeof(id->sha256)) == 0);
		by->text = m == MATCH_YES ? id->fingerprint : by->text;
		return m;
	case TERM_SPKI:
		m = yes_or_other(
		    memcmp(id->spki, t->octets, sizeof(id->spki)) == 0);
		by->text = m == MATCH_YES ? t->value : by->text;
		return m;
	case TERM_ISSUER:
		return match_name(&id->issuer_name, &t->name, how);
	case TERM_SERIAL:
		return yes_or_other(serial_is(id->serial, t->value));
	case TERM_DNS:
	case TERM_DNS_SUFFIX:
	case TERM_URI:
	case TERM_URI_PREFIX:
	case TERM_URI_ID:
	case TERM_SPIFFE:
	case TERM_SRV:
	case TERM_EMAIL:
	case TERM_IP:
		break;
	}
	return m;
}

/* What is no name that `trust: names:` could bound: any CA below the one that
 * is bound may write there what it likes. */
static bool
is_unbounded(enum conf_term_type type)
{
	return type == TERM_COMMON_NAME || type == TERM_SUBJECT ||
	    type == TERM_ISSUER || type == TERM_SERIAL;
}

enum match
match_term(const struct ident *id, const struct conf_term *t,
    enum match_how how, struct match_by *by)
{
	enum san_type type;

	*by = (struct match_by) { 0 };
	if (id->is_bound && how != MATCH_DOUBT && is_unbounded(t->type))
		return MATCH_BOUND;
	return san_type_of(t->type, &type) ? match_sans(id, t, type, how, by) :
					     match_rest(id, t, how, by);
}

bool
match_rule(const struct ident *id, const struct conf_rule *rule,
    enum match_how how, struct match_by *by)
{
	struct match_by one;

	*by = (struct match_by) { 0 };
	if (rule->is_any)
		return true;
	for (size_t i = 0; i < rule->count; i++) {
		if (match_term(id, &rule->terms[i], how, &one) != MATCH_YES)
			break;
		if (by->san == NULL && by->text.n == 0)
			*by = one;
		if (i + 1 == rule->count)
			return true;
	}
	*by = (struct match_by) { 0 };
	return false;
}

const struct conf_rule *
match_rules(const struct ident *id, const struct conf_rules *rules,
    enum match_how how, struct match_by *by)
{
	for (size_t i = 0; i < rules->count; i++)
		if (match_rule(id, &rules->at[i], how, by))
			return &rules->at[i];
	*by = (struct match_by) { 0 };
	return NULL;
}
