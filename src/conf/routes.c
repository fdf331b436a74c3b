#include "conf/routes.h"

#include "base/map.h"

static bool
has_method(const struct conf_route *r, struct slice method)
{
	for (size_t i = 0; i < r->method_count; i++)
		if (slice_eq(r->methods[i], method))
			return true;
	return r->method_count == 0;
}

/* Takes the one that stands first in the file. */
static void
look_up(const struct conf_site *site, struct slice prefix,
    const struct conf_route **first)
{
	const struct conf_route *r = map_get(site->by_path, prefix);

	if (r != NULL && (*first == NULL || r < *first))
		*first = r;
}

const struct conf_route *
routes_first(const struct conf_site *site, struct slice path)
{
	const struct conf_route *first = NULL;
	size_t longest = path.n < site->path_max ? path.n : site->path_max;

	look_up(site, SL("/"), &first);
	/* a peer may send as many segments as it likes: no prefix that is
	 * longer than any route's path is looked for */
	for (size_t n = 2; n <= longest; n++)
		if (n == path.n || path.p[n] == '/')
			look_up(site, slice_first(path, n), &first);
	return first;
}

/* Whether one of the routes with this path takes the method. */
static bool
is_taken(const struct conf_route *r, struct slice method)
{
	for (; r != NULL; r = r->next_same)
		if (has_method(r, method))
			return true;
	return false;
}

/*
 * The route because of which no request comes to this one, or NULL; those
 * before it are in the index.  The first route that covers a path fixes it,
 * whatever methods it has; among those with the same path the methods decide.
 */
static const struct conf_route *
hidden_by(const struct conf_site *site, const struct conf_route *r)
{
	const struct conf_route *first = routes_first(site, r->path);
	const struct conf_route *same;

	if (first == NULL || !slice_eq(first->path, r->path))
		return first;
	for (same = first; same->method_count > 0; same = same->next_same)
		if (same->next_same == NULL)
			break;
	if (same->method_count == 0)
		return same;
	for (size_t i = 0; i < r->method_count; i++)
		if (!is_taken(first, r->methods[i]))
			return NULL;
	return r->method_count > 0 ? same : NULL;
}

static void
check_reachable(const struct conf_site *site, const struct conf_route *r,
    struct diag *d)
{
	const struct conf_route *by = hidden_by(site, r);

	if (by == NULL)
		return;
	diag_error(d, r->path_at,
	    "no request reaches this route: the one in line %u with the path "
	    "\"%.*s\" takes them all; %s",
	    by->at.line, SLICE_ARG(by->path),
	    slice_eq(by->path, r->path) ? "one of them has to go" :
					  "the longer path must come first");
}

/* last: of the routes with each path, the last one so far. */
static void
add(struct conf_site *site, struct map *last, struct conf_route *r)
{
	struct conf_route *before = map_set(last, r->path, r);

	if (before != NULL)
		before->next_same = r;
	else
		(void)map_set(site->by_path, r->path, r);
	if (r->path.n > site->path_max)
		site->path_max = r->path.n;
}

void
routes_index(struct conf_site *site, struct diag *d)
{
	struct map *last = map_new();

	site->by_path = map_new();
	for (size_t i = 0; i < site->route_count; i++) {
		struct conf_route *r = &site->routes[i];

		if (r->path.n == 0)
			continue; /* a mistake already */
		check_reachable(site, r, d);
		add(site, last, r);
	}
	map_free(last);
}

void
routes_clear(struct conf_site *site)
{
	map_free(site->by_path);
	site->by_path = NULL;
}
