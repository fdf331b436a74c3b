/* Values of every type that are good: what becomes of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const struct {
	const char *text;
	int64_t ms;
} durations[] = {
	{ "500ms", 500 },
	{ "5s", 5000 },
	{ "'5s'", 5000 },
	{ "2m", 120000 },
	{ "24h", 86400000 },
	{ "never", 0 },
};

START_TEST(test_durations)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_WHOLE "timeouts: {backend_body: %s}\n", durations[_i].text);
	load(yaml);
	ck_assert_int_eq(c.conf->timeouts.backend_body_ms, durations[_i].ms);
	config_clear(&c);
}
END_TEST

static const struct {
	const char *text;
	size_t octets;
} sizes[] = {
	{ "8192", 8192 },
	{ "16KiB", 16384 },
	{ "1MiB", 1048576 },
	{ "0", 0 },
};

START_TEST(test_sizes)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_WHOLE "limits: {request: {trailers: %s}}\n", sizes[_i].text);
	load(yaml);
	ck_assert_uint_eq(c.conf->limits.request.trailer_max, sizes[_i].octets);
	config_clear(&c);
}
END_TEST

static const struct {
	const char *text;
	bool value;
} booleans[] = {
	{ "true", true },
	{ "yes", true },
	{ "on", true },
	{ "On", true },
	{ "'yes'", true },
	{ "false", false },
	{ "no", false },
	{ "off", false },
	{ "FALSE", false },
};

START_TEST(test_booleans)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), CONFIG_WHOLE "log: {access: %s}\n",
	    booleans[_i].text);
	load(yaml);
	ck_assert(c.conf->log.access == booleans[_i].value);
	config_clear(&c);
}
END_TEST

/* What YAML 1.1 takes for booleans and numbers are names where names go. */
START_TEST(test_no_is_a_name)
{
	load(CONFIG_LISTENERS
	    "backends: {8080: {servers: 'http://no'}}\n" CONFIG_SITE(
		"[no, on, 1.e, 0x1f.x]") "  - {path: /no, methods: no, "
					 "allow: [dns: y], backend: 8080}\n");
	ck_assert(slice_eq(c.conf->sites[0].names[0], SL("no")));
	ck_assert(slice_eq(c.conf->sites[0].names[3], SL("0x1f.x")));
	ck_assert(slice_eq(c.conf->sites[0].routes[0].methods[0], SL("no")));
	ck_assert(slice_eq(c.conf->backends[0].name, SL("8080")));
	ck_assert_str_eq(c.conf->backends[0].servers[0].host, "no");
	config_clear(&c);
}
END_TEST

START_TEST(test_groups_without_keys_are_the_defaults)
{
	load(CONFIG_WHOLE "log:\ntls: {}\nlimits: {request: }\n");
	ck_assert(c.conf->log.access);
	ck_assert_uint_eq(c.conf->limits.request.fields_max, 100);
	config_clear(&c);
}
END_TEST

START_TEST(test_every_group_can_be_set)
{
	load(CONFIG_WHOLE
	    "name: gate-1\nworkers: 4\n"
	    "tls: {min_version: 1.3, ciphers: A, ciphersuites: B, groups: C}\n"
	    "limits: {connections: 7, requests_per_connection: 8,\n"
	    "  request: {line: 1KiB, field: 2KiB, head: 3KiB, fields: 10},\n"
	    "  response: {head: 1MiB, chunk_extensions: 0}}\n"
	    "log: {level: debug}\n");
	ck_assert_str_eq(c.conf->name, "gate-1");
	ck_assert_uint_eq(c.conf->workers, 4);
	ck_assert_int_eq(c.conf->tls.min_version, TLS_13);
	ck_assert_str_eq(c.conf->tls.ciphers, "A");
	ck_assert_str_eq(c.conf->tls.groups, "C");
	ck_assert_uint_eq(c.conf->tls.groups_at.line, 11);
	ck_assert_uint_eq(c.conf->tls.groups_at.column, 62);
	ck_assert_uint_eq(c.conf->limits.connections, 7);
	ck_assert_uint_eq(c.conf->limits.requests_per_connection, 8);
	ck_assert_uint_eq(c.conf->limits.request.line_max, 1024);
	ck_assert_uint_eq(c.conf->limits.request.field_max, 2048);
	ck_assert_uint_eq(c.conf->limits.request.head_max, 3072);
	ck_assert_uint_eq(c.conf->limits.request.fields_max, 10);
	ck_assert_uint_eq(c.conf->limits.response.head_max, 1 << 20);
	ck_assert_uint_eq(c.conf->limits.response.chunk_ext_max, 0);
	ck_assert_int_eq(c.conf->log.level, LOG_DEBUG);
	config_clear(&c);
}
END_TEST

