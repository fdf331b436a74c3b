/*
 * wire -- OpenSSL's BIO over an io.
 *
 * What OpenSSL writes is always taken, up to WIRE_OUT_MAX octets that lower
 * does not take now: an alert is never stuck behind a full socket, and a
 * record that was begun never has to be offered again.
 */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#include <stdbool.h>

#include "base/buf.h"
#include "net/io.h"

struct bio_st;

/* As many full records as are written at once; 16 KiB of content, and what
 * RFC 5246, 6.2.3, allows at most around them.  The kernel sends 64 KiB in one
 * go: of four records some octets would be left, for a packet of their own. */
#define WIRE_RECORDS  3
#define WIRE_HOLD_MAX (WIRE_RECORDS * (16 + 2) * 1024)
/* The same, with room for an alert. */
#define WIRE_OUT_MAX (WIRE_HOLD_MAX + 1024)

struct wire {
	struct io *lower; /* borrowed */
	struct buf out;   /* written, not yet taken by lower */
	int read_err;     /* how lower's input ended: E_EOF, E_CLOSED... */
	int write_err;    /* why lower takes no more */
	bool is_shut;     /* what is written from now on is dropped */
	bool is_barred;   /* nothing more is read: OpenSSL sees an error */
	bool is_held;     /* see wire_hold() */
};

void wire_init(struct wire *, struct io *lower);
void wire_clear(struct wire *);
/* A BIO on it; the wire must outlive it. */
struct bio_st *wire_bio(struct wire *);
/*
 * From now on, until wire_let_go(), what OpenSSL writes is gathered, and then
 * handed to lower in one piece: WIRE_RECORDS records at most.  One wire at a
 * time, and only where nothing waits.
 */
void wire_hold(struct wire *);
void wire_let_go(struct wire *);
/* Hands lower what waits: 0 (nothing waits any more), E_AGAIN, or an error. */
int wire_flush(struct wire *);

#endif
