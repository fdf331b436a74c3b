/*
 * h1_write -- a msg as HTTP/1.1 octets, written anew from the model.
 *
 * One pass into a bounded buf; E_LIMIT, and the buf as it was, when it does
 * not fit.
 */
#ifndef HTTP_H1_WRITE_H
#define HTTP_H1_WRITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/msg.h"

struct h1_write {
	bool close;		/* say "Connection: close" */
	bool keep_alive;	/* say "Connection: keep-alive" (HTTP/1.0) */
	bool chunked;		/* content goes in chunks */
	bool upgrade;		/* say "Connection: upgrade"; Upgrade is in
				 * the fields */
	bool te_trailers;	/* say "TE: trailers" */
};

/* Request line, Host from msg->authority, fields, framing, empty line. */
int h1_write_request(struct buf *, const struct msg *, const struct h1_write *);
/* Status line, fields, framing, empty line. */
int h1_write_response(struct buf *, const struct msg *,
    const struct h1_write *);
#define H1_CHUNK_OVERHEAD 20 /* octets around a chunk, at most */
/* The line in front of n octets of content; CRLF must follow them. */
int h1_write_chunk_head(struct buf *, size_t n);
/* The last chunk and the trailer section. */
int h1_write_last_chunk(struct buf *, const struct fields *trailers);

#endif
