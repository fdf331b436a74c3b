/* Rules as the file has them, against names as certificates present them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cert/match.h"
#include "proxy/authz.h"
#include "support/cert_make.h"
#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* Numbers of GeneralName, RFC 5280, 4.2.1.6. */
enum { EMAIL = 1, DNS = 2, URI = 6, IP = 7, SRV = 100 };

static struct config conf;

/* Makes the rules the first route's; borrowed until unload(). */
static const struct conf_route *
load(const char *route, const char *site)
{
	char yaml[2048];

	snprintf(yaml, sizeof(yaml),
	    CONFIG_ROUTES("  - {path: /, backend: web, %s}\n") "  %s\n", route,
	    site);
	config_init(&conf, yaml);
	ck_assert_msg(conf.conf != NULL, "%s", conf.said);
	return &conf.conf->sites[0].routes[0];
}

static void
unload(void)
{
	config_clear(&conf);
}

static struct ident *
ident_of(const struct cert_spec *spec)
{
	struct cert c = cert_make(spec, NULL);
	struct ident *id;

	ck_assert_int_eq(ident_read(c.x, &id), 0);
	cert_clear(&c);
	return id;
}

static struct ident *
ident_of_one(int kind, struct slice value)
{
	struct cert_spec spec = { .cn = "other.example" };
	struct ident *id;
	struct buf b;

	buf_init(&b, 65536);
	if (kind == SRV)
		cert_san_put_other(&b, CERT_OID_SRV, value);
	else
		cert_san_put(&b, (unsigned)kind, value);
	cert_san_end(&b);
	spec.san_raw = buf_slice(&b);
	id = ident_of(&spec);
	buf_clear(&b);
	return id;
}

