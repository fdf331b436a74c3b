#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/cert_peer.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define L10  "abcdefghij"
#define L60  L10 L10 L10 L10 L10 L10
#define L63  L60 "abc"
#define N255 L63 "." L63 "." L63 "." L63

#define SITES    CERT_SITES_AB CERT_SITE("'*.w.example'", "b", "ca.pem")
#define SITE_ANY CERT_SITE("'*'", "any", "ca.pem")

/* What a client says, and the site (by its first name) or error it gets. */
static const struct {
	const char *id;
	const char *sni;
	const char *site;
	int err;
	bool has_any; /* there is a site "*" too */
} rows[] = {
	{ "", "a.example", "a.example", 0, false },
	{ "", "b.example", "b.example", 0, false },
	{ "SR-5", "B.eXample", "b.example", 0, false },
	{ "SR-5", "b.example.", "b.example", 0, false },
	{ "SR-5", "b.example..", NULL, E_TLS_NO_SITE, false },
	{ "", "x.w.example", "a.example", 0, false },
	{ "", "x.y.w.example", NULL, E_TLS_NO_SITE, false },
	{ "", "w.example", NULL, E_TLS_NO_SITE, false },
	{ "", "*.w.example", NULL, E_TLS_NO_SITE, false },
	{ "", "c.example", NULL, E_TLS_NO_SITE, false },
	{ "", "c.example", "*", 0, true },
	{ "", "a.example", "a.example", 0, true },
	{ "", NULL, NULL, E_TLS_NO_SITE, false },
	{ "", NULL, "*", 0, true },
	{ "", "127.0.0.1", NULL, E_TLS_NO_SITE, true },
	{ "", "a b.example", NULL, E_TLS_NO_SITE, true },
	{ "", "a\xc3\xbc.example", NULL, E_TLS_NO_SITE, true },
	{ "", "-a.example", NULL, E_TLS_NO_SITE, true },
	{ "", N255, NULL, E_TLS_NO_SITE, true },
};

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static const char *
yaml(bool has_any)
{
	return has_any ? CERT_SITES_AB SITE_ANY : CERT_SITES_AB;
}

static struct cert
web_of(const char *cn, unsigned variant)
{
	const struct cert_spec spec = { .cn = cn,
		.is_ca = true,
		.variant = variant };
	struct cert ca = cert_make(&spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);

	cert_clear(&ca);
	return web;
}

START_TEST(test_name)
{
	/* b.example trusts the other CA: the site's is what counts */
	bool is_b = rows[_i].site != NULL && rows[_i].site[0] == 'b';
	struct cert web = is_b ? web_of("other", 3) : web_of("root", 1);
	struct cert_server s;

	cert_server_init(&s, yaml(rows[_i].has_any));
	for (int i = 0; i < COUNT(versions); i++) {
		const struct cert_peer_params params = { .version = versions[i],
			.sni = rows[_i].sni,
			.leaf = &web };
		const struct tls_peer *peer;
		struct cert_peer p;

		cert_peer_init(&p, &s, &params);
		cert_peer_run(&p);
		peer = io_tls_peer(p.io);
		ck_assert_msg(p.err == rows[_i].err, "%s: %s (%s)",
		    rows[_i].sni, err_slug(p.err), p.openssl);
		ck_assert((peer->site != NULL) == (rows[_i].site != NULL));
		if (rows[_i].site != NULL)
			ck_assert(slice_eq(peer->site->names[0],
			    slice_str(rows[_i].site)));
		else
			ck_assert_int_eq(p.alert, SSL_AD_UNRECOGNIZED_NAME);
		ck_assert_uint_eq(peer->sni.n,
		    rows[_i].sni == NULL ? 0 : strlen(rows[_i].sni));
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
	cert_clear(&web);
}
END_TEST

/* SR-1: a client of A's CA is nobody at B, whose own CA decides. */
START_TEST(test_each_site_has_its_own_ca_and_certificate)
{
	static const char *names[] = { "a.example", "b.example" };
	struct cert webs[2] = { web_of("root", 1), web_of("other", 3) };
	struct cert_server s;

	cert_server_init(&s, CERT_SITES_AB);
	for (int i = 0; i < 8; i++) {
		const struct cert_peer_params params = {
			.version = versions[i / 4],
			.sni = names[i / 2 % 2],
			.leaf = &webs[i % 2]
		};
		bool good = i / 2 % 2 == i % 2;
		struct cert_peer p;
		X509 *shown;

		cert_peer_init(&p, &s, &params);
		cert_peer_run(&p);
		ck_assert_int_eq(p.err, good ? 0 : E_CERT_UNKNOWN_CA);
		ck_assert_int_eq(p.alert, good ? -1 : SSL_AD_UNKNOWN_CA);
		/* of site a EC, of site b RSA */
		shown = SSL_get0_peer_certificate(p.ssl);
		ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(shown)),
		    i / 2 % 2 == 0 ? EVP_PKEY_EC : EVP_PKEY_RSA);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
	cert_clear(&webs[0]);
	cert_clear(&webs[1]);
}
END_TEST

