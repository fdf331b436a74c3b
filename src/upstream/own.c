#include "upstream/own.h"

#include <stdlib.h>

#include "base/mem.h"

#define IDLE_MAX 16 /* to one server; of HTTP/1.1 there is one at a time */

struct own_pool {
	struct list node; /* in own.pools */
	const struct cluster *cluster;
	const struct backend *backend; /* both NULL: they are gone */
	struct pool pool;
};

static struct own_pool *
of_node(struct list *node)
{
	return list_item(node, struct own_pool, node);
}

void
own_init(struct own *own, const struct mux_params *params)
{
	list_init(&own->pools);
	own->params = params;
}

void
own_clear(struct own *own)
{
	struct list *at, *after;

	list_each(at, after, &own->pools) {
		pool_clear(&of_node(at)->pool);
		free(of_node(at));
	}
	list_init(&own->pools);
}

struct stream *
own_take(struct own *own, const struct cluster *c)
{
	struct list *at, *after;
	struct stream *s;

	list_each(at, after, &own->pools)
		if (of_node(at)->cluster == c &&
		    (s = pool_take(&of_node(at)->pool)) != NULL)
			return s;
	return NULL;
}

static struct own_pool *
find(struct own *own, const struct backend *b)
{
	struct list *at, *after;

	list_each(at, after, &own->pools)
		if (of_node(at)->backend == b)
			return of_node(at);
	return NULL;
}

static struct own_pool *
add_pool(struct own *own, unsigned idle_max, struct vitals *const *vitals)
{
	struct own_pool *p = mem_new(1, sizeof(*p));

	pool_init(&p->pool, idle_max, vitals);
	list_init(&p->node);
	list_push(&own->pools, &p->node);
	return p;
}

struct stream *
own_add(struct own *own, struct cluster *c, struct backend *b, struct io *io)
{
	/* an exchange may be older than the clusters of now */
	bool is_kept = c->env->params == own->params;
	struct own_pool *p = is_kept ? find(own, b) : add_pool(own, 0, NULL);

	if (p == NULL) {
		p = add_pool(own, IDLE_MAX, &b->vitals);
		p->cluster = c;
		p->backend = b;
	}
	return pool_add(&p->pool, io, own->params);
}

void
own_retire(struct own *own, const struct mux_params *params)
{
	struct list *at, *after;

	own->params = params;
	list_each(at, after, &own->pools) {
		of_node(at)->cluster = NULL;
		of_node(at)->backend = NULL;
		pool_retire(&of_node(at)->pool, params);
	}
}
