#include "cert/der.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct der_pool {
	unsigned refs; /* its owner's, and one for each certificate */
	struct map *by_bytes;
};

struct der_pool *
der_pool_new(void)
{
	struct der_pool *p = mem_new(1, sizeof(*p));

	p->refs = 1;
	p->by_bytes = map_new();
	return p;
}

void
der_pool_unref(struct der_pool *p)
{
	if (p == NULL || --p->refs > 0)
		return;
	map_free(p->by_bytes);
	free(p);
}

struct der *
der_get(struct der_pool *p, struct slice bytes)
{
	struct der *d = map_get(p->by_bytes, bytes);

	if (d != NULL)
		return der_ref(d);
	d = mem_new(1, sizeof(*d) + bytes.n);
	memcpy(d + 1, bytes.p, bytes.n);
	d->refs = 1;
	d->pool = p;
	d->bytes = slice_of(d + 1, bytes.n);
	map_set(p->by_bytes, d->bytes, d);
	p->refs++;
	return d;
}

struct der *
der_ref(struct der *d)
{
	d->refs++;
	return d;
}

void
der_unref(struct der *d)
{
	struct der_pool *p;

	if (d == NULL || --d->refs > 0)
		return;
	p = d->pool;
	map_remove(p->by_bytes, d->bytes);
	free(d);
	der_pool_unref(p);
}

size_t
der_pool_count(const struct der_pool *p)
{
	return map_count(p->by_bytes);
}
