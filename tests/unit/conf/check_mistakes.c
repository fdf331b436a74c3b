/* Configurations that are not good: every mistake, its place, its words. */
#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "conf/conf.h"
#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define EXPECTED_PREFIX \
	"expected the first segments of a URI such as " \
	"spiffe://corp.example/ns/prod, without a slash at its end, found "
#define EXPECTED_NET \
	"expected an IP address such as 10.0.0.1, or a network such as " \
	"10.0.0.0/8, found "
#define EXPECTED_OID \
	"expected an object identifier such as 1.3.6.1.4.1.99999.1, found "
#define EXPECTED_NAME \
	"expected a DNS name, \"*.\" and a name of two labels or more, or " \
	"\"*\", found "

static const struct mistake structure[] = {
	{ "an unknown key with a known one near", CONFIG_WHOLE "wokers: 2\n",
	    "9:1: unknown key \"wokers\"; did you mean \"workers\"?\n" },
	{ "a required key misspelt is not missing as well",
	    "lisetners: [{address: '*:1'}]\n" CONFIG_BACKENDS CONFIG_SITE("a.b")
		CONFIG_ROUTE,
	    "1:1: unknown key \"lisetners\"; did you mean \"listeners\"?\n" },
	{ "an unknown key with none near", CONFIG_WHOLE "zebra: 2\n",
	    "9:1: unknown key \"zebra\"; the keys of the configuration are "
	    "workers, user, sandbox, name, watch, listeners, sites, identities, backends, error_pages, tls, sessions, timeouts, "
	    "limits, log, access_log, control\n" },
	{ "an unknown key deep down",
	    CONFIG_WHOLE "limits:\n  request: {lines: 1KiB}\n",
	    "10:13: unknown key \"lines\"; did you mean \"line\"?\n" },
	{ "a key of another group",
	    CONFIG_ROUTES("  - {path: /, allow: any, "
			  "respond: whoami, crl: x}\n"),
	    "2:12: warning: no route uses the backend \"web\"\n"
	    "8:44: unknown key \"crl\"; the keys of a route are path, "
	    "methods, deny, allow, upgrade, rewrite, request, response, forward_identity, backend, respond\n" },
	{ "nothing that is needed", "{}",
	    "1:1: the configuration needs the key \"listeners\": where "
	    "clients connect to, each with address\n"
	    "1:1: the configuration needs the key \"sites\": what is served "
	    "under which names\n" },
	{ "an empty site and an empty route",
	    CONFIG_LISTENERS CONFIG_SITE("a.b") "  - {}\n- {}\n",
	    "7:5: a route needs the key \"path\": the beginning of the paths "
	    "it serves\n"
	    "7:5: a route needs allow; to let in whoever the CA vouches for, "
	    "write allow: any\n"
	    "7:5: a route needs backend or respond\n"
	    "8:3: a site needs the key \"names\": the host names it serves\n"
	    "8:3: a site needs the key \"certificates\": what the server "
	    "shows, each with chain and key\n"
	    "8:3: a site needs the key \"clients\": whom the server believes "
	    "who a client is\n"
	    "8:3: a site needs the key \"routes\": where requests go, and "
	    "who may make them\n" },
	{ "lists without elements",
	    "listeners: []\nsites:\n- names: []\n  certificates: []\n"
	    "  clients: {ca: []}\n  routes: []\n",
	    "1:12: expected at least one: where clients connect to, each with "
	    "address\n"
	    "3:10: expected at least one: the host names it serves\n"
	    "4:17: expected at least one: what the server shows, each with "
	    "chain and key\n"
	    "5:17: expected at least one: PEM files with the CAs whose "
	    "clients may come\n"
	    "6:11: expected at least one: where requests go, and who may make "
	    "them\n" },
	{ "another kind of node",
	    CONFIG_WHOLE
	    "tls: [x]\ntimeouts: 5s\nname: {a: b}\nlog: {access: [on]}\n"
	    "workers:\n",
	    "9:6: expected a mapping with min_version, ciphers, ciphersuites, "
	    "groups, found a list\n"
	    "10:11: expected a mapping with tls_handshake, request_head, "
	    "request_body, keep_alive, client_write, backend_connect, "
	    "backend_response, backend_body, backend_keep_alive, exchange, tunnel, drain, found "
	    "\"5s\"\n"
	    "11:7: expected a word of letters, digits and \"-._~\", of 1 to "
	    "64 octets, found a mapping\n"
	    "12:15: expected true or false, found a list\n"
	    "13:9: expected auto or a whole number, from 1 to 1024, found "
	    "nothing\n" },
	{ "no lists where lists belong",
	    "listeners: '*:1'\nsites: {names: a}\nbackends: [web]\n",
	    "1:12: expected a list, each a mapping, found \"*:1\"\n"
	    "2:8: expected a list, each a mapping, found a mapping\n"
	    "3:11: expected a mapping from names to mappings, found a list\n" },
	{ "a text as the whole", "sallyport\n",
	    "1:1: expected a mapping with workers, user, sandbox, name, watch, listeners, sites, "
	    "identities, backends, error_pages, tls, sessions, timeouts, limits, log, access_log, control, found \"sallyport\"\n" },
	{ "what YAML itself does not take", "a: [\n",
	    "2:1: did not find expected node content, while parsing a flow "
	    "node that began in line 2, column 1\n" },
};