/* A rule, the one name that is presented, and how it fares. */
static const struct {
	const char *id;
	const char *rule;
	int kind;
	struct slice presented;
	enum match match;
} rows[] = {
	{ "ID-5", "dns: web.corp", DNS, SLICE("web.corp"), MATCH_YES },
	{ "ID-5", "dns: Web.Corp", DNS, SLICE("wEB.cORP"), MATCH_YES },
	{ "ID-5", "dns: web.corp", DNS, SLICE("a.web.corp"), MATCH_OTHER },
	{ "ID-5", "dns: web.corp", DNS, SLICE("corp"), MATCH_OTHER },
	{ "ID-5", "dns: web.corp", DNS, SLICE("web.corp.web.corp"),
	    MATCH_OTHER },
	{ "ID-5", "dns: web-corp", DNS, SLICE("web.corp"), MATCH_OTHER },
	/* "@" and "`" differ from each other as letters do in case */
	{ "ID-5", "dns: a_b.corp", DNS, SLICE("A_B.corp"), MATCH_YES },
	{ "ID-6",
	    "dns: b\xc3\xbc"
	    "cher.corp",
	    DNS, SLICE("XN--BCHER-kva.Corp"), MATCH_YES },
	{ "ID-6",
	    "dns: b\xc3\xbc"
	    "cher.corp",
	    DNS,
	    SLICE("b\xc3\xbc"
		  "cher.corp"),
	    MATCH_FLAWED },
	{ "ID-7", "dns: foo.corp.x", DNS, SLICE("f*.corp.x"), MATCH_FLAWED },
	{ "ID-8", "dns: a.b.corp.x", DNS, SLICE("*.corp.x"), MATCH_OTHER },
	{ "ID-8", "dns: corp.x", DNS, SLICE("*.corp.x"), MATCH_OTHER },
	{ "ID-9", "dns: web.corp.x", DNS, SLICE("*.corp.x"), MATCH_WILDCARD },
	{ "ID-9", "dns_suffix: .corp.x", DNS, SLICE("*.corp.x"),
	    MATCH_WILDCARD },
	{ "ID-9", "dns_suffix: .x", DNS, SLICE("*.corp.x"), MATCH_WILDCARD },
	{ "ID-9", "dns_suffix: .a.corp.x", DNS, SLICE("*.corp.x"),
	    MATCH_OTHER },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE("a.SVC.corp"),
	    MATCH_YES },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE("b.a.svc.corp"),
	    MATCH_YES },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE("svc.corp"),
	    MATCH_OTHER },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE("xsvc.corp"),
	    MATCH_OTHER },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE("a.svc.corp.evil"),
	    MATCH_OTHER },
	{ "ID-10", "dns_suffix: .svc.corp", DNS, SLICE(".svc.corp"),
	    MATCH_FLAWED },
	{ "ID-11", "ip: 10.0.0.1", IP, SLICE("\x0a\0\0\x01"), MATCH_YES },
	{ "ID-11", "ip: 10.0.0.1", IP, SLICE("\x0a\0\0\x02"), MATCH_OTHER },
	{ "ID-11", "ip: 10.0.0.1", IP,
	    SLICE("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01"), MATCH_OTHER },
	{ "ID-11", "ip: '::ffff:10.0.0.1'", IP, SLICE("\x0a\0\0\x01"),
	    MATCH_OTHER },
	{ "ID-11", "ip: 10.0.0.0/8", IP, SLICE("\x0a\xff\xff\xff"), MATCH_YES },
	{ "ID-11", "ip: 10.0.0.0/8", IP, SLICE("\x0b\0\0\0"), MATCH_OTHER },
	{ "ID-11", "ip: 10.128.0.0/9", IP, SLICE("\x0a\x80\0\0"), MATCH_YES },
	{ "ID-11", "ip: 10.128.0.0/9", IP, SLICE("\x0a\x7f\0\0"), MATCH_OTHER },
	{ "ID-11", "ip: 0.0.0.0/0", IP, SLICE("\xff\xff\xff\xff"), MATCH_YES },
	{ "ID-11", "ip: 0.0.0.0/0", IP,
	    SLICE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"), MATCH_OTHER },
	{ "ID-11", "ip: 0.0.0.0/0", IP, SLICE("\x0a\0\0\0\xff\0\0\0"),
	    MATCH_FLAWED },
	{ "ID-11", "ip: '2001:db8::/33'", IP,
	    SLICE("\x20\x01\x0d\xb8\x7f\0\0\0\0\0\0\0\0\0\0\x01"), MATCH_YES },
	{ "ID-11", "ip: '2001:db8::/33'", IP,
	    SLICE("\x20\x01\x0d\xb8\x80\0\0\0\0\0\0\0\0\0\0\x01"),
	    MATCH_OTHER },
	{ "ID-12", "ip: 10.0.0.1", DNS, SLICE("10.0.0.1"), MATCH_NOTHING },
	{ "ID-12", "ip: 10.0.0.1", IP, SLICE("10.0.0.1"), MATCH_FLAWED },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("x://a/B"), MATCH_YES },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("x://a/b"), MATCH_OTHER },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("X://a/B"), MATCH_OTHER },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("x://a/B/"), MATCH_OTHER },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("x://a/%42"), MATCH_OTHER },
	{ "ID-13", "uri: 'x://a/B'", URI, SLICE("x://a/B\0"), MATCH_FLAWED },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b"), MATCH_YES },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/c/d"),
	    MATCH_YES },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/bc"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/../c"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/%2e%2E/c"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/..%2fc"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b//c"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b?c"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/c?d"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a/b'", URI, SLICE("x://a/b/c#d"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a'", URI, SLICE("x://a/b"), MATCH_YES },
	{ "ID-13", "uri_prefix: 'x://a'", URI, SLICE("x://a.evil/b"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a'", URI, SLICE("x://a:1/b"),
	    MATCH_OTHER },
	{ "ID-13", "uri_prefix: 'x://a'", URI, SLICE("x://a@evil/b"),
	    MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("HTTPS://WEB.corp:8443/a?b#c"), MATCH_YES },
	{ "ID-13", "uri_id: 'https://web.corp'", URI, SLICE("https://web.corp"),
	    MATCH_YES },
	{ "ID-13", "uri_id: 'https://web.corp'", URI, SLICE("http://web.corp"),
	    MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("https://web.corp.evil"), MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("https://web.corp@evil"), MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("https://u@web.corp"), MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("https://web.corp."), MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI, SLICE("https:web.corp"),
	    MATCH_OTHER },
	{ "ID-13", "uri_id: 'https://web.corp'", URI,
	    SLICE("https:///web.corp"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns/Web}", URI,
	    SLICE("spiffe://a.b/ns/Web"), MATCH_YES },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns/Web}", URI,
	    SLICE("spiffe://a.b/ns/web"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://a.b/ns/web"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("SPIFFE://a.b/ns"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://A.b/ns"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://u@a.b/ns"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://a.b:1/ns"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://a.b/ns?q"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://a.b/ns#f"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path: /ns}", URI,
	    SLICE("spiffe://a.b/n%73"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /ns}", URI,
	    SLICE("spiffe://a.b/ns/web"), MATCH_YES },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /ns}", URI,
	    SLICE("spiffe://a.b/ns"), MATCH_YES },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /ns}", URI,
	    SLICE("spiffe://a.b/nsx"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /ns}", URI,
	    SLICE("spiffe://a.b/ns/../x"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /ns}", URI,
	    SLICE("spiffe://a.b/ns/"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /}", URI,
	    SLICE("spiffe://a.b/x"), MATCH_YES },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /}", URI,
	    SLICE("spiffe://a.b"), MATCH_OTHER },
	{ "ID-14", "spiffe: {trust_domain: a.b, path_prefix: /}", URI,
	    SLICE("spiffe://a.b.c/x"), MATCH_OTHER },
	{ "ID-15", "srv: _https.web.corp", SRV, SLICE("_HTTPS.Web.corp"),
	    MATCH_YES },
	{ "ID-15", "srv: _https.web.corp", SRV, SLICE("_http.web.corp"),
	    MATCH_OTHER },
	{ "ID-15", "srv: _https.web.corp", SRV, SLICE("_https.b.corp"),
	    MATCH_OTHER },
	{ "ID-15", "srv: _https.web.corp", SRV, SLICE("https.web.corp"),
	    MATCH_FLAWED },
	{ "ID-20", "dns: web.corp", DNS, SLICE("web.corp\0"), MATCH_FLAWED },
	{ "ID-20", "dns: web.corp", DNS, SLICE("web.corp\0.evil"),
	    MATCH_FLAWED },
	{ "ID-20", "dns: web.corp", DNS, SLICE("web.corp\n"), MATCH_FLAWED },
	{ "SR-13", "dns: web.corp", DNS, SLICE("a.corp,web.corp"),
	    MATCH_FLAWED },
	{ "SR-13", "dns: web.corp", DNS, SLICE("a.corp, DNS:web.corp"),
	    MATCH_FLAWED },
	{ "ID-21", "dns: web.corp.", DNS, SLICE("web.corp"), MATCH_YES },
	{ "ID-21", "dns: web.corp.", DNS, SLICE("web.corp."), MATCH_FLAWED },
	{ "ID-22", "email: al@corp.x", EMAIL, SLICE("al@CORP.x"), MATCH_YES },
	{ "ID-22", "email: al@corp.x", EMAIL, SLICE("Al@corp.x"), MATCH_OTHER },
	{ "ID-22", "email: al@corp.x", EMAIL, SLICE("bal@corp.x"),
	    MATCH_OTHER },
	{ "ID-22", "email: al@corp.x", EMAIL, SLICE("al@a.corp.x"),
	    MATCH_OTHER },
	{ "ID-22", "email: al@corp.x", EMAIL, SLICE("al@corp.x\0@b"),
	    MATCH_FLAWED },
};

