#include "tls/policy.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/mem.h"

/* 112 bits: RSA from 2048, no SHA-1 in signatures (SSL_CTX_set_security_level)
 */
#define SECURITY_LEVEL 2

/* Octets of one handshake message with certificates (RFC 8446, 4.4.2). */
#define CERTIFICATES_MAX (64 * 1024)

/*
 * Signatures: what we make, and what a client may prove its key with.  No
 * SHA-1, no SHA-224, no DSA, no curves but those of the groups.
 */
static const char sigalgs[] =
    "ecdsa_secp256r1_sha256:ed25519:ecdsa_secp384r1_sha384:"
    "ecdsa_secp521r1_sha512:ed448:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"
    "rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"
    "rsa_pss_pss_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

/*
 * No tickets until they are enabled, and no cache.  Diffie-Hellman over
 * finite fields is never offered, since no parameters are set: it costs a
 * server more than a client.
 */
static const uint64_t options = SSL_OP_NO_COMPRESSION |
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

static void
must(int ok)
{
	if (!ok)
		mem_abort(
		    __func__); /* constants that OpenSSL 3.0 takes, or memory */
}

SSL_CTX *
policy_ctx_new(const struct conf_tls *conf)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	must(ctx != NULL);
	must(SSL_CTX_set_min_proto_version(ctx,
	    conf->min_version == TLS_13 ? TLS1_3_VERSION : TLS1_2_VERSION));
	must(SSL_CTX_set_max_proto_version(ctx, 0));
	(void)SSL_CTX_set_options(ctx, options);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	must(SSL_CTX_set_num_tickets(ctx, 0));
	(void)SSL_CTX_set_mode(ctx,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY |
		SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_max_cert_list(ctx, CERTIFICATES_MAX);
	must(SSL_CTX_set1_sigalgs_list(ctx, sigalgs));
	must(SSL_CTX_set1_client_sigalgs_list(ctx, sigalgs));
	(void)SSL_CTX_set_cipher_list(ctx, conf->ciphers);
	(void)SSL_CTX_set_ciphersuites(ctx, conf->ciphersuites);
	(void)SSL_CTX_set1_groups_list(ctx, conf->groups);
	/* after the ciphers, which can change it */
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	SSL_CTX_set_verify(ctx,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return ctx;
}

/* One of the three lists, and how to try it. */
struct words {
	const char *list;
	struct diag_at at;
	const char *what; /* "cipher suite" */
	const char *separators;
	int (*take)(SSL_CTX *, const char *);
};

static int
take_groups(SSL_CTX *ctx, const char *list)
{
	return (int)SSL_CTX_set1_groups_list(ctx, list);
}

/*
 * OpenSSL passes over unknown words in a list that holds known ones, so each
 * is tried alone.  Words with an operator in front only take away or sort.
 */
static void
check_word(const struct words *w, SSL_CTX *ctx, struct slice word,
    struct diag *d)
{
	char *s;

	if (word.n == 0 || slice_find(SL("!-+"), word.p[0]) >= 0)
		return;
	if (word.p[0] == '@') {
		if (!slice_eq(word, SL("@STRENGTH")))
			diag_error(d, w->at,
			    "\"%.*s\" cannot be set, expected a %s",
			    SLICE_ARG(word), w->what);
		return;
	}
	s = mem_strndup(word.p, word.n);
	if (!w->take(ctx, s))
		diag_error(d, w->at, "OpenSSL knows no %s \"%s\"", w->what, s);
	free(s);
}

static void
check_words(const struct words *w, struct diag *d)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	size_t before = d->errors, n;
	const char *p = w->list;

	must(ctx != NULL);
	for (; *p != '\0'; p += n) {
		p += strspn(p, w->separators);
		n = strcspn(p, w->separators);
		check_word(w, ctx, slice_of(p, n), d);
	}
	if (d->errors == before &&
	    (w->list[0] == '\0' || !w->take(ctx, w->list)))
		diag_error(d, w->at,
		    "\"%s\" leaves nothing, expected at least "
		    "one %s",
		    w->list, w->what);
	SSL_CTX_free(ctx);
}

void
policy_check(const struct conf_tls *conf, struct diag *d)
{
	const struct words lists[] = {
		{ conf->ciphers, conf->ciphers_at, "cipher (up to TLS 1.2)",
		    ":, ;", SSL_CTX_set_cipher_list },
		{ conf->ciphersuites, conf->ciphersuites_at,
		    "cipher suite of TLS 1.3", ":", SSL_CTX_set_ciphersuites },
		{ conf->groups, conf->groups_at, "group", ":", take_groups },
	};

	ERR_set_mark();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_words(&lists[i], d);
	ERR_pop_to_mark();
}
