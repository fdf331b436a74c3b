/*
 * hist -- how often which time was seen: buckets that are 0.8 % wide, so that
 * any percentile can be had later, and several can be added up.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>
#include <stdio.h>

#define HIST_BITS    7 /* 2^7 buckets for each power of two */
#define HIST_BUCKETS ((64 - HIST_BITS + 1) << HIST_BITS)

struct hist {
	uint64_t count[HIST_BUCKETS];
};

void hist_add(struct hist *, uint64_t ns);
/* As JSON: a list of [upper end of the bucket in ns, count]. */
void hist_print(const struct hist *, FILE *);

#endif
