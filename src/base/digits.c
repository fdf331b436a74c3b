#include "base/digits.h"

void
digits_fixed(char *out, size_t n, uint64_t v)
{
	for (; n > 0; v /= 10)
		out[--n] = (char)('0' + v % 10);
}

size_t
digits_u64(char *out, uint64_t v)
{
	size_t n = 1;

	for (uint64_t rest = v / 10; rest > 0; rest /= 10)
		n++;
	digits_fixed(out, n, v);
	return n;
}

size_t
digits_i64(char *out, int64_t v)
{
	if (v >= 0)
		return digits_u64(out, (uint64_t)v);
	out[0] = '-';
	return 1 + digits_u64(out + 1, -(uint64_t)v);
}

void
digits_hex64(char out[16], uint64_t v)
{
	for (size_t n = 16; n > 0; v >>= 4)
		out[--n] = "0123456789abcdef"[v & 15];
}
