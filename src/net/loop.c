#include "net/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <stddef.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/metric.h"
#include "net/deadline.h"

/* The alarm wakes the loop; what is due is found at the end of the turn. */
static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	loop_wake(l);
	l->alarm_ms = 0;
}

static void
init_common(struct loop *l)
{
	*l = (struct loop) { 0 };
	list_init(&l->tasks);
	list_init(&l->last);
	list_init(&l->held);
	list_init(&l->newcomers);
	list_init(&l->graves);
	list_init(&l->queues);
}

int
loop_init(struct loop *l)
{
	struct event_config *cfg = event_config_new();

	init_common(l);
	if (cfg == NULL)
		return E_SYS;
	/* descriptors are registered once, edge-triggered */
	if (event_config_require_features(cfg,
		EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE) == 0)
		l->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (l->base == NULL)
		return E_SYS;
	l->alarm = event_new(l->base, -1, 0, on_alarm, l);
	if (event_base_priority_init(l->base, PRIO_COUNT) != 0 ||
	    l->alarm == NULL || event_priority_set(l->alarm, PRIO_CONTROL)) {
		loop_clear(l);
		return E_SYS;
	}
	loop_wake(l);
	return 0;
}

void
loop_init_virtual(struct loop *l, int64_t now_ms, int64_t wall_ms)
{
	init_common(l);
	l->now_us = now_ms * 1000;
	l->wall_ms = wall_ms;
}

static void
bury_all(struct loop *l)
{
	struct list *node;

	while ((node = list_pop(&l->graves)) != NULL) {
		struct grave *g = list_item(node, struct grave, node);

		g->free(g->thing);
	}
}

void
loop_clear(struct loop *l)
{
	bury_all(l);
	deadlines_clear(l);
	if (l->alarm != NULL)
		event_free(l->alarm);
	if (l->base != NULL)
		event_base_free(l->base);
	init_common(l);
}

void
loop_wake(struct loop *l)
{
	if (l->is_fresh || l->base == NULL)
		return;
	l->is_fresh = true;
	l->now_us = clock_mono_us();
	l->wall_ms = clock_wall_ms();
}

static void
run_tasks(struct list *tasks)
{
	struct list now, *node;

	list_init(&now);
	list_move(&now, tasks);
	while ((node = list_pop(&now)) != NULL) {
		struct task *t = list_item(node, struct task, node);

		t->run(t->arg);
	}
}

/* See loop_post_last(). */
static void
run_held(struct loop *l, bool has_come)
{
	bool is_due = !has_come;

	if (!list_is_empty(&l->newcomers)) {
		list_move(&l->held, &l->last);
		is_due = true;
	}
	if (!list_is_empty(&l->held) && !is_due && ++l->held_turns < HELD_TURNS)
		return;
	l->held_turns = 0;
	run_tasks(&l->held);
}

/* Until when tasks are begun.  The clock of the turn stands still: this asks the
 * real one. */
static int64_t
newcomers_until(const struct loop *l)
{
	int64_t now = clock_mono_us();
	int64_t share = l->base != NULL ? (now - l->now_us) / 4 : 0;

	return now + (share > NEWCOMER_US ? share : NEWCOMER_US);
}

static void
run_newcomers(struct loop *l)
{
	int64_t until = 0;
	struct list *node;

	while ((node = list_pop(&l->newcomers)) != NULL) {
		struct task *t = list_item(node, struct task, node);

		if (until == 0)
			until = newcomers_until(l);
		t->run(t->arg);
		if (clock_mono_us() >= until)
			break;
	}
}

/* Sees to it that the loop wakes up for the first deadline. */
static void
set_alarm(struct loop *l)
{
	int64_t next = deadlines_next(l), ms;
	struct timeval tv;

	if (next < 0 || (l->alarm_ms != 0 && l->alarm_ms <= next))
		return;
	ms = next - loop_now_ms(l);
	if (ms < 0)
		ms = 0;
	/* one more, since the loop's time is in whole milliseconds */
	ms++;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	l->alarm_ms = next;
	(void)event_add(l->alarm, &tv);
}

static bool
has_tasks(const struct loop *l)
{
	return !list_is_empty(&l->tasks) || !list_is_empty(&l->last) ||
	    !list_is_empty(&l->held) || !list_is_empty(&l->newcomers);
}

void
loop_turn(struct loop *l, bool wait)
{
	bool has_work = has_tasks(l), has_come = false;

	list_move(&l->held, &l->last);
	l->is_fresh = false;
	l->turn++;
	metric_add(M_TURNS, 1);
	if (l->base != NULL) {
		set_alarm(l);
		wait = wait && !has_work && !l->is_stopped;
		/* without EVLOOP_ONCE it would go on until nothing happens */
		(void)event_base_loop(l->base,
		    EVLOOP_ONCE | (wait ? 0 : EVLOOP_NONBLOCK));
		has_come = l->is_fresh;
		loop_wake(l);
	}
	run_tasks(&l->tasks);
	run_held(l, has_come);
	run_newcomers(l);
	deadlines_run(l);
	bury_all(l);
}

void
loop_run(struct loop *l)
{
	while (!l->is_stopped)
		loop_turn(l, true);
}

void
loop_stop(struct loop *l)
{
	l->is_stopped = true;
}

void
loop_advance(struct loop *l, int64_t ms)
{
	assert(l->base == NULL);
	l->now_us += ms * 1000;
	l->wall_ms += ms;
	do
		loop_turn(l, false);
	while (has_tasks(l));
}

void
task_init(struct task *t, void (*run)(void *), void *arg)
{
	list_init(&t->node);
	t->run = run;
	t->arg = arg;
}

void
loop_post(struct loop *l, struct task *t)
{
	if (!task_is_posted(t))
		list_push(&l->tasks, &t->node);
}

void
loop_post_last(struct loop *l, struct task *t)
{
	if (!task_is_posted(t))
		list_push(&l->last, &t->node);
}

void
loop_post_newcomer(struct loop *l, struct task *t)
{
	if (!task_is_posted(t))
		list_push(&l->newcomers, &t->node);
}

void
task_cancel(struct task *t)
{
	list_remove(&t->node);
}

bool
task_is_posted(const struct task *t)
{
	return !list_is_empty(&t->node);
}

void
loop_bury(struct loop *l, struct grave *g, void (*free)(void *), void *thing)
{
	g->free = free;
	g->thing = thing;
	list_init(&g->node);
	list_push(&l->graves, &g->node);
}
