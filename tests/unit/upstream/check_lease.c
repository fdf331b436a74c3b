#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "support/net_rig.h"
#include "upstream/lease.h"

#define SERVERS 3

/* Servers on loopback: some listen, some refuse. */
/* What is not among the hosts is asked of a nameserver that is not there. */
#define RESOLV "nameserver 127.0.0.1:1\noptions timeout:1 attempts:1\n"
#define HOSTS  "127.0.0.1 localhost\n"

static struct loop loop;
static struct conf_server servers[SERVERS];
static struct conf_backend conf;
static struct conf_timeouts timeouts;
static struct mux_params params;
static struct cluster_env env;
static struct cluster *cluster;
static int listening[SERVERS]; /* -1: refuses */
static struct lease lease;
static struct lease_client client; /* of its own connections, or none */
static struct own own;
static size_t greeting; /* octets of what it says */
static struct outcome {
	unsigned calls;
	int err;
	struct stream *stream;
} got;

static void
on_done(void *arg, int err, struct stream *s)
{
	struct outcome *o = arg;

	o->calls++;
	o->err = err;
	o->stream = s;
}

static void
set_up(void)
{
	ck_assert_int_eq(loop_init(&loop), 0);
	memset(&got, 0, sizeof(got));
	memset(&lease, 0, sizeof(lease));
	memset(&client, 0, sizeof(client));
	memset(servers, 0, sizeof(servers));
	timeouts = (struct conf_timeouts) { .backend_connect_ms = 5000 };
	params = (struct mux_params) { .limits = { .head_max = 4096 } };
	env = (struct cluster_env) { .loop = &loop,
		.timeouts = &timeouts,
		.params = &params };
	own_init(&own, &params);
	for (int i = 0; i < SERVERS; i++)
		listening[i] = -1;
}

static void
tear_down(void)
{
	lease_cancel(&lease);
	own_clear(&own);
	cluster_free(cluster);
	cluster = NULL;
	resolver_free(env.resolver);
	for (int i = 0; i < SERVERS; i++)
		if (listening[i] >= 0)
			(void)close(listening[i]);
	loop_turn(&loop, false);
	loop_clear(&loop);
}

/* One server for each letter: "l" listens, "r" refuses, "u" is a unix socket
 * that is not there. */
static void
start(const char *what)
{
	conf = (struct conf_backend) { .name = SLICE("web"),
		.servers = servers,
		.server_count = strlen(what),
		.idle_max = 4 };
	for (int i = 0; what[i] != '\0'; i++) {
		servers[i].text = slice_str("server");
		if (what[i] == 'u') {
			ck_assert_int_eq(addr_unix(SL("/nonexistent/socket"),
					     &servers[i].addr),
			    0);
			continue;
		}
		listening[i] = net_listen(&servers[i].addr);
		if (what[i] == 'r') {
			(void)close(listening[i]);
			listening[i] = -1;
		}
	}
	cluster = cluster_new(&conf, &env);
}

static int
ask(bool fresh)
{
	const struct lease_params want = { .cluster = cluster,
		.fresh = fresh,
		.client = client,
		.done = on_done,
		.arg = &got };

	return lease_get(&lease, &want, &got.stream);
}

/* Asks, and waits for what comes of it. */
static int
get(bool fresh)
{
	int e;

	memset(&got, 0, sizeof(got));
	e = ask(fresh);
	if (e != E_AGAIN)
		return e;
	ck_assert_uint_eq(got.calls, 0);
	net_until_count(&loop, &got.calls, 1);
	ck_assert((got.err == 0) == (got.stream != NULL));
	return got.err;
}

static void
done_with(struct stream *s)
{
	stream_close(s, E_CANCELLED);
	loop_turn(&loop, false);
}

/* What comes of asking, by what the servers do. */
static const struct {
	const char *servers;
	int err;
	unsigned given; /* which one; meaningless with err */
} outcomes[] = {
	{ "l", 0, 0 },
	{ "ll", 0, 0 },
	{ "rl", 0, 1 },
	{ "rrl", 0, 2 },
	{ "url", 0, 2 },
	{ "uul", 0, 2 },
	{ "lrr", 0, 0 },
	{ "r", E_CONNECT, 0 },
	{ "u", E_CONNECT, 0 },
	{ "uru", E_CONNECT, 0 },
	{ "rr", E_CONNECT, 0 },
};

START_TEST(a_server_that_can_be_reached_is_found)
{
	start(outcomes[_i].servers);
	ck_assert_str_eq(err_slug(get(false)), err_slug(outcomes[_i].err));
	if (outcomes[_i].err != 0)
		return;
	ck_assert_ptr_eq(lease.backend, &cluster->backends[outcomes[_i].given]);
	ck_assert(!got.stream->is_reused);
	done_with(got.stream);
}
END_TEST

