/* Whole configurations that are good: what becomes of them. */
#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/conf.h"
#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct config c;

/* Loads, and insists that there is nothing to say about it. */
static void
load(const char *yaml)
{
	config_init(&c, yaml);
	ck_assert_str_eq(c.said, "");
	ck_assert_ptr_nonnull(c.conf);
}

static const char reference[] =
    "workers: auto\n"
    "listeners:\n"
    "  - address: \"[::]:8443\"\n"
    "sites:\n"
    "  - names: [api.corp.example, \"*.svc.corp.example\"]\n"
    "    certificates:\n"
    "      - {chain: chain.pem, key: key.pem}\n"
    "    clients:\n"
    "      ca: ca.pem\n"
    "      crl: [crl.pem]\n"
    "    routes:\n"
    "      - path: /v1/orders\n"
    "        methods: [GET, POST]\n"
    "        allow:\n"
    "          - dns: web.corp.example\n"
    "          - uri: spiffe://corp.example/ns/prod/sa/web\n"
    "        backend: orders\n"
    "      - path: /whoami\n"
    "        allow: any\n"
    "        respond: whoami\n"
    "      - path: /\n"
    "        allow: any\n"
    "        backend: web\n"
    "backends:\n"
    "  orders:\n"
    "    servers: [\"http://127.0.0.1:8080\", \"unix:/run/orders.sock\"]\n"
    "  web:\n"
    "    servers: [\"http://127.0.0.1:8081\"]\n"
    "log: {format: json}\n";

START_TEST(test_the_reference_configuration)
{
	const struct conf_site *s;
	const struct conf_route *r;

	load(reference);
	ck_assert_str_eq(c.conf->path, "/t/conf.yaml");
	ck_assert_uint_eq(c.conf->workers, 0);
	ck_assert_uint_eq(c.conf->listener_count, 1);
	ck_assert_uint_eq(addr_port(&c.conf->listeners[0].addr), 8443);
	ck_assert_uint_eq(c.conf->listeners[0].at.line, 3);
	ck_assert_uint_eq(c.conf->site_count, 1);
	s = &c.conf->sites[0];
	ck_assert_uint_eq(s->index, 0);
	ck_assert_uint_eq(s->name_count, 2);
	ck_assert(slice_eq(s->names[1], SL("*.svc.corp.example")));
	ck_assert_uint_eq(s->name_at[1].column, 31);
	ck_assert_str_eq(s->certificates[0].chain.file->path, "/t/chain.pem");
	ck_assert(slice_eq(s->certificates[0].key.file->bytes, SL("key.pem")));
	ck_assert_uint_eq(s->certificates[0].key.at.line, 7);
	ck_assert_uint_eq(s->clients.ca.count, 1);
	ck_assert_str_eq(s->clients.crl.at[0].file->path, "/t/crl.pem");
	ck_assert_uint_eq(s->route_count, 3);
	r = &s->routes[0];
	ck_assert(slice_eq(r->path, SL("/v1/orders")));
	ck_assert_uint_eq(r->path_at.line, 12);
	ck_assert_uint_eq(r->method_count, 2);
	ck_assert(slice_eq(r->methods[1], SL("POST")));
	ck_assert_uint_eq(r->allow.count, 2);
	ck_assert_int_eq(r->allow.at[0].terms[0].type, TERM_DNS);
	ck_assert(slice_eq(r->allow.at[1].text,
	    SL("uri:spiffe://corp.example/ns/prod/sa/web")));
	ck_assert_uint_eq(r->allow.at[1].at.line, 16);
	ck_assert_ptr_eq(r->backend, &c.conf->backends[0]);
	ck_assert_int_eq(r->respond.kind, RESPOND_NONE);
	r = &s->routes[1];
	ck_assert_uint_eq(r->method_count, 0);
	ck_assert(r->allow.at[0].is_any);
	ck_assert(slice_eq(r->allow.at[0].text, SL("any")));
	ck_assert_int_eq(r->respond.kind, RESPOND_WHOAMI);
	ck_assert_ptr_null(r->backend);
	ck_assert_ptr_eq(s->routes[2].backend, &c.conf->backends[1]);
	ck_assert_uint_eq(c.conf->backends[1].index, 1);
	ck_assert_uint_eq(c.conf->backends[1].at.line, 27);
	ck_assert(slice_eq(c.conf->backends[0].name, SL("orders")));
	ck_assert(addr_is_unix(&c.conf->backends[0].servers[1].addr));
	ck_assert_int_eq(c.conf->log.format, LOG_JSON);
	config_clear(&c);
}
END_TEST

