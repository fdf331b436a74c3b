/*
 * mux_h1_conn -- what the four files of mux_h1 share: the connection, and
 * the one stream that it may carry at a time.
 *
 *	mux_h1.c	the connection's life: idle, head, open, closing, ended
 *	mux_h1_stream.c	a stream's beginning and end
 *	mux_h1_recv.c	from octets to heads and content
 *	mux_h1_send.c	from heads and content to octets
 */
#ifndef MUX_MUX_H1_CONN_H
#define MUX_MUX_H1_CONN_H

#include "base/buf.h"
#include "http/h1_body.h"
#include "mux/input.h"
#include "mux/mux_h1.h"
#include "net/deadline.h"

enum h1_state {
	H1_IDLE,    /* no stream, and nothing of the next one */
	H1_HEAD,    /* server: a request's head has begun to come */
	H1_OPEN,    /* a stream is open */
	H1_CLOSING, /* what is gathered goes out, then the end */
	H1_ENDED,
};

enum h1_part { PART_HEAD, PART_BODY, PART_DONE };

struct stream_h1 {
	struct stream stream;
	int err; /* final: every verb says it from now on */
	/* final for what is sent; a backend that takes no more of a request
	 * may have answered it */
	int send_err;

	enum h1_part recv;
	struct msg msg; /* the peer's */
	struct h1_body body;
	unsigned heads; /* 1xx so far */

	enum h1_part send;
	enum http_method method; /* of the request, whoever sent it */
	bool is_chunked;
	uint64_t left; /* content still to be sent, unless chunked */
	bool is_last;  /* the connection ends with this stream */

	bool wants_upgrade;  /* client: it was asked for */
	bool is_tunnel;      /* after 101: bytes, both ways */
	bool wants_shutdown; /* tunnel: our side is done when all is out */
};

struct mux_h1 {
	struct mux mux;
	struct io *io;
	enum h1_state state;
	bool is_draining;
	bool is_blocked;  /* a write waits for the peer */
	bool is_direct;   /* what waits is not in out but with the sender */
	uint64_t moved;   /* octets it took since the clock runs */
	enum mux_end how; /* in H1_CLOSING */
	int err;          /* likewise */
	struct input in;
	struct buf out;
	struct h1_scan scan; /* of the head in `in` */
	struct deadline deadline;
	struct task task;
	struct grave grave;
	struct stream_h1 s;
};

static inline struct mux_h1 *
h1_of_stream(struct stream *s)
{
	return (struct mux_h1 *)(void *)s->mux;
}

/* mux_h1.c */
void h1_enter(struct mux_h1 *, enum h1_state); /* and sets its deadline */
void h1_set_room(struct mux_h1 *); /* a whole head must fit into `in` */
void h1_block(struct mux_h1 *);    /* a write said E_AGAIN: the clock runs */
void h1_moved(struct mux_h1 *, size_t n); /* so much went out */
void h1_unblock(struct mux_h1 *);         /* nothing waits any more */

/* mux_h1_stream.c */
/* A fresh stream in its place, not open yet.  Who has left stays away. */
void h1_stream_reset(struct mux_h1 *);

/* mux_h1_recv.c */
/* Server: parses a request, reading as needed.  0 or E_HTTP_*: a stream may
 * open; E_AGAIN; E_EOF: the peer left between requests; other: it is over. */
int h1_take_request(struct mux_h1 *);
/* Server: whether something of a request is there already. */
bool h1_has_begun(const struct mux_h1 *);
int h1_recv_head(struct stream *, struct msg **);
int h1_recv_body(struct stream *, struct slice *);
void h1_recv_took(struct stream *, size_t n);

/* mux_h1_send.c */
int h1_send_head(struct stream *, const struct msg *);
int h1_send_body(struct stream *, struct slice, size_t *n);
int h1_send_end(struct stream *, const struct fields *trailers);
/* Writes what is gathered: 0 when all is gone, E_AGAIN, or a final error. */
int h1_flush(struct mux_h1 *);
/* From now on bytes, both ways. */
void h1_start_tunnel(struct mux_h1 *);

#endif
