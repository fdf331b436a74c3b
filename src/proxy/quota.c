#include "proxy/quota.h"

#include <assert.h>
#include <stdint.h>

/* The map's values are the numbers themselves, as pointers never followed. */
static uintptr_t
count_of(const struct quota *q, struct slice kind)
{
	return q->counts != NULL ? (uintptr_t)map_get(q->counts, kind) : 0;
}

void
quota_clear(struct quota *q)
{
	map_free(q->counts);
	q->counts = NULL;
}

bool
quota_take(struct quota *q, struct slice kind, unsigned max)
{
	uintptr_t n = count_of(q, kind);

	if (max != 0 && n >= max)
		return false;
	if (q->counts == NULL)
		q->counts = map_new();
	(void)map_set(q->counts, kind, (void *)(n + 1));
	return true;
}

void
quota_give(struct quota *q, struct slice kind)
{
	uintptr_t n = count_of(q, kind);

	assert(n > 0);
	if (n > 1)
		(void)map_set(q->counts, kind, (void *)(n - 1));
	else
		(void)map_remove(q->counts, kind);
}
