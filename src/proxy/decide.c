#include "proxy/decide.h"

#include "base/err.h"
#include "http/path.h"
#include "http/uri.h"
#include "proxy/forward.h"
#include "proxy/route.h"

/* RFC 9110, 15.5.20: the host belongs to the site of the handshake, or it is
 * asked for on another connection. */
static int
check_host(const struct conf *c, const struct conf_site *site,
    const struct msg *m)
{
	struct authority a;
	char host[HOST_MAX];
	size_t n;
	int e;

	if (m->authority.n == 0)
		return 0;
	if ((e = authority_parse(m->authority, &a)) != 0 ||
	    (e = authority_host(&a, host, &n)) != 0)
		return e;
	/* most ask for the first of its names */
	if (!slice_eq(slice_of(host, n), site->names[0]) &&
	    conf_site_for(c, slice_of(host, n)) != site)
		return E_MISDIRECTED;
	return 0;
}

/* RFC 9110, 10.1.1: there is one expectation, and none in HTTP/1.0. */
static int
check_expect(const struct msg *m)
{
	const struct field *f = fields_get(&m->fields, FIELD_EXPECT);
	struct slice rest, what;

	for (; f != NULL; f = fields_next(&m->fields, f))
		for (rest = f->value; field_list_next(&rest, &what);)
			if (m->version != HTTP_10 &&
			    !slice_caseeq(what, SL("100-continue")))
				return E_HTTP_EXPECT;
	return 0;
}

static bool
is_rewritten(const struct conf_route *r)
{
	return r->rewrite.strip.n + r->rewrite.add.n > 0;
}

/*
 * Whether the other readings of a path lead where the first one does, to a
 * route or to the same refusal.
 */
static int
check_readings(const struct conf_site *site, struct slice method,
    struct path_reader *r, const struct conf_route *route, int err)
{
	const struct conf_route *other;
	struct slice path;
	int e;

	/* it would have to be read in one way to be written anew */
	if (route != NULL && is_rewritten(route))
		return E_HTTP_PATH;
	while ((e = path_reader_next(r, &path)) == 0)
		if (route_find(site, method, path, &other) != err ||
		    other != route)
			return E_HTTP_PATH;
	return e == E_EOF ? err : e;
}

/* Which route. */
static int
find_route(const struct decide_params *p, const struct msg *m,
    const struct conf_route **route)
{
	const struct conf_site *site = p->site;
	struct path_reader r;
	struct slice path;
	int e;

	if ((e = path_reader_init(&r, m->path, p->room, p->max)) != 0)
		return e;
	if (r.doubts != 0 && site->paths == PATHS_STRICT)
		return E_HTTP_PATH;
	if ((e = path_reader_next(&r, &path)) != 0)
		return e;
	e = route_find(site, m->method_name, path, route);
	if (!r.is_done) {
		e = check_readings(site, m->method_name, &r, *route, e);
		if (e == E_HTTP_PATH)
			*route = NULL;
	}
	return e;
}

int
decide(const struct decide_params *p, const struct msg *m, struct decision *out)
{
	int e;

	*out = (struct decision) { 0 };
	if (m->method == METHOD_CONNECT || m->method == METHOD_TRACE)
		return E_METHOD_REFUSED;
	if (forward_is_loop(m, slice_str(p->conf->name)))
		return E_LOOP;
	if ((e = check_expect(m)) != 0 ||
	    (e = check_host(p->conf, p->site, m)) != 0)
		return e;
	if ((e = find_route(p, m, &out->route)) != 0)
		return e;
	return authz_check(p->site, out->route, p->who, &out->authz);
}