START_TEST(test_lists_of_one_need_no_brackets)
{
	load(CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n"
	    "- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {ca: [ca.pem, ca2.pem], crl: crl.pem}\n"
	    "  routes: [{path: /, methods: GET, allow: any, "
	    "backend: web}]\n");
	ck_assert_uint_eq(c.conf->sites[0].clients.ca.count, 2);
	ck_assert_uint_eq(c.conf->sites[0].clients.crl.count, 1);
	ck_assert_uint_eq(c.conf->sites[0].routes[0].method_count, 1);
	ck_assert_uint_eq(c.conf->backends[0].server_count, 1);
	config_clear(&c);
}
END_TEST

START_TEST(test_what_clients_must_be)
{
	const struct conf_clients *k;

	load(CONFIG_WHOLE);
	k = &c.conf->sites[0].clients;
	ck_assert_uint_eq(k->max_depth, 8);
	ck_assert_uint_eq(k->min_key_bits, 2048);
	ck_assert(k->require_eku && k->partial_chain);
	ck_assert_int_eq(k->max_validity_ms, 0);
	ck_assert_uint_eq(k->policy_count, 0);
	config_clear(&c);
	load(CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n"
	    "- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {ca: ca.pem, max_depth: 0, min_key_bits: 3072,\n"
	    "    require_eku: false, partial_chain: false, max_validity: 24h,\n"
	    "    policies: [1.2.3, 2.999.1]}\n"
	    "  routes: [{path: /, allow: any, backend: web}]\n");
	k = &c.conf->sites[0].clients;
	ck_assert_uint_eq(k->max_depth, 0);
	ck_assert_uint_eq(k->min_key_bits, 3072);
	ck_assert(!k->require_eku && !k->partial_chain);
	ck_assert_int_eq(k->max_validity_ms, 86400000);
	ck_assert_uint_eq(k->policy_count, 2);
	ck_assert(slice_eq(k->policies[1], SL("2.999.1")));
	config_clear(&c);
}
END_TEST

START_TEST(test_names_that_a_ca_may_vouch_for)
{
	const struct conf_clients *k;
	const struct conf_vouched *n;

	load(CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n"
	    "- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {trust: [{ca: [ca.pem, ca2.pem], names: {\n"
	    "    dns: [A.b., .C.d, b\xc3\xbc"
	    "cher.e], uri: spiffe://a/,\n"
	    "    email: [x@Y.z, y.Z, .z], ip: [10.0.0.0/8, '::1']}}]}\n"
	    "  routes: [{path: /, allow: any, backend: web}]\n");
	k = &c.conf->sites[0].clients;
	ck_assert_uint_eq(k->ca.count, 0);
	ck_assert_uint_eq(k->trust_count, 1);
	ck_assert_uint_eq(k->trust[0].ca.count, 2);
	n = &k->trust[0].names;
	ck_assert_uint_eq(n->dns.count, 3);
	ck_assert_int_eq(n->dns.at[0].type, TERM_DNS);
	ck_assert(slice_eq(n->dns.at[0].value, SL("a.b")));
	ck_assert_int_eq(n->dns.at[1].type, TERM_DNS_SUFFIX);
	ck_assert(slice_eq(n->dns.at[1].value, SL(".c.d")));
	ck_assert(slice_eq(n->dns.at[2].value, SL("xn--bcher-kva.e")));
	ck_assert(slice_eq(n->uri.at[0].value, SL("spiffe://a")));
	ck_assert_int_eq(n->email.at[0].type, TERM_EMAIL);
	ck_assert(slice_eq(n->email.at[0].value, SL("x@y.z")));
	ck_assert_int_eq(n->email.at[1].type, TERM_DNS);
	ck_assert_int_eq(n->email.at[2].type, TERM_DNS_SUFFIX);
	ck_assert_uint_eq(n->ip.at[0].net.bits, 8);
	ck_assert_uint_eq(n->ip.at[1].net.n, 16);
	config_clear(&c);
}
END_TEST

