#include <check.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cert/ident.h"
#include "support/cert_make.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* Numbers of GeneralName, RFC 5280, 4.2.1.6. */
enum { EMAIL = 1, DNS = 2, DIRECTORY = 4, URI = 6, IP = 7, RID = 8, SRV = 100 };

#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "abc"
#define URI_2048 \
	"spiffe://a/" L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 \
	    L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 L63 \
		L63 L63 L10 L10 "a"

/* One name in a certificate; whether it counts. */
static const struct {
	const char *id;
	int kind;
	struct slice value;
	bool counts;
	bool is_wildcard;
} names[] = {
	{ "", DNS, SLICE("web.corp.example"), true, false },
	{ "ID-6", DNS, SLICE("XN--BCHER-KVA.example"), true, false },
	{ "ID-6", DNS,
	    SLICE("b\xc3\xbc"
		  "cher.example"),
	    false, false },
	{ "ID-7", DNS, SLICE("*.corp.example"), true, true },
	{ "ID-7", DNS, SLICE("f*.corp.example"), false, false },
	{ "ID-7", DNS, SLICE("a.*.example"), false, false },
	{ "ID-7", DNS, SLICE("*.*.example"), false, false },
	{ "ID-7", DNS, SLICE("xn--*.example"), false, false },
	{ "ID-7", DNS, SLICE("*"), false, false },
	{ "ID-12", DNS, SLICE("10.0.0.1"), false, false },
	{ "ID-20", DNS, SLICE(""), false, false },
	{ "ID-20", DNS, SLICE(" "), false, false },
	{ "ID-20", DNS, SLICE("web.corp.example\0.evil.example"), false,
	    false },
	{ "ID-20", DNS, SLICE("web.corp.example\0"), false, false },
	{ "ID-20", DNS, SLICE("web\n.corp"), false, false },
	{ "ID-20", DNS, SLICE("web,corp.example"), false, false },
	{ "ID-20", DNS, SLICE("\"web\".example"), false, false },
	{ "ID-20", DNS, SLICE(".corp.example"), false, false },
	{ "ID-20", DNS, SLICE("a..b"), false, false },
	{ "ID-20", DNS, SLICE(L63 "d.example"), false, false },
	{ "ID-21", DNS, SLICE("web.corp.example."), false, false },
	{ "", URI, SLICE("spiffe://corp.example/ns/prod/sa/web"), true, false },
	{ "", URI, SLICE("urn:uuid:f81d4fae-7dec-11d0-a765"), true, false },
	{ "", URI, SLICE("https://a/%7e?q#f"), true, false },
	{ "ID-20", URI, SLICE(""), false, false },
	{ "ID-20", URI, SLICE("web.corp.example"), false, false },
	{ "ID-20", URI, SLICE("/a/b"), false, false },
	{ "ID-20", URI, SLICE("spiffe://a/b c"), false, false },
	{ "ID-20", URI, SLICE("spiffe://a/\0"), false, false },
	{ "ID-20", URI, SLICE("spiffe://a/%00"), false, false },
	{ "ID-20", URI, SLICE("spiffe://a/%zz"), false, false },
	{ "ID-20", URI, SLICE("spiffe://a/%2"), false, false },
	{ "ID-20", URI, SLICE("spiffe://\xc3\xbc/"), false, false },
	{ "ID-14", URI, SLICE(URI_2048), true, false },
	{ "ID-14", URI, SLICE(URI_2048 "x"), false, false },
	{ "ID-22", EMAIL, SLICE("alice@corp.example"), true, false },
	{ "ID-22", EMAIL, SLICE("a.b+c=d@corp.example"), true, false },
	{ "ID-22", EMAIL, SLICE("alice"), false, false },
	{ "ID-22", EMAIL, SLICE("corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("alice@"), false, false },
	{ "ID-22", EMAIL, SLICE("a@b@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("a..b@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE(".a@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("a.@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("\"a b\"@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("a\0@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("a@corp.example\0"), false, false },
	{ "ID-22", EMAIL, SLICE("a@*.corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE("a@10.0.0.1"), false, false },
	{ "ID-22", EMAIL, SLICE("Alice <a@corp.example>"), false, false },
	{ "ID-22", EMAIL, SLICE("\xc3\xbc@corp.example"), false, false },
	{ "ID-22", EMAIL, SLICE(L63 "d@corp.example"), true, false },
	{ "ID-22", EMAIL, SLICE(L63 "de@corp.example"), false, false },
	{ "ID-11", IP, SLICE("\x0a\0\0\x01"), true, false },
	{ "ID-11", IP, SLICE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"), true,
	    false },
	{ "ID-11", IP, SLICE(""), false, false },
	{ "ID-11", IP, SLICE("\x0a\0\0"), false, false },
	{ "ID-11", IP, SLICE("\x0a\0\0\0\xff\xff\xff\0"), false, false },
	{ "ID-11", IP, SLICE("10.0.0.1"), false, false },
	{ "ID-15", SRV, SLICE("_https.corp.example"), true, false },
	{ "ID-15", SRV, SLICE("_xmpp-server.corp.example"), true, false },
	{ "ID-15", SRV, SLICE("https.corp.example"), false, false },
	{ "ID-15", SRV, SLICE("_.corp.example"), false, false },
	{ "ID-15", SRV, SLICE("_https"), false, false },
	{ "ID-15", SRV, SLICE("_https."), false, false },
	{ "ID-15", SRV, SLICE("_ht tps.corp.example"), false, false },
	{ "ID-15", SRV, SLICE("_https.*.example"), false, false },
	{ "ID-15", SRV, SLICE("_https.corp.example\0"), false, false },
};

static enum san_type
type_of(int kind)
{
	switch (kind) {
	case DNS:
		return SAN_DNS;
	case URI:
		return SAN_URI;
	case EMAIL:
		return SAN_EMAIL;
	case IP:
		return SAN_IP;
	default:
		return SAN_SRV;
	}
}

static void
put(struct buf *b, int kind, struct slice value)
{
	if (kind == SRV)
		cert_san_put_other(b, CERT_OID_SRV, value);
	else
		cert_san_put(b, (unsigned)kind, value);
}

/* The identity of a certificate with these names; frees the buf. */
static struct ident *
ident_of(struct buf *b, int expected)
{
	struct cert_spec spec = { .cn = "web.corp.example" };
	struct ident *id;
	struct cert c;

	cert_san_end(b);
	spec.san_raw = buf_slice(b);
	c = cert_make(&spec, NULL);
	ck_assert_str_eq(err_slug(ident_read(c.x, &id)), err_slug(expected));
	cert_clear(&c);
	buf_clear(b);
	return id;
}

static struct ident *
ident_of_one(int kind, struct slice value)
{
	struct buf b;

	buf_init(&b, 65536);
	put(&b, kind, value);
	return ident_of(&b, 0);
}

START_TEST(test_name)
{
	struct ident *id = ident_of_one(names[_i].kind, names[_i].value);
	const struct san *san = &id->sans[0];
	char shown[64];

	san_format(san, shown, sizeof(shown));
	ck_assert_uint_eq(id->san_count, 1);
	ck_assert_int_eq(san->type, type_of(names[_i].kind));
	ck_assert_msg(slice_eq(san->value, names[_i].value), "%s: read as %s",
	    names[_i].id, shown);
	ck_assert_msg((san->flaw == NULL) == names[_i].counts, "%s %s %s: %s",
	    names[_i].id, san_type_name(san->type), shown,
	    san->flaw != NULL ? san->flaw : "no flaw");
	ck_assert_int_eq(san->is_wildcard, names[_i].is_wildcard);
	ident_unref(id);
}
END_TEST

START_TEST(test_names_of_other_types_are_counted)
{
	struct ident *id;
	struct buf b;

	buf_init(&b, 65536);
	put(&b, RID, CERT_OID_SRV);
	put(&b, DIRECTORY, SL("\x30\x00"));
	cert_san_put_other(&b, CERT_OID_UPN, SL("alice@corp.example"));
	put(&b, DNS, SL("web.corp.example"));
	id = ident_of(&b, 0);
	ck_assert_uint_eq(id->san_count, 1);
	ck_assert_uint_eq(id->other_count, 3);
	ident_unref(id);
}
END_TEST

static void
many(struct buf *b, int count, size_t octets)
{
	char name[4096];

	buf_init(b, 65536);
	memset(name, 'a', sizeof(name));
	for (int i = 0; i < count; i++)
		put(b, DNS, slice_of(name, octets));
}

START_TEST(test_names_are_bounded)
{
	struct ident *id;
	struct buf b;

	many(&b, 100, 5); /* ID-18 */
	id = ident_of(&b, 0);
	ck_assert_uint_eq(id->san_count, 100);
	ident_unref(id);

	many(&b, 101, 5);
	id = ident_of(&b, E_CERT_SANS_MANY);
	ck_assert_uint_eq(id->san_count, 0);
	ck_assert(slice_eq(id->subject, SL("CN=web.corp.example")));
	ident_unref(id);

	many(&b, 5, 4000);
	id = ident_of(&b, E_CERT_SANS_MANY);
	ident_unref(id);
}
END_TEST

START_TEST(test_what_logs_say)
{
	struct cert_spec spec = { .cn = "a\"b,c=d\ne\xc3\xbc",
		.o = "Example",
		.serial = "0A0B0C",
		.from = CERT_NOW,
		.to = CERT_NOW + 9 };
	struct cert c = cert_make(&spec, NULL);
	struct ident *id, *same;

	ck_assert_int_eq(ident_read(c.x, &id), 0);
	/* RFC 4514: the last first, escaped; SR-13, XF-8 */
	ck_assert(slice_eq(id->subject,
	    SL("CN=a\\\"b\\,c=d\\0Ae\\C3\\BC,O=Example")));
	ck_assert(slice_eq(id->issuer, id->subject));
	ck_assert(slice_eq(id->serial, SL("0a0b0c")));
	ck_assert_uint_eq(id->fingerprint.n, 64);
	ck_assert_int_eq(id->not_before, CERT_NOW);
	ck_assert_int_eq(id->not_after, CERT_NOW + 9);
	same = ident_ref(id);
	ident_unref(id);
	ck_assert_uint_eq(same->refs, 1);
	ident_unref(same);
	ident_unref(NULL);
	cert_clear(&c);
}
END_TEST

START_TEST(test_long_fields_are_cut)
{
	struct cert_spec spec = { .cn = L60, .o = L60, .serial = NULL };
	char serial[2 * 100 + 1];
	struct cert c;
	struct ident *id;

	memset(serial, 'a', sizeof(serial) - 1);
	serial[sizeof(serial) - 1] = '\0';
	spec.serial = serial;
	c = cert_make(&spec, NULL);
	ck_assert_int_eq(ident_read(c.x, &id), 0);
	ck_assert_uint_eq(id->serial.n, 2 * 64 + 3);
	ck_assert(slice_ends(id->serial, SL("a...")));
	ident_unref(id);
	cert_clear(&c);
}
END_TEST

START_TEST(test_format)
{
	const struct {
		struct san san;
		const char *text;
	} rows[] = {
		{ { .type = SAN_IP, .value = SLICE("\x0a\0\0\x01") },
		    "10.0.0.1" },
		{ { .type = SAN_IP,
		      .value = SLICE("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
				     "\x01") },
		    "2001:db8::1" },
		{ { .type = SAN_IP, .value = SLICE("\x0a") }, "\\x0a" },
		{ { .type = SAN_DNS, .value = SLICE("a\0b\"c") },
		    "a\\x00b\\\"c" },
		{ { .type = SAN_URI, .value = SLICE("spiffe://a/b") },
		    "spiffe://a/b" },
	};
	char out[64];

	for (int i = 0; i < COUNT(rows); i++) {
		san_format(&rows[i].san, out, sizeof(out));
		ck_assert_str_eq(out, rows[i].text);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ident");
	TCase *t = tcase_create("ident");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_name, 0, COUNT(names));
	tcase_add_test(t, test_names_of_other_types_are_counted);
	tcase_add_test(t, test_names_are_bounded);
	tcase_add_test(t, test_what_logs_say);
	tcase_add_test(t, test_long_fields_are_cut);
	tcase_add_test(t, test_format);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
