#include "base/crc32c.h"

#define POLYNOMIAL UINT32_C(0x82f63b78) /* with the bits in reverse */

/* It is for a few hundred octets of a connection: a table would not pay. */
uint32_t
crc32c(uint32_t crc, struct slice s)
{
	crc = ~crc;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return ~crc;
}