START_TEST(test_defaults)
{
	const struct conf_timeouts *t;
	const struct conf_limits *l;

	load(CONFIG_WHOLE);
	t = &c.conf->timeouts;
	l = &c.conf->limits;
	ck_assert_str_eq(c.conf->name, "sallyport");
	ck_assert_int_eq(c.conf->tls.min_version, TLS_12);
	ck_assert_str_eq(c.conf->tls.groups, "X25519:P-256:P-384");
	ck_assert_str_eq(c.conf->tls.groups_at.file, "/t/conf.yaml");
	ck_assert_uint_eq(c.conf->tls.groups_at.line, 0);
	ck_assert_int_eq(t->tls_handshake_ms, 10000);
	ck_assert_int_eq(t->request_head_ms, 10000);
	ck_assert_int_eq(t->request_body_ms, 30000);
	ck_assert_int_eq(t->keep_alive_ms, 60000);
	ck_assert_int_eq(t->client_write_ms, 30000);
	ck_assert_int_eq(t->backend_connect_ms, 5000);
	ck_assert_int_eq(t->backend_response_ms, 60000);
	ck_assert_int_eq(t->backend_body_ms, 60000);
	ck_assert_int_eq(t->backend_keep_alive_ms, 50000);
	ck_assert_int_eq(t->drain_ms, 30000);
	ck_assert_uint_eq(l->connections, 10000);
	ck_assert_uint_eq(l->requests_per_connection, 0);
	ck_assert_uint_eq(l->request.line_max, 8192);
	ck_assert_uint_eq(l->request.field_max, 16384);
	ck_assert_uint_eq(l->request.head_max, 32768);
	ck_assert_uint_eq(l->request.fields_max, 100);
	ck_assert_uint_eq(l->request.chunk_ext_max, 4096);
	ck_assert_uint_eq(l->request.trailer_max, 8192);
	ck_assert_uint_eq(l->response.head_max, 65536);
	ck_assert_uint_eq(c.conf->backends[0].idle_max, 32);
	ck_assert_int_eq(c.conf->log.level, LOG_INFO);
	ck_assert_int_eq(c.conf->log.format, LOG_TEXT);
	ck_assert(c.conf->log.access);
	config_clear(&c);
}
END_TEST

static const struct {
	const char *host;
	int site; /* -1: none */
} hosts[] = {
	{ "api.corp", 0 },
	{ "www.corp", 1 },
	{ "a.svc.corp", 1 },
	/* an exact name goes before a wildcard, whatever comes first */
	{ "x.svc.corp", 0 },
	{ "svc.corp", 2 },
	{ "a.b.svc.corp", 2 },
	{ "*.svc.corp", 2 },
	{ ".svc.corp", 2 },
	{ "*", 2 },
	{ "", 2 },
	{ "127.0.0.1", 2 },
	{ "api.corp.", 2 },
};

