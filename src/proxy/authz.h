/*
 * authz -- may this identity take this route?  Deny first, then allow.
 */
#ifndef PROXY_AUTHZ_H
#define PROXY_AUTHZ_H

#include "cert/match.h"
#include "conf/conf.h"

struct authz {
	const struct conf_rule *rule; /* that decided, or NULL: none did */
	struct match_by by; /* what satisfied it; nothing with `any` */
};

/*
 * 0; E_DENIED; E_NO_RULE; or E_WILDCARD: a rule would have, if the site let
 * wildcards match.  A deny counts them in any case.  ident NULL admits nothing.
 */
int authz_check(const struct conf_site *, const struct conf_route *,
    const struct ident *, struct authz *);

#endif
