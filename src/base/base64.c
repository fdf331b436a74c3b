#include "base/base64.h"

#include <stdint.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three octets, or fewer at the end, as four digits. */
static void
encode(const unsigned char *p, size_t n, char out[4])
{
	uint32_t bits = (uint32_t)p[0] << 16;

	if (n > 1)
		bits |= (uint32_t)p[1] << 8;
	if (n > 2)
		bits |= p[2];
	out[0] = digits[bits >> 18];
	out[1] = digits[bits >> 12 & 63];
	out[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? digits[bits & 63] : '=';
}

bool
base64_put(struct buf *b, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	char out[4];

	for (size_t i = 0; i < s.n; i += 3) {
		encode(p + i, s.n - i, out);
		if (!buf_put(b, slice_of(out, sizeof(out))))
			return false;
	}
	return true;
}
