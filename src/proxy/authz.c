#include "proxy/authz.h"

#include "base/err.h"

int
authz_check(const struct conf_site *site, const struct conf_route *r,
    const struct ident *who, struct authz *out)
{
	bool wildcards = site->wildcards == WILDCARDS_MATCH;
	enum match_how how = wildcards ? MATCH_WILD : MATCH_STRICT;
	struct match_by by;

	*out = (struct authz) { 0 };
	if (who == NULL)
		return E_NO_RULE;
	out->rule = match_rules(who, &r->deny, MATCH_DOUBT, &out->by);
	if (out->rule != NULL)
		return E_DENIED;
	out->rule = match_rules(who, &r->allow, how, &out->by);
	if (out->rule != NULL)
		return 0;
	if (!wildcards && match_rules(who, &r->allow, MATCH_WILD, &by) != NULL)
		return E_WILDCARD;
	return E_NO_RULE;
}
