/*
 * hs -- a handshake: what its callbacks know, and what they found.
 *
 * OpenSSL's callbacks get it as the SSL's app data.  Embedded in io_tls.
 */
#ifndef TLS_HS_H
#define TLS_HS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/loop.h"
#include "tls/ctx.h"
#include "tls/io_tls.h"

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

#define HS_SNI_MAX 255 /* octets kept of a name, good or not */

struct hs {
	const struct tls *tls;
	const struct loop *loop;     /* for the time */
	struct io *lower;            /* that of io_tls */
	const struct tls_site *site; /* NULL until the SNI has chosen */
	struct tls_peer peer;
	bool has_hello;       /* a ClientHello was understood */
	int err;              /* why a callback refused, or 0 */
	int64_t ticket_until; /* of a ticket, seconds since 1970; 0: none */
	struct verdict from_ticket; /* of the session that may resume */
	char sni[HS_SNI_MAX];       /* what peer.sni points to */
	unsigned key_updates; /* since the last content (RFC 8446, 4.6.3) */
};

/* For SSL_CTX_set_cert_verify_callback: the site's verifier judges. */
int hs_on_verify(struct x509_store_ctx_st *, void *);
/* For SSL_CTX_set_alpn_select_cb: "http/1.1", else "http/1.0", or none. */
int hs_on_alpn(struct ssl_st *, const unsigned char **out,
    unsigned char *outlen, const unsigned char *in, unsigned inlen, void *);

/* Around SSL_do_handshake, and as soon as the site is known: from here to there
 * certificates may be shared (cert/intern.h), unless the site has no cache. */
void hs_begin(const struct hs *);
void hs_end(void);

/* For io_tls_adopt: the same client by another configuration. */
int hs_judge_again(struct hs *, struct ssl_st *, const struct tls *,
    struct verdict *);

/* The handshake is done: notes what was agreed.  0; or why the client is not
 * let in, with peer.is_refused if that is to be told over the connection. */
int hs_finish(struct hs *, struct ssl_st *);
/*
 * The handshake has failed: why, by the first of OpenSSL's errors and how the
 * lower io ended (read_err, or 0).  *text: OpenSSL's words or NULL.
 */
int hs_failure(struct hs *, struct ssl_st *, int read_err, const char **text);

#endif