static const char three_sites[] = CONFIG_LISTENERS CONFIG_BACKENDS
    "sites:\n"
    "- &site\n"
    "  names: [API.corp., x.svc.corp]\n"
    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
    "  clients: &clients {ca: ca.pem}\n"
    "  routes: &routes\n"
    "  - {path: /, allow: any, backend: web}\n"
    "- names: ['*.svc.corp', www.corp]\n"
    "  certificates: &certificates\n"
    "  - {chain: chain.pem, key: key.pem}\n"
    "  clients: *clients\n"
    "  routes: *routes\n"
    "- names: '*'\n"
    "  certificates: *certificates\n"
    "  clients: *clients\n"
    "  routes: *routes\n";

START_TEST(test_site_for_a_host)
{
	const struct conf_site *s;

	load(three_sites);
	s = conf_site_for(c.conf, slice_str(hosts[_i].host));
	ck_assert_ptr_nonnull(s);
	ck_assert_msg((int)s->index == hosts[_i].site, "%s: %zu",
	    hosts[_i].host, s->index);
	config_clear(&c);
}
END_TEST

START_TEST(test_no_site_for_a_host)
{
	char host[600];

	load(CONFIG_WHOLE);
	ck_assert_ptr_nonnull(conf_site_for(c.conf, SL("a.b")));
	ck_assert_ptr_null(conf_site_for(c.conf, SL("c.b")));
	ck_assert_ptr_null(conf_site_for(c.conf, SL("")));
	memset(host, 'a', sizeof(host));
	host[1] = '.';
	ck_assert_ptr_null(conf_site_for(c.conf, slice_of(host, sizeof(host))));
	config_clear(&c);
}
END_TEST

static char *
dump(const struct conf *conf)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	conf_dump(conf, f);
	fclose(f);
	return text;
}

static const char *const dumped[] = {
	reference,
	three_sites,
	CONFIG_WHOLE,
	CONFIG_WHOLE
	"name: x\nworkers: 3\nlog: {access: off, level: error}\n"
	"timeouts: {backend_body: never, drain: 90s, keep_alive: 1500ms}\n"
	"limits: {request: {line: 1000, head: 1MiB, trailers: 0}}\n",
	CONFIG_ROUTES(
	    "  - path: /a/b\n"
	    "    allow: any\n"
	    "    rewrite: {strip_prefix: /a, add_prefix: /c/d}\n"
	    "    request: {set_headers: {X-A: b, x-c: \"d: \\\"e\"}}\n"
	    "    response: {remove_headers: [X-D, x-e]}\n"
	    "    backend: web\n"
	    "  paths: lenient\n"),
	"listeners: [{address: '*:1', proxy_protocol: require,\n"
	"  trusted_proxies: [10.0.0.0/8, '::1', 192.0.2.1]}]\n" CONFIG_BACKENDS
	    CONFIG_SITE("a.b") CONFIG_ROUTE,
	CONFIG_LISTENERS
	"backends: {web: {servers: http://h, "
	"proxy_protocol: v2, proxy_certificate: yes}}\n" CONFIG_SITE("a.b")
	    CONFIG_ROUTE,
	CONFIG_WHOLE
	"error_pages: [{status: 403, file: ca.pem, content_type: a/b},\n"
	"  {status: 5xx, file: crl.pem}]\n",
	CONFIG_LISTENERS CONFIG_SITE(
	    "a.b") "  - {path: /a, allow: [{uri: 'x:y'}], respond: {status: 404,\n"
		   "     body: \"q\\\"\\\\ \\t\\n\\u00e4\\x85\\u20ac\\U0001f512\"}}\n",
};

