/* Connections that belong to one client alone: PP-1. */
#include <string.h>

#include "base/err.h"
#include "net/io_mem.h"
#include "support/net_rig.h"
#include "upstream/own.h"

#define CONNS 4

static struct loop loop;
static struct mux_params params, next_params;
static struct cluster_env env, next_env;
static struct conf_server servers[2];
static struct conf_backend conf;
static struct cluster *cluster, *other;
static struct own own;
static struct io *peer[CONNS]; /* the backend's ends */
static struct stream *stream[CONNS];
static unsigned count;

static void
set_up(void)
{
	loop_init_virtual(&loop, 1, 0);
	params = next_params = (struct mux_params) {
		.limits = { .line_max = 1024,
		    .field_max = 1024,
		    .head_max = 4096,
		    .fields_max = 10 },
		.idle_ms = 1000,
	};
	env = (struct cluster_env) { .loop = &loop, .params = &params };
	next_env = (struct cluster_env) { .loop = &loop,
		.params = &next_params };
	conf = (struct conf_backend) { .servers = servers, .server_count = 2 };
	cluster = cluster_new(&conf, &env);
	other = cluster_new(&conf, &env);
	own_init(&own, &params);
	count = 0;
}

static void
tear_down(void)
{
	own_clear(&own);
	cluster_free(cluster);
	cluster_free(other);
	while (count > 0)
		io_close(peer[--count]);
	loop_clear(&loop);
}

static struct stream *
add(struct cluster *c, size_t server)
{
	struct io *ends[2];

	io_mem_pair(&loop, 65536, ends);
	peer[count] = ends[0];
	stream[count] = own_add(&own, c, &c->backends[server], ends[1]);
	ck_assert_ptr_nonnull(stream[count]);
	return stream[count++];
}

/* A request and its answer, whole; then the stream is closed. */
static void
use(unsigned i)
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

START_TEST(nobody_has_a_connection_before_it_is_made)
{
	ck_assert_ptr_null(own_take(&own, cluster));
}
END_TEST

START_TEST(PP_1_it_is_taken_again_for_its_cluster_alone)
{
	(void)add(cluster, 1);
	ck_assert_ptr_null(own_take(&own, cluster));
	use(0);
	ck_assert_ptr_null(own_take(&own, other));
	ck_assert_ptr_eq(own_take(&own, cluster), stream[0]);
	ck_assert(stream[0]->is_reused);
	ck_assert_ptr_null(own_take(&own, cluster));
	use(0);
	/* and no pool of the cluster knows of it */
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_null(pool_take(&cluster->backends[i].pool));
		ck_assert(list_is_empty(&cluster->backends[i].pool.busy));
	}
}
END_TEST

START_TEST(streams_that_run_at_once_have_a_connection_each)
{
	(void)add(cluster, 0);
	(void)add(cluster, 0);
	(void)add(cluster, 1);
	for (unsigned i = 0; i < 3; i++)
		use(i);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(own_take(&own, cluster));
	ck_assert_ptr_null(own_take(&own, cluster));
}
END_TEST

START_TEST(PP_1_all_of_them_end_with_the_client)
{
	(void)add(cluster, 0);
	(void)add(cluster, 1);
	use(0);
	use(1);
	own_clear(&own);
	ck_assert(is_closed(0) && is_closed(1));
}
END_TEST

START_TEST(what_is_idle_ends_when_its_cluster_goes)
{
	(void)add(cluster, 0);
	use(0);
	own_retire(&own, &next_params);
	ck_assert_ptr_null(own_take(&own, cluster));
	ck_assert(is_closed(0));
}
END_TEST

START_TEST(what_is_in_use_ends_with_its_stream)
{
	(void)add(cluster, 0);
	own_retire(&own, &next_params);
	ck_assert(!is_closed(0));
	use(0);
	ck_assert_ptr_null(own_take(&own, cluster));
	ck_assert(is_closed(0));
}
END_TEST

/* An exchange that is older than the reload asks once more. */
START_TEST(what_comes_for_the_old_cluster_is_not_kept)
{
	struct cluster *next = cluster_new(&conf, &next_env);

	own_retire(&own, &next_params);
	(void)add(cluster, 0);
	use(0);
	ck_assert_ptr_null(own_take(&own, cluster));
	ck_assert_ptr_null(own_take(&own, next));
	ck_assert(is_closed(0));
	(void)add(next, 0);
	use(1);
	ck_assert_ptr_eq(own_take(&own, next), stream[1]);
	use(1);
	own_clear(&own);
	cluster_free(next);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("own");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, nobody_has_a_connection_before_it_is_made);
	tcase_add_test(t, PP_1_it_is_taken_again_for_its_cluster_alone);
	tcase_add_test(t, streams_that_run_at_once_have_a_connection_each);
	tcase_add_test(t, PP_1_all_of_them_end_with_the_client);
	tcase_add_test(t, what_is_idle_ends_when_its_cluster_goes);
	tcase_add_test(t, what_is_in_use_ends_with_its_stream);
	tcase_add_test(t, what_comes_for_the_old_cluster_is_not_kept);
	return net_main("own", t);
}
