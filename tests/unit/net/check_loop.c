#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/deadline.h"
#include "net/loop.h"
#include "support/net_rig.h"

static struct loop loop;
static char trace[64];
static char name[128]; /* name['a'] is 'a' */

static void
note(char c)
{
	size_t n = strlen(trace);

	ck_assert_uint_lt(n, sizeof(trace) - 1);
	trace[n] = c;
	trace[n + 1] = '\0';
}

static void
note_arg(void *arg)
{
	note(*(const char *)arg);
}

static void
set_up(void)
{
	trace[0] = '\0';
	for (unsigned i = 0; i < sizeof(name); i++)
		name[i] = (char)i;
	loop_init_virtual(&loop, 1000, 1700000000000);
}

static void
tear_down(void)
{
	loop_clear(&loop);
}

START_TEST(a_virtual_clock_stands_still_until_it_is_moved)
{
	loop_turn(&loop, false);
	ck_assert_int_eq(loop_now_ms(&loop), 1000);
	loop_advance(&loop, 250);
	ck_assert_int_eq(loop_now_ms(&loop), 1250);
	ck_assert_int_eq(loop.wall_ms, 1700000000250);
}
END_TEST

START_TEST(tasks_run_once_in_the_order_in_which_they_were_posted)
{
	struct task a, b;

	task_init(&a, note_arg, &name['a']);
	task_init(&b, note_arg, &name['b']);
	loop_post(&loop, &a);
	loop_post(&loop, &b);
	loop_post(&loop, &a);
	ck_assert(task_is_posted(&a));
	loop_turn(&loop, false);
	ck_assert(!task_is_posted(&a));
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "ab");
}
END_TEST

START_TEST(a_task_that_is_cancelled_does_not_run)
{
	struct task a, b;

	task_init(&a, note_arg, &name['a']);
	task_init(&b, note_arg, &name['b']);
	task_cancel(&a);
	loop_post(&loop, &a);
	loop_post(&loop, &b);
	task_cancel(&a);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "b");
}
END_TEST

static struct task self;
static unsigned again;

static void
run_again(void *arg)
{
	(void)arg;
	note('x');
	if (again-- > 0)
		loop_post(&loop, &self);
}

START_TEST(a_task_posted_by_a_task_waits_for_the_next_turn)
{
	task_init(&self, run_again, NULL);
	again = 2;
	loop_post(&loop, &self);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "x");
	loop_advance(&loop, 0);
	ck_assert_str_eq(trace, "xxx");
}
END_TEST

START_TEST(tasks_for_the_end_run_when_the_others_are_through)
{
	struct task a, b, c;

	task_init(&a, note_arg, &name['a']);
	task_init(&b, note_arg, &name['b']);
	task_init(&c, note_arg, &name['c']);
	loop_post_last(&loop, &a);
	loop_post(&loop, &b);
	loop_post_last(&loop, &a);
	loop_post(&loop, &c);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "bca");
	loop_post_last(&loop, &a);
	task_cancel(&a);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "bca");
}
END_TEST

static void
cancel(void *arg)
{
	note('c');
	task_cancel(arg);
}

START_TEST(a_task_may_cancel_one_that_was_due_in_the_same_turn)
{
	struct task a, b;

	task_init(&b, note_arg, &name['b']);
	task_init(&a, cancel, &b);
	loop_post(&loop, &a);
	loop_post(&loop, &b);
	loop_advance(&loop, 0);
	ck_assert_str_eq(trace, "c");
}
END_TEST

struct thing {
	struct grave grave;
	struct thing *inner;
};

static void
free_thing(void *arg)
{
	struct thing *t = arg;

	note('f');
	if (t->inner != NULL)
		loop_bury(&loop, &t->inner->grave, free_thing, t->inner);
	free(t);
}

static void
bury_it(void *arg)
{
	struct thing *t = arg;

	loop_bury(&loop, &t->grave, free_thing, t);
	note('b');
}

START_TEST(what_is_buried_is_freed_at_the_end_of_the_turn)
{
	struct thing *t = mem_new(1, sizeof(*t));
	struct task bury, after;

	task_init(&bury, bury_it, t);
	task_init(&after, note_arg, &name['t']);
	loop_post(&loop, &bury);
	loop_post(&loop, &after);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "btf");
}
END_TEST

START_TEST(a_burial_may_bury_another)
{
	struct thing *t = mem_new(1, sizeof(*t));

	t->inner = mem_new(1, sizeof(*t->inner));
	loop_bury(&loop, &t->grave, free_thing, t);
	loop_turn(&loop, false);
	ck_assert_str_eq(trace, "ff");
}
END_TEST