START_TEST(one_that_failed_is_left_alone_while_others_serve)
{
	start("rl");
	ck_assert_int_eq(get(false), 0);
	done_with(got.stream);
	ck_assert(backend_rests(&cluster->backends[0], loop_now_ms(&loop)));
	ck_assert_int_eq(get(false), 0);
	ck_assert_uint_eq(lease.tried, 0);
	done_with(got.stream);
}
END_TEST

START_TEST(a_lease_that_is_cancelled_is_not_told)
{
	start("l");
	ck_assert_int_eq(ask(false), E_AGAIN);
	lease_cancel(&lease);
	lease_cancel(&lease);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(got.calls, 0);
	ck_assert(!deadline_is_set(&lease.deadline));
}
END_TEST

START_TEST(a_server_that_does_not_accept_costs_its_time_and_no_more)
{
	int fill[4];

	/* a queue for one, which is full: who comes next is not answered */
	start("l");
	timeouts.backend_connect_ms = 50;
	ck_assert_int_eq(listen(listening[0], 0), 0);
	for (int i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], &servers[0].addr.sa,
		    servers[0].addr.len);
	}
	ck_assert_str_eq(err_slug(get(false)), "connect-timeout");
	for (int i = 0; i < 4; i++)
		(void)close(fill[i]);
}
END_TEST

