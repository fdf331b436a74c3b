#include "base/slice.h"

#include <string.h>

struct slice
slice_str(const char *s)
{
	return slice_of(s, s != NULL ? strlen(s) : 0);
}

struct slice
slice_of(const void *p, size_t n)
{
	return (struct slice) { .p = p, .n = n };
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_caseeq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq(slice_first(s, prefix.n), prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	    slice_eq(slice_skip(s, s.n - suffix.n), suffix);
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (c != 0)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

struct slice
slice_skip(struct slice s, size_t n)
{
	if (n == 0)
		return s;
	return slice_of(s.p + n, s.n - n);
}

struct slice
slice_first(struct slice s, size_t n)
{
	return slice_of(s.p, n);
}

struct slice
slice_trim(struct slice s, const char *set)
{
	while (s.n > 0 && *s.p != '\0' && strchr(set, *s.p) != NULL)
		s = slice_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	    strchr(set, s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

ptrdiff_t
slice_find(struct slice s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? at - s.p : -1;
}

bool
slice_cut(struct slice *rest, char sep, struct slice *part, bool *at_end)
{
	ptrdiff_t at;

	if (*at_end)
		return false;
	at = slice_find(*rest, sep);
	if (at < 0) {
		*part = *rest;
		*rest = slice_skip(*rest, rest->n);
		*at_end = true;
		return true;
	}
	*part = slice_first(*rest, (size_t)at);
	*rest = slice_skip(*rest, (size_t)at + 1);
	return true;
}

bool
slice_u64(struct slice s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)(s.p[i] - '0');

		if (!ascii_is_digit(s.p[i]) || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}