/*
 * A ClientHello of TLS 1.2 whose server_name extension holds these octets, in
 * records of at most so many octets.
 */
static void
put_hello(struct buf *b, struct slice ext, size_t record)
{
	struct buf h;
	char zeros[32] = { 0 };
	size_t exts_n = 4 + ext.n + 8 + 8;
	size_t body = 2 + 32 + 1 + 4 + 2 + 2 + exts_n;

#define U8(n)  buf_put(&h, slice_of((char[]) { (char)(n) }, 1))
#define U16(n) (U8((n) >> 8), U8((n)&0xff))
	buf_init(&h, 65536);
	U8(1);
	U8(0);
	U16(body);
	U16(0x0303);
	buf_put(&h, slice_of(zeros, 32));
	U8(0);
	U16(2);
	U16(0xc02f); /* ECDHE-RSA-AES128-GCM-SHA256 */
	U8(1);
	U8(0);
	U16(exts_n);
	U16(0); /* server_name */
	U16(ext.n);
	buf_put(&h, ext);
	U16(10); /* supported_groups: x25519 */
	U16(4);
	U16(2);
	U16(29);
	U16(13); /* signature_algorithms: rsa_pss_rsae_sha256 */
	U16(4);
	U16(2);
	U16(0x0804);
	while (buf_len(&h) > 0) {
		size_t n = buf_len(&h) < record ? buf_len(&h) : record;
		char head[5] = { 22, 3, 1, (char)(n >> 8), (char)n };

		buf_put(b, slice_of(head, 5));
		buf_put(b, slice_first(buf_slice(&h), n));
		buf_take(&h, n);
	}
	buf_clear(&h);
#undef U8
#undef U16
}

struct raw {
	bool is_done;
	int err;
};

static void
on_done(void *arg, int err, const char *openssl)
{
	struct raw *r = arg;

	(void)openssl;
	r->is_done = true;
	r->err = err;
}

/* What a server does upon these bytes: the alert it sends, 0 for none; *site
 * is the index of the site it chose, or -1. */
static int
answer_to(struct cert_server *s, struct slice bytes, size_t cut, int *site)
{
	unsigned char got[65536];
	struct raw r = { false, 0 };
	struct io *ends[2], *io;
	size_t n = 0;
	int alert = 0;

	io_mem_pair(&s->loop, 65536, ends);
	io = io_tls_accept(ends[0], s->tls, on_done, &r);
	if (cut > 0)
		io_write(ends[1], slice_first(bytes, cut), &n);
	loop_advance(&s->loop, 1);
	if (cut < bytes.n)
		io_write(ends[1], slice_skip(bytes, cut), &n);
	loop_advance(&s->loop, 1);
	*site = io_tls_peer(io)->site == NULL ?
	    -1 :
	    (int)io_tls_peer(io)->site->index;
	if (io_read(ends[1], got, sizeof(got), &n) == 0 && got[0] == 21)
		alert = got[6];
	ck_assert_int_eq(r.is_done, alert != 0);
	ck_assert_int_eq(*site >= 0, alert == 0);
	io_close(io);
	io_close(ends[1]);
	loop_turn(&s->loop, false);
	return alert;
}

