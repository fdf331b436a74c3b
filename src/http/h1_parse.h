/*
 * h1_parse -- the head of an HTTP/1.1 message, strictly after RFC 9112.
 *
 * Incremental: call again with the same bytes and more of them.  What is
 * ambiguous is refused, never repaired.  Nothing of the input is referred to
 * afterwards: what the msg keeps is copied into its arena, once.
 */
#ifndef HTTP_H1_PARSE_H
#define HTTP_H1_PARSE_H

#include <stddef.h>

#include "base/slice.h"
#include "http/msg.h"

struct h1_limits {
	size_t line_max;      /* octets of the start line */
	size_t field_max;     /* octets of one field line */
	size_t head_max;      /* octets of the whole head */
	unsigned fields_max;  /* number of fields */
	size_t chunk_ext_max; /* octets of chunk extensions, all of a body */
	size_t trailer_max;   /* octets of the trailer section */
};

/* How far a head has been looked at; zero it for each new message. */
struct h1_scan {
	size_t line;    /* where the current line begins */
	size_t at;      /* what stands before has no line end */
	unsigned lines; /* complete ones so far */
};

/*
 * A request's head at the start of in.  0: it is complete, *used octets
 * belong to it, msg is filled.  E_AGAIN: more octets are needed.  Else
 * E_HTTP_*: the connection cannot go on; what was understood of the request
 * line may stand in msg, for the log.  Takes one empty line before the
 * request line (RFC 9112, 2.2).  The msg is a fresh one, or one cleared.
 */
int h1_parse_request(struct msg *, struct h1_scan *, const struct h1_limits *,
    struct slice in, size_t *used);
/*
 * A response's head; request is the method that it answers.  Content-Length
 * and Transfer-Encoding where there can be no content are dropped from a 204
 * (keep_alive is false then, unless the length is 0) and refused in a 1xx.
 */
int h1_parse_response(struct msg *, struct h1_scan *, const struct h1_limits *,
    enum http_method request, struct slice in, size_t *used);

/*
 * Field lines up to and with the empty line, as in a trailer section;
 * 0, E_AGAIN or E_HTTP_TRAILER, E_HTTP_TRAILER_LONG.  Appends to
 * msg->trailers what field_may_trail; the others are dropped without a word,
 * for a sender that is merely careless does no harm with them then.
 */
int h1_parse_trailers(struct msg *, struct h1_scan *, const struct h1_limits *,
    struct slice in, size_t *used);

#endif
