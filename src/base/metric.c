#include "base/metric.h"

#include <assert.h>

static const struct {
	const char *name;
	const char *help;
} metrics[METRIC_COUNT] = {
#define M(name, label, help) { label, help },
#include "base/metric.def"
#undef M
};

static const struct {
	const char *name;
	enum metric sum;
} refused[REFUSED_COUNT] = {
	[REFUSED_HANDSHAKES] = { "handshakes", M_HANDSHAKES_REFUSED },
	[REFUSED_REQUESTS] = { "requests", M_REQUESTS_REFUSED },
	[REFUSED_CONNS] = { "connections", M_CONNS_BARRED },
};

static struct metric_slot private_slot;
struct metric_slot *metric_mine = &private_slot;

void
metric_use(struct metric_slot *slot)
{
	metric_mine = slot;
}

const char *
metric_name(enum metric m)
{
	return metrics[m].name;
}

const char *
metric_help(enum metric m)
{
	return metrics[m].help;
}

uint64_t
metric_read(const struct metric_slot *slot, enum metric m)
{
	return __atomic_load_n(&slot->value[m], __ATOMIC_RELAXED);
}

uint64_t
metric_read_refused(const struct metric_slot *slot, enum metric_refused what,
    int err)
{
	return __atomic_load_n(&slot->refused[what][-1 - err],
	    __ATOMIC_RELAXED);
}

const char *
metric_refused_name(enum metric_refused what)
{
	return refused[what].name;
}

void
metric_refuse(enum metric_refused what, int err)
{
	uint64_t *v;

	metric_add(refused[what].sum, 1);
	assert(err < 0 && -1 - err < (int)ERR_COUNT);
	v = &metric_mine->refused[what][-1 - err];
	__atomic_store_n(v, *v + 1, __ATOMIC_RELAXED);
}

void
metric_clear_gauges(struct metric_slot *slot)
{
	slot->value[M_CONNS_NOW] = 0;
	slot->value[M_REQUESTS_NOW] = 0;
}