START_TEST(a_loop_that_is_cleared_buries_what_is_left)
{
	struct thing *t = mem_new(1, sizeof(*t));

	loop_bury(&loop, &t->grave, free_thing, t);
	loop_clear(&loop);
	ck_assert_str_eq(trace, "f");
}
END_TEST

/* With events, on the system's clock. */

#define MANY 1000 /* calls after which a handler gives up by itself */

struct source {
	int fd;
	struct event *ev;
	unsigned calls;
	struct task *task; /* to be let in, each time */
};

static void
on_source(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	loop_wake(&loop);
	if (s->task != NULL)
		loop_post_newcomer(&loop, s->task);
	if (++s->calls == MANY)
		(void)event_del(s->ev);
}

/* Something that is readable in every turn. */
static void
source_init(struct source *s, enum loop_priority prio)
{
	*s = (struct source) { .fd = eventfd(1, EFD_CLOEXEC) };
	s->ev = event_new(loop.base, s->fd, EV_READ | EV_PERSIST, on_source, s);
	ck_assert_int_eq(event_priority_set(s->ev, prio), 0);
	ck_assert_int_eq(event_add(s->ev, NULL), 0);
}

static void
source_clear(struct source *s)
{
	event_free(s->ev);
	(void)close(s->fd);
}

START_TEST(a_turn_ends_however_many_events_there_are)
{
	struct source s;

	ck_assert_int_eq(loop_init(&loop), 0);
	source_init(&s, PRIO_STREAM);
	for (unsigned i = 1; i <= 3; i++) {
		loop_turn(&loop, false);
		ck_assert_uint_eq(s.calls, i);
	}
	loop_turn(&loop, true);
	ck_assert_uint_eq(s.calls, 4);
	source_clear(&s);
}
END_TEST

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(newcomers_get_their_share_while_streams_are_busy)
{
	struct source streams, newcomers;
	unsigned let_in = 0;
	struct task task;

	ck_assert_int_eq(loop_init(&loop), 0);
	task_init(&task, count, &let_in);
	source_init(&streams, PRIO_STREAM);
	source_init(&newcomers, PRIO_STREAM);
	newcomers.task = &task;
	for (unsigned i = 1; i <= 10; i++) {
		loop_turn(&loop, true);
		ck_assert_uint_eq(let_in, i);
	}
	source_clear(&streams);
	source_clear(&newcomers);
}
END_TEST

START_TEST(tasks_for_the_end_wait_until_nothing_comes)
{
	struct source s;
	unsigned ran = 0;
	struct task task;

	ck_assert_int_eq(loop_init(&loop), 0);
	task_init(&task, count, &ran);
	loop_post_last(&loop, &task);
	/* a turn that waited would find nothing to wait for */
	loop_turn(&loop, true);
	ck_assert_uint_eq(ran, 1);
	source_init(&s, PRIO_STREAM);
	loop_turn(&loop, true);
	loop_post_last(&loop, &task);
	for (unsigned i = 1; i < HELD_TURNS; i++) {
		loop_turn(&loop, true);
		ck_assert_uint_eq(ran, 1);
	}
	loop_turn(&loop, true);
	ck_assert_uint_eq(ran, 2);
	loop_post_last(&loop, &task);
	loop_turn(&loop, true);
	ck_assert_uint_eq(ran, 2);
	(void)event_del(s.ev);
	loop_turn(&loop, true);
	ck_assert_uint_eq(ran, 3);
	source_clear(&s);
}
END_TEST

START_TEST(tasks_for_the_end_do_not_wait_behind_newcomers)
{
	struct source s;
	unsigned let_in = 0;
	struct task newcomer, task;

	ck_assert_int_eq(loop_init(&loop), 0);
	task_init(&newcomer, count, &let_in);
	task_init(&task, note_arg, &name['t']);
	source_init(&s, PRIO_STREAM);
	s.task = &newcomer;
	loop_post_last(&loop, &task);
	loop_turn(&loop, true);
	ck_assert_str_eq(trace, "t");
	ck_assert_uint_eq(let_in, 1);
	source_clear(&s);
}
END_TEST

static void
take_its_time(void *arg)
{
	int64_t until = clock_mono_us() + NEWCOMER_US;

	while (clock_mono_us() < until)
		;
	++*(unsigned *)arg;
}

static void
take_long(void *arg)
{
	for (int i = 0; i < 20; i++)
		take_its_time(arg);
}

START_TEST(newcomers_who_take_long_wait_for_each_other)
{
	struct task crowd[3];
	unsigned let_in = 0;

	for (int i = 0; i < 3; i++) {
		task_init(&crowd[i], take_its_time, &let_in);
		loop_post_newcomer(&loop, &crowd[i]);
		loop_post_newcomer(&loop, &crowd[i]);
	}
	loop_turn(&loop, false);
	ck_assert_uint_eq(let_in, 1);
	task_cancel(&crowd[1]);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(let_in, 2);
}
END_TEST