START_TEST(without_descriptors_it_says_so_and_blames_no_server)
{
	struct rlimit limit, none;
	int next, e;

	start("l");
	next = dup(0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)next;
	(void)close(next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	e = get(false);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_str_eq(err_slug(e), "connect");
	ck_assert(!backend_rests(&cluster->backends[0], loop_now_ms(&loop)));
}
END_TEST

/* A name: its addresses come from the resolver. */
START_TEST(a_name_is_looked_up_first)
{
	struct addr a;

	start("l");
	a = servers[0].addr;
	ck_assert_int_eq(resolver_new(&loop, SL(RESOLV), SL(HOSTS),
			     &env.resolver),
	    0);
	cluster_free(cluster);
	servers[0].addr.len = 0;
	servers[0].host = "127.0.0.1";
	servers[0].port = addr_port(&a);
	cluster = cluster_new(&conf, &env);
	ck_assert_int_eq(get(false), 0);
	ck_assert_uint_eq(cluster->backends[0].addr_count, 1);
	done_with(got.stream);
}
END_TEST

START_TEST(a_name_whose_first_address_refuses_gets_another_try)
{
	struct addr two[2];

	start("rl");
	two[0] = servers[0].addr;
	two[1] = servers[1].addr;
	cluster_free(cluster);
	servers[0].addr.len = 0;
	servers[0].host = "name.invalid";
	conf.server_count = 1;
	cluster = cluster_new(&conf, &env);
	backend_set_addrs(&cluster->backends[0], two, 2, loop_now_ms(&loop));
	ck_assert_int_eq(get(false), 0);
	done_with(got.stream);
}
END_TEST

START_TEST(a_name_that_does_not_resolve_is_told_as_that)
{
	start("l");
	ck_assert_int_eq(resolver_new(&loop, SL(RESOLV), SL(HOSTS),
			     &env.resolver),
	    0);
	cluster_free(cluster);
	servers[0].addr.len = 0;
	servers[0].host = "..";
	cluster = cluster_new(&conf, &env);
	ck_assert_str_eq(err_slug(get(false)), "resolve");
}
END_TEST

START_TEST(a_lease_that_is_cancelled_while_looking_up_is_not_told)
{
	start("l");
	ck_assert_int_eq(resolver_new(&loop, SL(RESOLV), SL(HOSTS),
			     &env.resolver),
	    0);
	cluster_free(cluster);
	servers[0].addr.len = 0;
	servers[0].host = "127.0.0.1";
	cluster = cluster_new(&conf, &env);
	ck_assert_int_eq(ask(false), E_AGAIN);
	lease_cancel(&lease);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(got.calls, 0);
}
END_TEST

static int
introduce(void *arg, struct buf *b)
{
	ck_assert_ptr_eq(arg, &own);
	for (size_t i = 0; i < greeting; i++)
		if (!buf_put(b, slice_of(&(char) { (char)i }, 1)))
			return E_LIMIT;
	return 0;
}

static void
have_own(size_t greeting_n)
{
	greeting = greeting_n;
	client = (struct lease_client) { .own = &own,
		.introduce = introduce,
		.arg = &own };
}

/* The whole greeting, and nothing else, has come on a new connection. */
static void
expect_greeting(int server)
{
	int fd = accept4(listening[server], NULL, NULL, SOCK_NONBLOCK);
	unsigned char c[4096];
	size_t at = 0;

	ck_assert_int_ge(fd, 0);
	while (at < greeting) {
		ssize_t n = recv(fd, c, sizeof(c), 0);

		loop_turn(&loop, false);
		for (ssize_t i = 0; i < n; i++)
			ck_assert_uint_eq(c[i], at++ & 0xff);
		ck_assert(n != 0);
	}
	ck_assert_uint_eq(at, greeting);
	ck_assert_int_eq(recv(fd, c, sizeof(c), 0), -1);
	(void)close(fd);
}

/* PP-1: first, whole, also to the server that is tried next. */
START_TEST(a_client_of_its_own_is_introduced)
{
	static const size_t sizes[] = { 1, 5000, LEASE_GREETING_MAX };

	start("rl");
	have_own(sizes[_i]);
	ck_assert_int_eq(get(false), 0);
	expect_greeting(1);
	ck_assert_uint_eq(cluster->backends[1].pool.idle_count, 0);
	ck_assert(list_is_empty(&cluster->backends[1].pool.busy));
	done_with(got.stream);
}
END_TEST

/* A socket takes only so much; the rest goes when there is room, and until
 * then there is no stream. */
START_TEST(a_greeting_that_does_not_go_at_once)
{
	int small = 1, fd, next;
	unsigned char c[4096];
	size_t n = 0;

	start("l");
	ck_assert_int_eq(setsockopt(listening[0], SOL_SOCKET, SO_RCVBUF, &small,
			     sizeof(small)),
	    0);
	have_own(LEASE_GREETING_MAX);
	next = dup(0);
	(void)close(next);
	ck_assert_int_eq(ask(false), E_AGAIN);
	/* the connection got the descriptor that was free */
	ck_assert_int_eq(setsockopt(next, SOL_SOCKET, SO_SNDBUF, &small,
			     sizeof(small)),
	    0);
	while ((fd = accept(listening[0], NULL, NULL)) < 0)
		loop_turn(&loop, false);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(got.calls, 0);
	while (n < greeting) {
		ssize_t r = recv(fd, c, sizeof(c), 0);

		ck_assert_int_gt(r, 0);
		for (ssize_t i = 0; i < r; i++)
			ck_assert_uint_eq(c[i], n++ & 0xff);
		loop_turn(&loop, false);
	}
	net_until_count(&loop, &got.calls, 1);
	ck_assert_int_eq(got.err, 0);
	done_with(got.stream);
	(void)close(fd);
}
END_TEST

START_TEST(without_an_introduction_there_is_no_connection)
{
	start("l");
	have_own(LEASE_GREETING_MAX + 1);
	ck_assert_int_eq(get(false), E_LIMIT);
	ck_assert_int_eq(accept4(listening[0], NULL, NULL, SOCK_NONBLOCK), -1);
}
END_TEST

START_TEST(a_client_of_its_own_may_leave_at_any_time)
{
	start("l");
	have_own(5000);
	ck_assert_int_eq(ask(false), E_AGAIN);
	lease_cancel(&lease);
	ck_assert_uint_eq(lease.greeting.size, 0);
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert_uint_eq(got.calls, 0);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("lease");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_server_that_can_be_reached_is_found, 0,
	    NET_COUNT(outcomes));
	tcase_add_test(t, one_that_failed_is_left_alone_while_others_serve);
	tcase_add_test(t, a_lease_that_is_cancelled_is_not_told);
	tcase_add_test(t,
	    a_server_that_does_not_accept_costs_its_time_and_no_more);
	tcase_add_test(t, without_descriptors_it_says_so_and_blames_no_server);
	tcase_add_test(t, a_name_is_looked_up_first);
	tcase_add_test(t, a_name_whose_first_address_refuses_gets_another_try);
	tcase_add_test(t, a_name_that_does_not_resolve_is_told_as_that);
	tcase_add_test(t,
	    a_lease_that_is_cancelled_while_looking_up_is_not_told);
	tcase_add_loop_test(t, a_client_of_its_own_is_introduced, 0, 3);
	tcase_add_test(t, a_greeting_that_does_not_go_at_once);
	tcase_add_test(t, without_an_introduction_there_is_no_connection);
	tcase_add_test(t, a_client_of_its_own_may_leave_at_any_time);
	return net_main("lease", t);
}
