#include "base/quote.h"

#include <stdio.h>
#include <string.h>

/* What an octet needs.  Ordered so that the AND of a text's octets is what
 * the text needs. */
enum { ODD = 0, SPACED = 1, PLAIN = 3 }; /* an escape, quotes, nothing */

/* clang-format off */
#define O ODD
#define S SPACED
#define P PLAIN
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

static unsigned
needs_of(struct slice s)
{
	unsigned all = PLAIN;

	for (size_t i = 0; i < s.n; i++)
		all &= needs[(unsigned char)s.p[i]];
	return all;
}

bool
quote_is_word(struct slice s)
{
	return s.n > 0 && needs_of(s) == PLAIN;
}

/* One octet; its length. */
static size_t
escape(unsigned char c, bool json, char out[8])
{
	if (needs[c] != ODD) {
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

	if (needs_of(s) != ODD)
		return s.n;
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