START_TEST(test_listeners_of_proxies)
{
	const struct conf_listener *l;

	load(
	    "listeners:\n"
	    "- {address: '127.0.0.1:0'}\n"
	    "- {address: '127.0.0.1:0', name: a, proxy_protocol: require,\n"
	    "   trusted_proxies: [192.0.2.0/24, 2001:db8::1]}\n"
	    "- {address: '127.0.0.1:1', name: a2, proxy_protocol: off}\n" CONFIG_BACKENDS
		CONFIG_SITE("a.b") CONFIG_ROUTE);
	l = c.conf->listeners;
	ck_assert_int_eq(l[0].proxy, PROXY_IN_OFF);
	ck_assert_int_eq(l[1].proxy, PROXY_IN_REQUIRE);
	ck_assert_uint_eq(l[1].trusted_count, 2);
	ck_assert_uint_eq(l[1].trusted[0].cidr.bits, 96 + 24);
	ck_assert_int_eq(l[2].proxy, PROXY_IN_OFF);
	ck_assert_int_eq(c.conf->backends[0].proxy, PROXY_OUT_OFF);
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(conf_listener_for(c.conf, l[i].key), &l[i]);
	ck_assert_ptr_null(conf_listener_for(c.conf, l[0].key + 1));
	config_clear(&c);
}
END_TEST

START_TEST(test_what_a_route_changes)
{
	const struct conf_route *r;

	load(CONFIG_ROUTES(
	    "  - path: /a/b\n"
	    "    allow: any\n"
	    "    rewrite: {strip_prefix: /a/b, add_prefix: /c}\n"
	    "    request: {set_headers: {X-A: b, X-N: ''}, remove_headers: X-B}\n"
	    "    response: {set_headers: {X-C: ''}, remove_headers: [D, E]}\n"
	    "    backend: web\n"
	    "  - {path: /, allow: any, rewrite: {}, request: , backend: web}\n"
	    "  paths: lenient\n"));
	ck_assert_int_eq(c.conf->sites[0].paths, PATHS_LENIENT);
	r = c.conf->sites[0].routes;
	ck_assert(slice_eq(r->rewrite.strip, SL("/a/b")));
	ck_assert(slice_eq(r->rewrite.add, SL("/c")));
	ck_assert_uint_eq(r->request.set_count, 2);
	ck_assert(slice_eq(r->request.set[0].name, SL("X-A")));
	ck_assert(slice_eq(r->request.set[0].value, SL("b")));
	ck_assert_uint_eq(r->request.set[1].value.n, 0);
	ck_assert_uint_eq(r->request.removed_count, 1);
	ck_assert(slice_eq(r->request.removed[0].name, SL("X-B")));
	ck_assert_uint_eq(r->response.set[0].value.n, 0);
	ck_assert_uint_eq(r->response.removed_count, 2);
	ck_assert_uint_eq(r->response.removed[1].at.line, 12);
	r++;
	ck_assert_uint_eq(r->rewrite.strip.n + r->rewrite.add.n, 0);
	ck_assert_uint_eq(r->request.set_count + r->request.removed_count, 0);
	config_clear(&c);
}
END_TEST

START_TEST(test_error_pages)
{
	const struct conf_error_page *p;

	load(CONFIG_WHOLE
	    "error_pages:\n"
	    "- {status: 503, file: ca.pem}\n"
	    "- {status: 5xx, file: ca2.pem, content_type: text/plain}\n"
	    "- {status: 4xx, file: ca.pem}\n");
	ck_assert_uint_eq(c.conf->error_page_count, 3);
	p = c.conf->error_pages;
	ck_assert_uint_eq(p[0].status, 503);
	ck_assert(slice_eq(p[0].file.file->bytes, SL("ca.pem")));
	ck_assert(slice_eq(p[0].type, SL("text/html; charset=utf-8")));
	ck_assert_uint_eq(p[1].status, 5);
	ck_assert(slice_eq(p[1].type, SL("text/plain")));
	ck_assert_uint_eq(p[2].status, 4);
	config_clear(&c);
}
END_TEST

#define HEX32 "00112233445566778899aabbccddeeff"

