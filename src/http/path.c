#include "http/path.h"

#include <string.h>

#include "base/err.h"
#include "http/span.h"

/* A path under way into its normal form. */
struct norm {
	char *out;
	size_t max;
	size_t n;
	unsigned reading;
	unsigned char before; /* the escaped octet just before, or 0 */
	bool is_odd;          /* an octet was there that should be escaped */
};

static int
put(struct norm *o, char c)
{
	/* only octets that should have been escaped grow */
	if (o->n == o->max)
		return o->is_odd ? E_HTTP_PATH : E_LIMIT;
	o->out[o->n++] = c;
	return 0;
}

/*
 * An escape that nobody writes who means well: some parser takes it for the
 * end of a string or a line, or it is the start of an overlong UTF-8 sequence,
 * which a lax decoder makes a delimiter of.
 */
static bool
is_deceptive(unsigned char c, unsigned char before)
{
	if (c < 0x20 || c == 0x7f || c == 0xc0 || c == 0xc1)
		return true;
	return (before == 0xe0 && c >= 0x80 && c < 0xa0) ||
	    (before == 0xf0 && c >= 0x80 && c < 0x90);
}

/* The octet that two hexadecimal digits at the start of s say, or -1. */
static int
two_hex(struct slice s)
{
	int high = s.n >= 2 ? ascii_hex(s.p[0]) : -1;
	int low = s.n >= 2 ? ascii_hex(s.p[1]) : -1;

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* What an octet is in this reading, written as itself or as an escape. */
static char
meaning(const struct norm *o, char c)
{
	if (c == '\\' && (o->reading & PATH_BACKSLASH) != 0)
		return '/';
	return c;
}

/* Whether an escaped octet is in this reading what it is unescaped. */
static bool
is_plain(const struct norm *o, char c)
{
	switch (c) {
	case '/':
		return (o->reading & PATH_SLASH) != 0;
	case '\\':
		return (o->reading & PATH_BACKSLASH) != 0;
	case ';':
		return (o->reading & PATH_PARAMS) != 0;
	default:
		/* RFC 3986 calls "!" and "%21" different; servers do not */
		return octet_is(c, OCTET_PCHAR);
	}
}

static int
put_hex(struct norm *o, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	int e;

	if ((e = put(o, '%')) != 0 ||
	    (e = put(o, hex[(unsigned char)c >> 4])) != 0)
		return e;
	return put(o, hex[c & 15]);
}

/* The escape of c: decoded if it means the same, else in upper case. */
static int
put_escape(struct norm *o, char c)
{
	if (is_deceptive((unsigned char)c, o->before))
		return E_HTTP_PATH;
	o->before = (unsigned char)c;
	return is_plain(o, c) ? put(o, meaning(o, c)) : put_hex(o, c);
}

/* An octet that is no escape, though it perhaps should be one. */
static int
put_octet(struct norm *o, char c)
{
	o->before = 0;
	if (octet_is(c, OCTET_PCHAR) || slice_find(SL("/\\;%"), c) >= 0)
		return put(o, meaning(o, c));
	o->is_odd = true;
	return put_hex(o, c);
}

/* Octets at the start of s that stand for themselves in every reading. */
static size_t
plain_span(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (octet_is(s.p[n], OCTET_PCHAR) || s.p[n] == '/'))
		n++;
	return n;
}

static int
put_plain(struct norm *o, struct slice s)
{
	if (s.n == 0)
		return 0;
	if (s.n > o->max - o->n)
		return o->is_odd ? E_HTTP_PATH : E_LIMIT;
	/* it may lie there already: see read_path() */
	memmove(o->out + o->n, s.p, s.n);
	o->n += s.n;
	o->before = 0;
	return 0;
}

/* Brings every octet of a path into its normal form. */
static int
put_path(struct norm *o, struct slice path)
{
	size_t plain = plain_span(path);
	int e = put_plain(o, slice_first(path, plain));

	for (size_t i = plain; i < path.n && e == 0; i++) {
		char c = path.p[i];
		int octet = c == '%' ? two_hex(slice_skip(path, i + 1)) : -1;

		if (octet >= 0) {
			e = put_escape(o, (char)octet);
			i += 2;
			continue;
		}
		/* decoded once already, a "%" may stand for itself */
		if (c == '%' && (o->reading & PATH_TWICE) == 0)
			return E_HTTP_PATH;
		e = put_octet(o, c);
	}
	return e;
}

/* Decodes what may be a part of an escape of an escape ("%25%32e").  Of the
 * result nothing grows any more. */
static int
put_once_decoded(struct norm *o, struct slice path)
{
	int e = 0;

	for (size_t i = 0; i < path.n && e == 0; i++) {
		int octet = path.p[i] == '%' ?
		    two_hex(slice_skip(path, i + 1)) :
		    -1;

		if (octet == '%' || octet_is((char)octet, OCTET_UNRESERVED)) {
			e = put(o, (char)octet);
			i += 2;
		} else {
			e = put_octet(o, path.p[i]);
		}
	}
	return e;
}

/* The octets behind the last "/" in front of the first n, and that go. */
static size_t
without_last(const char *p, size_t n)
{
	while (n > 0 && p[--n] != '/')
		;
	return n;
}

/* One segment, to be written behind the n octets that stay of those before it:
 * how many stay with it. */
