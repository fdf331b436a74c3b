/*
 * metric -- counters and gauges, one slot for each process.
 *
 * The supervisor makes the mapping; each worker writes its own slot, which
 * shares no cache line with another; whoever reports adds them up.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum metric {
#define M(name, label, help) M_##name,
#include "base/metric.def"
#undef M
	METRIC_COUNT
};

/* What is refused, and counted by the reason too. */
enum metric_refused {
	REFUSED_HANDSHAKES,
	REFUSED_REQUESTS,
	REFUSED_CONNS, /* that a new configuration no longer admits */
	REFUSED_COUNT
};

struct metric_slot {
	_Alignas(64) uint64_t value[METRIC_COUNT];
	uint64_t refused[REFUSED_COUNT][ERR_COUNT];
};

/* The slot that this process writes from now on; until then a private one. */
void metric_use(struct metric_slot *);
const char *metric_name(enum metric);
const char *metric_help(enum metric);
/* One value out of a slot that another process may be writing. */
uint64_t metric_read(const struct metric_slot *, enum metric);
/* How many were refused for this reason, an E_*; likewise. */
uint64_t metric_read_refused(const struct metric_slot *, enum metric_refused,
    int err);
/* "handshakes" */
const char *metric_refused_name(enum metric_refused);
/* The process whose slot this was is gone, and all that it had open. */
void metric_clear_gauges(struct metric_slot *);

extern struct metric_slot *metric_mine;

/* Only this process writes here, so a plain add does, made visible whole. */
static inline void
metric_add(enum metric m, int64_t n)
{
	uint64_t *v = &metric_mine->value[m];

	__atomic_store_n(v, *v + (uint64_t)n, __ATOMIC_RELAXED);
}

/* One more was refused, for this reason, an E_*: also in the sum of all. */
void metric_refuse(enum metric_refused, int err);

#endif
