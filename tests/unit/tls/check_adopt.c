/* Open connections, judged again by a later configuration. */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/cert_owner.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define SITES CERT_LISTENERS "sites:\n"

static struct cert_server server;
static struct cert_peer peer;
static struct cert_owner owner;

/* What comes after a site with the client's CA; how the client fares. */
static const struct {
	const char *name;
	const char *yaml;
	int64_t later; /* seconds */
	int err;
} rows[] = {
	{ "the same", SITES CERT_SITE("a.example", "a", "ca.pem"), 0, 0 },
	{ "one name of several",
	    SITES CERT_SITE("[b.example, '*.w.example', a.example]", "a",
		"ca.pem"),
	    0, 0 },
	{ "by the default", SITES CERT_SITE("'*'", "a", "ca.pem"), 0, 0 },
	{ "another CA", SITES CERT_SITE("a.example", "a", "other.pem"), 0,
	    E_CERT_UNKNOWN_CA },
	{ "another site", SITES CERT_SITE("b.example", "b", "ca.pem"), 0,
	    E_TLS_NO_SITE },
	{ "expired meanwhile", SITES CERT_SITE("a.example", "a", "ca.pem"),
	    366 * CERT_DAY, E_CERT_EXPIRED },
	{ "revoked meanwhile",
	    SITES CERT_SITE("a.example", "a", "ca.pem, crl: crl.pem"), 0,
	    E_CERT_REVOKED },
};

static char *
pem_text(struct buf *b)
{
	char *s = strndup(buf_slice(b).p, buf_len(b));

	buf_clear(b);
	return s;
}

/* A CRL of the CA that the client of cert_open has. */
static char *
crl_against(X509 *leaf)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert revoked = { .x = leaf };
	const struct crl_spec spec = { .revoked = &revoked };
	X509_CRL *crl = crl_make(&spec, &ca);
	struct buf b;

	buf_init(&b, 65536);
	crl_pem(&b, crl);
	X509_CRL_free(crl);
	cert_clear(&ca);
	return pem_text(&b);
}

static void
adopt(int version, const char *yaml, int64_t later, int err)
{
	const struct tls_peer *p;
	struct cert_server next;
	struct verdict v;
	char *crl;
	size_t n;

	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = version });
	p = io_tls_peer(peer.io);
	crl = crl_against(SSL_get_certificate(peer.ssl));
	cert_server_init_with(&next, yaml, NULL, crl);
	ck_assert_msg(next.tls != NULL, "%s",
	    next.diag.count > 0 ? next.diag.entries[0].text : "?");
	server.loop.wall_ms += later * 1000;
	ck_assert_str_eq(err_slug(io_tls_adopt(peer.io, next.tls, &v)),
	    err_slug(err));
	ck_assert_int_eq(v.err, err);
	ck_assert_ptr_eq(p->site,
	    err == 0 ? &next.conf->sites[0] : &server.conf->sites[0]);
	ck_assert(slice_eq(p->verdict.ident->subject, SL("CN=web")));
	verdict_clear(&v);
	/* what the handshake began with may go, and the stream goes on */
	if (err == 0) {
		tls_free(server.tls);
		server.tls = NULL;
	}
	ck_assert_int_eq(io_write(peer.io, SL("still here"), &n), 0);
	cert_peer_run(&peer);
	ck_assert(slice_eq(buf_slice(&peer.in), SL("still here")));
	cert_close(&server, &peer, &owner);
	cert_server_clear(&next);
	free(crl);
}

START_TEST(test_row)
{
	adopt(TLS1_2_VERSION, rows[_i].yaml, rows[_i].later, rows[_i].err);
	adopt(TLS1_3_VERSION, rows[_i].yaml, rows[_i].later, rows[_i].err);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("adopt");
	TCase *t = tcase_create("adopt");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_row, 0, COUNT(rows));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
