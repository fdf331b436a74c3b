/*
 * span -- how far octets of one class reach, many at a time.
 *
 * The same answer as octet_span() has, which is the portable twin: SSE2 where
 * the processor has it by definition, AVX2 where it turns out to.  Nothing
 * beyond the slice is read.
 */
#ifndef HTTP_SPAN_H
#define HTTP_SPAN_H

#include "http/octet.h"

/* Below this the table is as fast. */
#define SPAN_MIN 16

struct span_ops {
	const char *name;
	size_t (*value)(struct slice);  /* OCTET_VALUE */
	size_t (*target)(struct slice); /* OCTET_TARGET */
};

/* What this processor can do, the best last; at least one. */
const struct span_ops *span_all(size_t *count);
/* The best of them. */
const struct span_ops *span_best(void);

/* How many octets at the start of s are of the class. */
static inline size_t
span_value(struct slice s)
{
	if (s.n < SPAN_MIN)
		return octet_span(s, OCTET_VALUE);
	return span_best()->value(s);
}

static inline size_t
span_target(struct slice s)
{
	if (s.n < SPAN_MIN)
		return octet_span(s, OCTET_TARGET);
	return span_best()->target(s);
}

#endif