/*
 * How many of three newcomers are let in at most in one turn, of many: it may be
 * that this process is stopped in one of them.
 */
static unsigned
most_in_a_turn(void (*others)(void *), void (*newcomer)(void *))
{
	unsigned at_work = 0, let_in = 0, most = 0;
	struct task work, crowd[3];

	ck_assert_int_eq(loop_init(&loop), 0);
	task_init(&work, others, &at_work);
	for (int i = 0; i < 3; i++)
		task_init(&crowd[i], newcomer, &let_in);
	for (int turn = 0; turn < MANY && most < 3; turn++) {
		loop_post(&loop, &work);
		for (int i = 0; i < 3; i++)
			loop_post_newcomer(&loop, &crowd[i]);
		let_in = 0;
		loop_turn(&loop, true);
		most = let_in > most ? let_in : most;
	}
	return most;
}

START_TEST(newcomers_who_are_quick_share_a_turn)
{
	ck_assert_uint_eq(most_in_a_turn(count, count), 3);
}
END_TEST

START_TEST(in_a_long_turn_there_is_time_for_more_newcomers)
{
	ck_assert_uint_eq(most_in_a_turn(take_long, take_its_time), 3);
}
END_TEST

START_TEST(a_loop_does_not_wait_while_newcomers_do)
{
	struct task crowd[3];
	unsigned let_in = 0;

	ck_assert_int_eq(loop_init(&loop), 0);
	for (unsigned i = 0; i < 3; i++) {
		task_init(&crowd[i], take_its_time, &let_in);
		loop_post_newcomer(&loop, &crowd[i]);
	}
	/* more than one in a turn, if this process was stopped in it */
	for (unsigned i = 1; i <= 3; i++) {
		loop_turn(&loop, let_in < 3);
		ck_assert_uint_ge(let_in, i);
	}
}
END_TEST

static void
raise_flag(void *arg)
{
	*(bool *)arg = true;
}

START_TEST(a_loop_that_waits_wakes_for_the_first_deadline)
{
	struct deadline near, far;
	bool is_near = false, is_far = false;

	ck_assert_int_eq(loop_init(&loop), 0);
	deadline_init(&near, raise_flag, &is_near);
	deadline_init(&far, raise_flag, &is_far);
	/* the far one arms the alarm first */
	deadline_set(&far, &loop, 60000);
	loop_turn(&loop, false);
	deadline_set(&near, &loop, 1);
	net_until(&loop, &is_near);
	ck_assert(!is_far);
	deadline_set(&near, &loop, 2);
	is_near = false;
	net_until(&loop, &is_near);
	deadline_cancel(&far);
}
END_TEST

static void
stop(void *arg)
{
	loop_stop(arg);
}

START_TEST(a_loop_that_is_stopped_ends)
{
	struct task t;

	ck_assert_int_eq(loop_init(&loop), 0);
	task_init(&t, stop, &loop);
	loop_post(&loop, &t);
	loop_run(&loop);
	ck_assert(loop.is_stopped);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("loop");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_virtual_clock_stands_still_until_it_is_moved);
	tcase_add_test(t,
	    tasks_run_once_in_the_order_in_which_they_were_posted);
	tcase_add_test(t, a_task_that_is_cancelled_does_not_run);
	tcase_add_test(t, a_task_posted_by_a_task_waits_for_the_next_turn);
	tcase_add_test(t, tasks_for_the_end_run_when_the_others_are_through);
	tcase_add_test(t, a_task_may_cancel_one_that_was_due_in_the_same_turn);
	tcase_add_test(t, what_is_buried_is_freed_at_the_end_of_the_turn);
	tcase_add_test(t, a_burial_may_bury_another);
	tcase_add_test(t, a_loop_that_is_cleared_buries_what_is_left);
	tcase_add_test(t, a_turn_ends_however_many_events_there_are);
	tcase_add_test(t, tasks_for_the_end_wait_until_nothing_comes);
	tcase_add_test(t, tasks_for_the_end_do_not_wait_behind_newcomers);
	tcase_add_test(t, newcomers_get_their_share_while_streams_are_busy);
	tcase_add_test(t, newcomers_who_take_long_wait_for_each_other);
	tcase_add_test(t, newcomers_who_are_quick_share_a_turn);
	tcase_add_test(t, in_a_long_turn_there_is_time_for_more_newcomers);
	tcase_add_test(t, a_loop_does_not_wait_while_newcomers_do);
	tcase_add_test(t, a_loop_that_waits_wakes_for_the_first_deadline);
	tcase_add_test(t, a_loop_that_is_stopped_ends);
	return net_main("loop", t);
}