START_TEST(test_match)
{
	char rule[512];
	const struct conf_route *r;
	struct ident *id = ident_of_one(rows[_i].kind, rows[_i].presented);
	struct match_by by;
	enum match m;

	snprintf(rule, sizeof(rule), "allow: [{%s}]", rows[_i].rule);
	r = load(rule, "");
	m = match_term(id, &r->allow.at[0].terms[0], MATCH_STRICT, &by);
	ck_assert_msg(m == rows[_i].match, "%s: %s: %s, row %d", rows[_i].id,
	    rows[_i].rule, match_text(m), _i);
	ck_assert_int_eq(by.san != NULL, m == MATCH_YES);
	ck_assert_int_eq(match_rule(id, &r->allow.at[0], MATCH_STRICT, &by),
	    m == MATCH_YES);
	/* wildcards: match changes the verdict over wildcards alone */
	ck_assert_int_eq(match_rule(id, &r->allow.at[0], MATCH_WILD, &by),
	    m >= MATCH_WILDCARD);
	/* and what matches surely matches in doubt */
	ck_assert(m < MATCH_WILDCARD ||
	    match_rule(id, &r->allow.at[0], MATCH_DOUBT, &by));
	unload();
	ident_unref(id);
}
END_TEST

/* A CA that may vouch for certain names alone says nothing of the rest; but
 * what is unsure denies. */
