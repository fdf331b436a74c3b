#include "upstream/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mux/mux_h1.h"

struct conn {
	struct list node; /* in idle or busy */
	struct pool *pool;
	struct mux *mux;
	bool is_idle;
};

static void
tell(const struct pool *p, enum vital which, int n)
{
	if (p->vitals != NULL)
		vitals_add(*p->vitals, which, n);
}

static void
count_open(struct pool *p, int n)
{
	p->open_count += (unsigned)n;
	tell(p, VITAL_OPEN, n);
}

static void
count_idle(struct pool *p, int n)
{
	p->idle_count += (unsigned)n;
	tell(p, VITAL_IDLE, n);
}

static void
conn_end(struct conn *c)
{
	if (c->is_idle)
		count_idle(c->pool, -1);
	count_open(c->pool, -1);
	list_remove(&c->node);
	io_close(mux_close(c->mux));
	free(c);
}

/* It will not be used again; its end comes later. */
static void
retire(struct conn *c)
{
	struct pool *p = c->pool;

	list_remove(&c->node);
	list_push(&p->busy, &c->node);
	c->is_idle = false;
	count_idle(p, -1);
	mux_drain(c->mux);
}

static void
on_idle(void *arg)
{
	struct conn *c = arg;
	struct pool *p = c->pool;

	assert(!c->is_idle);
	list_remove(&c->node);
	list_push_front(&p->idle, &c->node);
	c->is_idle = true;
	count_idle(p, 1);
	/* the one that has been idle for longest makes room */
	if (p->idle_count > p->idle_max)
		retire(list_item(p->idle.prev, struct conn, node));
}

static void
on_end(void *arg, enum mux_end how, int err)
{
	(void)how;
	(void)err;
	conn_end(arg);
}

static const struct mux_events conn_events = {
	.on_idle = on_idle,
	.on_end = on_end,
};

void
pool_init(struct pool *p, unsigned idle_max, struct vitals *const *vitals)
{
	*p = (struct pool) { .idle_max = idle_max, .vitals = vitals };
	list_init(&p->idle);
	list_init(&p->busy);
}

void
pool_clear(struct pool *p)
{
	struct list *at, *after;

	list_each(at, after, &p->idle)
		conn_end(list_item(at, struct conn, node));
	list_each(at, after, &p->busy)
		conn_end(list_item(at, struct conn, node));
}

void
pool_retire(struct pool *p, const struct mux_params *params)
{
	struct list *at, *after;

	p->idle_max = 0;
	tell(p, VITAL_OPEN, -(int)p->open_count);
	tell(p, VITAL_IDLE, -(int)p->idle_count);
	p->vitals = NULL;
	list_each(at, after, &p->busy)
		mux_set_params(list_item(at, struct conn, node)->mux, params);
	list_each(at, after, &p->idle) {
		struct conn *c = list_item(at, struct conn, node);

		mux_set_params(c->mux, params);
		retire(c);
	}
}

void
pool_move(struct pool *to, struct pool *from, const struct mux_params *params)
{
	while (!list_is_empty(&from->idle) && to->idle_count < to->idle_max) {
		struct list *node = list_pop(&from->idle);
		struct conn *c = list_item(node, struct conn, node);

		count_idle(from, -1);
		count_open(from, -1);
		count_open(to, 1);
		count_idle(to, 1);
		c->pool = to;
		mux_set_params(c->mux, params);
		list_push(&to->idle, node);
	}
}

static struct stream *
use(struct conn *c)
{
	struct stream *s = mux_open(c->mux);

	if (s == NULL)
		return NULL;
	if (c->is_idle)
		count_idle(c->pool, -1);
	c->is_idle = false;
	list_remove(&c->node);
	list_push(&c->pool->busy, &c->node);
	tell(c->pool, VITAL_REQUESTS, 1);
	return s;
}

struct stream *
pool_take(struct pool *p)
{
	struct list *at, *after;
	struct stream *s;

	list_each(at, after, &p->idle)
		if ((s = use(list_item(at, struct conn, node))) != NULL)
			return s;
	return NULL;
}

struct stream *
pool_add(struct pool *p, struct io *io, const struct mux_params *params)
{
	struct conn *c = mem_new(1, sizeof(*c));

	list_init(&c->node);
	c->pool = p;
	count_open(p, 1);
	c->mux = mux_h1_new(io, MUX_CLIENT, params, &conn_events, c);
	return use(c);
}
