#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert/chain.h"
#include "cert/pem.h"
#include "support/cert_cases.h"
#include "support/cert_expect.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct cert_spec ca_spec = { .cn = "ca", .is_ca = true };

/* How many certificates chain_read finds; -1: a mistake. */
static int
read_text(const char *text, struct diag *d)
{
	struct bundle_file f;
	struct conf_file cf;
	STACK_OF(X509) *chain;
	int n;

	diag_init(d);
	cert_file(&f, &cf, "/t/x.pem", slice_str(text));
	chain = chain_read(&cf, d);
	n = chain == NULL ? -1 : sk_X509_num(chain);
	chain_free(chain);
	return n;
}

static char *
pem_of(const struct cert *c)
{
	struct buf b;
	char *s;

	buf_init(&b, 65536);
	cert_pem(&b, c);
	s = strndup(buf_slice(&b).p, buf_len(&b));
	buf_clear(&b);
	return s;
}

/* The text with one certificate where "%s" is. */
static int
read_with(const char *format, const char *pem, struct diag *d)
{
	size_t size = strlen(format) + 3 * strlen(pem);
	char *all = malloc(size);
	int n;

	/* at most two; formats are the constants below */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(all, size, format, pem, pem);
#pragma GCC diagnostic pop
	n = read_text(all, d);
	free(all);
	return n;
}

START_TEST(test_pem_reading)
{
	struct cert c = cert_make(&ca_spec, NULL);
	char *pem = pem_of(&c);
	struct diag d;

	ck_assert_int_eq(read_with("%s", pem, &d), 1);
	ck_assert_int_eq(read_with("%s%s", pem, &d), 2);
	ck_assert_int_eq(read_with("subject=x\n%s# and\n\n%s\n", pem, &d), 2);
	QUIET(&d);
	ck_assert_int_eq(read_text("", &d), -1);
	EXPECT(&d, "/t/x.pem: holds no certificate, expected PEM");
	ck_assert_int_eq(read_text("hello\n", &d), -1);
	EXPECT(&d, "holds no certificate");
	ck_assert_int_eq(read_with("%.200s", pem, &d), -1);
	EXPECT(&d, "the PEM is broken");
	ck_assert_int_eq(read_with("%s-----BEGIN CERTIF", pem, &d), -1);
	EXPECT(&d, "the PEM is broken (cut off)");
	ck_assert_int_eq(read_with("%s%.300s", pem, &d), -1);
	EXPECT(&d, "the PEM is broken");
	ck_assert_int_eq(read_with("%s-----BEGIN CERTIFICATE-----\n!!!!\n"
				   "-----END CERTIFICATE-----\n",
			     pem, &d),
	    -1);
	EXPECT(&d, "the PEM is broken");
	ck_assert_int_eq(read_with("%s-----BEGIN CERTIFICATE-----\nMAA=\n"
				   "-----END CERTIFICATE-----\n",
			     pem, &d),
	    -1);
	EXPECT(&d, "block 2 is no X.509 certificate");
	ck_assert_int_eq(read_with("-----BEGIN X-----\nMAA=\n-----END X-----\n"
				   "%s",
			     pem, &d),
	    -1);
	EXPECT(&d, "block 1 is \"X\", expected only \"CERTIFICATE\"");
	free(pem);
	cert_clear(&c);
}
END_TEST

START_TEST(test_a_file_that_could_not_be_read)
{
	struct bundle_file f;
	struct conf_file cf;
	struct diag d;

	diag_init(&d);
	cert_file(&f, &cf, "/t/x.pem", SL(""));
	f.sys_errno = 2;
	ck_assert_ptr_null(chain_read(&cf, &d));
	EXPECT(&d, "/t/x.pem: No such file or directory");
	diag_init(&d);
	ck_assert_ptr_null(key_read(&cf, &d));
	EXPECT(&d, "/t/x.pem: No such file or directory");
}
END_TEST

static bool
reads_key(struct slice text, struct diag *d)
{
	struct bundle_file f;
	struct conf_file cf;
	EVP_PKEY *key;

	diag_init(d);
	cert_file(&f, &cf, "/t/x.key", text);
	key = key_read(&cf, d);
	EVP_PKEY_free(key);
	return key != NULL;
}

