#include "conf/rule_check.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "conf/near.h"

/* Longer lists are not compared rule by rule: each with each is too much. */
#define COMPARED_MAX 1000

struct checking {
	const struct conf *conf;
	struct map *groups; /* by name */
	bool *is_used;      /* by group */
	struct diag *diag;
};

static const struct conf_term *
find_term(const struct conf_rule *rule, enum conf_term_type type)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->terms[i].type == type)
			return &rule->terms[i];
	return NULL;
}

static void
unknown_group(struct checking *k, const struct conf_term *term)
{
	struct near near;

	near_init(&near, term->value);
	for (size_t i = 0; i < k->conf->group_count; i++)
		near_try(&near, k->conf->groups[i].name);
	if (near.best.n > 0)
		diag_error(k->diag, term->at,
		    "identities has no \"%.*s\"; did you mean \"%.*s\"?",
		    SLICE_ARG(term->value), SLICE_ARG(near.best));
	else
		diag_error(k->diag, term->at, "identities has no \"%.*s\"",
		    SLICE_ARG(term->value));
}

static void
resolve(struct checking *k, struct conf_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		struct conf_term *t = &rule->terms[i];

		if (t->type != TERM_GROUP)
			continue;
		t->group = map_get(k->groups, t->value);
		if (t->group == NULL)
			unknown_group(k, t);
		else
			k->is_used[t->group - k->conf->groups] = true;
	}
}

/* Terms that exclude each other, or one of which says it all. */
static void
check_common_name(struct checking *k, const struct conf_rule *rule)
{
	static const enum conf_term_type better[] = { TERM_DNS, TERM_DNS_SUFFIX,
		TERM_URI, TERM_URI_PREFIX, TERM_URI_ID, TERM_SPIFFE, TERM_SRV };
	const struct conf_term *cn = find_term(rule, TERM_COMMON_NAME), *t;

	if (cn == NULL)
		return;
	for (size_t i = 0; i < sizeof(better) / sizeof(better[0]); i++)
		if ((t = find_term(rule, better[i])) != NULL) {
			diag_error(k->diag, rule->at,
			    "the rule can never match: common_name counts "
			    "only where there is nothing for %s",
			    t->key);
			return;
		}
	if (cn->value.n > 0)
		diag_warn(k->diag, cn->at,
		    "common_name is for certificates without names (RFC 6125, 6.4.4); "
		    "RFC 9525 no longer knows it; better have them issued anew");
}

static void
check_spiffe(struct checking *k, const struct conf_rule *rule)
{
	static const enum conf_term_type others[] = { TERM_URI, TERM_URI_PREFIX,
		TERM_URI_ID };
	const struct conf_term *t;

	if (find_term(rule, TERM_SPIFFE) == NULL)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if ((t = find_term(rule, others[i])) != NULL)
			diag_error(k->diag, rule->at,
			    "spiffe is about the only URI that there is; %s "
			    "beside it says the same, or can never match",
			    t->key);
}

static void
check_rule(struct checking *k, struct conf_rule *rule)
{
	const struct conf_term *serial = find_term(rule, TERM_SERIAL);

	resolve(k, rule);
	check_common_name(k, rule);
	check_spiffe(k, rule);
	if (serial != NULL && find_term(rule, TERM_ISSUER) == NULL)
		diag_warn(k->diag, serial->at,
		    "each CA has its own serial numbers; the rule should "
		    "name the issuer as well");
}

/* A rule that one before it, or a wider one behind, makes pointless. */
static void
check_pointless(struct checking *k, const struct conf_rules *rules)
{
	if (rules->count > COMPARED_MAX)
		return;
	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < rules->count; j++) {
			const struct conf_rule *a = &rules->at[j];
			const struct conf_rule *b = &rules->at[i];

			if (i == j || !rule_covers(a, b) ||
			    (j > i && rule_covers(b, a)))
				continue;
			diag_warn(k->diag, b->at,
			    "the rule in line %u is for all that this one is "
			    "for",
			    a->at.line);
			break;
		}
}

/* A rule whose every match is denied first. */
static void
check_denied(struct checking *k, const struct conf_route *r)
{
	if (r->allow.count > COMPARED_MAX || r->deny.count > COMPARED_MAX)
		return;
	for (size_t i = 0; i < r->allow.count; i++)
		for (size_t j = 0; j < r->deny.count; j++)
			if (rule_covers(&r->deny.at[j], &r->allow.at[i])) {
				diag_error(k->diag, r->allow.at[i].at,
				    "the rule can never match: deny in line "
				    "%u is for all that it is for",
				    r->deny.at[j].at.line);
				break;
			}
}

static void
check_list(struct checking *k, struct conf_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		check_rule(k, &rules->at[i]);
	check_pointless(k, rules);
}

static void
check_groups(struct checking *k)
{
	for (size_t i = 0; i < k->conf->group_count; i++) {
		struct conf_group *g = &k->conf->groups[i];
		const struct conf_term *t;

		map_set(k->groups, g->name, g);
		for (size_t j = 0; j < g->rules.count; j++)
			if ((t = find_term(&g->rules.at[j], TERM_GROUP)) !=
			    NULL)
				diag_error(k->diag, t->at,
				    "a group has no groups in it; write its "
				    "rules out");
			else
				check_rule(k, &g->rules.at[j]);
		check_pointless(k, &g->rules);
	}
}

void
rule_check(struct conf *c, struct diag *d)
{
	struct checking k = {
		.conf = c,
		.groups = map_new(),
		.is_used = mem_new(c->group_count, sizeof(bool)),
		.diag = d,
	};

	check_groups(&k);
	for (size_t i = 0; i < c->site_count; i++)
		for (size_t j = 0; j < c->sites[i].route_count; j++) {
			struct conf_route *r = &c->sites[i].routes[j];

			check_list(&k, &r->deny);
			check_list(&k, &r->allow);
			check_denied(&k, r);
		}
	for (size_t i = 0; i < c->group_count; i++)
		if (!k.is_used[i])
			diag_warn(d, c->groups[i].at,
			    "no route uses the identities \"%.*s\"",
			    SLICE_ARG(c->groups[i].name));
	map_free(k.groups);
	free(k.is_used);
}
