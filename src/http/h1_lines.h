/*
 * h1_lines -- the lines of a head or a trailer section: where they end, and
 * what a field line holds.  For h1_parse and h1_body alone.
 */
#ifndef HTTP_H1_LINES_H
#define HTTP_H1_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "http/h1_parse.h"

/* What a section may hold, and what to say of one that holds more. */
struct h1_bounds {
	bool has_start_line;
	bool may_begin_empty; /* one CRLF before the start line */
	size_t first_max;     /* octets of the first line, without CRLF */
	size_t line_max;      /* octets of each other line, without CRLF */
	size_t all_max;       /* octets of all of it */
	unsigned fields_max;
	int first_long;
	int line_long;
	int all_long;
	int many;
	int bare_lf;
};

/*
 * Goes on looking for the empty line that ends the section at the start of
 * in.  0: *used octets belong to it, each of its lines ends with CR LF.
 * E_AGAIN, or one of the codes in the bounds, or E_HTTP_LINE for an empty
 * line where the start line should be.  Each octet is looked at once, and the
 * answer does not depend on how the octets were cut up.
 */
int h1_lines_scan(struct h1_scan *, const struct h1_bounds *, struct slice in,
    size_t *used);

/*
 * Takes the field line at the start of *rest, which is what is left of a
 * section that h1_lines_scan found complete, and not yet its empty line.
 * E_HTTP_FIELD, or E_HTTP_FOLD when the line begins with white space.
 */
int h1_lines_field(struct slice *rest, struct slice *name, struct slice *value);
/* Whether only the empty line is left. */
static inline bool
h1_lines_at_end(struct slice rest)
{
	return rest.n == 2 && rest.p[0] == '\r' && rest.p[1] == '\n';
}

#endif
