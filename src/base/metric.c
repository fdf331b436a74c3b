#include "base/metric.h"

static const struct {
	const char *name;
	const char *help;
} metrics[METRIC_COUNT] = {
#define M(name, label, help) { label, help },
#include "base/metric.def"
#undef M
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

void
metric_clear_gauges(struct metric_slot *slot)
{
	slot->value[M_CONNS_NOW] = 0;
	slot->value[M_REQUESTS_NOW] = 0;
}
