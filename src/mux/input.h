/*
 * input -- octets that a connection has received and nobody has used yet.
 *
 * What one read brings lies in a place that all connections of a process share
 * and that the CPU has at hand; mostly it is used up before anybody else
 * reads.  What is left by then moves into memory of its own, so that no
 * connection holds room for what may come.  Embedded: input_init, input_clear.
 */
#ifndef MUX_INPUT_H
#define MUX_INPUT_H

#include "base/buf.h"
#include "net/io.h"

/* The most that one read brings: six full TLS records, in two writes. */
#define INPUT_READ_MAX (96 * 1024)

struct input {
	struct slice loan; /* in the shared place; else all is in own */
	struct buf own;
};

/* max: how much may wait, INPUT_READ_MAX at least. */
void input_init(struct input *, size_t max);
/* The octets are gone, and so is the memory. */
void input_clear(struct input *);
/* Gives the memory back if nothing waits. */
void input_release(struct input *);

/* All that waits, in one piece; until the next call with any input. */
static inline struct slice
input_slice(const struct input *in)
{
	return in->loan.n > 0 ? in->loan : buf_slice(&in->own);
}

static inline size_t
input_len(const struct input *in)
{
	return input_slice(in).n;
}

/* The first n octets are done with; n <= input_len. */
void input_take(struct input *, size_t n);
/*
 * Reads at most max octets behind what waits: 0, or as io_read(); E_LIMIT when
 * there is no room for any.
 */
int input_fill(struct input *, struct io *, size_t max);

#endif
