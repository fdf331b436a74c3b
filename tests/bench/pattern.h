/*
 * pattern -- what every body consists of, so that whoever gets one can tell at
 * little cost whether it is right: the first octets of an endless sequence
 * whose period is no power of two.
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that the functions below deal with at once. */
#define PATTERN_MAX (1024 * 1024)

/* PATTERN_MAX octets of the sequence from offset on; they are always there. */
const char *pattern_at(uint64_t offset);
/* Whether these n octets stand at offset; n is PATTERN_MAX at most. */
bool pattern_is(uint64_t offset, const char *p, size_t n);

#endif
