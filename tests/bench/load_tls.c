#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "load.h"

/* One suite for each version, so that all servers do the same work. */
#define SUITE_13 "TLS_AES_128_GCM_SHA256"
#define SUITE_12 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"

_Noreturn void
load_tls_fail(const char *what, SSL *ssl, int ret)
{
	int e = ssl == NULL ? SSL_ERROR_SSL : SSL_get_error(ssl, ret);

	if (e == SSL_ERROR_SYSCALL)
		err(1, "%s", what);
	if (e == SSL_ERROR_ZERO_RETURN)
		errx(1, "%s: the server has closed", what);
	ERR_print_errors_fp(stderr);
	errx(1, "%s", what);
}

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_SESSION **at = SSL_get_app_data(ssl);

	SSL_SESSION_free(*at);
	*at = session;
	return 1; /* it is ours */
}

static void
add_client(struct load_tls *t, X509 *leaf)
{
	struct load_client *c;

	t->clients = reallocarray(t->clients, t->client_count + 1,
	    sizeof(*t->clients));
	if (t->clients == NULL)
		err(1, NULL);
	c = &t->clients[t->client_count++];
	c->leaf = leaf;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf),
		NID_commonName, c->who, sizeof(c->who)) <= 0)
		errx(1, "a certificate without common name");
}

static FILE *
open_file(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL)
		err(1, "%s", path);
	return f;
}

static void
read_clients(struct load_tls *t, const struct load_options *o)
{
	FILE *f = open_file(o->cert);
	X509 *x;

	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL)
		add_client(t, x);
	fclose(f);
	f = open_file(o->chain);
	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL)
		if (!SSL_CTX_add_extra_chain_cert(t->ctx, x))
			load_tls_fail(o->chain, NULL, 0);
	fclose(f);
	f = open_file(o->key);
	t->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error(); /* the ends of the files */
	if (t->client_count == 0 || t->key == NULL)
		errx(1, "%s, %s: no certificate or no key", o->cert, o->key);
}

void
load_tls_init(struct load_tls *t, const struct load_options *o)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	memset(t, 0, sizeof(*t));
	t->ctx = ctx;
	if (ctx == NULL || !SSL_CTX_set_min_proto_version(ctx, o->version) ||
	    !SSL_CTX_set_max_proto_version(ctx, o->version) ||
	    !SSL_CTX_set_ciphersuites(ctx, SUITE_13) ||
	    !SSL_CTX_set_cipher_list(ctx, SUITE_12) ||
	    !SSL_CTX_set1_groups_list(ctx, "X25519:P-256") ||
	    !SSL_CTX_load_verify_file(ctx, o->ca))
		load_tls_fail("TLS", NULL, 0);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, keep_session);
	read_clients(t, o);
}

SSL *
load_tls_new(const struct load_tls *t, const struct load_options *o,
    const struct load_client *client, bool is_checked, SSL_SESSION **session)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL || !SSL_use_certificate(ssl, client->leaf) ||
	    !SSL_use_PrivateKey(ssl, t->key) ||
	    !SSL_set_tlsext_host_name(ssl, o->name))
		load_tls_fail("a new connection", NULL, 0);
	if (is_checked) {
		SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
		if (!SSL_set1_host(ssl, o->name))
			load_tls_fail("the server's name", NULL, 0);
	}
	SSL_set_app_data(ssl, session);
	if (o->is_resuming && *session != NULL &&
	    !SSL_set_session(ssl, *session))
		load_tls_fail("a session", NULL, 0);
	SSL_set_connect_state(ssl);
	return ssl;
}
