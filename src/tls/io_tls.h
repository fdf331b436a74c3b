/*
 * io_tls -- the server's side of TLS over another io.
 *
 * The handshake runs by itself; the owner hears of its end through on_done.
 * Afterwards it is an io like any other: renegotiation does not exist, reads
 * that want to write and the reverse stay in here, the end of the stream is
 * E_EOF only with a close_notify, else E_TRUNCATED.
 */
#ifndef TLS_IO_TLS_H
#define TLS_IO_TLS_H

#include <stdbool.h>

#include "cert/verify.h"
#include "net/io.h"
#include "tls/ctx.h"

struct ssl_st;

/* What the handshake found; valid from on_done until the io is closed. */
struct tls_peer {
	const struct conf_site *site; /* that the SNI chose; NULL: none */
	struct verdict verdict;
	struct slice sni;    /* as sent, lower case; may be empty */
	const char *version; /* "TLSv1.3" */
	const char *cipher;  /* "TLS_AES_128_GCM_SHA256" */
	const char *group;   /* may be NULL */
	struct slice alpn;   /* "http/1.1", "http/1.0", or empty */
	bool resumed;
	/* Refused by verdict.err, and the connection serves to say so: see
	 * conf_site.on_refusal. */
	bool is_refused;
};

/*
 * Called once, when the handshake has ended, never from within
 * io_tls_accept(): err is 0, or why it failed (E_CERT_*, E_TLS_*,
 * E_CLOSED...); openssl is OpenSSL's own words or NULL.
 * With peer.is_refused it did not fail, but err says why the client must not
 * be let in: content may be read and written, to tell it.
 * After a failure the owner lets the alert go out: io_shutdown() until it no
 * longer says E_AGAIN, then best io_read() until it says something else than
 * E_AGAIN, which drops what still arrives: a socket that is closed with bytes
 * unread sends a reset, and the client may never see the alert.
 */
typedef void io_tls_done_fn(void *arg, int err, const char *openssl);

/*
 * Takes lower over.  now for dates is the loop's wall clock.  tls must live as
 * long as the io, or until io_tls_adopt().  What was written lies here until
 * lower takes it: whoever wants it to arrive calls io_shutdown() before
 * io_close().
 */
struct io *io_tls_accept(struct io *lower, const struct tls *,
    io_tls_done_fn *on_done, void *arg);
const struct tls_peer *io_tls_peer(const struct io *);
/*
 * A new configuration is in force: judges the client again, by what it showed
 * in its handshake and by the site that its SNI leads to now.  0: the io
 * belongs to the new tls, and the old one may go.  E_TLS_NO_SITE or E_CERT_*,
 * with *v saying more: it still belongs to the old one.  Only after a
 * handshake that succeeded; the caller clears *v.
 */
int io_tls_adopt(struct io *, const struct tls *, struct verdict *v);
/* Whether the lower io has taken all that was written. */
bool io_tls_is_flushed(const struct io *);
/* OpenSSL's connection, for tls/ alone; borrowed. */
struct ssl_st *io_tls_ssl(const struct io *);
/* The lower io, for what is below TLS (priority, reset); borrowed. */
struct io *io_tls_lower(const struct io *);

#endif
