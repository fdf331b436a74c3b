/*
 * deadline -- by when something must have happened.
 *
 * There are many connections and few lengths, so deadlines of the same length
 * stand in one queue, in the order in which they run out: setting one costs a
 * list insertion, and libevent sees a single timer for the whole loop.
 * Embedded; it must be cancelled before its owner is freed.
 */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct loop;

struct deadline {
	struct list node;
	int64_t due_ms;         /* on the loop's clock */
	int64_t until_ms;       /* of deadline_set_at; 0: due_ms is the end */
	void (*run)(void *arg); /* called once, when it has run out */
	void *arg;
};

void deadline_init(struct deadline *, void (*run)(void *), void *arg);
/* Runs out in ms milliseconds from this turn's time; replaces what was set.
 * ms <= 0 means never. */
void deadline_set(struct deadline *, struct loop *, int64_t ms);
/*
 * The same for a length that no other deadline has: runs out at a time of the
 * loop's clock, however far.  On its way there it moves through queues whose
 * lengths are powers of two.
 */
void deadline_set_at(struct deadline *, struct loop *, int64_t at_ms);
void deadline_cancel(struct deadline *);
bool deadline_is_set(const struct deadline *);

/* For loop.c: runs what is due. */
void deadlines_run(struct loop *);
/* The earliest time at which one runs out, or -1. */
int64_t deadlines_next(const struct loop *);
void deadlines_clear(struct loop *);

#endif