START_TEST(test_what_a_bound_ca_says_besides_names)
{
	static const struct {
		const char *key, *value; /* NULL: its digest */
		enum match match;
	} each[] = {
		{ "common_name", "leaf.corp", MATCH_BOUND },
		{ "subject", "{CN: leaf.corp}", MATCH_BOUND },
		{ "issuer", "{CN: leaf.corp}", MATCH_BOUND },
		{ "serial", "'01'", MATCH_BOUND },
		{ "spki", NULL, MATCH_YES },
		{ "fingerprint", NULL, MATCH_YES },
	};
	struct cert_spec spec = { .cn = "leaf.corp", .san = "", .serial = "1" };
	struct cert c = cert_make(&spec, NULL);
	const struct conf_route *r;
	struct ident *id;

	ck_assert_int_eq(ident_read(c.x, &id), 0);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		char list[256], hex[65];
		const unsigned char *sum = each[i].key[0] == 's' ? id->spki :
								   id->sha256;
		struct match_by by;

		for (int j = 0; j < 32; j++)
			(void)snprintf(hex + 2 * j, 3, "%02x", sum[j]);
		snprintf(list, sizeof(list), "allow: [{%s: %s}]", each[i].key,
		    each[i].value != NULL ? each[i].value : hex);
		r = load(list, "");
		id->is_bound = false;
		ck_assert_int_eq(match_term(id, &r->allow.at[0].terms[0],
				     MATCH_WILD, &by),
		    MATCH_YES);
		id->is_bound = true;
		ck_assert_int_eq(match_term(id, &r->allow.at[0].terms[0],
				     MATCH_WILD, &by),
		    each[i].match);
		ck_assert_int_eq(match_rules(id, &r->allow, MATCH_STRICT,
				     &by) != NULL,
		    each[i].match == MATCH_YES);
		ck_assert_ptr_nonnull(
		    match_rules(id, &r->allow, MATCH_DOUBT, &by));
		unload();
	}
	ident_unref(id);
	cert_clear(&c);
}
END_TEST

/* SR-11, ID-16: a value in a place of another type satisfies nothing. */
START_TEST(test_SR_11_ID_16_types_never_mix)
{
	static const struct {
		const char *rule;
		struct slice value;
		int kind;
	} each[] = {
		{ "dns: web.corp", SLICE("web.corp"), DNS },
		{ "dns_suffix: .corp", SLICE("web.corp"), DNS },
		{ "common_name: web.corp", SLICE("web.corp"), -1 },
		{ "uri: 'x:y'", SLICE("x:y"), URI },
		{ "uri_prefix: 'x://y'", SLICE("x://y"), URI },
		{ "uri_id: 'x://y'", SLICE("x://y"), URI },
		{ "spiffe: {trust_domain: y, path: /z}", SLICE("spiffe://y/z"),
		    URI },
		{ "srv: _a.b", SLICE("_a.b"), SRV },
		{ "email: a@b", SLICE("a@b"), EMAIL },
		{ "ip: 65.66.67.68", SLICE("ABCD"), IP },
		{ "subject: {CN: x}", SLICE("x"), -1 },
	};
	static const int kinds[] = { EMAIL, DNS, URI, IP, SRV };

	for (int i = 0; i < COUNT(each); i++)
		for (int k = 0; k < COUNT(kinds); k++) {
			struct ident *id = ident_of_one(kinds[k],
			    each[i].value);
			char rule[128];
			struct match_by by;

			snprintf(rule, sizeof(rule), "allow: [{%s}]",
			    each[i].rule);
			ck_assert_msg(match_rule(id,
					  &load(rule, "")->allow.at[0],
					  MATCH_WILD,
					  &by) == (kinds[k] == each[i].kind),
			    "%s against kind %d", each[i].rule, kinds[k]);
			unload();
			ident_unref(id);
		}
}
END_TEST

