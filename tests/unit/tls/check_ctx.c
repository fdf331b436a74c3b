/* What is found wrong with a configuration's TLS, and what it becomes. */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "support/cert_peer.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define SITE_A CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "ca.pem")

/* Each configuration, and its one mistake: a part of "line:column: text". */
static const struct {
	const char *yaml;
	const char *said; /* NULL: good */
} rows[] = {
	{ SITE_A, NULL },
	{ "tls: {ciphers: 'ECDHE+AESGCM'}\n" SITE_A, NULL },
	{ "tls: {ciphers: 'ECDHE+AESGCM:!aRSA:-AES256:+AES128:@STRENGTH'}\n" SITE_A,
	    NULL },
	{ "tls: {ciphers: 'ECDHE+AESGCM:NONE-SUCH'}\n" SITE_A,
	    "1:16: OpenSSL knows no cipher (up to TLS 1.2) \"NONE-SUCH\"" },
	{ "tls: {ciphers: 'ALL:@SECLEVEL=0'}\n" SITE_A,
	    "1:16: \"@SECLEVEL=0\" cannot be set" },
	{ "tls: {ciphers: 'ECDHE+AESGCM:!ALL'}\n" SITE_A,
	    "1:16: \"ECDHE+AESGCM:!ALL\" leaves nothing" },
	{ "tls: {ciphersuites: TLS_AES_128_GCM_SHA256}\n" SITE_A, NULL },
	{ "tls: {ciphersuites: 'TLS_AES_128_GCM_SHA256:TLS_NO'}\n" SITE_A,
	    "1:21: OpenSSL knows no cipher suite of TLS 1.3 \"TLS_NO\"" },
	{ "tls: {ciphersuites: ':'}\n" SITE_A, "1:21: \":\" leaves nothing" },
	{ "tls: {groups: 'X25519:P-521'}\n" SITE_A, NULL },
	{ "tls: {groups: 'X25519:P-999'}\n" SITE_A,
	    "1:15: OpenSSL knows no group \"P-999\"" },
	{ CERT_LISTENERS "sites:\n" CERT_SITE("any.example", "a", "ca.pem"),
	    "4:26: warning: /t/a.pem: does not cover the site's name" },
	{ CERT_LISTENERS "sites:\n"
			 "- names: a.example\n"
			 "  certificates: [{chain: a.pem, key: b.key}]\n"
			 "  clients: {ca: ca.pem}\n"
			 "  routes: [{path: /, allow: any, respond: whoami}]\n",
	    "4:38: /t/b.key: the key does not fit" },
	{ CERT_LISTENERS "sites:\n"
			 "- names: a.example\n"
			 "  certificates: [{chain: a.pem, key: a.key},\n"
			 "    {chain: a.pem, key: a.key}]\n"
			 "  clients: {ca: ca.pem}\n"
			 "  routes: [{path: /, allow: any, respond: whoami}]\n",
	    "5:5: a second certificate with the same kind of key" },
	{ CERT_LISTENERS "sites:\n"
			 "- names: a.example\n"
			 "  certificates: [{chain: a.key, key: a.pem}]\n"
			 "  clients: {ca: ca.pem}\n"
			 "  routes: [{path: /, allow: any, respond: whoami}]\n",
	    "4:26: /t/a.key: block 1 is \"PRIVATE KEY\"" },
	{ CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "a.pem"),
	    "5:17: /t/a.pem: \"CN=a\" is no CA" },
	{ CERT_LISTENERS
	    "sites:\n" CERT_SITE("a.example", "a", "ca.pem, crl: ca.pem"),
	    "/t/ca.pem: block 1 is \"CERTIFICATE\", expected only "
	    "\"X509 CRL\"" },
};