static const struct mistake words[] = {
	{ "numbers",
	    CONFIG_WHOLE
	    "workers: 0\nlimits: {connections: 1k, "
	    "requests_per_connection: -1,\n request: {fields: 0100}, "
	    "response: {fields: 99999999999999999999}}\n",
	    "9:10: expected auto or a whole number, from 1 to 1024, found "
	    "\"0\"\n"
	    "10:23: expected a whole number, from 1 to 1000000, found "
	    "\"1k\"\n"
	    "10:52: expected unlimited or a whole number, from 1 to "
	    "1000000000, found \"-1\"\n"
	    "11:20: expected a whole number, from 10 to 10000, found "
	    "\"0100\"\n"
	    "11:46: expected a whole number, from 10 to 10000, found "
	    "\"99999999999999999999\"\n" },
	{ "durations",
	    CONFIG_WHOLE "timeouts: {tls_handshake: 5, request_head: 1.5s,\n"
			 " keep_alive: never, drain: 0s, backend_body: 5 s,\n"
			 " request_body: 99999999999999h, client_write: s}\n",
	    "9:27: expected a duration with its unit, such as 5s, from 100ms "
	    "to 10m, found \"5\"\n"
	    "9:44: expected a duration with its unit, such as 5s, from 100ms "
	    "to 10m, found \"1.5s\"\n"
	    "10:14: expected a duration with its unit, such as 5s, from 100ms "
	    "to 1h, found \"never\"\n"
	    "10:28: expected a duration with its unit, such as 5s, from 100ms "
	    "to 24h, found \"0s\"\n"
	    "10:46: expected never or a duration with its unit, such as 5s, "
	    "from 100ms to 24h, found \"5 s\"\n"
	    "11:16: expected a duration with its unit, such as 5s, from 100ms "
	    "to 1h, found \"99999999999999h\"\n"
	    "11:47: expected a duration with its unit, such as 5s, from 100ms "
	    "to 1h, found \"s\"\n" },
	{ "sizes",
	    CONFIG_WHOLE
	    "limits: {request: {line: 8K, field: 8kib, head: 2GiB,\n"
	    " trailers: 18446744073709551615GiB}}\n",
	    "9:26: expected a size such as 16KiB, from 256 to 1MiB, found "
	    "\"8K\"\n"
	    "9:37: expected a size such as 16KiB, from 256 to 1MiB, found "
	    "\"8kib\"\n"
	    "9:49: expected a size such as 16KiB, from 1KiB to 1MiB, found "
	    "\"2GiB\"\n"
	    "10:12: expected a size such as 16KiB, from 0 to 1MiB, found "
	    "\"18446744073709551615GiB\"\n" },
	{ "words",
	    CONFIG_WHOLE
	    "tls: {min_version: 1.1}\nlog: {format: JSON, level: 7, "
	    "access: 1}\n",
	    "9:20: expected one of 1.2, 1.3, found \"1.1\"\n"
	    "10:15: expected one of text, json, found \"JSON\"\n"
	    "10:28: expected one of error, warning, notice, info, debug, "
	    "found \"7\"\n"
	    "10:39: expected true or false, found \"1\"\n" },
	{ "texts",
	    CONFIG_WHOLE "name: a b\ntls: {ciphers: '', groups: \"X\\n\"}\n",
	    "9:7: expected a word of letters, digits and \"-._~\", found \"a "
	    "b\"\n"
	    "10:16: expected a text of printable ASCII, of 1 to 1024 octets, "
	    "found \"\"\n"
	    "10:28: expected a text of printable ASCII, found \"X?\"\n" },
	{ "error pages",
	    CONFIG_WHOLE
	    "error_pages:\n- {status: 200, file: ca.pem}\n"
	    "- {status: 3xx, file: ca.pem}\n- {status: 600}\n"
	    "- {status: 5XX, file: gone.html}\n"
	    "- {status: 4xx, file: ca.pem, content_type: ''}\n"
	    "- {status: 4xx, file: ca.pem, content_type: \"a\\r\\nb: c\"}\n",
	    "10:12: expected a status from 400 to 599, or 4xx, or 5xx, found "
	    "\"200\"\n"
	    "11:12: expected a status from 400 to 599, or 4xx, or 5xx, found "
	    "\"3xx\"\n"
	    "12:3: an error page needs the key \"file\": what is said\n"
	    "12:12: expected a status from 400 to 599, or 4xx, or 5xx, found "
	    "\"600\"\n"
	    "13:12: expected a status from 400 to 599, or 4xx, or 5xx, found "
	    "\"5XX\"\n"
	    "13:23: cannot read /t/gone.html: No such file or directory\n"
	    "14:45: expected a text, of 1 to 256 octets, found \"\"\n"
	    "15:3: content_type is no media type such as text/html\n"
	    "15:3: the error page in line 14 is for this status already\n" },
	{ "limits that do not fit each other",
	    CONFIG_WHOLE "limits: {request: {line: 2KiB, head: 1KiB, "
			 "field: 1KiB}}\n",
	    "9:9: request: line and field cannot be larger than head, which "
	    "holds both\n" },
};

