#include "proxy/route.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "http/path.h"

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
	const struct conf_route *r, *first = NULL;

	for (size_t i = 0; i < site->route_count; i++) {
		r = &site->routes[i];
		if (first != NULL ? !slice_eq(r->path, first->path) :
				    !path_has_prefix(path, r->path))
			continue;
		if (first == NULL)
			first = r;
		if (serves(r, method)) {
			*route = r;
			return 0;
		}
	}
	*route = first;
	return first != NULL ? E_METHOD_REFUSED : E_NOT_FOUND;
}

void
route_allow(const struct conf_site *site, const struct conf_route *first,
    char *out, size_t max)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < site->route_count; i++) {
		const struct conf_route *r = &site->routes[i];

		if (!slice_eq(r->path, first->path))
			continue;
		for (size_t j = 0; j < r->method_count && n < max; j++)
			n += (size_t)snprintf(out + n, max - n, "%s%.*s",
			    n > 0 ? ", " : "", SLICE_ARG(r->methods[j]));
	}
}
