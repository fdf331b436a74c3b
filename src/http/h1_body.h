/*
 * h1_body -- where the content of an HTTP/1.1 message lies among the octets.
 *
 * Nothing is copied: the decoder says which octets of the input are content
 * and how many it has used up.
 */
#ifndef HTTP_H1_BODY_H
#define HTTP_H1_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "http/h1_parse.h"
#include "http/msg.h"

enum h1_body_state {
	BODY_LENGTH,   /* left octets of content are to come */
	BODY_CLOSE,    /* content until the connection ends */
	BODY_SIZE,     /* chunked: a chunk-size line is expected */
	BODY_DATA,     /* chunked: left octets of this chunk are to come */
	BODY_DATA_END, /* chunked: the CRLF after a chunk */
	BODY_TRAILER,  /* chunked: the trailer section */
	BODY_DONE,
};

struct h1_body {
	enum h1_body_state state;
	uint64_t left;
	size_t ext_used;     /* octets of chunk extensions so far */
	struct h1_scan scan; /* in BODY_SIZE and BODY_TRAILER */
};

/* For the content that msg announces. */
void h1_body_init(struct h1_body *, const struct msg *);
static inline bool
h1_body_is_done(const struct h1_body *b)
{
	return b->state == BODY_DONE;
}
/*
 * Looks at the input.  Whatever is returned, the first *skip octets are
 * framing that has been understood: take them out of the input, the next call
 * must not see them again.
 *
 * 0: after them comes *data, content; the caller takes any part of it out of
 * the input and reports that by h1_body_took.  Empty only when the body is
 * done: then what follows *skip is none of this body's.  E_AGAIN: no content
 * yet, more input is needed.  Else E_HTTP_CHUNK, E_HTTP_CHUNK_LONG,
 * E_HTTP_TRAILER, E_HTTP_TRAILER_LONG, and the connection cannot go on.
 * Trailer fields go to msg->trailers (see h1_parse_trailers).
 *
 * Each octet of framing is looked at once: of a line that is not whole yet,
 * the same octets and more must stand at the start of the next input.
 */
int h1_body_next(struct h1_body *, struct msg *, const struct h1_limits *,
    struct slice in, size_t *skip, struct slice *data);
/* n octets of the last data were taken; the last one may end the body. */
void h1_body_took(struct h1_body *, size_t n);
/*
 * The connection ended: 0 if the content may end here, else E_TRUNCATED.
 */
int h1_body_eof(struct h1_body *);

#endif