START_TEST(test_a_dump_loads_as_the_same_again)
{
	char *first, *second;

	load(dumped[_i]);
	first = dump(c.conf);
	config_clear(&c);
	load(first);
	second = dump(c.conf);
	config_clear(&c);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(test_loads_from_a_sealed_bundle)
{
	struct bundle *sealed;
	struct conf *conf;
	char *first, *second;
	int fd;

	load(reference);
	ck_assert_int_eq(bundle_seal(c.bundle, &fd), 0);
	ck_assert_int_eq(bundle_from_fd(fd, &sealed), 0);
	close(fd);
	ck_assert_int_eq(conf_load(sealed, &c.diag, &conf), 0);
	first = dump(c.conf);
	second = dump(conf);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	conf_free(conf);
	bundle_free(sealed);
	config_clear(&c);
}
END_TEST

START_TEST(test_warns_of_a_backend_without_a_route)
{
	config_init(&c,
	    CONFIG_LISTENERS "backends:\n  web: {servers: http://h}\n"
			     "  wbe: {servers: http://h}\n" CONFIG_SITE("a.b")
				 CONFIG_ROUTE);
	ck_assert_ptr_nonnull(c.conf);
	ck_assert_str_eq(c.said,
	    "4:3: warning: no route uses the backend \"wbe\"\n");
	config_clear(&c);
}
END_TEST

START_TEST(test_an_error_page_has_its_limit)
{
	static const char yaml[] = CONFIG_WHOLE
	    "error_pages: [{status: 403, file: big}]\n";
	static char page[CONF_ERROR_PAGE_MAX + 1];

	for (size_t over = 0; over < 2; over++) {
		struct bundle *b = bundle_from_memory("/t/conf.yaml", SL(yaml));
		struct diag d;
		struct conf *conf;
		char *said;

		bundle_add(b, "chain.pem", SL("x"));
		bundle_add(b, "key.pem", SL("x"));
		bundle_add(b, "ca.pem", SL("x"));
		bundle_add(b, "big",
		    slice_of(page, CONF_ERROR_PAGE_MAX + over));
		diag_init(&d);
		ck_assert_int_eq(conf_load(b, &d, &conf),
		    over > 0 ? E_CONFIG : 0);
		said = config_said(&d);
		ck_assert_str_eq(said,
		    over > 0 ? "9:35: /t/big has 65537 octets; an error page "
			       "has at most 65536\n" :
			       "");
		free(said);
		conf_free(conf);
		diag_clear(&d);
		bundle_free(b);
	}
}
END_TEST

/* The warning about the key file's mode, from a real disk. */
START_TEST(test_warns_of_a_key_that_others_may_read)
{
	char dir[] = "/tmp/check_conf.XXXXXX", expected[256], *said;
	static const char *const names[] = { "conf.yaml", "chain.pem",
		"key.pem", "ca.pem" };
	struct bundle *b;
	struct diag d;
	struct conf *conf;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	for (int i = 0; i < COUNT(names); i++) {
		FILE *f = fopen(names[i], "w");

		fputs(i == 0 ? CONFIG_WHOLE : "x", f);
		fclose(f);
	}
	ck_assert_int_eq(chmod("key.pem", 0640), 0);
	b = bundle_from_disk("conf.yaml");
	diag_init(&d);
	ck_assert_int_eq(conf_load(b, &d, &conf), 0);
	said = config_said(&d);
	snprintf(expected, sizeof(expected),
	    "5:42: warning: the private key %s/key.pem is open to others than "
	    "its owner (mode 0640); chmod 600 closes it\n",
	    dir);
	ck_assert_str_eq(said, expected);
	free(said);
	conf_free(conf);
	diag_clear(&d);
	bundle_free(b);
	for (int i = 0; i < COUNT(names); i++)
		unlink(names[i]);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, test_the_reference_configuration);
	tcase_add_test(t, test_defaults);
	tcase_add_loop_test(t, test_site_for_a_host, 0, COUNT(hosts));
	tcase_add_test(t, test_no_site_for_a_host);
	tcase_add_test(t, test_an_error_page_has_its_limit);
	tcase_add_loop_test(t, test_a_dump_loads_as_the_same_again, 0,
	    COUNT(dumped));
	tcase_add_test(t, test_loads_from_a_sealed_bundle);
	tcase_add_test(t, test_warns_of_a_backend_without_a_route);
	tcase_add_test(t, test_warns_of_a_key_that_others_may_read);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
