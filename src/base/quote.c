#include "base/quote.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
#define O QUOTE_ESCAPES
#define S QUOTE_QUOTES
#define P QUOTE_NOTHING
/* Those above 0x7f are odd. */
static const unsigned char needs[256] = {
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* controls */
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	S, S, O, S, S, P, S, S, S, S, P, P, P, P, P, P, /* space to / */
	P, P, P, P, P, P, P, P, P, P, P, S, S, S, S, S, /* 0 to ? */
	P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, /* @ to O */
	P, P, P, P, P, P, P, P, P, P, P, P, O, P, S, P, /* P to _ */
	S, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, /* ` to o */
	P, P, P, P, P, P, P, P, P, P, P, S, S, S, P, O, /* p to DEL */
};
#undef O
#undef S
#undef P
/* clang-format on */

enum quote_need
quote_need(struct slice s)
{
	unsigned all = s.n > 0 ? QUOTE_NOTHING : QUOTE_QUOTES;

	/* the numbers are such that a text needs the AND of its octets' */
	for (size_t i = 0; i < s.n; i++)
		all &= needs[(unsigned char)s.p[i]];
	return (enum quote_need)all;
}

/* One octet; its length. */
static size_t
escape(unsigned char c, bool json, char out[8])
{
	if (needs[c] != QUOTE_ESCAPES) {
		out[0] = (char)c;
		return 1;
	}
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	return (size_t)snprintf(out, 8, json ? "\\u%04x" : "\\x%02x", c);
}

size_t
quote_len(struct slice s, bool json)
{
	char one[8];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += escape((unsigned char)s.p[i], json, one);
	return n;
}

size_t
quote_put(struct slice s, bool json, char *out)
{
	char one[8];
	size_t n = 0, k;

	for (size_t i = 0; i < s.n; i++, n += k) {
		k = escape((unsigned char)s.p[i], json, one);
		memcpy(out + n, one, k);
	}
	return n;
}

void
quote_str(struct slice s, char *out, size_t max)
{
	char one[8];
	size_t n = 0, k;

	for (size_t i = 0; i < s.n; i++, n += k) {
		k = escape((unsigned char)s.p[i], false, one);
		if (k >= max - n)
			break;
		memcpy(out + n, one, k);
	}
	out[n] = '\0';
}
