#include "tls/hs.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/err.h"
#include "cert/intern.h"
#include "tls/sni.h"
#include "tls/ticket.h"

static int
judge(struct hs *hs, X509 *leaf, STACK_OF(X509) *shown)
{
	STACK_OF(X509) *others = sk_X509_dup(shown);
	struct verdict *v = &hs->peer.verdict;

	/* OpenSSL's list begins with the leaf */
	(void)sk_X509_shift(others);
	verdict_clear(v);
	(void)verifier_judge(hs->site->verifier, leaf, others,
	    hs->loop->wall_ms / 1000, v);
	sk_X509_free(others);
	return v->err;
}

/*
 * What the client showed is kept by OpenSSL, in the session of the connection,
 * for as long as that is open; a server's list is without the leaf.  Of a
 * session that was resumed the ticket has the list.
 */
static int
judge_shown(const struct verifier *verifier, SSL *ssl, int64_t now,
    struct verdict *v)
{
	X509 *leaf = SSL_get0_peer_certificate(ssl);
	STACK_OF(X509) *others;
	int e;

	if (!SSL_session_reused(ssl))
		return verifier_judge(verifier, leaf,
		    SSL_get_peer_cert_chain(ssl), now, v);
	others = ticket_others(ssl);
	e = verifier_judge(verifier, leaf, others, now, v);
	sk_X509_pop_free(others, X509_free);
	return e;
}

/* Who was let in keeps its ident, since requests under way point into it, but
 * with the chain of today. */
int
hs_judge_again(struct hs *hs, SSL *ssl, const struct tls *tls,
    struct verdict *v)
{
	const struct tls_site *site = sni_find(tls, hs->peer.sni);

	*v = (struct verdict) { .err = E_TLS_NO_SITE };
	if (site == NULL)
		return v->err;
	/* whom its handshake refused has to come again */
	if (hs->peer.verdict.err != 0)
		return v->err = hs->peer.verdict.err;
	if (judge_shown(site->verifier, ssl, hs->loop->wall_ms / 1000, v) != 0)
		return v->err;
	/* others, of other sites, may share the ident: they are not bound, or
	 * set free, by what this one is */
	if (v->ident->is_bound != hs->peer.verdict.ident->is_bound)
		return v->err = E_CERT_NAME_CONSTRAINT;
	hs->tls = tls;
	hs->site = site;
	hs->peer.site = site->conf;
	hs->peer.verdict.not_after = v->not_after;
	ident_take_chain(hs->peer.verdict.ident, v->ident);
	return 0;
}

/* Whether a client that is refused gets as far as to be told by HTTP. */
static bool
is_told(const struct hs *hs)
{
	return hs->site != NULL && hs->site->conf->on_refusal == REFUSAL_HTTP;
}

/* shown: all that was, the leaf at its head. */
static void
let_in(struct hs *hs, SSL *ssl, STACK_OF(X509) *shown)
{
	for (int i = 0; i < sk_X509_num(shown); i++)
		intern_keep(sk_X509_value(shown, i));
	ticket_allow(hs, ssl, shown);
}

