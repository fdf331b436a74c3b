/*
 * A rule as the file has it, against one name as a certificate presents it:
 * "key: value", a line feed, a letter for the type of the name, its octets.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "cert/match.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define RULE_MAX 512

static const struct {
	char letter;
	int gen;
	enum san_type type;
} kinds[] = {
	{ 'd', GEN_DNS, SAN_DNS },
	{ 'u', GEN_URI, SAN_URI },
	{ 'e', GEN_EMAIL, SAN_EMAIL },
	{ 'i', GEN_IPADD, SAN_IP },
};

/* An identity with this one name; NULL: there is no such type. */
static struct ident *
present(struct slice name)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *gn = GENERAL_NAME_new();
	ASN1_STRING *s = NULL;
	struct ident *id = NULL;
	X509 *x = X509_new();

	assert(X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), 60) != NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (name.n > 0 && name.p[0] == kinds[i].letter) {
			s = kinds[i].gen == GEN_IPADD ?
			    ASN1_OCTET_STRING_new() :
			    ASN1_IA5STRING_new();
			assert(ASN1_STRING_set(s, name.p + 1, (int)name.n - 1));
			GENERAL_NAME_set0_value(gn, kinds[i].gen, s);
		}
	if (s != NULL) {
		assert(sk_GENERAL_NAME_push(all, gn));
		gn = NULL;
		assert(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0));
		(void)ident_read(x, &id);
	}
	GENERAL_NAME_free(gn);
	GENERAL_NAMES_free(all);
	X509_free(x);
	ERR_clear_error();
	return id;
}

/* A configuration with this rule, if it is one. */
static struct conf *
configure(struct slice rule, struct bundle **b)
{
	static const char head[] =
	    "listeners: [{address: '*:1'}]\n"
	    "sites:\n- names: a.b\n  certificates: [{chain: x, key: x}]\n"
	    "  clients: {ca: x}\n  routes:\n  - path: /\n    respond: {}\n"
	    "    allow:\n    - ";
	char yaml[sizeof(head) + RULE_MAX + 2];
	struct conf *c = NULL;
	struct diag d;
	int n;

	n = snprintf(yaml, sizeof(yaml), "%s%.*s\n", head, SLICE_ARG(rule));
	*b = bundle_from_memory("/t/c.yaml", slice_of(yaml, (size_t)n));
	bundle_add(*b, "x", SL("x"));
	diag_init(&d);
	(void)conf_load(*b, &d, &c);
	diag_clear(&d);
	return c;
}

/* What must hold of a match, said more simply than match.c does. */
static void
check_match(const struct conf_term *t, const struct san *san)
{
	struct slice have = san->value, want = t->value;

	assert(san->flaw == NULL);
	assert(!san->is_wildcard || t->type == TERM_DNS ||
	    t->type == TERM_DNS_SUFFIX);
	switch (t->type) {
	case TERM_DNS:
		assert(san->is_wildcard || slice_caseeq(have, want));
		return;
	case TERM_DNS_SUFFIX:
		assert(slice_caseeq(slice_skip(have, have.n - want.n), want));
		return;
	case TERM_URI:
		assert(slice_eq(have, want));
		return;
	case TERM_URI_PREFIX:
		assert(slice_starts(have, want));
		assert(have.n == want.n || have.p[want.n] == '/');
		return;
	case TERM_URI_ID:
		assert(slice_caseeq(slice_first(have,
					(size_t)slice_find(want, ':')),
		    slice_first(want, (size_t)slice_find(want, ':'))));
		return;
	case TERM_SPIFFE:
		have = slice_skip(have, strlen("spiffe://"));
		assert(slice_starts(have, t->spiffe.trust_domain));
		assert(slice_starts(slice_skip(have, t->spiffe.trust_domain.n),
		    SL("/")));
		return;
	case TERM_EMAIL:
		assert(slice_caseeq(have, want));
		return;
	case TERM_IP:
		assert(have.n == t->net.n);
		return;
	default:
		assert(!"a name satisfied what is not about names");
	}
}

static void
compare(const struct conf *c, const struct ident *id)
{
	const struct conf_rules *rules = &c->sites[0].routes[0].allow;
	struct match_by by;

	for (size_t i = 0; i < rules->count; i++) {
		const struct conf_rule *r = &rules->at[i];
		bool is = match_rule(id, r, MATCH_WILD, &by), all = !r->is_any;

		for (size_t j = 0; j < r->count; j++) {
			enum match m = match_term(id, &r->terms[j], MATCH_WILD,
			    &by);

			all = all && m == MATCH_YES;
			assert(match_text(m)[0] != '\0');
			if (m == MATCH_YES && by.san != NULL)
				check_match(&r->terms[j], by.san);
		}
		assert(r->is_any || is == (all && r->count > 0));
		/* refusing wildcards never lets more in */
		assert(!match_rule(id, r, MATCH_STRICT, &by) || is);
		/* and a denial counts whatever would let in */
		assert(!is || match_rule(id, r, MATCH_DOUBT, &by));
		assert(rule_covers(r, r));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice input = slice_of(data, n), rule;
	struct bundle *b;
	struct ident *id;
	struct conf *c;
	bool at_end = false;

	slice_cut(&input, '\n', &rule, &at_end);
	if (at_end || rule.n > RULE_MAX || memchr(rule.p, '\0', rule.n) != NULL)
		return 0;
	if ((id = present(input)) == NULL)
		return 0;
	if ((c = configure(rule, &b)) != NULL)
		compare(c, id);
	conf_free(c);
	bundle_free(b);
	ident_unref(id);
	return 0;
}
