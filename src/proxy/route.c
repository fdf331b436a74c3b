#include "proxy/route.h"

#include <stdio.h>

#include "base/err.h"
#include "conf/routes.h"

static bool
serves(const struct conf_route *r, struct slice method)
{
	for (size_t i = 0; i < r->method_count; i++)
		if (slice_eq(r->methods[i], method))
			return true;
	return r->method_count == 0;
}

int
route_find(const struct conf_site *site, struct slice method, struct slice path,
    const struct conf_route **route)
{
	const struct conf_route *first = routes_first(site, path);

	*route = first;
	for (const struct conf_route *r = first; r != NULL; r = r->next_same) {
		if (serves(r, method)) {
			*route = r;
			return 0;
		}
	}
	return first != NULL ? E_METHOD_REFUSED : E_NOT_FOUND;
}

void
route_allow(const struct conf_site *site, const struct conf_route *route,
    char *out, size_t max)
{
	const struct conf_route *r = routes_first(site, route->path);
	size_t n = 0;

	out[0] = '\0';
	for (; r != NULL; r = r->next_same)
		for (size_t j = 0; j < r->method_count && n < max; j++)
			n += (size_t)snprintf(out + n, max - n, "%s%.*s",
			    n > 0 ? ", " : "", SLICE_ARG(r->methods[j]));
}

bool
route_permits(const struct conf_route *r, struct slice protocol)
{
	for (size_t i = 0; i < r->upgrade_count; i++)
		if (slice_caseeq(protocol, r->upgrades[i]))
			return true;
	return false;
}
