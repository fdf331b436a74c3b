#include "tls/ticket.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cert/intern.h"
#include "tls/hs.h"

/* What is to end sooner is not worth a ticket. */
#define LIFETIME_MIN 1 /* seconds */
/* What a client showed besides its certificate is carried in the ticket; with
 * more than this it gets none. */
#define OTHERS_MAX (8 * 1024)
#define BOUND_MAX  (OTHERS_MAX + 256)
/* By so much the clocks of those who share keys may differ. */
#define LIFETIME_SLACK 60 /* seconds */

/* The octets that a ticket is bound by, in front of the certificates. */
struct bound {
	unsigned char policy[TLS_POLICY_LEN];
	int64_t not_after; /* of the chain, seconds since 1970 */
	int64_t until;     /* when a full handshake is due */
	int64_t is_bound;  /* ident.is_bound: what rules may not look at */
};

void
ticket_rotate(struct ticket_keys *k, unsigned keep)
{
	if (keep > TICKET_KEYS_MAX)
		keep = TICKET_KEYS_MAX;
	memmove(&k->key[1], &k->key[0],
	    (TICKET_KEYS_MAX - 1) * sizeof(k->key[0]));
	if (RAND_bytes((unsigned char *)&k->key[0], sizeof(k->key[0])) != 1)
		mem_abort(__func__);
	if (k->count < keep)
		k->count++;
	mem_wipe(&k->key[k->count],
	    (TICKET_KEYS_MAX - k->count) * sizeof(k->key[0]));
}

bool
ticket_add(struct ticket_keys *k, struct slice file)
{
	struct ticket_key *key = &k->key[k->count];

	if (file.n != TICKET_FILE_LEN || k->count == TICKET_KEYS_MAX)
		return false;
	memcpy(key->name, file.p, sizeof(key->name));
	memcpy(key->mac, file.p + TICKET_NAME_LEN, sizeof(key->mac));
	memcpy(key->aes, file.p + TICKET_NAME_LEN + TICKET_KEY_LEN,
	    sizeof(key->aes));
	k->count++;
	return true;
}

void
ticket_wipe(struct ticket_keys *k)
{
	mem_wipe(k, sizeof(*k));
}

static const struct ticket_keys *
keys_of(SSL *ssl)
{
	const struct hs *hs = SSL_get_app_data(ssl);

	return tls_ticket_keys(hs->tls);
}

/* The key with this name, or NULL; *is_first: new tickets have it. */
static const struct ticket_key *
find_key(const struct ticket_keys *k, const unsigned char *name, bool *is_first)
{
	for (unsigned i = 0; k != NULL && i < k->count; i++) {
		*is_first = i == 0;
		if (memcmp(k->key[i].name, name, TICKET_NAME_LEN) == 0)
			return &k->key[i];
	}
	return NULL;
}

static bool
set_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
	char digest[] = "SHA256";
	unsigned char copy[TICKET_KEY_LEN];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, copy,
		    sizeof(copy)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	bool ok;

	memcpy(copy, key->mac, sizeof(copy));
	ok = EVP_MAC_CTX_set_params(mac, params) == 1;
	mem_wipe(copy, sizeof(copy));
	return ok;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 0: no ticket; 1; 2: a new one is
 * due; -1: it is over. */
static int
on_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int is_sealing)
{
	const struct hs *hs = SSL_get_app_data(ssl);
	const struct ticket_keys *k = keys_of(ssl);
	const struct ticket_key *key;
	bool is_first = true;
	int ok;

	if (is_sealing) {
		if (k == NULL || k->count == 0 || hs->ticket_until == 0)
			return 0;
		key = &k->key[0];
		memcpy(name, key->name, TICKET_NAME_LEN);
		ok = RAND_bytes(iv,
			 EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
		    EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->aes, iv,
			NULL);
	} else {
		if ((key = find_key(k, name, &is_first)) == NULL)
			return 0;
		ok = EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key->aes,
		    iv, NULL);
	}
	if (!ok || !set_mac(mac, key))
		return -1;
	return is_first ? 1 : 2;
}

static int64_t
now_of(const struct hs *hs)
{
	return hs->loop->wall_ms / 1000;
}