static const struct {
	const char *rule;
	enum conf_term_type type;
	const char *text;
} rules[] = {
	{ "dns: web.corp", TERM_DNS, "dns:web.corp" },
	{ "dns: Web.CORP", TERM_DNS, "dns:web.corp" },
	/* ID-21: the dot of the root goes */
	{ "dns: web.corp.", TERM_DNS, "dns:web.corp" },
	{ "dns: XN--Bcher-kva.corp", TERM_DNS, "dns:xn--bcher-kva.corp" },
	/* ID-6: composed, decomposed, with capitals in ASCII */
	{ "dns: b\xc3\xbc"
	  "cher.corp",
	    TERM_DNS, "dns:xn--bcher-kva.corp" },
	{ "dns: Bu\xcc\x88"
	  "cher.CORP.",
	    TERM_DNS, "dns:xn--bcher-kva.corp" },
	{ "dns_suffix: .Svc.corp", TERM_DNS_SUFFIX, "dns_suffix:.svc.corp" },
	{ "dns_suffix: .b\xc3\xbc"
	  "cher.corp",
	    TERM_DNS_SUFFIX, "dns_suffix:.xn--bcher-kva.corp" },
	{ "dns_suffix: .corp.", TERM_DNS_SUFFIX, "dns_suffix:.corp" },
	{ "uri: 'urn:x:Y'", TERM_URI, "uri:urn:x:Y" },
	/* compared octet by octet, so nothing of it is changed */
	{ "uri: 'SPIFFE://Corp/%2f'", TERM_URI, "uri:SPIFFE://Corp/%2f" },
	{ "uri_prefix: 'x://Corp'", TERM_URI_PREFIX, "uri_prefix:x://Corp" },
	{ "uri_prefix: 'x://a:1/B/c'", TERM_URI_PREFIX,
	    "uri_prefix:x://a:1/B/c" },
	{ "uri_id: 'HTTPS://Web.Corp.'", TERM_URI_ID,
	    "uri_id:https://web.corp" },
	{ "srv: _HTTPS.Web.corp", TERM_SRV, "srv:_https.web.corp" },
	/* ID-22 */
	{ "email: Alice@Corp.Example", TERM_EMAIL, "email:Alice@corp.example" },
	{ "ip: 10.0.0.1", TERM_IP, "ip:10.0.0.1" },
	{ "ip: 10.0.0.0/8", TERM_IP, "ip:10.0.0.0/8" },
	{ "ip: 10.0.0.1/32", TERM_IP, "ip:10.0.0.1" },
	{ "ip: 0.0.0.0/0", TERM_IP, "ip:0.0.0.0/0" },
	{ "ip: '2001:DB8:0::/33'", TERM_IP, "ip:2001:db8::/33" },
	{ "spiffe: {trust_domain: a.b, path: /ns/Web}", TERM_SPIFFE,
	    "spiffe:a.b/ns/Web" },
	{ "spiffe: {trust_domain: a.b, path_prefix: /ns}", TERM_SPIFFE,
	    "spiffe:a.b/ns/*" },
	{ "spiffe: {trust_domain: a.b, path_prefix: /}", TERM_SPIFFE,
	    "spiffe:a.b/*" },
	{ "subject: {CN: Web 1, OU: [a, b]}", TERM_SUBJECT,
	    "subject:CN=Web 1,OU=a,OU=b" },
	{ "subject: {2.5.4.3: x, 1.2.3: y}", TERM_SUBJECT,
	    "subject:CN=x,1.2.3=y" },
	{ "issuer: {O: \"E\\xe4\"}", TERM_ISSUER, "issuer:O=E\xc3\xa4" },
	{ "fingerprint: " HEX32 HEX32, TERM_FINGERPRINT,
	    "fingerprint:" HEX32 HEX32 },
	{ "spki: '00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:" HEX32 "'",
	    TERM_SPKI, "spki:" HEX32 HEX32 },
	{ "group: ops", TERM_GROUP, "group:ops" },
	/* SR-25: what would be syntax elsewhere is a value like any other */
	{ "subject: {CN: '.*|a=b,(c)'}", TERM_SUBJECT,
	    "subject:CN=.*|a=b,(c)" },
};

