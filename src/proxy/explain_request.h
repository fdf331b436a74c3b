/*
 * explain_request -- what decide() makes of a request, rule by rule.
 */
#ifndef PROXY_EXPLAIN_REQUEST_H
#define PROXY_EXPLAIN_REQUEST_H

#include "base/report.h"
#include "proxy/decide.h"

/* decide() with every step told: returns what it returns. */
int explain_request(const struct decide_params *, const struct msg *,
    struct report *, struct decision *);
/* For each route of the site whether its rules admit the client. */
void explain_routes(const struct conf_site *, const struct ident *,
    struct report *);

#endif