static void
encrypted(struct buf *b, bool old)
{
	EVP_PKEY *key = cert_key(KEY_RSA2048, 0);
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char word[] = "secret";
	char *p;
	long n;

	if (old)
		PEM_write_bio_PrivateKey_traditional(bio, key,
		    EVP_aes_128_cbc(), word, 6, NULL, NULL);
	else
		PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(),
		    (char *)word, 6, NULL, NULL);
	n = BIO_get_mem_data(bio, &p);
	buf_put(b, slice_of(p, (size_t)n));
	BIO_free(bio);
}

START_TEST(test_key_reading)
{
	struct cert c = cert_make(&ca_spec, NULL);
	struct diag d;
	struct buf b;

	buf_init(&b, 65536);
	cert_pem(&b, &c);
	ck_assert(!reads_key(buf_slice(&b), &d));
	EXPECT(&d, "holds no private key, expected exactly one");
	cert_key_pem(&b, &c);
	ck_assert(reads_key(buf_slice(&b), &d));
	QUIET(&d);
	cert_key_pem(&b, &c);
	ck_assert(!reads_key(buf_slice(&b), &d));
	EXPECT(&d, "holds more than one private key");
	for (int old = 0; old < 2; old++) {
		buf_clear(&b);
		encrypted(&b, old);
		ck_assert(!reads_key(buf_slice(&b), &d));
		EXPECT(&d, "is encrypted, expected one without password");
	}
	ck_assert(!reads_key(SL("-----BEGIN PRIVATE KEY-----\nMAA=\n"
				"-----END PRIVATE KEY-----\n"),
	    &d));
	EXPECT(&d, "cannot be decoded");
	buf_clear(&b);
	cert_clear(&c);
}
END_TEST

/* A server's chain of one to three, and what is to be said of it. */
struct server_case {
	const char *name;
	struct cert_spec leaf, inter;
	struct slice names[3];
	enum { LEAF, LEAF_INTER, LEAF_ROOT_INTER } shape;
	enum cert_key key; /* shown as its key */
	const char *said[4];
};

/* Leaves are for servers and are called a.b.c unless a row says else. */
static const struct server_case servers[] = {
	{ .name = "good", .leaf = { .cn = "s" } },
	{ .name = "good, with its chain",
	    .leaf = { .cn = "s" },
	    .shape = LEAF_INTER },
	{ .name = "no extendedKeyUsage", .leaf = { .eku = "" } },
	{ .name = "any extendedKeyUsage",
	    .leaf = { .eku = "anyExtendedKeyUsage" } },
	{ .name = "every name covered",
	    .leaf = { .san = "DNS:*.b.c" },
	    .names = { SLICE("x.b.c"), SLICE("*.b.c"), SLICE("*") } },
	{ .name = "a key that does not fit",
	    .leaf = { .cn = "s" },
	    .key = KEY_P384,
	    .said = { "/t/x.key: the key does not fit the first certificate "
		      "of /t/x.pem" } },
	{ .name = "expired",
	    .leaf = { .to = CERT_NOW - 1 },
	    .said = { "?/t/x.pem: certificate 1 expired on 2027-01-15" } },
	{ .name = "the issuing CA expired",
	    .leaf = { .cn = "s" },
	    .inter.to = CERT_NOW - 3600,
	    .shape = LEAF_INTER,
	    .said = { "?certificate 2 expired on 2027-01-15" } },
	{ .name = "not yet valid",
	    .leaf = { .from = CERT_NOW + 1 },
	    .said = { "?certificate 1 is not valid before 2027-01-15" } },
	{ .name = "a date that cannot be read",
	    .leaf = { .to_text = "202801010000Z" },
	    .said = { "certificate 1 has dates that cannot be read" } },
	{ .name = "29 days",
	    .leaf = { .to = CERT_NOW + 30 * CERT_DAY - 1 },
	    .said = { "?expires in 29 days" } },
	{ .name = "30 days", .leaf = { .to = CERT_NOW + 30 * CERT_DAY } },
	{ .name = "for clients",
	    .leaf = { .eku = "clientAuth" },
	    .said = { "is not meant for servers, expected extendedKeyUsage "
		      "with serverAuth" } },
	{ .name = "may not sign",
	    .leaf = { .ku = "keyEncipherment" },
	    .said = { "may not sign handshakes" } },
	{ .name = "a weak key",
	    .leaf = { .key = KEY_RSA1024 },
	    .key = KEY_RSA1024,
	    .said = { "an RSA key of fewer than 2048 bits" } },
	{ .name = "a weak digest",
	    .leaf = { .md = "SHA1" },
	    .said = { "certificate 1 has a signature with a digest weaker" } },
	{ .name = "chain out of order",
	    .leaf = { .cn = "s" },
	    .shape = LEAF_ROOT_INTER,
	    .said = { "?certificate 2 did not issue certificate 1",
		"?certificate 3 did not issue certificate 2" } },
	{ .name = "names that are not covered",
	    .leaf = { .cn = "s" },
	    .names = { SLICE("b.c"), SLICE("x.a.b.c"), SLICE("a.b.c") },
	    .said = { "?does not cover the site's name \"b.c\"",
		"?does not cover the site's name \"x.a.b.c\"" } },
	{ .name = "a wildcard covers one label",
	    .leaf = { .san = "DNS:*.b.c" },
	    .names = { SLICE("b.c"), SLICE("x.y.b.c"), SLICE("*.c") },
	    .said = { "?name \"b.c\"", "?name \"x.y.b.c\"", "?name \"*.c\"" } },
	{ .name = "the CN does not count",
	    .leaf = { .cn = "a.b.c", .san = "" },
	    .names = { SLICE("a.b.c") },
	    .said = { "?name \"a.b.c\"" } },
	{ .name = "a name of another type",
	    .leaf = { .san = "email:x@a.b.c,IP:10.0.0.1" },
	    .names = { SLICE("a.b.c") },
	    .said = { "?name \"a.b.c\"" } },
};

