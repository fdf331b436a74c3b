#include "proxy/decide.h"

#include "base/err.h"
#include "http/path.h"
#include "http/uri.h"
#include "proxy/forward.h"
#include "proxy/proxy.h"
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
	if (conf_site_for(c, slice_of(host, n)) != site)
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

/* Which route, and whether this client may take it. */
static int
find_route(struct proxy *p, const struct tls_peer *peer, const struct msg *m,
    struct decision *out)
{
	size_t n;
	int e;

	if ((e = path_normalise(m->path, p->path, sizeof(p->path), &n)) != 0 ||
	    (e = route_find(peer->site, m->method_name, slice_of(p->path, n),
		 &out->route)) != 0)
		return e;
	return authz_check(out->route, peer->verdict.ident, &out->authz);
}

int
decide(struct proxy *p, const struct conf *c, const struct tls_peer *peer,
    const struct msg *m, struct decision *out)
{
	int e;

	*out = (struct decision) { 0 };
	if (m->method == METHOD_CONNECT || m->method == METHOD_TRACE)
		return E_METHOD_REFUSED;
	if (proxy_is_over_budget(p))
		return E_OVERLOAD;
	if (forward_is_loop(m, slice_str(c->name)))
		return E_LOOP;
	if ((e = check_expect(m)) != 0 ||
	    (e = check_host(c, peer->site, m)) != 0)
		return e;
	return find_route(p, peer, m, out);
}
