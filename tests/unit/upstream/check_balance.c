#include <string.h>

#include "base/mem.h"
#include "support/net_rig.h"
#include "upstream/balance.h"

#define SERVERS 3

static struct conf_server servers[SERVERS];
static struct conf_backend conf;
static struct cluster_env env;
static struct cluster *cluster;

static void
set_up(void)
{
	static const char *const addrs[SERVERS] = { "10.0.0.1:1", "10.0.0.2:1",
		"10.0.0.3:1" };

	memset(servers, 0, sizeof(servers));
	for (int i = 0; i < SERVERS; i++) {
		servers[i].text = slice_str(addrs[i]);
		ck_assert_int_eq(addr_parse(servers[i].text, &servers[i].addr),
		    0);
	}
	conf = (struct conf_backend) { .servers = servers,
		.server_count = SERVERS,
		.idle_max = 4 };
	cluster = cluster_new(&conf, &env);
}

static void
tear_down(void)
{
	cluster_free(cluster);
	cluster_free(NULL);
}

/* The numbers of those who get the next requests. */
static void
check_next(const char *want, int64_t now_ms)
{
	char got[32] = "";
	size_t n = strlen(want);

	for (size_t i = 0; i < n; i++)
		got[i] = (char)('1' +
		    (balance_next(cluster, now_ms) - cluster->backends));
	ck_assert_str_eq(got, want);
}

START_TEST(each_server_gets_its_turn)
{
	check_next("1231231", 1000);
}
END_TEST

START_TEST(one_that_failed_rests_for_a_while)
{
	backend_failed(&cluster->backends[1], 1000);
	check_next("13131", 1000);
	check_next("313", 1000 + BACKEND_REST_MS - 1);
	check_next("123123", 1000 + BACKEND_REST_MS);
}
END_TEST

START_TEST(one_that_works_again_rests_no_longer)
{
	backend_failed(&cluster->backends[1], 1000);
	backend_worked(&cluster->backends[1]);
	check_next("123", 1000);
}
END_TEST

START_TEST(when_all_rest_they_are_asked_in_turn_nevertheless)
{
	for (int i = 0; i < SERVERS; i++)
		backend_failed(&cluster->backends[i], 1000);
	check_next("123123", 1000);
}
END_TEST

/* backend */

START_TEST(a_fixed_address_needs_no_looking_up)
{
	struct backend *b = &cluster->backends[0];

	ck_assert(!backend_is_stale(b, INT64_MAX));
	ck_assert(addr_eq(backend_addr(b), &servers[0].addr));
	ck_assert(addr_eq(backend_addr(b), &servers[0].addr));
}
END_TEST

START_TEST(a_name_is_looked_up_and_its_addresses_take_turns)
{
	struct conf_server named = { .text = SLICE("http://h:80"),
		.host = "h",
		.port = 80 };
	struct addr many[BACKEND_ADDRS_MAX + 1];
	struct backend b;

	backend_init(&b, &named, 1);
	ck_assert(backend_is_stale(&b, 0));
	ck_assert_ptr_null(backend_addr(&b));
	backend_set_addrs(&b, &servers[0].addr, 1, 5000);
	ck_assert(!backend_is_stale(&b, 5000 + BACKEND_RESOLVE_MS));
	ck_assert(backend_is_stale(&b, 5001 + BACKEND_RESOLVE_MS));
	for (size_t i = 0; i <= BACKEND_ADDRS_MAX; i++)
		many[i] = servers[i % 2].addr;
	backend_set_addrs(&b, many, BACKEND_ADDRS_MAX + 1, 6000);
	ck_assert_uint_eq(b.addr_count, BACKEND_ADDRS_MAX);
	ck_assert(!addr_eq(backend_addr(&b), backend_addr(&b)));
	backend_clear(&b);
}
END_TEST

START_TEST(a_cluster_goes_on_where_the_same_servers_were)
{
	struct cluster *next = cluster_new(&conf, &env);

	backend_failed(&cluster->backends[2], 1000);
	check_next("12", 1000);
	cluster_inherit(next, cluster);
	cluster_free(cluster);
	cluster = next;
	check_next("1212", 1000);
	ck_assert(backend_rests(&cluster->backends[2], 1000));
}
END_TEST

START_TEST(how_a_server_is_doing_can_be_seen_while_it_is_in_force)
{
	struct cluster *next = cluster_new(&conf, &env);
	struct backend *b = &cluster->backends[1], *later = &next->backends[1];
	struct vitals v = { { 9, 9, 9, 9, 9, 9, 9, 9 } };

	backend_failed(b, 500);
	backend_show(b, &v, 7);
	ck_assert_int_eq(vitals_get(&v, VITAL_GENERATION), 7);
	ck_assert_int_eq(vitals_get(&v, VITAL_OPEN), 0);
	ck_assert_int_eq(vitals_get(&v, VITAL_FAILURES), 1);
	backend_failed(b, 1000);
	ck_assert_int_eq(vitals_get(&v, VITAL_FAILURES), 2);
	ck_assert_int_eq(vitals_get(&v, VITAL_IN_A_ROW), 2);
	ck_assert_int_eq(vitals_get(&v, VITAL_FAILED_MS), 1000);
	ck_assert_int_eq(vitals_get(&v, VITAL_REST_MS), 1000 + BACKEND_REST_MS);
	/* another configuration with the same server comes into force */
	backend_hide(b);
	ck_assert_int_eq(vitals_get(&v, VITAL_GENERATION), 0);
	cluster_inherit(next, cluster);
	backend_show(later, &v, 8);
	backend_worked(b);
	ck_assert_int_eq(vitals_get(&v, VITAL_GENERATION), 8);
	ck_assert_int_eq(vitals_get(&v, VITAL_IN_A_ROW), 2);
	backend_worked(later);
	ck_assert_int_eq(vitals_get(&v, VITAL_FAILURES), 2);
	ck_assert_int_eq(vitals_get(&v, VITAL_IN_A_ROW), 0);
	ck_assert(!backend_rests(later, 1000));
	cluster_free(next);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("balance");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, each_server_gets_its_turn);
	tcase_add_test(t, one_that_failed_rests_for_a_while);
	tcase_add_test(t, one_that_works_again_rests_no_longer);
	tcase_add_test(t, when_all_rest_they_are_asked_in_turn_nevertheless);
	tcase_add_test(t, a_fixed_address_needs_no_looking_up);
	tcase_add_test(t, a_name_is_looked_up_and_its_addresses_take_turns);
	tcase_add_test(t, a_cluster_goes_on_where_the_same_servers_were);
	tcase_add_test(t,
	    how_a_server_is_doing_can_be_seen_while_it_is_in_force);
	return net_main("balance", t);
}
