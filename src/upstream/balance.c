#include "upstream/balance.h"

#include <assert.h>

struct backend *
balance_next(struct cluster *c, int64_t now_ms)
{
	size_t count = c->conf->server_count;

	assert(count > 0);
	for (size_t i = 0; i < count; i++) {
		struct backend *b = &c->backends[c->next++ % count];

		if (!backend_rests(b, now_ms))
			return b;
	}
	return &c->backends[c->next++ % count];
}
