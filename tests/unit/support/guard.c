#include "support/guard.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t
page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void
guard_init(struct guard *g, size_t max)
{
	g->size = (max / page() + 1) * page();
	g->map = mmap(NULL, g->size + page(), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED ||
	    mprotect(g->map + g->size, page(), PROT_NONE) != 0)
		abort();
}

void
guard_clear(struct guard *g)
{
	munmap(g->map, g->size + page());
}

struct slice
guard_put(struct guard *g, struct slice s)
{
	char *to = g->map + g->size - s.n;

	if (s.n > g->size)
		abort();
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	return slice_of(to, s.n);
}
