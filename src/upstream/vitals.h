/*
 * vitals -- how a server is doing, as one worker has seen it.
 *
 * The worker writes and the supervisor reads, in memory that both have mapped:
 * one cache line for each server of each worker.  What a worker sees of a
 * server that is not in force, or has no place there, is in the backend itself.
 */
#ifndef UPSTREAM_VITALS_H
#define UPSTREAM_VITALS_H

#include <stdint.h>

enum vital {
	VITAL_GENERATION, /* of the configuration that it is of; 0: none */
	VITAL_OPEN,       /* connections to it */
	VITAL_IDLE,       /* those of them that are kept for reuse */
	VITAL_REQUESTS,   /* that it was given */
	VITAL_FAILURES,   /* connections to it that failed */
	VITAL_IN_A_ROW,   /* so many since one did not */
	VITAL_FAILED_MS,  /* when the last did, on the loop's clock */
	VITAL_REST_MS,    /* until then it is left alone, see backend.h */
	VITAL_COUNT
};

struct vitals {
	int64_t value[VITAL_COUNT];
};

_Static_assert(sizeof(struct vitals) == 64, "one cache line");

static inline int64_t
vitals_get(const struct vitals *v, enum vital which)
{
	return __atomic_load_n(&v->value[which], __ATOMIC_RELAXED);
}

static inline void
vitals_set(struct vitals *v, enum vital which, int64_t to)
{
	__atomic_store_n(&v->value[which], to, __ATOMIC_RELAXED);
}

static inline void
vitals_add(struct vitals *v, enum vital which, int64_t n)
{
	vitals_set(v, which, vitals_get(v, which) + n);
}

#endif
