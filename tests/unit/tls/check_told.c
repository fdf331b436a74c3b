/*
 * Clients that are refused and told so by HTTP: what their connection is good
 * for, and what not.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/err.h"
#include "support/cert_peer.h"
#include "tls/ticket.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define TOLD "  on_refusal: http\n"
#define SITES \
	CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "ca.pem") \
	    TOLD CERT_SITE("b.example", "b", "other.pem") \
		TOLD CERT_SITE("c.example", "any", "other.pem")
/* the clients of a.example are those of b.example and the reverse */
#define SITES_CHANGED \
	CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "other.pem") \
	    TOLD CERT_SITE("b.example", "b", "ca.pem") TOLD

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct cert_server server;
static struct ticket_keys keys;
static struct cert ca, web;

static void
set_up(void)
{
	const struct cert_spec spec = { .cn = "root", .is_ca = true };

	ca = cert_make(&spec, NULL);
	web = cert_make(&cert_web, &ca);
	keys.count = 0;
	ticket_rotate(&keys, 1);
	cert_server_init(&server, SITES);
	tls_use_ticket_keys(server.tls, &keys);
}

static void
tear_down(void)
{
	cert_server_clear(&server);
	cert_clear(&web);
	cert_clear(&ca);
}

static void
connect_as(struct cert_peer *p, const struct cert *leaf, const char *sni,
    int version)
{
	const struct cert_peer_params q = { .version = version,
		.sni = sni,
		.leaf = leaf };

	cert_peer_init(p, &server, &q);
}

/* The connection is there, for a client that stays outside. */
static void
check_refused(const struct cert_peer *p, int err)
{
	const struct tls_peer *peer = io_tls_peer(p->io);

	ck_assert_msg(p->is_done && p->err == err, "%s", err_slug(p->err));
	ck_assert_int_eq(peer->verdict.err, err);
	ck_assert(peer->is_refused);
	ck_assert(p->is_connected && p->alert == -1);
	ck_assert(!peer->resumed);
	ck_assert(!SSL_SESSION_has_ticket(SSL_get0_session(p->ssl)));
}

START_TEST(who_shows_nothing_is_told_so)
{
	struct cert_peer p;

	connect_as(&p, NULL, "a.example", versions[_i]);
	cert_peer_run(&p);
	check_refused(&p, E_CERT_NONE);
	ck_assert_ptr_null(io_tls_peer(p.io)->verdict.ident);
	cert_peer_clear(&p);
}
END_TEST

START_TEST(each_site_says_for_itself_how_it_refuses)
{
	struct cert_peer p;

	connect_as(&p, &web, "b.example", versions[_i]);
	cert_peer_run(&p);
	check_refused(&p, E_CERT_UNKNOWN_CA);
	cert_peer_clear(&p);
	connect_as(&p, &web, "c.example", versions[_i]);
	cert_peer_run(&p);
	ck_assert_int_eq(p.err, E_CERT_UNKNOWN_CA);
	ck_assert(!io_tls_peer(p.io)->is_refused);
	ck_assert_int_eq(p.alert, SSL_AD_UNKNOWN_CA);
	cert_peer_clear(&p);
	connect_as(&p, NULL, "c.example", versions[_i]);
	cert_peer_run(&p);
	ck_assert_int_eq(p.err, E_CERT_NONE);
	ck_assert(!io_tls_peer(p.io)->is_refused);
	ck_assert_int_gt(p.alert, 0);
	cert_peer_clear(&p);
}
END_TEST

/* The session of one who was let in. */
static SSL_SESSION *
good_session(int version, const char *suite)
{
	SSL_SESSION *s;
	struct cert_peer p;

	connect_as(&p, &web, "a.example", version);
	if (suite != NULL)
		ck_assert(SSL_set_ciphersuites(p.ssl, suite));
	cert_peer_run(&p);
	ck_assert_int_eq(p.err, 0);
	s = SSL_get1_session(p.ssl);
	ck_assert(SSL_SESSION_has_ticket(s));
	/* else OpenSSL takes the session for a bad one */
	SSL_set_shutdown(p.ssl, SSL_SENT_SHUTDOWN);
	cert_peer_clear(&p);
	return s;
}

START_TEST(a_session_is_good_where_it_is_from)
{
	SSL_SESSION *s = good_session(versions[_i], NULL);
	struct cert_peer p;

	/* it needs no certificate any more: it was shown */
	connect_as(&p, NULL, "a.example", versions[_i]);
	ck_assert(SSL_set_session(p.ssl, s));
	cert_peer_run(&p);
	ck_assert_int_eq(p.err, 0);
	ck_assert(io_tls_peer(p.io)->resumed);
	ck_assert(!io_tls_peer(p.io)->is_refused);
	cert_peer_clear(&p);
	SSL_SESSION_free(s);
}
END_TEST

START_TEST(a_session_lets_nobody_into_another_site)
{
	SSL_SESSION *s = good_session(versions[_i], NULL);
	struct cert_peer p;

	connect_as(&p, &web, "b.example", versions[_i]);
	ck_assert(SSL_set_session(p.ssl, s));
	cert_peer_run(&p);
	check_refused(&p, E_CERT_UNKNOWN_CA);
	cert_peer_clear(&p);
	SSL_SESSION_free(s);
}
END_TEST

/* Its ticket is good, and its hash is not that of the suite. */
START_TEST(a_session_that_does_not_fit_leaves_no_grant)
{
	SSL_SESSION *s = good_session(TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384");
	struct cert_peer p;

	connect_as(&p, NULL, "a.example", TLS1_3_VERSION);
	ck_assert(SSL_set_ciphersuites(p.ssl, "TLS_AES_128_GCM_SHA256"));
	ck_assert(SSL_set_session(p.ssl, s));
	cert_peer_run(&p);
	check_refused(&p, E_CERT_NONE);
	cert_peer_clear(&p);
	SSL_SESSION_free(s);
}
END_TEST

START_TEST(no_other_configuration_lets_it_in)
{
	struct cert_server changed;
	struct cert_peer p;
	struct verdict v;

	cert_server_init(&changed, SITES_CHANGED);
	connect_as(&p, &web, "b.example", versions[_i]);
	cert_peer_run(&p);
	check_refused(&p, E_CERT_UNKNOWN_CA);
	ck_assert_int_eq(io_tls_adopt(p.io, changed.tls, &v),
	    E_CERT_UNKNOWN_CA);
	ck_assert_int_eq(v.err, E_CERT_UNKNOWN_CA);
	verdict_clear(&v);
	check_refused(&p, E_CERT_UNKNOWN_CA);
	cert_peer_clear(&p);
	cert_server_clear(&changed);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("told");
	TCase *t = tcase_create("told");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, who_shows_nothing_is_told_so, 0,
	    COUNT(versions));
	tcase_add_loop_test(t, each_site_says_for_itself_how_it_refuses, 0,
	    COUNT(versions));
	tcase_add_loop_test(t, a_session_is_good_where_it_is_from, 0,
	    COUNT(versions));
	tcase_add_loop_test(t, a_session_lets_nobody_into_another_site, 0,
	    COUNT(versions));
	tcase_add_test(t, a_session_that_does_not_fit_leaves_no_grant);
	tcase_add_loop_test(t, no_other_configuration_lets_it_in, 0,
	    COUNT(versions));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