int
hs_on_verify(X509_STORE_CTX *ctx, void *arg)
{
	int err;
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct hs *hs = SSL_get_app_data(ssl);

	(void)arg;
	/* the entry context lets nobody in */
	if (hs->site == NULL) {
		hs->err = E_TLS_NO_SITE;
		X509_STORE_CTX_set_error(ctx,
		    X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	err = judge(hs, X509_STORE_CTX_get0_cert(ctx),
	    X509_STORE_CTX_get0_untrusted(ctx));
	/* it also stays with the session, whatever this returns */
	X509_STORE_CTX_set_error(ctx, verdict_x509_err(&hs->peer.verdict));
	hs->err = 0;
	if (err == 0)
		let_in(hs, ssl, X509_STORE_CTX_get0_untrusted(ctx));
	else if (!is_told(hs)) /* else the verdict says no; see hs_finish() */
		hs->err = err;
	return hs->err == 0;
}

void
hs_begin(const struct hs *hs)
{
	intern_allow(hs->site != NULL && hs->site->conf->clients.cache > 0);
}

void
hs_end(void)
{
	intern_allow(false);
}

/* Whether a list of ALPN names, each with its length in front, has this one. */
static bool
offers(struct slice list, struct slice name)
{
	while (list.n > 0) {
		size_t n = (unsigned char)list.p[0];

		if (n > list.n - 1)
			break;
		if (slice_eq(slice_first(slice_skip(list, 1), n), name))
			return true;
		list = slice_skip(list, n + 1);
	}
	return false;
}

int
hs_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	/* RFC 7301, 6, and the registry; the better one first.  Who offers
	 * 1.0 alone means it: "curl --http1.0" */
	static const struct slice ours[] = { SLICE("http/1.1"),
		SLICE("http/1.0") };

	(void)ssl;
	(void)arg;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (!offers(slice_of(in, inlen), ours[i]))
			continue;
		*out = (const unsigned char *)ours[i].p;
		*outlen = (unsigned char)ours[i].n;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What was agreed on, if it came so far. */
static void
note_agreed(struct hs *hs, SSL *ssl)
{
	if (SSL_get_current_cipher(ssl) == NULL)
		return;
	hs->peer.version = SSL_get_version(ssl);
	hs->peer.cipher = SSL_get_cipher_name(ssl);
}

int
hs_finish(struct hs *hs, SSL *ssl)
{
	const unsigned char *alpn;
	unsigned n;
	int group;

	note_agreed(hs, ssl);
	group = (int)SSL_get_negotiated_group(ssl);
	if (group != NID_undef)
		hs->peer.group = SSL_group_to_name(ssl, group);
	SSL_get0_alpn_selected(ssl, &alpn, &n);
	hs->peer.alpn = slice_of(alpn, n);
	hs->peer.resumed = SSL_session_reused(ssl) == 1;
	/* where nobody judged, it is still what verdict_clear() left: no */
	if (hs->peer.resumed && SSL_get_verify_result(ssl) == X509_V_OK) {
		verdict_clear(&hs->peer.verdict);
		hs->peer.verdict = hs->from_ticket;
		hs->from_ticket = (struct verdict) { .err = E_CERT_NONE };
	}
	hs->peer.is_refused = hs->peer.verdict.err != 0 && is_told(hs);
	return hs->peer.verdict.err;
}

static const struct {
	int reason;
	int err;
} reasons[] = {
	{ SSL_R_HTTP_REQUEST, E_TLS_PLAIN },
	{ SSL_R_HTTPS_PROXY_REQUEST, E_TLS_PLAIN },
	{ SSL_R_UNKNOWN_PROTOCOL, E_TLS_VERSION },
	{ SSL_R_UNSUPPORTED_PROTOCOL, E_TLS_VERSION },
	{ SSL_R_VERSION_TOO_LOW, E_TLS_VERSION },
	{ SSL_R_WRONG_SSL_VERSION, E_TLS_VERSION },
	{ SSL_R_BAD_LEGACY_VERSION, E_TLS_VERSION },
	{ SSL_R_INAPPROPRIATE_FALLBACK, E_TLS_VERSION },
	{ SSL_R_NO_SHARED_CIPHER, E_TLS_CIPHER },
	{ SSL_R_NO_SHARED_GROUPS, E_TLS_CIPHER },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, E_TLS_CIPHER },
	{ SSL_R_NO_SUITABLE_GROUPS, E_TLS_CIPHER },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, E_TLS_CIPHER },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, E_TLS_CIPHER },
	{ SSL_R_NO_APPLICATION_PROTOCOL, E_TLS_ALPN },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, E_CERT_NONE },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, E_CLOSED },
};

/* What a reason of OpenSSL's means where the handshake stands. */
static int
meaning_of(const struct hs *hs, int state, int reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == reason)
			return reasons[i].err;
	if (reason > SSL_AD_REASON_OFFSET) /* the peer's alert */
		return E_TLS;
	/* before a ClientHello whatever is no TLS record */
	if (reason == SSL_R_WRONG_VERSION_NUMBER && !hs->has_hello)
		return E_TLS_PLAIN;
	/* the rest of what can be wrong with a Certificate message */
	if (state == TLS_ST_SR_CERT)
		return reason == SSL_R_EXCESSIVE_MESSAGE_SIZE ?
		    E_CERT_DEPTH :
		    E_CERT_MALFORMED;
	return E_TLS;
}

int
hs_failure(struct hs *hs, SSL *ssl, int read_err, const char **text)
{
	unsigned long e = ERR_peek_error();
	struct verdict *v = &hs->peer.verdict;

	*text = NULL;
	note_agreed(hs, ssl);
	if (hs->err != 0) {
		/* "callback failed" would say less than our own reason */
		if (v->err == hs->err)
			*text = verdict_openssl(v);
		return hs->err;
	}
	if (e == 0 || read_err != 0)
		return read_err == 0 || read_err == E_EOF ? E_CLOSED : read_err;
	*text = ERR_reason_error_string(e);
	hs->err = meaning_of(hs, SSL_get_state(ssl), ERR_GET_REASON(e));
	/* what OpenSSL refused before it came to a verdict */
	if (hs->err == E_CERT_MALFORMED || hs->err == E_CERT_DEPTH)
		v->err = hs->err;
	return hs->err;
}
