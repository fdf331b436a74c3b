#include <string.h>

#include "net/deadline.h"
#include "net/loop.h"
#include "support/net_rig.h"

static struct loop loop;
static struct deadline a, b, c;
static char trace[64];
static char name[128]; /* name['a'] is 'a' */

static void
note_arg(void *arg)
{
	size_t n = strlen(trace);

	trace[n] = *(const char *)arg;
	trace[n + 1] = '\0';
}

static void
set_up(void)
{
	trace[0] = '\0';
	for (unsigned i = 0; i < sizeof(name); i++)
		name[i] = (char)i;
	loop_init_virtual(&loop, 1000, 0);
	deadline_init(&a, note_arg, &name['a']);
	deadline_init(&b, note_arg, &name['b']);
	deadline_init(&c, note_arg, &name['c']);
}

static void
tear_down(void)
{
	loop_clear(&loop);
}

START_TEST(it_runs_out_when_its_time_has_come_and_not_before)
{
	deadline_set(&a, &loop, 100);
	ck_assert(deadline_is_set(&a));
	loop_advance(&loop, 99);
	ck_assert_str_eq(trace, "");
	loop_advance(&loop, 1);
	ck_assert_str_eq(trace, "a");
	ck_assert(!deadline_is_set(&a));
	loop_advance(&loop, 1000);
	ck_assert_str_eq(trace, "a");
}
END_TEST

START_TEST(setting_it_again_replaces_what_was_set)
{
	deadline_set(&a, &loop, 100);
	loop_advance(&loop, 50);
	deadline_set(&a, &loop, 100);
	loop_advance(&loop, 99);
	ck_assert_str_eq(trace, "");
	deadline_set(&a, &loop, 10);
	loop_advance(&loop, 10);
	ck_assert_str_eq(trace, "a");
}
END_TEST

START_TEST(those_of_one_length_run_out_in_the_order_in_which_they_were_set)
{
	deadline_set(&a, &loop, 100);
	deadline_set(&b, &loop, 100);
	loop_advance(&loop, 1);
	deadline_set(&c, &loop, 100);
	deadline_set(&a, &loop, 100);
	loop_advance(&loop, 100);
	ck_assert_str_eq(trace, "bca");
}
END_TEST

START_TEST(those_of_several_lengths_run_out_each_in_its_time)
{
	deadline_set(&a, &loop, 300);
	deadline_set(&b, &loop, 200);
	deadline_set(&c, &loop, 100);
	for (int i = 0; i < 3; i++)
		loop_advance(&loop, 100);
	ck_assert_str_eq(trace, "cba");
}
END_TEST

START_TEST(one_at_any_time_runs_out_at_that_time)
{
	static const int64_t lengths[] = { 1, 2, 3, 7, 1000, 4097, 86400123,
		(int64_t)1 << 40 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		int64_t at = loop_now_ms(&loop) + lengths[i];

		trace[0] = '\0';
		deadline_set_at(&a, &loop, at);
		/* from alarm to alarm, as the loop does */
		while (deadline_is_set(&a)) {
			ck_assert_str_eq(trace, "");
			loop_advance(&loop,
			    deadlines_next(&loop) - loop_now_ms(&loop));
		}
		ck_assert_str_eq(trace, "a");
		ck_assert_int_eq(loop_now_ms(&loop), at);
	}
	/* what is set the ordinary way is nothing else afterwards */
	deadline_set_at(&a, &loop, loop_now_ms(&loop) + 100000);
	deadline_set(&a, &loop, 5);
	loop_advance(&loop, 5);
	ck_assert_str_eq(trace, "aa");
}
END_TEST

START_TEST(zero_and_less_mean_never)
{
	deadline_set(&a, &loop, 0);
	deadline_set(&b, &loop, -1);
	deadline_set(&c, &loop, 5);
	deadline_set(&c, &loop, 0);
	ck_assert_int_eq(deadlines_next(&loop), -1);
	loop_advance(&loop, 1000000);
	ck_assert_str_eq(trace, "");
}
END_TEST

START_TEST(cancelling_is_harmless_however_often)
{
	deadline_cancel(&a);
	deadline_set(&a, &loop, 5);
	deadline_cancel(&a);
	deadline_cancel(&a);
	loop_advance(&loop, 5);
	ck_assert_str_eq(trace, "");
}
END_TEST

START_TEST(the_next_one_is_the_earliest_of_all_lengths)
{
	deadline_set(&a, &loop, 300);
	ck_assert_int_eq(deadlines_next(&loop), 1300);
	deadline_set(&b, &loop, 200);
	ck_assert_int_eq(deadlines_next(&loop), 1200);
	deadline_cancel(&b);
	ck_assert_int_eq(deadlines_next(&loop), 1300);
}
END_TEST

static void
cancel_b(void *arg)
{
	note_arg(arg);
	deadline_cancel(&b);
}

START_TEST(one_may_cancel_another_that_is_due_as_well)
{
	deadline_init(&a, cancel_b, &name['a']);
	deadline_set(&a, &loop, 10);
	deadline_set(&b, &loop, 10);
	deadline_set(&c, &loop, 10);
	loop_advance(&loop, 10);
	ck_assert_str_eq(trace, "ac");
}
END_TEST

static void
set_again(void *arg)
{
	note_arg(arg);
	deadline_set(&a, &loop, 10);
	deadline_set(&b, &loop, 7); /* a length that was not there before */
}

START_TEST(one_may_set_itself_and_others_again)
{
	deadline_init(&a, set_again, &name['a']);
	deadline_set(&a, &loop, 10);
	loop_advance(&loop, 10);
	ck_assert_str_eq(trace, "a");
	loop_advance(&loop, 7);
	ck_assert_str_eq(trace, "ab");
	loop_advance(&loop, 3);
	ck_assert_str_eq(trace, "aba");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("deadline");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, it_runs_out_when_its_time_has_come_and_not_before);
	tcase_add_test(t, setting_it_again_replaces_what_was_set);
	tcase_add_test(t,
	    those_of_one_length_run_out_in_the_order_in_which_they_were_set);
	tcase_add_test(t, those_of_several_lengths_run_out_each_in_its_time);
	tcase_add_test(t, one_at_any_time_runs_out_at_that_time);
	tcase_add_test(t, zero_and_less_mean_never);
	tcase_add_test(t, cancelling_is_harmless_however_often);
	tcase_add_test(t, the_next_one_is_the_earliest_of_all_lengths);
	tcase_add_test(t, one_may_cancel_another_that_is_due_as_well);
	tcase_add_test(t, one_may_set_itself_and_others_again);
	return net_main("deadline", t);
}
