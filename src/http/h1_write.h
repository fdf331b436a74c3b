/*
 * h1_write -- a msg as HTTP/1.1 octets, written anew from the model.
 *
 * One pass into a bounded buf.  On an error the buf is as it was: E_LIMIT when
 * it does not fit; E_INVALID when an octet stands where it could be read as
 * something else (CR, LF, NUL, a SP in the target), or when model and struct
 * h1_write disagree about where the content ends.
 *
 * What the model or struct h1_write says is never taken from the fields: Host,
 * Content-Length, Transfer-Encoding, Connection, Keep-Alive, Proxy-Connection,
 * TE, and Upgrade without .upgrade, are passed over there.
 */
#ifndef HTTP_H1_WRITE_H
#define HTTP_H1_WRITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/msg.h"

struct h1_write {
	bool close;       /* say "Connection: close" */
	bool keep_alive;  /* say "Connection: keep-alive" (HTTP/1.0) */
	bool chunked;     /* content goes in chunks; CONTENT_STREAM and
			   * CONTENT_UNTIL_CLOSE alone */
	bool upgrade;     /* say "Connection: upgrade"; Upgrade is in
			   * the fields */
	bool te_trailers; /* say "TE: trailers", and TE in Connection */
};

/*
 * Request line, Host from msg->authority, fields, framing, empty line.  A
 * request whose content has no length must be chunked.
 */
int h1_write_request(struct buf *, const struct msg *, const struct h1_write *);
/*
 * Status line, fields, framing, empty line.  The reason is the usual one.
 * Content without a length must be chunked or end by close.  CONTENT_NONE
 * says no length but has_length's: for 1xx, 204, 304 and what answers a HEAD;
 * any other response that is empty has CONTENT_LENGTH and 0.
 */
int h1_write_response(struct buf *, const struct msg *,
    const struct h1_write *);
#define H1_CHUNK_OVERHEAD 20 /* octets around a chunk, at most */
/* The line in front of n > 0 octets of content; CRLF must follow them. */
int h1_write_chunk_head(struct buf *, size_t n);
/* The last chunk, those trailers (NULL: none) that field_may_trail, CRLF. */
int h1_write_last_chunk(struct buf *, const struct fields *trailers);

#endif
