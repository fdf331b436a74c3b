/*
 * authz -- may this identity take this route?
 */
#ifndef PROXY_AUTHZ_H
#define PROXY_AUTHZ_H

#include "cert/ident.h"
#include "conf/conf.h"

struct authz {
	const struct conf_rule *rule; /* that admitted, or NULL */
	const struct san *by;         /* the presented identity that did it;
				       * NULL with `any` */
};

/* 0, or E_NO_RULE.  ident NULL admits nothing. */
int authz_check(const struct conf_route *, const struct ident *,
    struct authz *);

#endif