/* What was shown, one certificate after the other; false: it is too much. */
static bool
put_others(struct buf *b, STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *x = sk_X509_value(others, i);
		int n = i2d_X509(x, NULL);
		unsigned char *to;

		if (n <= 0 ||
		    (to = (unsigned char *)buf_want(b, (size_t)n)) == NULL)
			return false;
		(void)i2d_X509(x, &to);
		buf_added(b, (size_t)n);
	}
	return true;
}

/* One is enough: each costs as much as a signature. */
static void
grant(SSL *ssl)
{
	(void)SSL_set_num_tickets(ssl, 1);
}

void
ticket_allow(struct hs *hs, SSL *ssl, STACK_OF(X509) *others)
{
	const struct ticket_keys *k = keys_of(ssl);
	const struct conf_sessions *c = &tls_conf(hs->tls)->sessions;
	int64_t until = now_of(hs) + c->lifetime_ms / 1000;
	int64_t crl = verifier_valid_until(hs->site->verifier, now_of(hs));
	size_t size = 0;

	for (int i = 0; i < sk_X509_num(others); i++)
		size += (size_t)i2d_X509(sk_X509_value(others, i), NULL);
	if (hs->peer.verdict.not_after < until)
		until = hs->peer.verdict.not_after;
	if (crl < until)
		until = crl;
	hs->ticket_until = until;
	if (k == NULL || k->count == 0 || until < now_of(hs) + LIFETIME_MIN ||
	    size > OTHERS_MAX)
		hs->ticket_until = 0;
	else
		grant(ssl);
}

/* A ticket is about to be made: what it is bound by goes into it. */
static int
on_make(SSL *ssl, void *arg)
{
	struct hs *hs = SSL_get_app_data(ssl);
	SSL_SESSION *session = SSL_get_session(ssl);
	struct bound bound = { .not_after = hs->peer.verdict.not_after,
		.until = hs->ticket_until };
	const struct ident *who = hs->peer.verdict.ident;
	struct buf b;
	int ok = 1;

	(void)arg;
	if (hs->ticket_until == 0)
		return 1; /* on_key refuses */
	(void)SSL_SESSION_set_timeout(session,
	    (long)(hs->ticket_until - now_of(hs)));
	/* of TLS 1.3 it is nothing to wait for: it goes with the first answer,
	 * or after the 200 ms of tcp(7) */
	if (SSL_version(ssl) >= TLS1_3_VERSION)
		io_expect_more(hs->lower, true);
	/* a session that was resumed has it already, from the first time */
	if (SSL_session_reused(ssl))
		return 1;
	memcpy(bound.policy, hs->site->policy, sizeof(bound.policy));
	bound.is_bound = who->is_bound;
	buf_init(&b, BOUND_MAX);
	if (!buf_put(&b, slice_of(&bound, sizeof(bound))) ||
	    !put_others(&b, SSL_get_peer_cert_chain(ssl)))
		ok = 0;
	if (ok)
		ok = SSL_SESSION_set1_ticket_appdata(session, buf_slice(&b).p,
		    buf_len(&b));
	buf_clear(&b);
	return ok;
}

/* What the session's ticket is bound by; false: it is none of ours. */
static bool
read_bound(SSL_SESSION *session, struct bound *bound, struct slice *others)
{
	void *p;
	size_t n;

	if (SSL_SESSION_get0_ticket_appdata(session, &p, &n) != 1 ||
	    n < sizeof(*bound))
		return false;
	memcpy(bound, p, sizeof(*bound));
	*others = slice_skip(slice_of(p, n), sizeof(*bound));
	return true;
}

/* The certificates that put_others() wrote. */
static STACK_OF(X509) *
read_others(struct slice der)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	if (list == NULL)
		mem_abort(__func__);
	while (der.n > 0) {
		const unsigned char *p = (const unsigned char *)der.p;
		X509 *x = d2i_X509(NULL, &p, (long)der.n);

		if (x == NULL)
			break;
		(void)sk_X509_push(list, x);
		der = slice_skip(der, (size_t)((const char *)p - der.p));
	}
	return list;
}

/*
 * Who the client is.  What the session is bound by has proved its chain; it is
 * judged once more only where backends are told of it.
 */
