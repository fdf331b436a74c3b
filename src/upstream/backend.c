#include "upstream/backend.h"

#include "base/mem.h"

void
backend_init(struct backend *b, const struct conf_server *conf,
    unsigned idle_max)
{
	*b = (struct backend) { .conf = conf };
	b->vitals = &b->own_vitals;
	pool_init(&b->pool, idle_max, &b->vitals);
	if (conf->addr.len > 0) {
		b->addrs[0] = conf->addr;
		b->addr_count = 1;
	}
}

void
backend_clear(struct backend *b)
{
	pool_clear(&b->pool);
}

void
backend_inherit(struct backend *b, struct backend *from,
    const struct mux_params *params)
{
	for (size_t i = 0; i < from->addr_count; i++)
		b->addrs[i] = from->addrs[i];
	b->addr_count = from->addr_count;
	b->addr_next = from->addr_next;
	b->resolved_ms = from->resolved_ms;
	for (enum vital v = VITAL_REQUESTS; v < VITAL_COUNT; v++)
		vitals_set(b->vitals, v, vitals_get(from->vitals, v));
	pool_move(&b->pool, &from->pool, params);
}

bool
backend_is_stale(const struct backend *b, int64_t now_ms)
{
	return b->conf->host != NULL &&
	    (b->addr_count == 0 ||
		now_ms - b->resolved_ms > BACKEND_RESOLVE_MS);
}

void
backend_set_addrs(struct backend *b, const struct addr *a, size_t n,
    int64_t now_ms)
{
	b->resolved_ms = now_ms;
	if (n > BACKEND_ADDRS_MAX)
		n = BACKEND_ADDRS_MAX;
	for (size_t i = 0; i < n; i++)
		b->addrs[i] = a[i];
	b->addr_count = n;
}

const struct addr *
backend_addr(struct backend *b)
{
	if (b->addr_count == 0)
		return NULL;
	return &b->addrs[b->addr_next++ % b->addr_count];
}

static void
move(struct backend *b, struct vitals *to, uint32_t generation)
{
	struct vitals v = *b->vitals;

	/* who reads it meanwhile must not take one for the other */
	vitals_set(b->vitals, VITAL_GENERATION, 0);
	vitals_set(to, VITAL_GENERATION, 0);
	for (enum vital i = VITAL_GENERATION + 1; i < VITAL_COUNT; i++)
		vitals_set(to, i, v.value[i]);
	vitals_set(to, VITAL_GENERATION, generation);
	b->vitals = to;
}

void
backend_show(struct backend *b, struct vitals *to, uint32_t generation)
{
	move(b, to, generation);
}

void
backend_hide(struct backend *b)
{
	move(b, &b->own_vitals, 0);
}

bool
backend_rests(const struct backend *b, int64_t now_ms)
{
	return now_ms < vitals_get(b->vitals, VITAL_REST_MS);
}

void
backend_failed(struct backend *b, int64_t now_ms)
{
	vitals_set(b->vitals, VITAL_REST_MS, now_ms + BACKEND_REST_MS);
	vitals_set(b->vitals, VITAL_FAILED_MS, now_ms);
	vitals_add(b->vitals, VITAL_FAILURES, 1);
	vitals_add(b->vitals, VITAL_IN_A_ROW, 1);
}

void
backend_worked(struct backend *b)
{
	vitals_set(b->vitals, VITAL_REST_MS, 0);
	vitals_set(b->vitals, VITAL_IN_A_ROW, 0);
}