/* What several names and a subject do to a rule, and who it is then. */
static const struct {
	const char *id;
	const char *rule;
	struct cert_spec cert;
	const char *identity; /* NULL: no match */
} whole[] = {
	/* ID-3, ID-4: the subject is the rule's very name */
	{ "ID-4", "dns: web.corp", { .cn = "web.corp", .san = "" }, NULL },
	{ "ID-4", "dns: web.corp", { .cn = "web.corp", .san = "DNS:a" }, NULL },
	{ "ID-17", "dns: web.corp",
	    { .cn = "x", .san = "DNS:a.b,URI:x:y,DNS:web.corp" }, "web.corp" },
	{ "ID-17", "dns: WEB.corp", { .cn = "x", .san = "DNS:Web.Corp" },
	    "Web.Corp" },
	{ "ID-14", "spiffe: {trust_domain: a, path: /b}",
	    { .cn = "x", .san = "DNS:a,URI:spiffe://a/b" }, "spiffe://a/b" },
	{ "ID-14", "spiffe: {trust_domain: a, path: /b}",
	    { .cn = "x", .san = "URI:spiffe://a/b,URI:x:y" }, NULL },
	{ "ID-14", "spiffe: {trust_domain: a, path: /b}",
	    { .cn = "x", .san = "URI:spiffe://a/b,URI:spiffe://a/b" }, NULL },
	/* RFC 6125, 6.4.4 */
	{ "ID-3", "common_name: web.corp", { .cn = "Web.corp", .san = "" },
	    "Web.corp" },
	{ "ID-3", "common_name: web.corp",
	    { .cn = "web.corp", .san = "email:a@b,IP:10.0.0.1" }, "web.corp" },
	{ "ID-4", "common_name: web.corp",
	    { .cn = "web.corp", .san = "DNS:other.corp" }, NULL },
	{ "ID-4", "common_name: web.corp",
	    { .cn = "web.corp", .san = "DNS:a." }, NULL },
	{ "ID-4", "common_name: web.corp",
	    { .cn = "web.corp", .san = "URI:x:y" }, NULL },
	{ "ID-9", "common_name: web.corp", { .cn = "*.corp", .san = "" },
	    NULL },
	{ "ID-3", "common_name: web.corp", { .cn = "", .san = "" }, NULL },
	/* attributes */
	{ "ID-3", "subject: {CN: web}", { .cn = "web", .o = "E" },
	    "CN=web,O=E" },
	{ "ID-3", "subject: {CN: web, O: E}", { .cn = "web", .o = "E" },
	    "CN=web,O=E" },
	{ "ID-3", "subject: {CN: web, O: e}", { .cn = "web", .o = "E" }, NULL },
	{ "ID-3", "subject: {CN: web, OU: x}", { .cn = "web", .o = "E" },
	    NULL },
	{ "ID-3", "subject: {CN: [web, web]}", { .cn = "web" }, NULL },
	{ "SR-25", "subject: {CN: '.*'}", { .cn = "web" }, NULL },
	{ "SR-13", "subject: {CN: web}", { .cn = "x,CN=web" }, NULL },
	{ "SR-13", "subject: {O: E}", { .cn = "web,O=E" }, NULL },
	{ "ID-23", "subject: {CN: web}", { .cn = "" }, NULL },
	{ "", "issuer: {CN: web}", { .cn = "web" }, "" },
	{ "", "issuer: {CN: corp}", { .cn = "web" }, NULL },
	/* serial numbers */
	{ "", "{serial: 0a0b, issuer: {CN: web}}",
	    { .cn = "web", .serial = "0A0B" }, "" },
	{ "", "{serial: '00:00:8A:0B', issuer: {CN: web}}",
	    { .cn = "web", .serial = "8A0B" }, "" },
	{ "", "{serial: 0a0b0c, issuer: {CN: web}}",
	    { .cn = "web", .serial = "0A0B" }, NULL },
	{ "", "{serial: 0a0b, issuer: {CN: x}}",
	    { .cn = "web", .serial = "0A0B" }, NULL },
	/* all keys of a rule */
	{ "", "{dns: web.corp, uri: 'x:y'}",
	    { .cn = "x", .san = "URI:x:y,DNS:web.corp" }, "web.corp" },
	{ "", "{dns: web.corp, uri: 'x:y'}", { .cn = "x", .san = "URI:x:y" },
	    NULL },
	{ "", "{dns: web.corp, uri: 'x:y'}",
	    { .cn = "x", .san = "DNS:web.corp" }, NULL },
	{ "", "{issuer: {CN: x}, ip: 10.0.0.0/8, subject: {CN: x}}",
	    { .cn = "x", .san = "IP:10.1.2.3" }, "10.1.2.3" },
	/* any rule of the list */
	{ "", "{dns: a.b}, {uri: 'x:y'}", { .cn = "x", .san = "URI:x:y" },
	    "x:y" },
	{ "", "{group: g}", { .cn = "x", .san = "URI:x:y" }, "x:y" },
	{ "", "{group: g}", { .cn = "x", .san = "DNS:b.b" }, "b.b" },
	{ "", "{group: g}", { .cn = "x", .san = "DNS:c.c" }, NULL },
	{ "", "{group: g, ip: 10.0.0.1}", { .cn = "x", .san = "DNS:b.b" },
	    NULL },
	{ "", "{group: g, ip: 10.0.0.1}",
	    { .cn = "x", .san = "IP:10.0.0.1,DNS:b.b" }, "b.b" },
};

