/*
 * ctx -- TLS as a configuration means it: one context for each site.
 *
 * Built from a conf (and the bundle's bytes) as a part of a snapshot; const
 * afterwards.  Sessions resume by tickets alone; see tls/ticket.h.
 *
 * A connection begins with the entry context, and tls/sni.h gives it to the
 * site that the ClientHello names.  Both are made alike, since OpenSSL takes
 * only some settings from the second context: versions, groups, TLS 1.3
 * cipher suites, options and modes stay those of the first, certificates,
 * TLS 1.2 ciphers, signature algorithms, CA names and callbacks are those of
 * the second.  Session tickets too would be the first one's.
 *
 * A connection may go over to the tls of a later configuration (io_tls_adopt)
 * while its SSL keeps the contexts of the first: nothing in an SSL_CTX may
 * point to a tls or its conf.
 */
#ifndef TLS_CTX_H
#define TLS_CTX_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "cert/verify.h"
#include "conf/conf.h"

struct ssl_ctx_st;
struct ticket_keys;
struct tls;

#define TLS_POLICY_LEN 32

/* What a site is to a handshake. */
struct tls_site {
	const struct conf_site *conf;
	struct verifier *verifier;
	struct ssl_ctx_st *ctx;
	unsigned char policy[TLS_POLICY_LEN]; /* SHA-256; see ticket.h */
	int64_t days_left; /* of its first certificate, for check */
	struct slice uri;  /* the first one in that; empty: none */
};

/* NULL if diag has an error in the end; conf may be what was read in spite of
 * one (conf_load_some).  conf is borrowed and must outlive it, and so must
 * the bundle. */
struct tls *tls_new(const struct conf *, int64_t now, struct diag *);
void tls_free(struct tls *); /* NULL is fine */
/* By conf_site.index. */
const struct tls_site *tls_site_at(const struct tls *, size_t index);
/* The context a connection begins with, until the SNI has chosen: it refuses
 * by itself whatever no site takes over. */
struct ssl_ctx_st *tls_entry_ctx(const struct tls *);
const struct conf *tls_conf(const struct tls *);
/* Tickets are sealed by these from now on, unless the configuration names keys
 * of its own or wants none; borrowed, may change, outlives the tls. */
void tls_use_ticket_keys(struct tls *, const struct ticket_keys *);
/* The keys of tickets, or NULL: there are none. */
const struct ticket_keys *tls_ticket_keys(const struct tls *);

/* "OpenSSL 3.0.19 27 Jan 2026" */
const char *tls_library_version(void);

#endif
