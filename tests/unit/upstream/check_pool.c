#include <string.h>

#include "base/err.h"
#include "net/io_mem.h"
#include "support/net_rig.h"
#include "upstream/pool.h"

#define CONNS 6

static struct loop loop;
static struct pool pool;
static struct mux_params params;
static struct io *peer[CONNS]; /* the backend's ends */
static struct stream *stream[CONNS];
static unsigned count;

static void
set_up(void)
{
	loop_init_virtual(&loop, 1, 0);
	pool_init(&pool, 3, NULL);
	count = 0;
	params = (struct mux_params) {
		.limits = { .line_max = 1024,
		    .field_max = 1024,
		    .head_max = 4096,
		    .fields_max = 10 },
		.idle_ms = 1000,
	};
}

static void
tear_down(void)
{
	pool_clear(&pool);
	while (count > 0)
		io_close(peer[--count]);
	loop_clear(&loop);
}

static struct stream *
add(struct pool *p)
{
	struct io *ends[2];

	io_mem_pair(&loop, 65536, ends);
	peer[count] = ends[0];
	stream[count] = pool_add(p, ends[1], &params);
	ck_assert_ptr_nonnull(stream[count]);
	return stream[count++];
}

/* A request and its answer, whole: the connection is of use afterwards. */
static void
ask(unsigned i)
{
	struct slice none;
	struct msg m, *in;

	msg_init(&m);
	msg_set_method(&m, SL("GET"));
	m.authority = SL("h");
	m.path = SL("/");
	ck_assert_int_eq(stream_send_head(stream[i], &m), 0);
	msg_clear(&m);
	ck_assert_int_eq(stream_send_end(stream[i], NULL), 0);
	ck_assert_int_eq(stream_flush(stream[i]), 0);
	net_say(peer[i], "HTTP/1.1 204 No Content\r\n\r\n");
	loop_advance(&loop, 0);
	ck_assert_int_eq(stream_recv_head(stream[i], &in), 0);
	ck_assert_int_eq(stream_recv_body(stream[i], &none), E_EOF);
}

static void
add_idle(unsigned n)
{
	while (n-- > 0) {
		(void)add(&pool);
		ask(count - 1);
	}
	for (unsigned i = 0; i < count; i++)
		stream_close(stream[i], 0);
}

static bool
is_closed(unsigned i)
{
	char c[1024];
	int e;

	loop_advance(&loop, 0);
	while ((e = io_read(peer[i], c, sizeof(c), &(size_t) { 0 })) == 0)
		;
	return e != E_AGAIN;
}

START_TEST(a_pool_that_nobody_used_has_nothing)
{
	ck_assert_ptr_null(pool_take(&pool));
}
END_TEST

START_TEST(a_connection_comes_back_when_its_stream_is_closed)
{
	struct stream *s;

	(void)add(&pool);
	ck_assert(!stream[0]->is_reused);
	ask(0);
	ck_assert_ptr_null(pool_take(&pool));
	stream_close(stream[0], 0);
	ck_assert_uint_eq(pool.idle_count, 1);
	s = pool_take(&pool);
	ck_assert_ptr_eq(s, stream[0]);
	ck_assert(s->is_reused);
	ck_assert_uint_eq(pool.idle_count, 0);
	ask(0);
	stream_close(s, 0);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(pool.idle_count, 1);
}
END_TEST

START_TEST(a_connection_whose_stream_broke_off_does_not_come_back)
{
	(void)add(&pool);
	stream_close(stream[0], E_CANCELLED);
	ck_assert(is_closed(0));
	ck_assert_ptr_null(pool_take(&pool));
	ck_assert(list_is_empty(&pool.busy));
}
END_TEST

START_TEST(the_one_used_last_is_taken_first)
{
	add_idle(3);
	loop_advance(&loop, 0);
	ck_assert_ptr_eq(pool_take(&pool), stream[2]);
	ck_assert_ptr_eq(pool_take(&pool), stream[1]);
	ck_assert_ptr_eq(pool_take(&pool), stream[0]);
	ck_assert_ptr_null(pool_take(&pool));
}
END_TEST

START_TEST(no_more_are_kept_than_allowed_also_within_one_turn)
{
	add_idle(6);
	ck_assert_uint_eq(pool.idle_count, 3);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(pool.idle_count, 3);
	for (unsigned i = 0; i < 6; i++)
		ck_assert(is_closed(i) == (i < 3));
}
END_TEST

START_TEST(a_pool_that_keeps_none_closes_each)
{
	pool_init(&pool, 0, NULL);
	add_idle(1);
	ck_assert_ptr_null(pool_take(&pool));
	ck_assert(is_closed(0));
	ck_assert_uint_eq(pool.idle_count, 0);
}
END_TEST

