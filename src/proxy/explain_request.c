#include "proxy/explain_request.h"

#include <assert.h>

#include "base/err.h"
#include "base/quote.h"
#include "proxy/reply.h"

/* How the terms of a rule fared, up to the first that did not hold. */
static void
add_rule(struct report *r, const char *part, const struct ident *who,
    const struct conf_rule *rule, enum match_how how)
{
	char text[512], value[512];
	struct match_by by;
	enum match m;

	quote_str(rule->text, text, sizeof(text));
	if (match_rule(who, rule, how, &by)) {
		match_format(&by, value, sizeof(value));
		report_add(r, REPORT_PASS, part, "%s: matches%s%s", text,
		    value[0] != '\0' ? " by " : "", value);
		return;
	}
	for (size_t i = 0; i < rule->count; i++) {
		m = match_term(who, &rule->terms[i], how, &by);
		if (m == MATCH_YES)
			continue;
		report_add(r, REPORT_MISS, part, "%s: %s: %s", text,
		    rule->terms[i].key, match_text(m));
		return;
	}
}

/* All of them, up to the one that decided. */
static void
add_rules(struct report *r, const char *part, const struct ident *who,
    const struct conf_rules *rules, enum match_how how,
    const struct conf_rule *decided)
{
	for (size_t i = 0; i < rules->count; i++) {
		add_rule(r, part, who, &rules->at[i], how);
		if (&rules->at[i] == decided)
			break;
	}
}

static void
add_route(struct report *r, const struct decide_params *p,
    const struct decision *d, int e)
{
	const struct conf_route *route = d->route;

	report_add(r, REPORT_INFO, "route", "path %.*s, line %u",
	    SLICE_ARG(route->path), route->at.line);
	if (e == E_METHOD_REFUSED || p->who == NULL)
		return;
	add_rules(r, "deny", p->who, &route->deny, MATCH_DOUBT, d->authz.rule);
	if (e != E_DENIED)
		add_rules(r, "allow", p->who, &route->allow,
		    p->site->wildcards == WILDCARDS_MATCH ? MATCH_WILD :
							    MATCH_STRICT,
		    d->authz.rule);
}

static void
add_answer(struct report *r, const struct decision *d, int e)
{
	/* who is let in has a route */
	assert(e != 0 || d->route != NULL);
	if (e != 0)
		report_add(r, REPORT_FAIL, "answer", "%u, %s: %s",
		    reply_status(e, REPLY_CLIENT), err_slug(e), err_text(e));
	else if (d->route->backend != NULL)
		report_add(r, REPORT_PASS, "answer",
		    "what the backend \"%.*s\" says",
		    SLICE_ARG(d->route->backend->name));
	else if (d->route->respond.kind == RESPOND_WHOAMI)
		report_add(r, REPORT_PASS, "answer", "200, whoami");
	else
		report_add(r, REPORT_PASS, "answer", "%u, a fixed one",
		    d->route->respond.status);
}

int
explain_request(const struct decide_params *p, const struct msg *m,
    struct report *r, struct decision *out)
{
	int e = decide(p, m, out);
	char path[512];

	quote_str(m->path, path, sizeof(path));
	report_add(r, REPORT_INFO, "request", "%.*s %s",
	    SLICE_ARG(m->method_name), path);
	if (out->route != NULL)
		add_route(r, p, out, e);
	add_answer(r, out, e);
	return e;
}

void
explain_routes(const struct conf_site *site, const struct ident *who,
    struct report *r)
{
	for (size_t i = 0; i < site->route_count; i++) {
		const struct conf_route *route = &site->routes[i];
		struct authz a;
		int e = authz_check(site, route, who, &a);
		char rule[512] = "";

		if (a.rule != NULL)
			quote_str(a.rule->text, rule, sizeof(rule));
		report_add(r, e == 0 ? REPORT_PASS : REPORT_MISS, "routes",
		    "path %.*s, line %u: %s%s%s", SLICE_ARG(route->path),
		    route->at.line, e == 0 ? "allow" : err_slug(e),
		    rule[0] != '\0' ? " " : "", rule);
	}
}
