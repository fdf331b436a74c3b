#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/routes.h"
#include "http/path.h"
#include "proxy/authz.h"
#include "proxy/route.h"
#include "support/config.h"
#include "support/net_rig.h"

static const char yaml[] = CONFIG_ROUTES(
    "  - {path: /a/b, methods: [GET], allow: [{dns: boss.b}], backend: web}\n"
    "  - {path: /a/b, methods: [PUT, POST], allow: any, backend: web}\n"
    "  - {path: /a, methods: [GET], allow: [{dns: web.b}, "
    "{uri: 'spiffe://b/x'}], backend: web}\n"
    "  - {path: /a, methods: [DELETE], allow: any, backend: web}\n"
    "  - {path: /c, methods: [GET], allow: any, backend: web}\n");

static struct config config;

static void
set_up(void)
{
	config_init(&config, yaml);
	ck_assert_msg(config.conf != NULL, "%s", config.said);
}

static void
tear_down(void)
{
	config_clear(&config);
}

/* Which route, by its number from 0, serves what; -1: none has the path. */
static const struct {
	struct slice method;
	struct slice path;
	int err;
	int route;
} routes[] = {
	{ SLICE("GET"), SLICE("/a/b"), 0, 0 },
	{ SLICE("GET"), SLICE("/a/b/"), 0, 0 },
	{ SLICE("GET"), SLICE("/a/b/c"), 0, 0 },
	{ SLICE("POST"), SLICE("/a/b/c"), 0, 1 },
	{ SLICE("PUT"), SLICE("/a/b"), 0, 1 },
	/* never falls through to the laxer route of a shorter path */
	{ SLICE("DELETE"), SLICE("/a/b"), E_METHOD_REFUSED, 0 },
	{ SLICE("HEAD"), SLICE("/a/b"), E_METHOD_REFUSED, 0 },
	{ SLICE("get"), SLICE("/a/b"), E_METHOD_REFUSED, 0 },
	{ SLICE(""), SLICE("/a/b"), E_METHOD_REFUSED, 0 },
	{ SLICE("GET"), SLICE("/a/bc"), 0, 2 },
	{ SLICE("GET"), SLICE("/a"), 0, 2 },
	{ SLICE("DELETE"), SLICE("/a"), 0, 3 },
	{ SLICE("GET"), SLICE("/A/b"), E_NOT_FOUND, -1 },
	{ SLICE("GET"), SLICE("/ab"), E_NOT_FOUND, -1 },
	{ SLICE("GET"), SLICE("/"), E_NOT_FOUND, -1 },
	{ SLICE("GET"), SLICE("*"), E_NOT_FOUND, -1 },
	{ SLICE("POST"), SLICE("/c"), E_METHOD_REFUSED, 4 },
};

START_TEST(the_path_decides_and_then_the_method)
{
	const struct conf_site *site = &config.conf->sites[0];
	const struct conf_route *r;
	int e = route_find(site, routes[_i].method, routes[_i].path, &r);

	ck_assert_str_eq(err_slug(e), err_slug(routes[_i].err));
	ck_assert_int_eq(r != NULL ? (int)(r - site->routes) : -1,
	    routes[_i].route);
}
END_TEST

static const struct {
	int route;
	size_t max;
	const char *allow;
} allowed[] = {
	{ 0, 256, "GET, PUT, POST" },
	{ 1, 256, "GET, PUT, POST" },
	{ 4, 256, "GET" },
	{ 0, 6, "GET, " },
	{ 0, 1, "" },
};

START_TEST(what_is_allowed_is_what_all_routes_of_the_path_serve)
{
	const struct conf_site *site = &config.conf->sites[0];
	char out[256];

	route_allow(site, &site->routes[allowed[_i].route], out,
	    allowed[_i].max);
	ck_assert_str_eq(out, allowed[_i].allow);
}
END_TEST

/* The same, as the manual tells it: one route after the other. */
static int
find_slowly(const struct conf_site *site, struct slice method,
    struct slice path, const struct conf_route **route)
{
	const struct conf_route *first = NULL;

	*route = NULL;
	for (size_t i = 0; i < site->route_count; i++) {
		const struct conf_route *r = &site->routes[i];

		if (first != NULL ? !slice_eq(r->path, first->path) :
				    !path_has_prefix(path, r->path))
			continue;
		if (first == NULL)
			*route = first = r;
		if (r->method_count == 0 || slice_eq(r->methods[0], method)) {
			*route = r;
			return 0;
		}
	}
	return first != NULL ? E_METHOD_REFUSED : E_NOT_FOUND;
}

/* A path of some segments out of few, so that many are alike. */
static struct slice
some_path(unsigned *seed, char *out, size_t max)
{
	static const char *const segments[] = { "a", "b", "ab", "" };
	unsigned x = *seed = *seed * 1664525 + 1013904223;
	size_t n = 0;

	x >>= 8;
	for (unsigned i = x % 5; i > 0; i--) {
		x /= 5;
		n += (size_t)snprintf(out + n, max - n, "/%s", segments[x % 4]);
	}
	if (n == 0)
		out[n++] = '/';
	return slice_of(out, n);
}

