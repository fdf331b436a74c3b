/* Identity rules that are not good: what is said of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define KEYS \
	"group, dns, dns_suffix, uri, uri_prefix, uri_id, spiffe, srv, " \
	"email, ip, common_name, subject, fingerprint, spki, issuer, serial"
#define SUFFIX "expected a dot and a DNS name such as .svc.corp.example, found "
/* A route with these rules. */
#define WITH_ALLOW(allow) "  - {path: /, allow: " allow ", backend: web}\n"
#define ALLOW \
	"expected the word any, or a list of rules such as - dns: " \
	"web.corp.example, found "
#define DNS "expected a DNS name, found "
#define URI "expected a whole URI such as spiffe://corp.example/web, found "
#define ANY "any is no rule among others; it stands alone, as allow: any\n"

static const struct mistake rules[] = {
	{ "no rules", CONFIG_ROUTES(WITH_ALLOW("[]")),
	    "8:22: expected at least one: who may come in here\n" },
	{ "no list", CONFIG_ROUTES(WITH_ALLOW("all")),
	    "8:22: " ALLOW "\"all\"\n" },
	{ "a rule without a list", CONFIG_ROUTES(WITH_ALLOW("{dns: a.b}")),
	    "8:22: " ALLOW "a mapping\n" },
	{ "nothing", CONFIG_ROUTES("  - {path: /, allow: , backend: web}\n"),
	    "8:22: " ALLOW "nothing\n" },
	{ "any among others", CONFIG_ROUTES(WITH_ALLOW("[dns: a.b, any]")),
	    "8:33: " ANY },
	{ "any as a key", CONFIG_ROUTES(WITH_ALLOW("[any: true]")),
	    "8:23: unknown key \"any\"; the keys of a rule are " KEYS "\n" },
	{ "an unknown rule", CONFIG_ROUTES(WITH_ALLOW("[dsn: a.b]")),
	    "8:23: unknown key \"dsn\"; did you mean \"dns\"?\n" },
	{ "no rule in one", CONFIG_ROUTES(WITH_ALLOW("[{}, ~, a.b, [x]]")),
	    "8:23: expected a rule such as dns: web.corp.example, found a "
	    "mapping\n"
	    "8:27: expected a rule such as dns: web.corp.example, found "
	    "nothing\n"
	    "8:30: expected a mapping with " KEYS ", found \"a.b\"\n"
	    "8:35: expected a mapping with " KEYS ", found a list\n" },
	{ "ID-10: a pattern is no name",
	    CONFIG_ROUTES(WITH_ALLOW("[dns: '*.corp.example']")),
	    "8:28: " DNS "\"*.corp.example\": a wildcard where none may be; a "
	    "rule names one identity, or all below a name with dns_suffix: "
	    ".corp.example\n" },
	{ "ID-12: an IP address is no name",
	    CONFIG_ROUTES(
		WITH_ALLOW("[dns: 10.0.0.1, common_name: 10.0.0.1, "
			   "dns_suffix: .0.1, uri_id: 'x://10.0.0.1']")),
	    "8:28: " DNS "\"10.0.0.1\": an IP address; write it with ip:\n"
	    "8:51: " DNS "\"10.0.0.1\": an IP address; write it with ip:\n"
	    "8:73: " DNS "\".0.1\": an IP address; write it with ip:\n"
	    "8:87: " DNS "\"x://10.0.0.1\": an IP address; write it with "
	    "ip:\n" },
	{ "ID-6: what has no A-labels",
	    CONFIG_ROUTES(WITH_ALLOW("[dns: '\xe2\x98\x83.corp', "
				     "dns: 'B\xc3\x9c.corp']")),
	    "8:28: " DNS "\"\xe2\x98\x83.corp\", which has no A-labels: string "
	    "contains a disallowed character\n"
	    "8:43: " DNS "\"B\xc3\x9c.corp\", which has no A-labels: string "
	    "contains a disallowed character\n" },
	{ "ID-20: a name with an empty label",
	    CONFIG_ROUTES(WITH_ALLOW("[dns: .corp, dns: a.b..]")),
	    "8:28: " DNS "\".corp\": an empty label\n"
	    "8:40: " DNS "\"a.b..\": an empty label\n" },
	{ "URIs",
	    CONFIG_ROUTES(WITH_ALLOW("[uri: //a/b, uri: a, uri: 'x:y z', "
				     "uri: [x], uri: ]")),
	    "8:28: " URI "\"//a/b\"\n8:40: " URI "\"a\"\n"
	    "8:48: " URI "\"x:y z\"\n"
	    "8:62: expected a text, found a list\n"
	    "8:72: expected a text, found nothing\n" },
	{ "ID-10: suffixes",
	    CONFIG_ROUTES(WITH_ALLOW("[dns_suffix: corp, dns_suffix: '*.corp', "
				     "dns_suffix: ., dns_suffix: ..a]")),
	    "8:35: " SUFFIX "\"corp\"\n8:53: " SUFFIX "\"*.corp\"\n"
	    "8:75: " DNS "\".\": an empty name\n"
	    "8:90: " DNS "\"..a\": an empty label\n" },
};

