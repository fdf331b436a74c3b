/*
 * load -- what the parts of the load generator share.
 *
 * One process, one thread, any number of connections.  Whatever goes wrong, an
 * answer that is not the expected one included, ends the program with a message
 * and 1: there is no result with a mistake in it.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "hist.h"

#define LOAD_NS 1000000000ULL /* in a second */

enum load_mode {
	MODE_HANDSHAKE, /* connect, handshake, one request, close */
	MODE_KEPT,      /* requests on kept connections, one after the other */
	MODE_RATE,      /* likewise, each when it is due */
	MODE_IDLE,      /* connections that are there, after one request */
};

struct load_options {
	struct sockaddr_in to;
	enum load_mode mode;
	unsigned connections;
	double seconds; /* what is measured */
	double warmup;
	double rate;      /* MODE_RATE: requests in a second, in all */
	uint64_t bytes;   /* of an answer */
	uint64_t upload;  /* of a request's content; 0: GET */
	const char *cert; /* leaves, each with the same key */
	const char *chain;
	const char *key;
	const char *ca;
	const char *name; /* the server's */
	int version;      /* TLS1_2_VERSION, TLS1_3_VERSION */
	bool is_resuming;
	bool is_anonymous; /* the backend is not told who we are */
};

/* load_tls.c: who we can be. */
struct load_client {
	X509 *leaf;
	char who[256]; /* its common name */
};

struct load_tls {
	SSL_CTX *ctx;
	EVP_PKEY *key;
	struct load_client *clients;
	size_t client_count;
};

/* Nothing is ever freed: it lives as long as the program. */
void load_tls_init(struct load_tls *, const struct load_options *);
/* A new connection's TLS, as that client.  is_checked: the server must be who
 * it should be; it costs us as much as the handshake, so not each time.
 * *session is replaced as new ones come. */
SSL *load_tls_new(const struct load_tls *, const struct load_options *,
    const struct load_client *, bool is_checked, SSL_SESSION **session);
/* Ends with what OpenSSL has to say. */
_Noreturn void load_tls_fail(const char *what, SSL *, int ret);

/* load_conn.c: a connection. */
enum conn_state {
	CONN_CLOSED,
	CONN_CONNECT,
	CONN_HANDSHAKE,
	CONN_REQUEST,
	CONN_ANSWER,
	CONN_READY, /* kept, nothing under way */
};

struct conn {
	const struct load_options *options;
	const struct load_tls *tls;
	const struct load_client *client;
	enum conn_state state;
	int fd;
	SSL *ssl;
	SSL_SESSION *session;
	bool must_resume;
	bool is_checked;
	uint64_t due; /* when what is under way was to begin, in ns */
	char request[512];
	size_t request_len;
	size_t sent;
	uint64_t upload_done;
	char head[4096]; /* of the answer; NUL-terminated */
	size_t head_len;
	bool has_head;
	uint64_t body_done;
	bool is_queued;
	TAILQ_ENTRY(conn) queue;
};

/* Begins what one operation is: connects first if need be. */
void conn_begin(struct conn *, int epfd);
/* Goes on as far as it can, or for a while.  true: the operation is done.
 * *again: it could have gone on. */
bool conn_advance(struct conn *, bool *again);
/* Says goodbye and closes. */
void conn_close(struct conn *);

#endif
