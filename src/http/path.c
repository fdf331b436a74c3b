#include "http/uri.h"

#include "base/err.h"
#include "http/octet.h"

/* A normalised path under way. */
struct norm {
	char *out;
	size_t max;
	size_t n;
	size_t segment;       /* where the current one begins in out */
	unsigned char before; /* the escaped octet just before, or 0 */
};

static int
put(struct norm *o, char c)
{
	if (o->n == o->max)
		return E_LIMIT;
	o->out[o->n++] = c;
	return 0;
}

/*
 * Ends a segment.  Some resolve "." and ".." and some do not; of an empty
 * segment, some make one slash of two.
 */
static int
end_segment(const struct norm *o, bool is_last)
{
	struct slice s = slice_of(o->out + o->segment, o->n - o->segment);

	if (slice_eq(s, SL(".")) || slice_eq(s, SL("..")))
		return E_HTTP_PATH;
	return s.n == 0 && !is_last ? E_HTTP_PATH : 0;
}

/*
 * An octet that was written as an escape and that some parser takes for a
 * delimiter, or for the end of a string, once it is decoded; or the start of
 * an overlong UTF-8 sequence, which a lax decoder makes into one.
 */
static bool
is_deceptive(unsigned char c, unsigned char before)
{
	if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == ';')
		return true;
	if (c == 0xc0 || c == 0xc1)
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

/* An escape at the start of s: decoded if unreserved, else in upper case. */
static int
put_escape(struct norm *o, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";
	int octet = two_hex(slice_skip(s, 1));
	unsigned char c = (unsigned char)octet;
	int e;

	if (octet < 0)
		return E_HTTP_PATH;
	if (is_deceptive(c, o->before))
		return E_HTTP_PATH;
	o->before = c;
	if (octet_is((char)c, OCTET_UNRESERVED))
		return put(o, (char)c);
	if ((e = put(o, '%')) != 0 || (e = put(o, hex[c >> 4])) != 0)
		return e;
	return put(o, hex[c & 15]);
}

/*
 * An escape of an escape: who decodes twice reads something else.  Told by
 * the outcome, for the digits may have been escaped too ("%25%32e").
 */
static bool
has_double_escape(struct slice s)
{
	for (; s.n >= 5; s = slice_skip(s, 1))
		if (slice_starts(s, SL("%25")) &&
		    two_hex(slice_skip(s, 3)) >= 0)
			return true;
	return false;
}

/* All of a path behind its first slash. */
static int
put_path(struct norm *o, struct slice path)
{
	int e = 0;

	for (size_t i = 1; i < path.n && e == 0; i++) {
		char c = path.p[i];

		if (c == '%') {
			e = put_escape(o, slice_skip(path, i));
			i += 2;
			continue;
		}
		o->before = 0;
		if (c == '/') {
			if ((e = end_segment(o, false)) == 0)
				e = put(o, c);
			o->segment = o->n;
		} else {
			e = octet_is(c, OCTET_PCHAR) ? put(o, c) : E_HTTP_PATH;
		}
	}
	return e;
}

int
path_normalise(struct slice path, char *out, size_t max, size_t *n)
{
	struct norm o = { .out = out, .max = max };
	ptrdiff_t query = slice_find(path, '?');
	int e;

	/* the query decides nothing, but must not smuggle anything either */
	if (path.n == 0 || octet_span(path, OCTET_TARGET) != path.n)
		return E_HTTP_PATH;
	if (slice_eq(path, SL("*"))) {
		e = put(&o, '*');
		*n = o.n;
		return e;
	}
	if (query >= 0)
		path = slice_first(path, (size_t)query);
	if (path.n == 0 || path.p[0] != '/')
		return E_HTTP_PATH;
	if ((e = put(&o, '/')) != 0)
		return e;
	o.segment = o.n;
	if ((e = put_path(&o, path)) != 0 || (e = end_segment(&o, true)) != 0)
		return e;
	if (has_double_escape(slice_of(out, o.n)))
		return E_HTTP_PATH;
	*n = o.n;
	return 0;
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