#define PREFIX \
	"expected the first segments of a URI such as " \
	"spiffe://corp.example/ns/prod, without a slash at its end"
#define SCHEME  "expected a scheme and a host such as https://web.corp.example"
#define SERVICE "expected a service and a name such as _https.web.corp.example"
#define MAIL    "expected a mail address such as alice@corp.example"
#define NET \
	"expected an IP address such as 10.0.0.1, or a network such as " \
	"10.0.0.0/8"
#define DIGEST "expected a SHA-256, in 64 hexadecimal digits"
#define HEX    "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
#define ONE_PATH \
	"spiffe needs either path or path_prefix; path_prefix: / is the " \
	"whole trust domain"

/* One rule, and how the first that is said of it begins. */
static const struct {
	const char *rule, *said;
} single[] = {
	{ "uri: 'x://a/%00'", "expected a whole URI" },
	{ "uri_prefix: 'x://a/'", PREFIX },
	{ "uri_prefix: 'x://a/b/'", PREFIX },
	{ "uri_prefix: 'x://a/b?c'", PREFIX },
	{ "uri_prefix: 'x://a#'", PREFIX },
	{ "uri_prefix: 'x:a/b'", PREFIX },
	{ "uri_prefix: 'x://u@a/b'", PREFIX },
	{ "uri_prefix: 'x://a/../b'", PREFIX },
	{ "uri_prefix: 'x://a/%2e%2e/b'", PREFIX },
	{ "uri_prefix: 'x:///b'", PREFIX },
	{ "uri_prefix: 'x://a//b'", PREFIX },
	{ "uri_id: web.corp", SCHEME },
	{ "uri_id: 'sip:web.corp'", SCHEME },
	{ "uri_id: '://web.corp'", SCHEME },
	{ "uri_id: '1://web.corp'", SCHEME },
	{ "uri_id: 'x://web.corp/'", DNS },
	{ "uri_id: 'x://web.corp:1'", DNS },
	{ "uri_id: 'x://*.corp'", DNS },
	{ "srv: https.corp", SERVICE },
	{ "srv: _.corp", SERVICE },
	{ "srv: _https", SERVICE },
	{ "srv: '_a*.corp'", SERVICE },
	{ "srv: _https.", DNS },
	{ "srv: '_https.*.corp'", DNS },
	{ "email: corp.example", MAIL },
	{ "email: '@corp.example'", MAIL },
	{ "email: a..b@corp", MAIL },
	{ "email: '*@corp'", "" },
	{ "email: \"\\xfc@corp\"", MAIL },
	{ "email: a@b@corp", DNS },
	{ "email: a@10.0.0.1", DNS },
	{ "ip: web.corp", NET },
	{ "ip: 10.0.0", NET },
	{ "ip: 10.0.0.0/33", NET },
	{ "ip: 10.0.0.0/", NET },
	{ "ip: '::1/129'", NET },
	{ "ip: 'fe80::1%eth0'", NET },
	{ "ip: 10.0.0.1/8",
	    "the address has bits behind its prefix; write 10.0.0.0/8" },
	{ "ip: '2001:db8::1/32'",
	    "the address has bits behind its prefix; write 2001:db8::/32" },
	{ "fingerprint: " HEX, DIGEST },
	{ "fingerprint: " HEX "0011", DIGEST },
	{ "fingerprint: " HEX "0g", DIGEST },
	{ "fingerprint: ':" HEX "00'", DIGEST },
	{ "spki: sha256", DIGEST },
	{ "serial: abc", "expected a serial number in hexadecimal" },
	{ "serial: 0x0a", "expected a serial number in hexadecimal" },
	{ "serial: 0a", "warning: each CA has its own serial numbers" },
	{ "spiffe: a.b/c", "expected a mapping with trust_domain" },
	{ "spiffe: {path: /a}", "spiffe needs the key \"trust_domain\"" },
	{ "spiffe: {trust_domain: a.b}", ONE_PATH },
	{ "spiffe: {trust_domain: a.b, path: /a, path_prefix: /a}", ONE_PATH },
	{ "spiffe: {trust_domain: A.b, path: /a}",
	    "expected a trust domain such as corp.example, in lower case" },
	{ "spiffe: {trust_domain: 'a.b:1', path: /a}",
	    "expected a trust domain such as corp.example, in lower case" },
	{ "spiffe: {trust_domain: a.b, path: a}",
	    "expected a text, of 2 to 2048 octets" },
	{ "spiffe: {trust_domain: a.b, path: /a/}", "expected a path such as" },
	{ "spiffe: {trust_domain: a.b, path: /a//b}",
	    "expected a path such as" },
	{ "spiffe: {trust_domain: a.b, path: /../b}",
	    "expected a path such as" },
	{ "spiffe: {trust_domain: a.b, path: '/%61'}",
	    "expected a path such as" },
	{ "spiffe: {trust_domain: a.b, path_prefix: /a/}",
	    "expected the first segments of a path" },
	{ "subject: CN=web", "expected a mapping from attributes" },
	{ "subject: {}", "expected a mapping from attributes" },
	{ "subject: {cn: web}", "expected an attribute such as CN" },
	{ "subject: {1: web}", "expected an attribute such as CN" },
	{ "subject: {CN: web, 2.5.4.3: x}",
	    "this attribute is here already, as CN" },
	{ "subject: {CN: ''}", "expected a text, of 1 to 1024 octets" },
	{ "common_name: 'Alice B'", DNS },
	{ "common_name: web.corp", "warning: common_name is for certificates" },
	{ "{common_name: web.corp, dns: web.corp}",
	    "the rule can never match: common_name counts only where there "
	    "is nothing for dns" },
	{ "{common_name: web.corp, srv: _x.web.corp}",
	    "the rule can never match: common_name counts only where there "
	    "is nothing for srv" },
	{ "{spiffe: {trust_domain: a, path: /b}, uri: 'spiffe://a/c'}",
	    "spiffe is about the only URI that there is; uri beside it" },
	{ "group: nobody", "identities has no \"nobody\"" },
};

