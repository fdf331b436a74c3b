/*
 * vector -- one message on the wire, and what the parser must make of it.
 *
 * Each vector is given to the parser whole, octet by octet, and cut in two at
 * each place; the outcome must be the same each time.  The input ends at a
 * guard page.
 */
#ifndef SUPPORT_VECTOR_H
#define SUPPORT_VECTOR_H

#include <check.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/slice.h"
#include "http/h1_body.h"
#include "http/h1_parse.h"
#include "http/msg.h"

struct vector {
	const char *id;   /* of the requirement */
	const char *name; /* "a bare LF ends the line" */
	struct slice in;
	int e;
	/*
	 * Where e is 0, what msg_dump says of it; for a body, the content
	 * that came out, also before an error.
	 */
	const char *model;
};

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* line 64, field 48, head 256, 5 fields, extensions 16, trailers 64 */
extern const struct h1_limits vector_limits;

void vector_request(const struct vector *);
void vector_response(const struct vector *, enum http_method request);
void vector_trailers(const struct vector *);
/*
 * A body of that content; in.n octets, of which it need not use all.  The
 * model is the content, then "|" and the trailers where the body ended, then
 * "+n" if n octets are left over.  An input that ends too early is
 * E_TRUNCATED.
 */
void vector_body(const struct vector *, enum msg_content, uint64_t length);

#endif
