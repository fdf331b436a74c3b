/*
 * cert_owner -- the server's side of a connection after its handshake: reads
 * all there is, writes what it has.
 */
#ifndef SUPPORT_CERT_OWNER_H
#define SUPPORT_CERT_OWNER_H

#include <stdbool.h>

#include "base/buf.h"
#include "support/cert_peer.h"

struct cert_owner {
	struct io *io;
	struct buf in;
	struct buf out;
	int read_err; /* how reading ended, or 0 */
	int write_err;
	unsigned events; /* told so far */
	unsigned reads;  /* IO_READABLE told */
	size_t max;      /* octets of one read; 0: many */
	bool stops;      /* reads once for each event, not until E_AGAIN */
	bool wants_shutdown;
	int shut; /* what io_shutdown said last */
};

/* Takes over the io of a peer whose handshake has succeeded. */
void cert_owner_init(struct cert_owner *, struct cert_peer *);
void cert_owner_clear(struct cert_owner *);
/* Writes what is in out as far as it goes. */
void cert_owner_write(struct cert_owner *);
/* io_shutdown now, and again whenever it is writable. */
void cert_owner_shutdown(struct cert_owner *);

/* A server with one site, and a good client connected to it. */
void cert_open(struct cert_server *, struct cert_peer *, struct cert_owner *,
    const struct cert_peer_params *);
void cert_close(struct cert_server *, struct cert_peer *, struct cert_owner *);
/* n octets that no two places have alike. */
void cert_fill(struct buf *, size_t n);
bool cert_is_filled(const struct buf *, size_t n);

#endif