static const struct {
	const char *name;
	struct slice ext;
	int alert;
} exts[] = {
	{ "good",
	    SLICE("\0\x0c\0\0\x09"
		  "b.example"),
	    0 },
	{ "empty", SLICE(""), SSL_AD_DECODE_ERROR },
	{ "one octet", SLICE("\0"), SSL_AD_DECODE_ERROR },
	{ "an empty list", SLICE("\0\0"), SSL_AD_DECODE_ERROR },
	{ "a list that is too short",
	    SLICE("\0\x0b\0\0\x09"
		  "b.example"),
	    SSL_AD_DECODE_ERROR },
	{ "a list that is too long",
	    SLICE("\0\x0d\0\0\x09"
		  "b.example"),
	    SSL_AD_DECODE_ERROR },
	{ "another type",
	    SLICE("\0\x0c\x01\0\x09"
		  "b.example"),
	    SSL_AD_DECODE_ERROR },
	{ "a name that is too long",
	    SLICE("\0\x0c\0\0\x0a"
		  "b.example"),
	    SSL_AD_DECODE_ERROR },
	{ "a name that is too short",
	    SLICE("\0\x0c\0\0\x08"
		  "b.example"),
	    SSL_AD_DECODE_ERROR },
	{ "an empty name", SLICE("\0\x03\0\0\0"), SSL_AD_DECODE_ERROR },
	{ "two names",
	    SLICE("\0\x18\0\0\x09"
		  "b.example"
		  "\0\0\x09"
		  "a.example"),
	    SSL_AD_DECODE_ERROR },
	{ "NUL in it",
	    SLICE("\0\x0e\0\0\x0b"
		  "b.example\0a"),
	    SSL_AD_UNRECOGNIZED_NAME },
	{ "NUL after it",
	    SLICE("\0\x0d\0\0\x0a"
		  "b.example\0"),
	    SSL_AD_UNRECOGNIZED_NAME },
};

START_TEST(test_extension)
{
	struct cert_server s;
	struct buf b;
	int alert, site;

	cert_server_init(&s, yaml(true));
	buf_init(&b, 65536);
	put_hello(&b, exts[_i].ext, 16384);
	alert = answer_to(&s, buf_slice(&b), 0, &site);
	ck_assert_msg(alert == exts[_i].alert, "%s: alert %d", exts[_i].name,
	    alert);
	if (alert == 0)
		ck_assert_int_eq(site, 1);
	buf_clear(&b);
	cert_server_clear(&s);
}
END_TEST

/* SR-4: cut anywhere, over TCP or over records, it says the same. */
START_TEST(test_a_hello_cut_at_every_octet)
{
	static const size_t records[] = { 16384, 100, 7, 1 };
	struct cert_server s;
	int site;

	cert_server_init(&s, CERT_SITES_AB);
	for (int r = 0; r < COUNT(records); r++) {
		struct buf b;

		buf_init(&b, 65536);
		put_hello(&b, exts[0].ext, records[r]);
		for (size_t cut = 0; cut < buf_len(&b); cut++) {
			ck_assert_int_eq(answer_to(&s, buf_slice(&b), cut,
					     &site),
			    0);
			ck_assert_int_eq(site, 1);
		}
		buf_clear(&b);
	}
	cert_server_clear(&s);
}
END_TEST

static int hellos;

static int
on_hello(SSL *ssl, unsigned type, unsigned context, const unsigned char **out,
    size_t *n, X509 *x, size_t i, int *alert, void *arg)
{
	(void)type;
	(void)context;
	(void)x;
	(void)i;
	(void)alert;
	(void)arg;
	*out = NULL;
	*n = 0;
	/* a second hello asks for another site */
	if (++hellos == 2)
		SSL_set_tlsext_host_name(ssl, "b.example");
	return 1;
}

START_TEST(test_a_second_hello_wants_the_same_site)
{
	struct cert web = web_of("root", 1);
	const struct cert_peer_params params = { .version = TLS1_3_VERSION,
		.sni = "a.example",
		.leaf = &web,
		.groups = "P-521:P-256" };
	struct cert_server s;
	struct cert_peer p;

	hellos = 0;
	cert_server_init(&s, CERT_SITES_AB);
	cert_peer_init(&p, &s, &params);
	ck_assert(SSL_CTX_add_custom_ext(p.ctx, 65280, SSL_EXT_CLIENT_HELLO,
	    on_hello, NULL, NULL, NULL, NULL));
	SSL_free(p.ssl);
	p.ssl = SSL_new(p.ctx);
	SSL_set_app_data(p.ssl, &p);
	SSL_set_bio(p.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(p.ssl), -1);
	SSL_set_tlsext_host_name(p.ssl, "a.example");
	SSL_set_connect_state(p.ssl);
	cert_peer_run(&p);
	ck_assert_int_eq(hellos, 2);
	ck_assert_int_eq(p.err, E_TLS);
	ck_assert_int_eq(p.alert, SSL_AD_ILLEGAL_PARAMETER);
	cert_peer_clear(&p);
	cert_server_clear(&s);
	cert_clear(&web);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sni");
	TCase *t = tcase_create("sni");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_name, 0, COUNT(rows));
	tcase_add_loop_test(t, test_extension, 0, COUNT(exts));
	tcase_add_test(t, test_each_site_has_its_own_ca_and_certificate);
	tcase_add_test(t, test_a_hello_cut_at_every_octet);
	tcase_add_test(t, test_a_second_hello_wants_the_same_site);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
