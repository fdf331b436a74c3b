/* What came and is not used yet, of two connections that share the place. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "mux/input.h"
#include "net/io_mem.h"
#include "support/net_rig.h"

#define MORE 100 /* octets beyond what one read brings */

static struct loop loop;
static struct io *end[2][2]; /* [i][0] is read by in[i], [i][1] is the peer */
static struct input in[2];

static void
set_up(void)
{
	loop_init_virtual(&loop, 1, 0);
	loop_turn(&loop, false); /* ios have a budget from now on */
	for (int i = 0; i < 2; i++) {
		io_mem_pair(&loop, 4 * INPUT_READ_MAX, end[i]);
		input_init(&in[i], INPUT_READ_MAX + MORE);
	}
}

static void
tear_down(void)
{
	for (int i = 0; i < 2; i++) {
		input_clear(&in[i]);
		io_close(end[i][0]);
		io_close(end[i][1]);
	}
	loop_clear(&loop);
}

static void
say(int i, const char *text)
{
	net_say(end[i][1], text);
	ck_assert_int_eq(input_fill(&in[i], end[i][0], INPUT_READ_MAX), 0);
}

static void
expect(int i, const char *text)
{
	struct slice s = input_slice(&in[i]);

	ck_assert_msg(slice_eq(s, slice_str(text)), "%.*s", SLICE_ARG(s));
	ck_assert_uint_eq(input_len(&in[i]), strlen(text));
}

START_TEST(what_is_used_up_holds_no_memory)
{
	expect(0, "");
	say(0, "abc");
	expect(0, "abc");
	input_take(&in[0], 2);
	expect(0, "c");
	input_take(&in[0], 1);
	expect(0, "");
	ck_assert_ptr_null(in[0].own.mem);
}
END_TEST

START_TEST(what_is_left_outlives_the_next_who_reads)
{
	say(0, "abc");
	input_take(&in[0], 1);
	say(1, "xyz");
	expect(0, "bc");
	expect(1, "xyz");
	say(0, "de");
	expect(0, "bcde");
	expect(1, "xyz");
	input_take(&in[0], 4);
	expect(0, "");
	input_release(&in[0]);
	ck_assert_ptr_null(in[0].own.mem);
	say(0, "f");
	expect(0, "f");
	expect(1, "xyz");
}
END_TEST

START_TEST(more_comes_behind_what_waits)
{
	say(0, "abc");
	say(0, "de");
	expect(0, "abcde");
	input_take(&in[0], 4);
	say(0, "f");
	expect(0, "ef");
}
END_TEST

START_TEST(nothing_is_lost_where_nothing_comes)
{
	say(0, "abc");
	ck_assert_int_eq(input_fill(&in[0], end[0][0], 1), E_AGAIN);
	ck_assert_int_eq(input_fill(&in[1], end[1][0], 1), E_AGAIN);
	expect(0, "abc");
	ck_assert_int_eq(io_shutdown(end[0][1]), 0);
	ck_assert_int_eq(input_fill(&in[0], end[0][0], 1), E_EOF);
	expect(0, "abc");
}
END_TEST

START_TEST(who_has_gone_leaves_the_place_to_others)
{
	say(0, "abc");
	input_clear(&in[0]);
	say(1, "xyz");
	expect(0, "");
	expect(1, "xyz");
}
END_TEST

START_TEST(there_is_a_limit)
{
	char *much = malloc(2 * INPUT_READ_MAX);
	size_t n;

	ck_assert_ptr_nonnull(much);
	memset(much, 'x', 2 * INPUT_READ_MAX);
	ck_assert_int_eq(io_write(end[0][1], slice_of(much, 2 * INPUT_READ_MAX),
			     &n),
	    0);
	ck_assert_uint_eq(n, 2 * INPUT_READ_MAX);
	/* no more than was asked for, then than one read brings */
	ck_assert_int_eq(input_fill(&in[0], end[0][0], 10), 0);
	ck_assert_uint_eq(input_len(&in[0]), 10);
	input_take(&in[0], 10);
	ck_assert_int_eq(input_fill(&in[0], end[0][0], SIZE_MAX), 0);
	ck_assert_uint_eq(input_len(&in[0]), INPUT_READ_MAX);
	/* then than may wait */
	ck_assert_int_eq(input_fill(&in[0], end[0][0], SIZE_MAX), 0);
	ck_assert_uint_eq(input_len(&in[0]), INPUT_READ_MAX + MORE);
	ck_assert_int_eq(input_fill(&in[0], end[0][0], SIZE_MAX), E_LIMIT);
	input_take(&in[0], 1);
	ck_assert_int_eq(input_fill(&in[0], end[0][0], SIZE_MAX), 0);
	ck_assert_uint_eq(input_len(&in[0]), INPUT_READ_MAX + MORE);
	ck_assert(slice_eq(input_slice(&in[0]),
	    slice_of(much, INPUT_READ_MAX + MORE)));
	free(much);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("input");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_is_used_up_holds_no_memory);
	tcase_add_test(t, what_is_left_outlives_the_next_who_reads);
	tcase_add_test(t, more_comes_behind_what_waits);
	tcase_add_test(t, nothing_is_lost_where_nothing_comes);
	tcase_add_test(t, who_has_gone_leaves_the_place_to_others);
	tcase_add_test(t, there_is_a_limit);
	return net_main("input", t);
}
