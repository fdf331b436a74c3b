#include "base/slice.h"

#include <string.h>

struct slice
slice_str(const char *s)
{
	return slice_of(s, s != NULL ? strlen(s) : 0);
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Eight octets at once, the capitals among them in lower case. */
static uint64_t
lower8(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t v, low, from_a, beyond_z;

	memcpy(&v, p, sizeof(v));
	/* no sum carries into the next octet: 7 bits and less than 0x80 */
	low = v & (ones * 0x7f);
	from_a = low + ones * (0x80 - 'A');
	beyond_z = low + ones * (0x7f - 'Z');
	return v | (((from_a ^ beyond_z) & ~v & (ones * 0x80)) >> 2);
}

bool
slice_caseeq(struct slice a, struct slice b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	for (; a.n - i >= 8; i += 8)
		if (lower8(a.p + i) != lower8(b.p + i))
			return false;
	for (; i < a.n; i++)
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