static size_t
put_segment(char *p, size_t n, struct slice s, bool is_last, unsigned reading)
{
	ptrdiff_t params = slice_find(s, ';');

	if ((reading & PATH_PARAMS) != 0 && params >= 0)
		s.n = (size_t)params;
	if ((reading & PATH_EMPTY) != 0 && s.n == 0 && !is_last)
		return n;
	if ((reading & PATH_DOTS) != 0) {
		if (slice_eq(s, SL("..")))
			n = without_last(p, n);
		if (slice_eq(s, SL("..")) || slice_eq(s, SL("."))) {
			if (!is_last)
				return n;
			s.n = 0;
		}
	}
	p[n++] = '/';
	for (size_t i = 0; i < s.n; i++)
		p[n++] = s.p[i];
	return n;
}

/* Reads the segments of what is in out, in place: none grows. */
static void
read_segments(struct norm *o)
{
	struct slice rest = slice_of(o->out + 1, o->n - 1), segment;
	bool at_end = false;
	size_t n = 0;

	while (slice_cut(&rest, '/', &segment, &at_end))
		n = put_segment(o->out, n, segment, at_end, o->reading);
	o->n = n;
}

/* Whether an escape of an escape stands at the start of s: told by the normal
 * form, for the digits may have been escaped too. */
static bool
is_double_escape(struct slice s)
{
	return slice_starts(s, SL("%25")) && two_hex(slice_skip(s, 3)) >= 0;
}

static int
read_path(struct slice path, struct norm *o)
{
	int e;

	if ((o->reading & PATH_TWICE) != 0) {
		if ((e = put_once_decoded(o, path)) != 0)
			return e;
		path = slice_of(o->out, o->n);
		o->n = 0;
	}
	if ((e = put_path(o, path)) != 0)
		return e;
	for (size_t i = 0; (o->reading & PATH_TWICE) != 0 && i < o->n; i++)
		if (is_double_escape(slice_of(o->out + i, o->n - i)))
			return E_HTTP_PATH;
	read_segments(o);
	return 0;
}

static unsigned
doubts_of_octet(struct slice s)
{
	switch (s.p[0]) {
	case '/':
		return 0;
	case ';':
		return PATH_PARAMS;
	case '\\':
		return PATH_BACKSLASH;
	case '%':
		if (slice_starts(s, SL("%2F")))
			return PATH_SLASH;
		if (slice_starts(s, SL("%5C")))
			return PATH_BACKSLASH;
		if (slice_starts(s, SL("%3B")))
			return PATH_PARAMS;
		/* whatever hides in it */
		return is_double_escape(s) ?
		    PATH_TWICE | PATH_SLASH | PATH_BACKSLASH | PATH_PARAMS :
		    0;
	default:
		return 0;
	}
}

/* What could be read in several ways in a path in its normal form. */
static unsigned
doubts_of(struct slice path)
{
	struct slice rest = slice_skip(path, 1), segment;
	bool at_end = false;
	unsigned doubts = 0;

	for (size_t i = plain_span(path); i < path.n; i++)
		doubts |= doubts_of_octet(slice_skip(path, i));
	/* where segments may begin or end elsewhere, they may be any */
	if (doubts != 0)
		return doubts | PATH_DOTS | PATH_EMPTY;
	while (slice_cut(&rest, '/', &segment, &at_end)) {
		if (slice_eq(segment, SL(".")) || slice_eq(segment, SL("..")))
			doubts |= PATH_DOTS;
		if (segment.n == 0 && !at_end)
			doubts |= PATH_EMPTY;
	}
	return doubts;
}

int
path_reader_init(struct path_reader *r, struct slice path, char *out,
    size_t max)
{
	struct norm o = { .out = out, .max = max };
	ptrdiff_t query = slice_find(path, '?');
	int e;

	/* the query decides nothing, but must not smuggle anything either */
	if (path.n == 0 || span_target(path) != path.n)
		return E_HTTP_PATH;
	*r = (struct path_reader) { .path = path, .out = out, .max = max };
	if (slice_eq(path, SL("*"))) {
		e = put(&o, '*');
		r->first = slice_of(out, o.n);
		return e;
	}
	if (query >= 0)
		r->path = path = slice_first(path, (size_t)query);
	if (path.n == 0 || path.p[0] != '/')
		return E_HTTP_PATH;
	if ((e = put_path(&o, path)) != 0)
		return e;
	r->first = slice_of(out, o.n);
	r->doubts = doubts_of(r->first) | (o.is_odd ? PATH_ODD : 0);
	return 0;
}

int
path_reader_next(struct path_reader *r, struct slice *read)
{
	struct norm o = { .out = r->out, .max = r->max, .reading = r->reading };
	unsigned doubts = r->doubts & ~(unsigned)PATH_ODD;
	int e = 0;

	if (r->is_done)
		return E_EOF;
	if (r->reading == 0) {
		*read = r->first;
	} else {
		e = read_path(r->path, &o);
		*read = slice_of(o.out, o.n);
	}
	/* the subsets of a set, as numbers in ascending order */
	r->reading = (r->reading - doubts) & doubts;
	r->is_done = r->reading == 0;
	return e;
}

int
path_normalise(struct slice path, char *out, size_t max, size_t *n)
{
	struct path_reader r;
	struct slice read = { 0 };
	int e;

	if ((e = path_reader_init(&r, path, out, max)) != 0)
		return e;
	if (r.doubts != 0)
		return E_HTTP_PATH;
	e = path_reader_next(&r, &read);
	*n = read.n;
	return e;
}

bool
path_has_prefix(struct slice path, struct slice prefix)
{
	if (slice_eq(prefix, SL("/")))
		return true;
	if (prefix.n == 0 || !slice_starts(path, prefix))
		return false;
	return path.n == prefix.n || prefix.p[prefix.n - 1] == '/' ||
	    path.p[prefix.n] == '/';
}