static int
identify(struct hs *hs, X509 *leaf, const struct bound *bound, struct slice der,
    struct verdict *v)
{
	STACK_OF(X509) *others;
	int e;

	if (!hs->site->conf->clients.keeps_leaf) {
		/* what is shared is bound by nothing: it is of all sites */
		if (bound->is_bound == 0)
			return ident_share(leaf, &v->ident);
		e = ident_read(leaf, &v->ident);
		v->ident->is_bound = true;
		return e;
	}
	others = read_others(der);
	e = verifier_judge(hs->site->verifier, leaf, others, now_of(hs), v);
	sk_X509_pop_free(others, X509_free);
	return e;
}

/*
 * Where the clock was set back since, a ticket would last longer than it was
 * to, and is ignored.
 */
static bool
is_in_time(const struct hs *hs, const struct bound *bound)
{
	int64_t now = now_of(hs);
	int64_t lifetime = tls_conf(hs->tls)->sessions.lifetime_ms / 1000;

	return now < bound->until && now <= bound->not_after &&
	    bound->until <= now + lifetime + LIFETIME_SLACK;
}

/* Judges a session as a new handshake would be: site, policy, dates. */
static bool
may_resume(struct hs *hs, SSL_SESSION *session)
{
	struct bound bound;
	struct slice others;
	struct verdict v = { 0 };

	if (hs->site == NULL || session == NULL ||
	    SSL_SESSION_get0_peer(session) == NULL ||
	    !read_bound(session, &bound, &others) ||
	    memcmp(bound.policy, hs->site->policy, sizeof(bound.policy)) != 0 ||
	    !is_in_time(hs, &bound))
		return false;
	if (identify(hs, SSL_SESSION_get0_peer(session), &bound, others, &v) !=
		0 ||
	    now_of(hs) < v.ident->not_before) {
		ident_unref(v.ident);
		return false;
	}
	v.not_after = bound.not_after;
	intern_keep(SSL_SESSION_get0_peer(session));
	verdict_clear(&hs->from_ticket);
	hs->from_ticket = v;
	hs->ticket_until = bound.until;
	return true;
}

/* A ticket was opened, or not: use it, or go on as if there were none. */
static SSL_TICKET_RETURN
on_open(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t n,
    SSL_TICKET_STATUS status, void *arg)
{
	struct hs *hs = SSL_get_app_data(ssl);
	bool is_open = status == SSL_TICKET_SUCCESS ||
	    status == SSL_TICKET_SUCCESS_RENEW;

	(void)name;
	(void)n;
	(void)arg;
	if (!is_open || !may_resume(hs, session))
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	/* RFC 8446, C.4: clients use a ticket once, and so would be without */
	if (SSL_version(ssl) >= TLS1_3_VERSION) {
		grant(ssl);
		return SSL_TICKET_RETURN_USE_RENEW;
	}
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE :
					      SSL_TICKET_RETURN_USE_RENEW;
}

STACK_OF(X509) *
ticket_others(SSL *ssl)
{
	struct bound bound;
	struct slice der = { 0 };

	(void)read_bound(SSL_get_session(ssl), &bound, &der);
	return read_others(der);
}

/* SSL_CTX_set_cert_cb(3): a full handshake follows, perhaps since a session
 * turned out not to fit after on_open().  Tickets have to be earned anew. */
static int
on_full(SSL *ssl, void *arg)
{
	struct hs *hs = SSL_get_app_data(ssl);

	(void)arg;
	hs->ticket_until = 0;
	(void)SSL_set_num_tickets(ssl, 0);
	return 1;
}

void
ticket_init(SSL_CTX *ctx)
{
	static const unsigned char context[] = "sallyport";

	/* what a session is bound by is decided in may_resume(), which ignores
	 * what does not fit; OpenSSL's own check would end the handshake */
	if (!SSL_CTX_set_session_id_context(ctx, context,
		sizeof(context) - 1) ||
	    !SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_key) ||
	    !SSL_CTX_set_session_ticket_cb(ctx, on_make, on_open, NULL))
		mem_abort(__func__);
	SSL_CTX_set_cert_cb(ctx, on_full, NULL);
}

void
ticket_enable(SSL_CTX *ctx)
{
	/* of TLS 1.3 there is still none, but where one is granted */
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_TICKET);
}
