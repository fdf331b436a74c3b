/*
 * cert_peer -- a TLS server over generated certificates, and a client for it:
 * OpenSSL on memory BIOs, so that nothing of what is tested runs on its side.
 */
#ifndef SUPPORT_CERT_PEER_H
#define SUPPORT_CERT_PEER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/diag.h"
#include "conf/conf.h"
#include "net/io_mem.h"
#include "support/cert_cases.h"
#include "tls/io_tls.h"

struct ssl_st;
struct ssl_ctx_st;

/* The server: a configuration with files, what was loaded from it. */
struct cert_server {
	struct loop loop; /* virtual, at CERT_NOW */
	struct bundle *bundle;
	struct conf *conf;
	struct tls *tls; /* NULL after a mistake */
	struct diag diag;
};

/*
 * Beside the configuration lie ca.pem ("root"), other.pem (another CA), and
 * a.pem/.key, b.pem/.key (of RSA), any.pem/.key; a client of "root" is web.
 */
void cert_server_init(struct cert_server *, const char *yaml);
/* The same, with one more file each; ends with NULL. */
void cert_server_init_with(struct cert_server *, const char *yaml,
    const char *ca_pem, const char *crl_pem);
void cert_server_clear(struct cert_server *);

/* Site a.example, *.w.example with ca.pem; what follows is its tail. */
#define CERT_SITE(names, certificate, ca) \
	"- names: " names "\n" \
	"  certificates: [{chain: " certificate ".pem, key: " certificate \
	".key}]\n" \
	"  clients: {ca: " ca "}\n" \
	"  routes: [{path: /, allow: any, respond: whoami}]\n"
#define CERT_LISTENERS "listeners: [{address: '*:1'}]\n"
#define CERT_SITES_AB \
	CERT_LISTENERS "sites:\n" CERT_SITE("[a.example, '*.w.example']", "a", \
	    "ca.pem") CERT_SITE("b.example", "b", "other.pem")

/* The good client certificates, of the CA in ca.pem and in other.pem. */
extern const struct cert_spec cert_web;

struct cert_peer_params {
	int version;             /* TLS1_2_VERSION...; 0: any */
	const char *sni;         /* NULL: none */
	const char *alpn;        /* in its wire format; NULL: none */
	const struct cert *leaf; /* NULL: no certificate */
	struct stack_st_X509 *chain;
	const char *groups;
	const char *ciphers; /* up to TLS 1.2 */
	size_t capacity;     /* of the pipe; 0: 64 KiB */
	size_t step;         /* octets of one read; 0: all */
};

/* Both ends of one connection. */
struct cert_peer {
	struct cert_server *server;
	/* the server's end */
	struct io *io; /* NULL once closed */
	bool is_done;
	int err;
	char openssl[128]; /* what on_done said, or "" */
	/* the client's */
	struct io *wire;
	struct ssl_ctx_st *ctx;
	struct ssl_st *ssl;
	bool is_connected;
	int alert; /* received; -1: none */
	int sent_alert;
	int failed;   /* the reason of OpenSSL, 0: none */
	bool has_eof; /* the wire ended */
	bool has_goodbye;
	bool has_left;  /* sends nothing more */
	bool is_paused; /* does not read from the wire */
	struct buf in;  /* content received */
	struct buf out; /* content to be sent */
};

/* Connects; nothing moves before cert_peer_run. */
void cert_peer_init(struct cert_peer *, struct cert_server *,
    const struct cert_peer_params *);
/* Until nothing moves any more. */
void cert_peer_run(struct cert_peer *);
void cert_peer_clear(struct cert_peer *);
/* Sends what is in out, and more of the client's side. */
void cert_peer_pump(struct cert_peer *);
/* close_notify, then the end of the wire. */
void cert_peer_goodbye(struct cert_peer *);

#endif