static void
load_rule(const char *rule)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_ROUTES(
		"  - {path: /, deny: [group: ops], allow: [{%s}], "
		"backend: web}\n") "identities: {ops: [dns: ops.corp]}\n",
	    rule);
	/* a group is not denied and allowed */
	if (strncmp(rule, "group", 5) == 0)
		snprintf(yaml, sizeof(yaml),
		    CONFIG_ROUTES(
			"  - {path: /, allow: [{%s}], backend: web}\n") "identities: {ops: [dns: ops.corp]}\n",
		    rule);
	load(yaml);
}

START_TEST(test_rules)
{
	const struct conf_rule *r;
	struct slice text = slice_str(rules[_i].text);
	char *dump, *again;
	struct config back;
	size_t n;
	FILE *f;

	load_rule(rules[_i].rule);
	r = &c.conf->sites[0].routes[0].allow.at[0];
	ck_assert_uint_eq(r->count, 1);
	ck_assert_int_eq(r->terms[0].type, rules[_i].type);
	ck_assert_msg(slice_eq(r->text, text), "%.*s", SLICE_ARG(r->text));
	ck_assert(slice_eq(r->terms[0].value,
	    slice_skip(text, (size_t)slice_find(text, ':') + 1)));

	/* and as -T shows it, it is the same */
	f = open_memstream(&dump, &n);
	conf_dump(c.conf, f);
	fclose(f);
	config_init(&back, dump);
	ck_assert_str_eq(back.said, "");
	r = &back.conf->sites[0].routes[0].allow.at[0];
	ck_assert(slice_eq(r->text, text));
	f = open_memstream(&again, &n);
	conf_dump(back.conf, f);
	fclose(f);
	ck_assert_str_eq(dump, again);
	free(dump);
	free(again);
	config_clear(&back);
	config_clear(&c);
}
END_TEST

START_TEST(test_a_rule_of_several_terms)
{
	const struct conf_rule *r;

	/* in the order of the table, wherever they stand */
	load_rule("issuer: {O: x}, serial: '00:0a:0B', dns: a.b");
	r = &c.conf->sites[0].routes[0].allow.at[0];
	ck_assert_uint_eq(r->count, 3);
	ck_assert(
	    slice_eq(r->text, SL("dns:a.b and issuer:O=x and serial:0a0b")));
	config_clear(&c);
}
END_TEST

START_TEST(test_how_a_refusal_is_told)
{
	load(CONFIG_WHOLE);
	ck_assert_int_eq(c.conf->sites[0].on_refusal, REFUSAL_ALERT);
	ck_assert_int_eq(c.conf->sites[0].detail, DETAIL_NONE);
	config_clear(&c);
	load(CONFIG_WHOLE "  on_refusal: http\n");
	ck_assert_int_eq(c.conf->sites[0].on_refusal, REFUSAL_HTTP);
	ck_assert_int_eq(c.conf->sites[0].detail, DETAIL_NONE);
	config_clear(&c);
	load(CONFIG_WHOLE "  on_refusal: http\n  detail: full\n");
	ck_assert_int_eq(c.conf->sites[0].detail, DETAIL_FULL);
	config_clear(&c);
}
END_TEST

START_TEST(test_groups_are_found)
{
	const struct conf_site *s;

	load(CONFIG_LISTENERS CONFIG_BACKENDS
	    "identities:\n"
	    "  ops: [dns: ops.corp, ip: 10.0.0.1]\n"
	    "  frontends: [{uri_prefix: 'x://a', issuer: {CN: y}}]\n" CONFIG_SITE(
		"a.b") "  - {path: /, deny: [group: ops],\n"
		       "     allow: [{group: frontends, ip: '::/0'}], backend: web}\n"
		       "  wildcards: match\n");
	s = &c.conf->sites[0];
	ck_assert_int_eq(s->wildcards, WILDCARDS_MATCH);
	ck_assert_ptr_eq(s->routes[0].deny.at[0].terms[0].group,
	    &c.conf->groups[0]);
	ck_assert_ptr_eq(s->routes[0].allow.at[0].terms[0].group,
	    &c.conf->groups[1]);
	ck_assert_uint_eq(c.conf->groups[0].rules.count, 2);
	config_clear(&c);
}
END_TEST