START_TEST(test_whole)
{
	struct ident *id = ident_of(&whole[_i].cert);
	const struct conf_route *r;
	char rule[512], who[256];
	struct match_by by;
	bool is;

	snprintf(rule, sizeof(rule), "allow: [%s%s%s]",
	    whole[_i].rule[0] == '{' ? "" : "{", whole[_i].rule,
	    whole[_i].rule[0] == '{' ? "" : "}");
	r = load(rule,
	    "wildcards: match\nidentities: {g: [uri: 'x:y', dns: "
	    "b.b]}");
	is = match_rules(id, &r->allow, MATCH_WILD, &by) != NULL;
	match_format(&by, who, sizeof(who));
	ck_assert_msg(is == (whole[_i].identity != NULL), "%s: %s",
	    whole[_i].id, whole[_i].rule);
	ck_assert_str_eq(who, is ? whole[_i].identity : "");
	unload();
	ident_unref(id);
}
END_TEST

/* What a denial counts, and nothing that lets in does. */
static const struct {
	const char *rule;
	struct cert_spec cert;
	bool is; /* in doubt; with certainty it never is */
} doubts[] = {
	{ "dns: bad.corp", { .san = "DNS:BAD.corp.,DNS:web.corp" }, true },
	{ "dns: bad.corp", { .san = "DNS:bad.corp..,DNS:web.corp" }, false },
	{ "dns_suffix: .bad.corp", { .san = "DNS:a.bad.corp." }, true },
	{ "uri_prefix: 'x://y/bad'", { .san = "URI:x://y/bad?q" }, true },
	{ "uri_prefix: 'x://y/bad'", { .san = "URI:x://y/bad/#f" }, true },
	{ "uri_prefix: 'x://y/bad'", { .san = "URI:x://y/bad/a/../b" }, true },
	{ "uri_prefix: 'x://y/bad'", { .san = "URI:x://y/bad/ " }, true },
	{ "uri_prefix: 'x://y/bad'", { .san = "URI:x://y/badly" }, false },
	{ "spiffe: {trust_domain: y, path: /bad}",
	    { .san = "URI:spiffe://y/bad,URI:x:y" }, true },
	{ "spiffe: {trust_domain: y, path: /bad}",
	    { .san = "URI:SPIFFE://Y/bad" }, true },
	{ "spiffe: {trust_domain: y, path: /bad}",
	    { .san = "URI:spiffe://y/bad/" }, true },
	{ "spiffe: {trust_domain: y, path: /bad}",
	    { .san = "URI:spiffe://y/bad/a" }, false },
	{ "spiffe: {trust_domain: y, path_prefix: /bad}",
	    { .san = "URI:spiffe://y/bad?q,URI:x:y" }, true },
	{ "spiffe: {trust_domain: y, path_prefix: /}",
	    { .san = "URI:spiffe://y.z/bad,URI:x:y" }, false },
	{ "email: bad@corp.x", { .san = "email:Bad@corp.x" }, true },
	{ "ip: 10.0.0.0/8", { .san = "IP:::ffff:10.1.2.3" }, true },
	{ "ip: 10.0.0.0/8", { .san = "IP:::ffff:11.1.2.3" }, false },
	{ "ip: 10.0.0.0/8", { .san = "IP:::10.1.2.3" }, false },
	{ "common_name: bad.corp", { .cn = "bad.corp", .san = "DNS:web.corp" },
	    true },
	{ "common_name: bad.corp",
	    { .subject = "CN=bad.corp/CN=web.corp", .san = "DNS:web.corp" },
	    true },
	{ "common_name: bad.corp", { .subject = "CN=web.corp/CN=BAD.corp" },
	    true },
	{ "common_name: bad.corp", { .cn = "web.corp" }, false },
	{ "subject: {OU: bad}", { .subject = "OU=bad/OU=good/CN=x" }, true },
	{ "subject: {OU: bad}", { .subject = "OU=good/OU=bad/CN=x" }, true },
	{ "subject: {OU: [bad, worse]}", { .subject = "OU=bad/OU=worse/CN=x" },
	    true },
	{ "subject: {OU: [bad, worse]}", { .subject = "OU=bad/OU=good/CN=x" },
	    false },
	{ "subject: {OU: bad, O: y}", { .subject = "OU=bad/OU=z/O=z/CN=x" },
	    false },
	{ "group: g", { .san = "URI:spiffe://y/g,URI:x:y" }, true },
};