START_TEST(test_single)
{
	bool is_map = single[_i].rule[0] == '{';
	struct config c;
	char yaml[1024];
	const char *said;

	snprintf(yaml, sizeof(yaml),
	    CONFIG_ROUTES("  - {path: /, allow: [%s%s%s], backend: web}\n"),
	    is_map ? "" : "{", single[_i].rule, is_map ? "" : "}");
	config_init(&c, yaml);
	said = strstr(c.said, ": ");
	said = said == NULL ? c.said : said + 2;
	ck_assert_msg(strncmp(said, single[_i].said, strlen(single[_i].said)) ==
		0,
	    "%s: %s", single[_i].rule, c.said);
	ck_assert_int_eq(single[_i].said[0] == '\0', c.said[0] == '\0');
	ck_assert_int_eq(c.conf != NULL,
	    single[_i].said[0] == '\0' ||
		strncmp(single[_i].said, "warning", 7) == 0);
	config_clear(&c);
}
END_TEST

#define POINTLESS(line) \
	"warning: the rule in line " line " is for all that this one is for\n"

static const struct mistake lists[] = {
	{ "groups",
	    CONFIG_LISTENERS CONFIG_BACKENDS
	    "identities:\n"
	    "  ops: [{group: dev}]\n"
	    "  dev: [dns: a.b]\n"
	    "  'a b': []\n"
	    "  old: {dns: a.b}\n" CONFIG_SITE(
		"a.b") "  - {path: /, allow: [{group: ops}, {group: dve}],\n"
		       "     backend: web}\n",
	    "4:17: a group has no groups in it; write its rules out\n"
	    "5:3: warning: no route uses the identities \"dev\"\n"
	    "6:3: the name of a group has at most 64 letters, digits, and "
	    "\"-\", \"_\", \".\" behind the first\n"
	    "6:3: warning: no route uses the identities \"a b\"\n"
	    "6:10: expected at least one: who belongs to the group\n"
	    "7:3: warning: no route uses the identities \"old\"\n"
	    "7:8: expected a list, each a rule such as dns: "
	    "web.corp.example, found a mapping\n"
	    "13:45: identities has no \"dve\"; did you mean \"dev\"?\n" },
	{ "no list of groups", CONFIG_WHOLE "identities: [dns: a.b]\n",
	    "9:13: expected a mapping from names to lists of rules, found a "
	    "list\n" },
	{ "deny",
	    CONFIG_ROUTES(
		"  - {path: /, deny: any, allow: any, backend: web}\n"
		"  - {path: /a, deny: [any], allow: any, backend: web}\n"),
	    "8:21: expected a list, each a rule such as dns: "
	    "web.corp.example, found \"any\"\n"
	    "9:12: no request reaches this route: the one in line 8 with "
	    "the path \"/\" takes them all; the longer path must come first\n"
	    "9:23: any is no rule among others; it stands alone, as allow: "
	    "any\n" },
	{ "a deny that hides all",
	    CONFIG_ROUTES(
		"  - path: /\n"
		"    backend: web\n"
		"    deny:\n"
		"    - dns_suffix: .corp\n"
		"    - ip: 10.0.0.0/8\n"
		"    - group: g\n"
		"    - subject: {O: x}\n"
		"    - {dns: q.q, ip: '::1'}\n"
		"    allow:\n"
		"    - dns: a.corp\n"
		"    - ip: 10.1.0.0/16\n"
		"    - uri: 'x:y'\n"
		"    - subject: {CN: y, O: x}\n"
		"    - {dns: q.q, ip: '::2'}\n"
		"    - {uri: 'a:b', dns_suffix: .a.corp}\n"
		"identities: {g: [uri_prefix: 'x://h', uri: 'x:y']}\n"),
	    "17:7: the rule can never match: deny in line 11 is for all that "
	    "it is for\n"
	    "18:7: the rule can never match: deny in line 12 is for all that "
	    "it is for\n"
	    "19:7: the rule can never match: deny in line 13 is for all that "
	    "it is for\n"
	    "20:7: the rule can never match: deny in line 14 is for all that "
	    "it is for\n"
	    "22:7: the rule can never match: deny in line 11 is for all that "
	    "it is for\n" },
	{ "pointless rules",
	    CONFIG_ROUTES("  - path: /\n"
			  "    backend: nowhere\n"
			  "    allow:\n"
			  "    - dns: a.corp\n"
			  "    - dns_suffix: .corp\n"
			  "    - {dns: b.b, uri: 'x:y'}\n"
			  "    - dns: b.b\n"
			  "    - dns: b.b\n"
			  "    - uri_prefix: x://a/b/c\n"
			  "    - uri_prefix: x://a/b\n"
			  "    - uri_prefix: x://a/bc\n"
			  "    - spiffe: {trust_domain: a, path: /b}\n"
			  "    - spiffe: {trust_domain: a, path_prefix: /}\n"),
	    "2:12: warning: no route uses the backend \"web\"\n"
	    "9:14: there is no backend \"nowhere\"\n"
	    "11:7: " POINTLESS("12") "13:7: " POINTLESS("14") "15:7: " POINTLESS(
		"14") "16:7: " POINTLESS("17") "19:7: " POINTLESS("20") },
};

START_TEST(test_lists)
{
	config_mistake(&lists[_i]);
}
END_TEST

START_TEST(test_rules)
{
	config_mistake(&rules[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mistakes in rules");
	TCase *t = tcase_create("mistakes in rules");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_rules, 0, COUNT(rules));
	tcase_add_loop_test(t, test_single, 0, COUNT(single));
	tcase_add_loop_test(t, test_lists, 0, COUNT(lists));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
