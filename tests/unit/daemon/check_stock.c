/*
 * What a configuration consists of, and what another one changes.
 */
#include <check.h>
#include <stdlib.h>

#include "daemon/stock.h"
#include "support/config.h"

#define ROUTE(path, rest) "  - {path: " path ", allow: any, " rest "}\n"

static struct stock
take(const char *yaml)
{
	struct config c;
	struct stock s;

	config_init(&c, yaml);
	ck_assert_msg(c.conf != NULL, "%s", c.said);
	stock_take(&s, c.conf);
	config_clear(&c);
	return s;
}

static const struct stock_item *
item(const struct stock *s, enum stock_kind kind, const char *name)
{
	struct stock_item like = { .kind = kind, .name = name };

	return stock_find(s, &like);
}

static size_t
changes(const char *old, const char *now)
{
	struct stock a = take(old), b = take(now);
	size_t n = stock_log_changes(&a, &b);

	stock_clear(&a);
	stock_clear(&b);
	return n;
}

START_TEST(test_every_piece_is_there_once)
{
	struct stock s = take(CONFIG_WHOLE);

	ck_assert_ptr_nonnull(item(&s, STOCK_LISTENER, "*:1"));
	ck_assert_ptr_nonnull(item(&s, STOCK_SITE, "a.b"));
	ck_assert_ptr_nonnull(item(&s, STOCK_CERTIFICATE, "/t/chain.pem"));
	ck_assert_ptr_nonnull(item(&s, STOCK_CA, "/t/ca.pem"));
	ck_assert_ptr_nonnull(item(&s, STOCK_ROUTE, "a.b/"));
	ck_assert_ptr_nonnull(item(&s, STOCK_BACKEND, "web"));
	ck_assert_ptr_nonnull(item(&s, STOCK_SETTINGS, "settings"));
	ck_assert_ptr_null(item(&s, STOCK_CRL, "/t/crl.pem"));
	ck_assert_str_eq(item(&s, STOCK_BACKEND, "web")->servers[0],
	    "http://h");
	ck_assert_uint_eq(s.count, 7);
	stock_clear(&s);
}
END_TEST

static const struct {
	const char *name, *old, *now;
	size_t changes;
} cases[] = {
	{ "nothing", CONFIG_WHOLE, CONFIG_WHOLE, 0 },
	{ "a listener comes", CONFIG_WHOLE,
	    "listeners: [{address: '*:1'}, {address: '*:2'}]\n" CONFIG_BACKENDS
		CONFIG_SITE("a.b") CONFIG_ROUTE,
	    1 },
	{ "a listener goes and another one comes", CONFIG_WHOLE,
	    "listeners: [{address: '*:2'}]\n" CONFIG_BACKENDS CONFIG_SITE("a.b")
		CONFIG_ROUTE,
	    2 },
	{ "a site has another name besides", CONFIG_WHOLE,
	    CONFIG_LISTENERS CONFIG_BACKENDS CONFIG_SITE("[a.b, c.d]")
		CONFIG_ROUTE,
	    1 },
	{ "a route comes, and the site's order changes", CONFIG_WHOLE,
	    CONFIG_ROUTES(ROUTE("/a", "respond: whoami") CONFIG_ROUTE), 2 },
	{ "another rule", CONFIG_WHOLE,
	    CONFIG_ROUTES("  - {path: /, allow: [{dns: x.y}], backend: web}\n"),
	    1 },
	{ "other servers", CONFIG_WHOLE,
	    CONFIG_LISTENERS
	    "backends: {web: {servers: http://i}}\n" CONFIG_SITE("a.b")
		CONFIG_ROUTE,
	    1 },
	{ "another path at the backend",
	    CONFIG_ROUTES(ROUTE("/", "backend: web")),
	    CONFIG_ROUTES(
		ROUTE("/", "backend: web, rewrite: {add_prefix: /x}")),
	    1 },
	{ "another upgrade", CONFIG_ROUTES(ROUTE("/", "backend: web")),
	    CONFIG_ROUTES(ROUTE("/", "backend: web, upgrade: websocket")), 1 },
	{ "another header", CONFIG_ROUTES(ROUTE("/", "backend: web")),
	    CONFIG_ROUTES(ROUTE("/",
		"backend: web, response: "
		"{remove_headers: [server]}")),
	    1 },
	{ "how a site reads paths", CONFIG_WHOLE,
	    CONFIG_LISTENERS CONFIG_BACKENDS CONFIG_SITE(
		"a.b\n  paths: lenient") CONFIG_ROUTE,
	    1 },
	{ "what a backend is told", CONFIG_WHOLE,
	    CONFIG_LISTENERS "backends: {web: {servers: http://h, "
			     "proxy_protocol: v2}}\n" CONFIG_SITE("a.b")
				 CONFIG_ROUTE,
	    1 },
	{ "who may name clients", CONFIG_WHOLE,
	    "listeners: [{address: '*:1', proxy_protocol: require, "
	    "trusted_proxies: 10.0.0.1}]\n" CONFIG_BACKENDS CONFIG_SITE("a.b")
		CONFIG_ROUTE,
	    1 },
	{ "a setting", CONFIG_WHOLE, CONFIG_WHOLE "timeouts: {drain: 1s}\n",
	    1 },
	{ "a default that is written", CONFIG_WHOLE,
	    CONFIG_WHOLE "timeouts: {drain: 30s}\n", 0 },
};

START_TEST(test_changes_are_found)
{
	ck_assert_msg(changes(cases[_i].old, cases[_i].now) ==
		cases[_i].changes,
	    "%s", cases[_i].name);
	/* and as many on the way back */
	ck_assert_uint_eq(changes(cases[_i].now, cases[_i].old),
	    cases[_i].changes);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stock");
	TCase *t = tcase_create("stock");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_every_piece_is_there_once);
	tcase_add_loop_test(t, test_changes_are_found, 0,
	    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
