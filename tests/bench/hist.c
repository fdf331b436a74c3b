#include "hist.h"

#include <inttypes.h>

#define HALF (1u << HIST_BITS)

/* Values below HALF have a bucket each; above, the leading bits decide. */
static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < HALF)
		return (unsigned)ns;
	shift = 63 - (unsigned)__builtin_clzll(ns) - HIST_BITS;
	return ((shift + 1) << HIST_BITS) + (unsigned)((ns >> shift) - HALF);
}

static uint64_t
end_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < HALF)
		return bucket;
	shift = (bucket >> HIST_BITS) - 1;
	return (((uint64_t)(bucket & (HALF - 1)) + HALF + 1) << shift) - 1;
}

void
hist_add(struct hist *h, uint64_t ns)
{
	h->count[bucket_of(ns)]++;
}

void
hist_print(const struct hist *h, FILE *f)
{
	const char *between = "";

	putc('[', f);
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		if (h->count[i] == 0)
			continue;
		fprintf(f, "%s[%" PRIu64 ",%" PRIu64 "]", between, end_of(i),
		    h->count[i]);
		between = ",";
	}
	putc(']', f);
}