START_TEST(one_that_the_backend_closed_is_passed_over)
{
	add_idle(3);
	loop_advance(&loop, 0);
	/* and nobody was told yet */
	ck_assert_int_eq(io_shutdown(peer[2]), 0);
	net_say(peer[1], "HTTP/1.1 200 OK\r\n\r\n");
	ck_assert_ptr_eq(pool_take(&pool), stream[0]);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(pool.idle_count, 0);
	ck_assert(is_closed(1));
	ck_assert(is_closed(2));
}
END_TEST

START_TEST(one_that_is_idle_for_too_long_goes)
{
	add_idle(2);
	loop_advance(&loop, 999);
	ck_assert_uint_eq(pool.idle_count, 2);
	loop_advance(&loop, 1);
	ck_assert_uint_eq(pool.idle_count, 0);
	ck_assert(is_closed(0));
}
END_TEST

START_TEST(clearing_closes_all)
{
	add_idle(2);
	loop_advance(&loop, 0);
	pool_clear(&pool);
	ck_assert(is_closed(0));
	ck_assert(is_closed(1));
}
END_TEST

START_TEST(clearing_right_after_a_stream_was_closed_does_no_harm)
{
	add_idle(1);
	(void)add(&pool);
	stream_close(stream[1], E_CANCELLED);
	pool_clear(&pool);
	loop_advance(&loop, 10000);
	ck_assert(is_closed(0));
	ck_assert(is_closed(1));
}
END_TEST

START_TEST(idle_ones_move_to_another_pool_as_far_as_there_is_room)
{
	struct mux_params other = params;
	struct pool to;

	other.idle_ms = 5000;
	pool_init(&to, 2, NULL);
	add_idle(3);
	loop_advance(&loop, 0);
	pool_move(&to, &pool, &other);
	ck_assert_uint_eq(to.idle_count, 2);
	ck_assert_uint_eq(pool.idle_count, 1);
	ck_assert_ptr_eq(pool_take(&to), stream[2]);
	pool_clear(&pool);
	params.limits.head_max = 0; /* they are not looked at any more */
	ask(2);
	stream_close(stream[2], 0);
	loop_advance(&loop, 0);
	ck_assert_uint_eq(to.idle_count, 2);
	pool_clear(&to);
}
END_TEST

static void
check_counts(const struct vitals *v, int open, int idle, int requests)
{
	ck_assert_int_eq(vitals_get(v, VITAL_OPEN), open);
	ck_assert_int_eq(vitals_get(v, VITAL_IDLE), idle);
	ck_assert_int_eq(vitals_get(v, VITAL_REQUESTS), requests);
}

START_TEST(what_is_open_idle_and_asked_for_is_counted)
{
	struct vitals one = { 0 }, two = { 0 };
	struct vitals *here = &one, *there = &two;
	struct pool to;

	pool_init(&pool, 3, &here);
	pool_init(&to, 1, &there);
	add_idle(2);
	check_counts(&one, 2, 2, 2);
	loop_advance(&loop, 0);
	pool_move(&to, &pool, &params);
	check_counts(&one, 1, 1, 2);
	check_counts(&two, 1, 1, 0);
	ck_assert_ptr_nonnull(pool_take(&pool));
	check_counts(&one, 1, 0, 3);
	/* from now on its own affair */
	pool_retire(&pool, &params);
	check_counts(&one, 0, 0, 3);
	pool_clear(&pool);
	pool_clear(&to);
	check_counts(&one, 0, 0, 3);
	check_counts(&two, 0, 0, 0);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("pool");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_pool_that_nobody_used_has_nothing);
	tcase_add_test(t, a_connection_comes_back_when_its_stream_is_closed);
	tcase_add_test(t,
	    a_connection_whose_stream_broke_off_does_not_come_back);
	tcase_add_test(t, the_one_used_last_is_taken_first);
	tcase_add_test(t, what_is_open_idle_and_asked_for_is_counted);
	tcase_add_test(t, no_more_are_kept_than_allowed_also_within_one_turn);
	tcase_add_test(t, a_pool_that_keeps_none_closes_each);
	tcase_add_test(t, one_that_the_backend_closed_is_passed_over);
	tcase_add_test(t, one_that_is_idle_for_too_long_goes);
	tcase_add_test(t, clearing_closes_all);
	tcase_add_test(t,
	    clearing_right_after_a_stream_was_closed_does_no_harm);
	tcase_add_test(t,
	    idle_ones_move_to_another_pool_as_far_as_there_is_room);
	return net_main("pool", t);
}