START_TEST(test_server)
{
	const struct server_case *sc = &servers[_i];
	struct cert_spec up = sc->inter, server = sc->leaf;
	struct cert root = cert_make(&ca_spec, NULL), inter, leaf;
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct conf_site site = { .names = (struct slice *)sc->names };
	struct conf_certificate conf;
	struct bundle_file f[2];
	struct diag d;

	up.cn = "issuing";
	up.is_ca = true;
	up.variant = 2;
	inter = cert_make(&up, &root);
	if (server.eku == NULL)
		server.eku = "serverAuth";
	if (server.san == NULL)
		server.san = "DNS:a.b.c";
	leaf = cert_make(&server, &inter);
	while (site.name_count < 3 && sc->names[site.name_count].n > 0)
		site.name_count++;
	cert_file(&f[0], &conf.chain, "/t/x.pem", SL(""));
	cert_file(&f[1], &conf.key, "/t/x.key", SL(""));
	sk_X509_push(chain, leaf.x);
	if (sc->shape == LEAF_ROOT_INTER)
		sk_X509_push(chain, root.x);
	if (sc->shape != LEAF)
		sk_X509_push(chain, inter.x);
	diag_init(&d);
	chain_check_server(&site, &conf, chain, cert_key(sc->key, 0), CERT_NOW,
	    &d);
	cert_expect(&d, sc->said);
	sk_X509_free(chain);
	cert_clear(&root);
	cert_clear(&inter);
	cert_clear(&leaf);
}
END_TEST

START_TEST(test_days_left)
{
	static const struct {
		int64_t to, days;
	} rows[] = { { 0, 0 }, { CERT_DAY - 1, 0 }, { CERT_DAY, 1 }, { -1, -1 },
		{ -CERT_DAY, -1 }, { -CERT_DAY - 1, -2 } };

	for (int i = 0; i < COUNT(rows); i++) {
		struct cert_spec s = { .to = CERT_NOW + rows[i].to };
		struct cert c[2] = { cert_make(&ca_spec, NULL),
			cert_make(&s, NULL) };
		STACK_OF(X509) *chain = sk_X509_new_null();

		sk_X509_push(chain, c[0].x);
		sk_X509_push(chain, c[1].x);
		ck_assert_int_eq(chain_days_left(chain, CERT_NOW),
		    rows[i].days);
		sk_X509_free(chain);
		cert_clear(&c[0]);
		cert_clear(&c[1]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chain");
	TCase *t = tcase_create("chain");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_pem_reading);
	tcase_add_test(t, test_a_file_that_could_not_be_read);
	tcase_add_test(t, test_key_reading);
	tcase_add_loop_test(t, test_server, 0, COUNT(servers));
	tcase_add_test(t, test_days_left);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
