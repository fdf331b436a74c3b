#include "proxy/authz.h"

#include "base/err.h"

int
authz_check(const struct conf_route *r, const struct ident *who,
    struct authz *out)
{
	*out = (struct authz) { 0 };
	if (who == NULL)
		return E_NO_RULE;
	for (size_t i = 0; i < r->allow_count; i++) {
		if (ident_matches(who, &r->allow[i], &out->by)) {
			out->rule = &r->allow[i];
			return 0;
		}
	}
	out->by = NULL;
	return E_NO_RULE;
}
