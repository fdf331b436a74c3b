#include "pattern.h"

#include <string.h>

/* A prime, so that a piece which is lost or doubled is always noticed. */
#define PERIOD 65521

static char sequence[PERIOD + PATTERN_MAX];

static void
make(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(sequence); i++) {
		if (i % PERIOD == 0)
			x = 1;
		/* Numerical Recipes' generator: any that does not repeat */
		x = x * 1664525 + 1013904223;
		sequence[i] = (char)('a' + (x >> 24) % 26);
	}
}

const char *
pattern_at(uint64_t offset)
{
	if (sequence[0] == '\0')
		make();
	return sequence + offset % PERIOD;
}

bool
pattern_is(uint64_t offset, const char *p, size_t n)
{
	return n <= PATTERN_MAX && memcmp(pattern_at(offset), p, n) == 0;
}