START_TEST(the_index_finds_what_a_search_finds)
{
	static struct slice methods[] = { SLICE("GET"), SLICE("PUT") };
	static char texts[40][32];
	struct conf_route all[40] = { 0 };
	struct conf_site site = { .routes = all,
		.route_count = (size_t)_i + 1 };
	const struct conf_route *fast, *slow;
	unsigned seed = (unsigned)_i;
	struct slice path;
	struct diag d;
	char text[32];

	for (size_t i = 0; i < site.route_count; i++) {
		path = some_path(&seed, texts[i], sizeof(texts[i]));
		while (path.n > 1 && path.p[path.n - 1] == '/')
			path.n--; /* as routes are written */
		all[i].path = path;
		all[i].methods = &methods[seed % 2];
		all[i].method_count = seed % 3 > 0;
	}
	diag_init(&d);
	routes_index(&site, &d);
	for (int i = 0; i < 500; i++) {
		path = i == 0 ? SL("*") : some_path(&seed, text, sizeof(text));
		ck_assert_int_eq(route_find(&site, methods[i % 2], path, &fast),
		    find_slowly(&site, methods[i % 2], path, &slow));
		ck_assert_ptr_eq(fast, slow);
	}
	routes_clear(&site);
	diag_clear(&d);
}
END_TEST

START_TEST(a_route_behind_a_shorter_one_is_reached_if_its_path_was_first)
{
	struct config c;

	config_init(&c,
	    CONFIG_ROUTES(
		"  - {path: /a, methods: [GET], allow: any, backend: web}\n"
		"  - {path: /, allow: any, backend: web}\n"
		"  - {path: /a, methods: [PUT], allow: any, backend: web}\n"));
	ck_assert_msg(c.conf != NULL, "%s", c.said);
	config_clear(&c);
}
END_TEST

/* Who may take the third route: web.b, or a URI. */
static const struct {
	struct san san;
	bool may;
	const char *rule;
} clients[] = {
	{ { .type = SAN_DNS, .value = SLICE("web.b") }, true, "dns:web.b" },
	{ { .type = SAN_DNS, .value = SLICE("WEB.B") }, true, "dns:web.b" },
	{ { .type = SAN_DNS, .value = SLICE("boss.b") }, false, NULL },
	{ { .type = SAN_DNS, .value = SLICE("*.b"), .is_wildcard = true },
	    false, NULL },
	{ { .type = SAN_DNS, .value = SLICE("web.b"), .flaw = "flawed" }, false,
	    NULL },
	{ { .type = SAN_EMAIL, .value = SLICE("web.b") }, false, NULL },
	{ { .type = SAN_URI, .value = SLICE("spiffe://b/x") }, true,
	    "uri:spiffe://b/x" },
	{ { .type = SAN_DNS, .value = SLICE("spiffe://b/x") }, false, NULL },
};

START_TEST(a_rule_of_the_route_must_name_the_client)
{
	struct san sans[2] = { { .type = SAN_DNS, .value = SLICE("x.b") },
		clients[_i].san };
	struct ident who = { .refs = 1, .sans = sans, .san_count = 2 };
	struct authz by;
	const struct conf_site *site = &config.conf->sites[0];
	int e = authz_check(site, &site->routes[2], &who, &by);

	ck_assert_int_eq(e,
	    clients[_i].may                 ? 0 :
		clients[_i].san.is_wildcard ? E_WILDCARD :
					      E_NO_RULE);
	if (!clients[_i].may) {
		ck_assert_ptr_null(by.by.san);
		return;
	}
	ck_assert(slice_eq(by.rule->text, slice_str(clients[_i].rule)));
	ck_assert_ptr_eq(by.by.san, &sans[1]);
}
END_TEST

START_TEST(any_admits_whoever_has_a_certificate_and_nobody_else)
{
	const struct conf_site *site = &config.conf->sites[0];
	const struct conf_route *r = &site->routes[1];
	struct ident nameless = { .refs = 1 };
	struct authz by;

	ck_assert_int_eq(authz_check(site, r, &nameless, &by), 0);
	ck_assert_ptr_nonnull(by.rule);
	ck_assert_ptr_null(by.by.san);
	ck_assert_int_eq(authz_check(site, r, NULL, &by), E_NO_RULE);
	ck_assert_ptr_null(by.rule);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("route");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, the_path_decides_and_then_the_method, 0,
	    NET_COUNT(routes));
	tcase_add_loop_test(t,
	    what_is_allowed_is_what_all_routes_of_the_path_serve, 0,
	    NET_COUNT(allowed));
	tcase_add_loop_test(t, the_index_finds_what_a_search_finds, 0, 40);
	tcase_add_test(t,
	    a_route_behind_a_shorter_one_is_reached_if_its_path_was_first);
	tcase_add_loop_test(t, a_rule_of_the_route_must_name_the_client, 0,
	    NET_COUNT(clients));
	tcase_add_test(t, any_admits_whoever_has_a_certificate_and_nobody_else);
	return net_main("route", t);
}