START_TEST(test_configuration)
{
	struct cert_server s;
	bool is_warning;

	cert_server_init_with(&s, rows[_i].yaml, NULL, NULL);
	if (rows[_i].said == NULL) {
		ck_assert_msg(s.diag.count == 0, "%s", s.diag.entries[0].text);
		ck_assert_ptr_nonnull(s.tls);
	} else {
		const struct diag_entry *e = &s.diag.entries[0];
		char text[1024];

		ck_assert_uint_ge(s.diag.count, 1);
		is_warning = e->level == DIAG_WARNING;
		snprintf(text, sizeof(text), "%u:%u: %s%s", e->at.line,
		    e->at.column, is_warning ? "warning: " : "", e->message);
		ck_assert_msg(strstr(text, rows[_i].said) != NULL, "row %d: %s",
		    _i, text);
		ck_assert((s.tls == NULL) == !is_warning);
	}
	cert_server_clear(&s);
}
END_TEST

START_TEST(test_every_mistake_is_told)
{
	struct cert_server s;

	cert_server_init_with(&s,
	    "tls: {ciphers: X, ciphersuites: Y, groups: Z}\n" CERT_LISTENERS
	    "sites:\n"
	    "- names: a.example\n"
	    "  certificates: [{chain: a.pem, key: b.key}]\n"
	    "  clients: {ca: a.pem}\n"
	    "  routes: [{path: /, allow: any, respond: whoami}]\n",
	    NULL, NULL);
	ck_assert_ptr_null(s.tls);
	ck_assert_uint_eq(s.diag.errors, 5);
	cert_server_clear(&s);
}
END_TEST

/* One site with an EC and an RSA certificate: each client gets its own. */
START_TEST(test_certificates_of_two_kinds)
{
	static const char *ciphers[] = { "ECDHE-ECDSA-AES128-GCM-SHA256",
		"ECDHE-RSA-AES128-GCM-SHA256" };
	struct cert_server s;

	cert_server_init(&s,
	    CERT_LISTENERS
	    "sites:\n"
	    "- names: a.example\n"
	    "  certificates: [{chain: b.pem, key: b.key},\n"
	    "    {chain: a.pem, key: a.key}]\n"
	    "  clients: {ca: ca.pem}\n"
	    "  routes: [{path: /, allow: any, respond: whoami}]\n");
	for (int i = 0; i < 2; i++) {
		const struct cert_peer_params params = {
			.version = TLS1_2_VERSION,
			.sni = "a.example",
			.ciphers = ciphers[i]
		};
		struct cert_peer p;
		X509 *shown;

		cert_peer_init(&p, &s, &params);
		cert_peer_run(&p);
		shown = SSL_get0_peer_certificate(p.ssl);
		ck_assert_ptr_nonnull(shown);
		ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(shown)),
		    i == 0 ? EVP_PKEY_EC : EVP_PKEY_RSA);
		cert_peer_clear(&p);
	}
	cert_server_clear(&s);
}
END_TEST

START_TEST(test_what_a_site_becomes)
{
	struct cert_server s;
	const struct tls_site *site;

	cert_server_init(&s, CERT_SITES_AB);
	site = tls_site_at(s.tls, 1);
	ck_assert_ptr_eq(site->conf, &s.conf->sites[1]);
	ck_assert_int_eq(site->days_left, 365);
	ck_assert_int_eq(SSL_CTX_get_security_level(site->ctx), 2);
	ck_assert_int_eq(SSL_CTX_get_verify_mode(site->ctx),
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
	ck_assert_int_eq(SSL_CTX_get_verify_mode(tls_entry_ctx(s.tls)),
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
	ck_assert_ptr_eq(tls_conf(s.tls), s.conf);
	ck_assert(strncmp(tls_library_version(), "OpenSSL 3", 9) == 0);
	cert_server_clear(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctx");
	TCase *t = tcase_create("ctx");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_configuration, 0, COUNT(rows));
	tcase_add_test(t, test_every_mistake_is_told);
	tcase_add_test(t, test_certificates_of_two_kinds);
	tcase_add_test(t, test_what_a_site_becomes);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
