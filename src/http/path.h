/*
 * path -- the paths of requests as routes compare them, and every way to read
 * one.
 *
 * What is forwarded is never what is made here.
 */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/*
 * What servers do with a path beyond RFC 3986, 6.2.2, and not all of them: a
 * doubt, if a path gives cause for it, and with others a reading.
 */
enum path_reading {
	PATH_DOTS = 1,  /* "." and ".." segments are resolved: 5.2.4 */
	PATH_EMPTY = 2, /* empty segments but the last are left out */
	PATH_SLASH = 4, /* an encoded slash separates segments */
	/* a backslash separates segments, encoded or not */
	PATH_BACKSLASH = 8,
	/* ";" is cut off with all that follows it in its segment, encoded or
	 * not: "/..;x/", "/admin;x" */
	PATH_PARAMS = 16,
	PATH_TWICE = 32, /* an escape of an escape ("%252e") is decoded twice */
	/* a doubt alone: an octet outside RFC 3986, taken for its escape */
	PATH_ODD = 64,
};

/* Reads a path in every way for which it gives cause. */
struct path_reader {
	struct slice path; /* without query */
	char *out;
	size_t max;
	struct slice first; /* the first reading, in out */
	unsigned doubts;  /* enum path_reading, a set; 0: one way to read it */
	unsigned reading; /* the next */
	bool is_done;
};

/*
 * 0, or E_HTTP_PATH for what is no path in any reading:
 *   - an encoded control character, or an overlong UTF-8 sequence ("%c0%ae");
 *   - a "%" without two hexadecimal digits;
 *   - anything but visible ASCII, or "#", also in the query;
 *   - what does not begin with "/" and is not "*".
 * out has room for max octets; as many as the path has always suffice where
 * each of its octets may be there, else two more for each that may not.
 * E_LIMIT, or E_HTTP_PATH for want of the latter.  path and out are borrowed.
 */
int path_reader_init(struct path_reader *, struct slice path, char *out,
    size_t max);
/*
 * The path in its normal form, as one reading has it: octets decoded that may
 * stand in a segment as they are (pchar, but for ";"), other escapes with
 * upper-case digits.  It lies in out until the next call.  The first reading does nothing that there is a doubt about.
 * 0, E_EOF after the last, or E_HTTP_PATH if what has been decoded twice is no
 * path, or wants to be decoded once more.  "*" stays "*".
 */
int path_reader_next(struct path_reader *, struct slice *);

/*
 * The normal form of a path that two parsers could not read differently; else
 * E_HTTP_PATH.  out as above; *n gets the length.
 */
int path_normalise(struct slice path, char *out, size_t max, size_t *n);
/*
 * Whether prefix covers path by whole segments: "/a" covers "/a", "/a/" and
 * "/a/b", not "/ab"; "/" covers everything.
 */
bool path_has_prefix(struct slice path, struct slice prefix);

#endif