static const struct {
	const char *url;
	const char *addr; /* "none": to be resolved */
	const char *host;
	unsigned port;
} servers[] = {
	{ "http://127.0.0.1:8080", "127.0.0.1:8080", NULL, 8080 },
	{ "http://127.0.0.1", "127.0.0.1:80", NULL, 80 },
	{ "http://[::1]:81", "[::1]:81", NULL, 81 },
	{ "http://[::1]", "[::1]:80", NULL, 80 },
	{ "http://App_1.Corp.Example.:8080", "none", "app_1.corp.example",
	    8080 },
	{ "http://localhost", "none", "localhost", 80 },
	{ "unix:/run/x y.sock", "unix:/run/x y.sock", NULL, 0 },
};

START_TEST(test_servers)
{
	const struct conf_server *s;
	char yaml[1024], addr[ADDR_TEXT_MAX];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_LISTENERS
	    "backends: {web: {servers: '%s', idle_connections: 0}}\n" CONFIG_SITE(
		"a.b") CONFIG_ROUTE,
	    servers[_i].url);
	load(yaml);
	s = &c.conf->backends[0].servers[0];
	ck_assert(slice_eq(s->text, slice_str(servers[_i].url)));
	addr_format(&s->addr, addr);
	ck_assert_str_eq(addr, servers[_i].addr);
	ck_assert_pstr_eq(s->host, servers[_i].host);
	ck_assert_uint_eq(s->port, servers[_i].port);
	ck_assert_uint_eq(c.conf->backends[0].idle_max, 0);
	config_clear(&c);
}
END_TEST

START_TEST(test_fixed_answers)
{
	const struct conf_route *r;

	load(CONFIG_LISTENERS CONFIG_SITE(
	    "a.b") "  - {path: /a, allow: any, respond: {}}\n"
		   "  - {path: /b, allow: any, respond: {status: 404,\n"
		   "     content_type: text/html, body: \"<\\u00e4>\\n\"}}\n"
		   "  - {path: /c, allow: any, respond: {status: 204}}\n");
	r = c.conf->sites[0].routes;
	ck_assert_int_eq(r[0].respond.kind, RESPOND_FIXED);
	ck_assert_uint_eq(r[0].respond.status, 200);
	ck_assert_uint_eq(r[0].respond.body.n, 0);
	ck_assert(slice_eq(r[0].respond.type, SL("text/plain; charset=utf-8")));
	ck_assert_uint_eq(r[1].respond.status, 404);
	ck_assert(slice_eq(r[1].respond.type, SL("text/html")));
	ck_assert(slice_eq(r[1].respond.body, SL("<\xc3\xa4>\n")));
	ck_assert_uint_eq(r[2].respond.status, 204);
	config_clear(&c);
}
END_TEST

/* Same path, other methods; a longer path before a shorter one. */
START_TEST(test_routes_that_requests_can_reach)
{
	load(CONFIG_ROUTES(
	    "  - {path: /a/b, methods: GET, allow: any, backend: web}\n"
	    "  - {path: /a/b, methods: [GET, POST], allow: any, "
	    "backend: web}\n"
	    "  - {path: /a/b, allow: any, backend: web}\n"
	    "  - {path: /a, allow: any, backend: web}\n"
	    "  - {path: /ab, allow: any, backend: web}\n"
	    "  - {path: /, allow: any, backend: web}\n"));
	config_clear(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("values");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_durations, 0, COUNT(durations));
	tcase_add_loop_test(t, test_sizes, 0, COUNT(sizes));
	tcase_add_loop_test(t, test_booleans, 0, COUNT(booleans));
	tcase_add_test(t, test_no_is_a_name);
	tcase_add_test(t, test_groups_without_keys_are_the_defaults);
	tcase_add_test(t, test_every_group_can_be_set);
	tcase_add_test(t, test_what_clients_must_be);
	tcase_add_test(t, test_names_that_a_ca_may_vouch_for);
	tcase_add_test(t, test_listeners_of_proxies);
	tcase_add_test(t, test_what_a_route_changes);
	tcase_add_test(t, test_error_pages);
	tcase_add_test(t, test_lists_of_one_need_no_brackets);
	tcase_add_loop_test(t, test_rules, 0, COUNT(rules));
	tcase_add_test(t, test_a_rule_of_several_terms);
	tcase_add_test(t, test_how_a_refusal_is_told);
	tcase_add_test(t, test_groups_are_found);
	tcase_add_loop_test(t, test_servers, 0, COUNT(servers));
	tcase_add_test(t, test_fixed_answers);
	tcase_add_test(t, test_routes_that_requests_can_reach);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
