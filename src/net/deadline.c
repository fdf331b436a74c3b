#include "net/deadline.h"

#include <stdlib.h>

#include "base/mem.h"
#include "net/loop.h"

/* Deadlines of one length, the first to run out in front. */
struct queue {
	struct list node; /* in loop.queues */
	int64_t length_ms;
	struct list waiting;
};

void
deadline_init(struct deadline *d, void (*run)(void *), void *arg)
{
	list_init(&d->node);
	d->due_ms = 0;
	d->run = run;
	d->arg = arg;
}

static struct queue *
queue_for(struct loop *l, int64_t ms)
{
	struct list *at, *after;
	struct queue *q;

	list_each(at, after, &l->queues) {
		q = list_item(at, struct queue, node);
		if (q->length_ms == ms)
			return q;
	}
	q = mem_new(1, sizeof(*q));
	q->length_ms = ms;
	list_init(&q->waiting);
	list_init(&q->node);
	list_push(&l->queues, &q->node);
	return q;
}

void
deadline_set(struct deadline *d, struct loop *l, int64_t ms)
{
	list_remove(&d->node);
	d->until_ms = 0;
	if (ms <= 0)
		return;
	d->due_ms = loop_now_ms(l) + ms;
	list_push(&queue_for(l, ms)->waiting, &d->node);
}

/* Into the longest queue that does not lead beyond until_ms. */
static void
step(struct deadline *d, struct loop *l)
{
	int64_t left = d->until_ms - loop_now_ms(l), length = 1;

	while (length <= left / 2)
		length *= 2;
	d->due_ms = loop_now_ms(l) + length;
	list_push(&queue_for(l, length)->waiting, &d->node);
}

void
deadline_set_at(struct deadline *d, struct loop *l, int64_t at_ms)
{
	list_remove(&d->node);
	d->until_ms = at_ms;
	step(d, l);
}

void
deadline_cancel(struct deadline *d)
{
	list_remove(&d->node);
}

bool
deadline_is_set(const struct deadline *d)
{
	return !list_is_empty(&d->node);
}

static struct deadline *
first(const struct queue *q)
{
	if (list_is_empty(&q->waiting))
		return NULL;
	return list_item(q->waiting.next, struct deadline, node);
}

void
deadlines_run(struct loop *l)
{
	struct list *at, *after;

	/* queues are never freed while the loop runs */
	list_each(at, after, &l->queues) {
		struct queue *q = list_item(at, struct queue, node);
		struct deadline *d;

		while ((d = first(q)) != NULL && d->due_ms <= loop_now_ms(l)) {
			list_remove(&d->node);
			if (d->until_ms > loop_now_ms(l))
				step(d, l);
			else
				d->run(d->arg);
		}
	}
}

int64_t
deadlines_next(const struct loop *l)
{
	const struct list *at;
	int64_t next = -1;

	for (at = l->queues.next; at != &l->queues; at = at->next) {
		const struct deadline *d = first(
		    list_item(at, struct queue, node));

		if (d != NULL && (next < 0 || d->due_ms < next))
			next = d->due_ms;
	}
	return next;
}

void
deadlines_clear(struct loop *l)
{
	struct list *at, *after;

	list_each(at, after, &l->queues) {
		struct queue *q = list_item(at, struct queue, node);

		while (!list_is_empty(&q->waiting))
			list_remove(q->waiting.next);
		free(q);
	}
	list_init(&l->queues);
}
