/*
 * msg -- one HTTP request or response, whatever version carries it.
 *
 * The model is RFC 9110's: control data, header fields, trailer fields; the
 * content passes by and is not held.  A mux fills a msg from the wire and
 * writes one to the wire; nothing between knows HTTP/1.1 from HTTP/2.
 *
 * Every slice points into the msg's own arena or to static bytes, so that a
 * msg lives for itself.  Owned by the stream that received it, or by whoever
 * made it.  Embedded: msg_init, msg_clear.
 */
#ifndef HTTP_MSG_H
#define HTTP_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "http/field.h"

enum http_method {
	METHOD_OTHER, /* some token; see msg.method_name */
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_CONNECT,
	METHOD_OPTIONS,
	METHOD_TRACE,
	METHOD_PATCH,
};

enum http_version { HTTP_10, HTTP_11, HTTP_2 };

/* What follows the head. */
enum msg_content {
	CONTENT_NONE,        /* nothing, and nobody need say so */
	CONTENT_LENGTH,      /* exactly msg.length bytes, also 0 */
	CONTENT_STREAM,      /* until its end is said: chunked, END_STREAM */
	CONTENT_UNTIL_CLOSE, /* RFC 9112, 6.3, 8: responses only */
};

/*
 * Every field is compared with every option of Connection, so that a message
 * with very many of both would keep a worker busy.  Usual are one or two.
 */
#define MSG_OPTIONS_MAX 32

struct msg {
	struct arena arena;

	/* a request */
	enum http_method method;
	struct slice method_name;
	struct slice scheme; /* absolute-form and HTTP/2; else empty */
	/* host[:port] as the client gave it; takes the place of Host, which
	 * is not among the fields.  Empty only in HTTP/1.0 without Host */
	struct slice authority;
	struct slice path; /* "/a?b" byte for byte, or "*" (OPTIONS) */

	/* The protocol that the sender wants to switch to, or in a 101 does:
	 * a list of tokens, or empty (RFC 9110, 7.8) */
	struct slice upgrade;
	/* the sender takes trailers (RFC 9110, 10.1.4) */
	bool te_trailers;

	/* a response */
	unsigned status;     /* 100 to 599; 0: this is a request */
	struct slice reason; /* may be empty; not forwarded */

	enum http_version version; /* of the peer that sent it */
	/* without what framed it: Content-Length and Transfer-Encoding are
	 * told by content; Connection has MSG_OPTIONS_MAX options at most */
	struct fields fields;
	struct fields trailers;
	enum msg_content content;
	/* with CONTENT_LENGTH; also what a response to HEAD or a 304 said, see
	 * has_length */
	uint64_t length;
	bool has_length; /* a response without content told a length */
	bool keep_alive; /* the peer is willing to go on */
};

void msg_init(struct msg *);
/* Frees all that it holds; usable again. */
void msg_clear(struct msg *);
/* The same, but it keeps memory for the next one. */
void msg_reset(struct msg *);

/* Appends a field; name and value are copied into the arena. */
void msg_add(struct msg *, struct slice name, struct slice value);
/* The same with a printf(3) format for the value. */
void msg_addf(struct msg *, struct slice name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets method and method_name (copied). */
void msg_set_method(struct msg *, struct slice name);
enum http_method http_method_of(struct slice name);
struct slice http_method_name(enum http_method);
/* RFC 9110, 9.2.1 and 9.2.2: may be sent again. */
bool http_method_is_idempotent(enum http_method);
/* "Not Found", or "" for a status that no RFC names. */
const char *http_status_text(unsigned status);
/* RFC 9112, 6.3, 1: no content, whatever the fields say. */
bool http_response_is_bare(enum http_method request, unsigned status);

#endif