#define ADDRESS \
	"expected an address and a port, such as \"[::]:8443\", " \
	"\"127.0.0.1:8443\" or \"*:8443\", found "
#define NET \
	"expected an IP address such as 192.0.2.1, or a block such as " \
	"10.0.0.0/8 with zeros behind the prefix, found "
#define SERVER \
	"expected a server such as http://127.0.0.1:8080 or " \
	"unix:/run/x.sock, found "

static const struct mistake net[] = {
	{ "addresses",
	    "listeners: [{address: ':1'}, {address: localhost:1}, "
	    "{address: 1}]\n" CONFIG_BACKENDS CONFIG_SITE("a.b") CONFIG_ROUTE,
	    "1:23: " ADDRESS "\":1\"\n1:40: " ADDRESS "\"localhost:1\"\n"
	    "1:64: " ADDRESS "\"1\"\n" },
	{ "an address twice, port 0 as often as one likes",
	    "listeners: [{address: '*:1'}, {address: '127.0.0.1:0'},\n"
	    " {address: '[::]:1'}, {address: '127.0.0.1:0'}]\n" CONFIG_BACKENDS
		CONFIG_SITE("a.b") CONFIG_ROUTE,
	    "2:2: the listener in line 1 has this address already\n" },
	{ "a name twice, and what is none",
	    "listeners: [{address: '*:1', name: a}, {address: '*:2'},\n"
	    " {address: '*:3', name: a}, {address: '*:4', name: 'a:b'}]\n" CONFIG_BACKENDS
		CONFIG_SITE("a.b") CONFIG_ROUTE,
	    "2:2: the listener in line 1 has this name already\n"
	    "2:52: expected a word of letters, digits and \"-._~\", found "
	    "\"a:b\"\n" },
	{ "who may say where a client comes from",
	    "listeners:\n- {address: '*:1', proxy_protocol: require}\n"
	    "- {address: '*:2', trusted_proxies: 10.0.0.0/8}\n"
	    "- {address: '*:3', proxy_protocol: v2,\n"
	    "   trusted_proxies: [10.0.0.1/8, '::1', localhost, ~]}\n"
	    "- {address: '*:4', proxy_protocol: require, trusted_proxies: []}\n"
	    "- {address: '*:0', proxy_protocol: require, trusted_proxies: '::1'}\n"
	    "- {address: '*:0'}\n"
	    "- {address: '*:0', name: a}\n" CONFIG_BACKENDS CONFIG_SITE("a.b")
		CONFIG_ROUTE,
	    "2:3: proxy_protocol: require needs trusted_proxies: who else "
	    "connects could claim any address\n"
	    "3:3: trusted_proxies means nothing without proxy_protocol: "
	    "require\n"
	    "4:3: trusted_proxies means nothing without proxy_protocol: "
	    "require\n"
	    "4:36: expected one of off, require, found \"v2\"\n"
	    "5:22: " NET "\"10.0.0.1/8\"\n5:41: " NET "\"localhost\"\n"
	    "5:52: " NET "nothing\n"
	    "6:3: proxy_protocol: require needs trusted_proxies: who else "
	    "connects could claim any address\n"
	    "6:62: expected at least one: who may connect then\n"
	    "8:3: nothing but a name could tell this listener from the one in "
	    "line 7, and one has proxy_protocol\n" },
	{ "how a refusal is told", CONFIG_WHOLE "  detail: code\n",
	    "4:3: detail means nothing without on_refusal: http: an alert "
	    "says what it says\n" },
	{ "how a refusal is not told",
	    CONFIG_WHOLE "  on_refusal: https\n  detail: all\n",
	    "9:15: expected one of alert, http, found \"https\"\n"
	    "10:11: expected one of none, code, full, found \"all\"\n" },
	{ "what a backend is told of a client",
	    CONFIG_LISTENERS
	    "backends:\n"
	    "  web: {servers: http://h, proxy_protocol: v1}\n"
	    "  two: {servers: http://h, proxy_certificate: yes}\n" CONFIG_SITE(
		"a.b") CONFIG_ROUTE,
	    "3:44: expected one of off, v2, found \"v1\"\n"
	    "4:3: proxy_certificate means nothing without proxy_protocol: v2\n"
	    "4:3: warning: no route uses the backend \"two\"\n" },
	{ "servers",
	    CONFIG_LISTENERS
	    "backends:\n  web:\n    servers:\n    - https://h\n"
	    "    - http://h/\n    - http://u:p@h\n    - http://h?q\n"
	    "    - http://h:0\n    - http://\n    - http://::1\n"
	    "    - http://10.1\n    - http://-a\n    - h:80\n"
	    "    - unix:x.sock\n    - \"unix:/a\\n\"\n    - [http://h]\n" CONFIG_SITE(
		"a.b") CONFIG_ROUTE,
	    "5:7: TLS to a backend is not supported; use http:// or unix:\n"
	    "6:7: a server has no path, not even \"/\", and no query\n"
	    "7:7: a server has no user name\n"
	    "8:7: a server has no path, not even \"/\", and no query\n"
	    "9:7: expected http://host:port, a port from 1 to 65535\n"
	    "10:7: expected http://host:port, a port from 1 to 65535\n"
	    "11:7: expected http://host:port, a port from 1 to 65535\n"
	    "12:7: expected http://host:port, a port from 1 to 65535\n"
	    "13:7: the host is neither a DNS name nor an IP address\n"
	    "14:7: " SERVER "\"h:80\"\n"
	    "15:7: the path of a unix socket begins with /\n"
	    "16:7: the path of a unix socket is printable ASCII\n"
	    "17:7: " SERVER "a list\n" },
	{ "names",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names:\n  - '*.corp'\n  - 'a.*.b'\n  - 10.0.0.1\n"
	    "  - \xe2\x98\x83.b\n  - a..b\n  - ''\n  - {a: b}\n  - '.'\n"
	    "  - '*.'\n  - '*..'\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {ca: ca.pem}\n  routes:\n" CONFIG_ROUTE,
	    "5:5: " EXPECTED_NAME "\"*.corp\": a wildcard where none may be\n"
	    "6:5: " EXPECTED_NAME "\"a.*.b\": a wildcard where none may be\n"
	    "7:5: " EXPECTED_NAME "\"10.0.0.1\": an IP address\n"
	    "8:5: " EXPECTED_NAME "\"\xe2\x98\x83.b\": an octet that is no "
	    "letter, digit, hyphen, underscore or dot\n"
	    "9:5: " EXPECTED_NAME "\"a..b\": an empty label\n"
	    "10:5: " EXPECTED_NAME "\"\": an empty name\n"
	    "11:5: expected a DNS name, or a list of such, found a mapping\n"
	    "12:5: " EXPECTED_NAME "\".\": an empty label\n"
	    "13:5: " EXPECTED_NAME "\"*.\": an empty label\n"
	    "14:5: " EXPECTED_NAME "\"*..\": an empty label\n" },
	{ "a name twice, in one site and in two",
	    CONFIG_WHOLE "- names: [c.d, A.B., '*', C.D]\n"
			 "  certificates: [{chain: chain.pem, key: key.pem}]\n"
			 "  clients: {ca: ca.pem}\n  routes:\n" CONFIG_ROUTE
			 "- names: '*'\n"
			 "  certificates: [{chain: chain.pem, key: key.pem}]\n"
			 "  clients: {ca: ca.pem}\n  routes:\n" CONFIG_ROUTE,
	    "9:16: the name \"a.b\" is in line 4 already\n"
	    "9:27: the name \"c.d\" is in line 9 already\n"
	    "14:10: the name \"*\" is in line 9 already\n" },
	{ "files",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: none.pem}, {key: ''}, chain.pem]\n"
	    "  clients: {ca: [ca.pem, /no/ca.pem], crl: }\n  routes:\n" CONFIG_ROUTE,
	    "5:18: a certificate needs the key \"key\": a PEM file with the "
	    "private key\n"
	    "5:26: cannot read /t/none.pem: No such file or directory\n"
	    "5:37: a certificate needs the key \"chain\": a PEM file, the "
	    "server's certificate first\n"
	    "5:43: expected the path of a file, found \"\"\n"
	    "5:48: expected a mapping with chain, key, found \"chain.pem\"\n"
	    "6:26: cannot read /no/ca.pem: No such file or directory\n"
	    "6:44: expected the path of a file or a folder, or a list of such, "
	    "found nothing\n" },
	{ "revocation",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {ca: ca.pem,\n    revocation: {check: all,\n"
	    "      missing: yes, expired: 0s, x: y}}\n"
	    "  routes:\n" CONFIG_ROUTE,
	    "7:25: expected one of chain, leaf, found \"all\"\n"
	    "8:16: expected one of refuse, allow, found \"yes\"\n"
	    "8:30: expected refuse or a duration with its unit, such as 5s, "
	    "from 1s to 8760h, found \"0s\"\n"
	    "8:34: unknown key \"x\"; the keys of revocation are check, "
	    "missing, expired\n" },
	{ "clients without CAs",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients: {max_depth: 1}\n  routes:\n" CONFIG_ROUTE,
	    "6:12: clients needs the key \"ca\": PEM files with the CAs whose "
	    "clients may come\n" },
	{ "trust",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients:\n    trust:\n    - {ca: ca.pem}\n"
	    "    - {names: {dns: a.b}}\n    - {ca: ca.pem, names: {}}\n"
	    "    - ca: ca.pem\n      names: {dns: ['*.b', .b, '.', 10.0.0.1],\n"
	    "        uri: [x, 'http://a/?q'], email: [a@, .b], ip: [a, 10.0.0.0/33]}\n"
	    "  routes:\n" CONFIG_ROUTE,
	    "8:7: trust needs the key \"names\": the names that these CAs may "
	    "vouch for\n"
	    "9:7: trust needs the key \"ca\": PEM files with these CAs\n"
	    "10:27: expected at least one of dns, uri, email, ip, found a "
	    "mapping\n"
	    "12:21: expected a DNS name, found "
	    "\"*.b\": a wildcard where none may be; a "
	    "rule names one identity, or all below a name with dns_suffix: "
	    ".corp.example\n"
	    "12:32: expected a DNS name, found "
	    "\".\": an empty name\n"
	    "12:37: expected a DNS name, found "
	    "\"10.0.0.1\": an IP address; write it "
	    "with ip:\n"
	    "13:15: " EXPECTED_PREFIX "\"x\"\n"
	    "13:18: " EXPECTED_PREFIX "\"http://a/?q\"\n"
	    "13:42: expected a DNS name, found "
	    "\"a@\": an empty name\n"
	    "13:56: " EXPECTED_NET "\"a\"\n"
	    "13:59: " EXPECTED_NET "\"10.0.0.0/33\"\n" },
	{ "clients",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "sites:\n- names: a.b\n"
	    "  certificates: [{chain: chain.pem, key: key.pem}]\n"
	    "  clients:\n    ca: ca.pem\n    max_depth: 9\n"
	    "    min_key_bits: 1024\n    require_eku: maybe\n"
	    "    partial_chain: 1\n    max_validity: 0\n"
	    "    policies: [1.2.3, 3.1, 1.40, '1', 1.2., 01.2, 1.-2, a.b, 7]\n"
	    "  routes:\n" CONFIG_ROUTE,
	    "8:16: expected a whole number, from 0 to 8, found \"9\"\n"
	    "9:19: expected a whole number, from 2048 to 16384, found \"1024\"\n"
	    "10:18: expected true or false, found \"maybe\"\n"
	    "11:20: expected true or false, found \"1\"\n"
	    "12:19: expected unlimited or a duration with its unit, such as 5s, "
	    "from 1s to 876000h, found \"0\"\n"
	    "13:23: " EXPECTED_OID "\"3.1\"\n"
	    "13:28: " EXPECTED_OID "\"1.40\"\n"
	    "13:34: " EXPECTED_OID "\"1\"\n"
	    "13:39: " EXPECTED_OID "\"1.2.\"\n"
	    "13:45: " EXPECTED_OID "\"01.2\"\n"
	    "13:51: " EXPECTED_OID "\"1.-2\"\n"
	    "13:57: " EXPECTED_OID "\"a.b\"\n"
	    "13:62: " EXPECTED_OID "\"7\"\n" },
};

START_TEST(test_structure)
{
	config_mistake(&structure[_i]);
}
END_TEST

START_TEST(test_words)
{
	config_mistake(&words[_i]);
}
END_TEST

START_TEST(test_net)
{
	config_mistake(&net[_i]);
}
END_TEST

START_TEST(test_a_configuration_that_is_not_there)
{
	struct bundle *b = bundle_from_disk("/no/such.yaml");
	struct conf *conf;
	struct diag d;

	diag_init(&d);
	ck_assert_int_eq(conf_load(b, &d, &conf), E_CONFIG);
	ck_assert_ptr_null(conf);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_str_eq(d.entries[0].text,
	    "/no/such.yaml: cannot read the configuration: No such file or "
	    "directory");
	diag_clear(&d);
	bundle_free(b);
}
END_TEST

/* One run over a file with mistakes of every kind, sorted by place. */
START_TEST(test_all_mistakes_in_one_run)
{
	config_mistake(&(const struct mistake) { "all",
	    "wokers: 3\n"
	    "listeners:\n"
	    "  - address: 8443\n"
	    "sites:\n"
	    "  - names: [api.corp.example]\n"
	    "    certficates: []\n"
	    "    clients: {ca: clients.pem}\n"
	    "    routes:\n"
	    "      - path: /v1/\n"
	    "        backend: wbe\n"
	    "backends:\n"
	    "  web: {servers: [https://127.0.0.1]}\n"
	    "timeouts: {drain: 30}\n",
	    "1:1: unknown key \"wokers\"; did you mean \"workers\"?\n"
	    "3:14: " ADDRESS "\"8443\"\n"
	    "6:5: unknown key \"certficates\"; did you mean "
	    "\"certificates\"?\n"
	    "7:19: cannot read /t/clients.pem: No such file or directory\n"
	    "9:9: a route needs allow; to let in whoever the CA vouches for, "
	    "write allow: any\n"
	    "9:15: the path is not in its normal form; write \"/v1\"\n"
	    "10:18: there is no backend \"wbe\"; did you mean \"web\"?\n"
	    "12:19: TLS to a backend is not supported; use http:// or "
	    "unix:\n"
	    "13:19: expected a duration with its unit, such as 5s, from 100ms "
	    "to 24h, found \"30\"\n" });
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mistakes");
	TCase *t = tcase_create("mistakes");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_structure, 0, COUNT(structure));
	tcase_add_loop_test(t, test_words, 0, COUNT(words));
	tcase_add_loop_test(t, test_net, 0, COUNT(net));
	tcase_add_test(t, test_a_configuration_that_is_not_there);
	tcase_add_test(t, test_all_mistakes_in_one_run);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