START_TEST(test_a_denial_counts_what_is_unsure)
{
	struct ident *id = ident_of(&doubts[_i].cert);
	const struct conf_route *r;
	struct match_by by;
	char rule[256];

	snprintf(rule, sizeof(rule), "deny: [{%s}], allow: any",
	    doubts[_i].rule);
	r = load(rule,
	    "wildcards: refuse\nidentities: {g: [spiffe: {trust_domain: "
	    "y, path: /g}]}");
	ck_assert_msg((match_rules(id, &r->deny, MATCH_DOUBT, &by) != NULL) ==
		doubts[_i].is,
	    "%s, row %d", doubts[_i].rule, _i);
	ck_assert_msg(match_rules(id, &r->deny, MATCH_WILD, &by) == NULL,
	    "%s, row %d", doubts[_i].rule, _i);
	unload();
	ident_unref(id);
}
END_TEST

/* ID-17, ID-18, ID-7: bad ones are passed over, in any order. */
START_TEST(test_ID_18_the_order_of_names_means_nothing)
{
	static const struct slice all[] = { SLICE("f*.corp"), SLICE("web.corp"),
		SLICE("other.example"), SLICE("web.corp\0") };
	const struct conf_route *r = load("allow: [dns: web.corp]", "");
	struct match_by by;

	for (int first = 0; first < COUNT(all); first++) {
		struct cert_spec spec = { .cn = "x" };
		struct ident *id;
		struct buf b;

		buf_init(&b, 65536);
		for (int i = 0; i < COUNT(all); i++)
			cert_san_put(&b, DNS, all[(first + i) % COUNT(all)]);
		cert_san_end(&b);
		spec.san_raw = buf_slice(&b);
		id = ident_of(&spec);
		buf_clear(&b);
		ck_assert(match_rule(id, &r->allow.at[0], MATCH_STRICT, &by));
		ck_assert(slice_eq(by.san->value, all[1]));
		ident_unref(id);
	}
	unload();
}
END_TEST

START_TEST(test_digests)
{
	struct cert_spec spec = { .cn = "x" };
	struct ident *id = ident_of(&spec), *other;
	char rule[256], spki[65];
	const struct conf_route *r;
	struct match_by by;

	for (int i = 0; i < 32; i++)
		snprintf(spki + (ptrdiff_t)2 * i, 3, "%02X", id->spki[i]);
	snprintf(rule, sizeof(rule), "allow: [{fingerprint: %.*s}, {spki: %s}]",
	    SLICE_ARG(id->fingerprint), spki);
	r = load(rule, "");
	ck_assert(match_rule(id, &r->allow.at[0], MATCH_STRICT, &by));
	ck_assert(slice_eq(by.text, id->fingerprint));
	ck_assert(match_rule(id, &r->allow.at[1], MATCH_STRICT, &by));
	/* renewed: another certificate with the same key */
	other = ident_of(&spec);
	ck_assert(!match_rule(other, &r->allow.at[0], MATCH_STRICT, &by));
	ck_assert(match_rule(other, &r->allow.at[1], MATCH_STRICT, &by));
	ident_unref(other);
	spec.variant = 1;
	other = ident_of(&spec);
	ck_assert(!match_rule(other, &r->allow.at[1], MATCH_STRICT, &by));
	ident_unref(other);
	ident_unref(id);
	unload();
}
END_TEST

/* A route, a certificate's names, and what comes of them. */
static const struct {
	const char *route, *site, *san;
	const char *reason;
	const char *rule;
} routes[] = {
	{ "allow: any", "", "", "ok", "any" },
	{ "allow: any, deny: [dns: a.b]", "", "DNS:a.b", "denied", "dns:a.b" },
	{ "allow: any, deny: [dns: a.b]", "", "DNS:c.b", "ok", "any" },
	{ "allow: [dns: c.b], deny: [dns: a.b]", "", "DNS:c.b,DNS:a.b",
	    "denied", "dns:a.b" },
	{ "allow: [dns: c.b], deny: [{dns: a.b, uri: 'x:y'}]", "",
	    "DNS:c.b,DNS:a.b", "ok", "dns:c.b" },
	{ "allow: [dns: c.b]", "", "DNS:d.b", "no-rule", "" },
	/* ID-9 */
	{ "allow: [dns: c.b.x]", "", "DNS:*.b.x", "wildcard-presented", "" },
	{ "allow: [dns: c.b.x]", "wildcards: match", "DNS:*.b.x", "ok",
	    "dns:c.b.x" },
	{ "allow: [dns: c.b.x]", "", "DNS:*.b.x,DNS:c.b.x", "ok", "dns:c.b.x" },
	{ "allow: [{dns: c.b.x, uri: 'x:y'}]", "", "DNS:*.b.x", "no-rule", "" },
	{ "allow: any, deny: [dns: c.b.x]", "", "DNS:*.b.x", "denied",
	    "dns:c.b.x" },
	{ "allow: any, deny: [dns_suffix: .b.x]", "", "DNS:*.b.x", "denied",
	    "dns_suffix:.b.x" },
};

START_TEST(test_routes)
{
	struct cert_spec spec = { .cn = "x", .san = routes[_i].san };
	const struct conf_route *r = load(routes[_i].route, routes[_i].site);
	struct ident *id = ident_of(&spec);
	struct authz a;
	int e = authz_check(&conf.conf->sites[0], r, id, &a);

	ck_assert_str_eq(e == 0 ? "ok" : err_slug(e), routes[_i].reason);
	ck_assert_int_eq(a.rule != NULL, routes[_i].rule[0] != '\0');
	if (a.rule != NULL)
		ck_assert(slice_eq(a.rule->text, slice_str(routes[_i].rule)));
	ck_assert_int_eq(authz_check(&conf.conf->sites[0], r, NULL, &a),
	    E_NO_RULE);
	unload();
	ident_unref(id);
}
END_TEST

START_TEST(test_a_rule_without_terms_admits_nobody)
{
	struct cert_spec spec = { .cn = "x" };
	struct ident *id = ident_of(&spec);
	struct conf_rule none = { 0 };
	struct match_by by;

	ck_assert(!match_rule(id, &none, MATCH_WILD, &by));
	ident_unref(id);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("match");
	TCase *t = tcase_create("match");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_match, 0, COUNT(rows));
	tcase_add_test(t, test_what_a_bound_ca_says_besides_names);
	tcase_add_test(t, test_SR_11_ID_16_types_never_mix);
	tcase_add_loop_test(t, test_whole, 0, COUNT(whole));
	tcase_add_loop_test(t, test_a_denial_counts_what_is_unsure, 0,
	    COUNT(doubts));
	tcase_add_test(t, test_ID_18_the_order_of_names_means_nothing);
	tcase_add_test(t, test_digests);
	tcase_add_loop_test(t, test_routes, 0, COUNT(routes));
	tcase_add_test(t, test_a_rule_without_terms_admits_nobody);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
