#include <string.h>

#include "base/err.h"
#include "net/resolver.h"
#include "support/net_rig.h"

/* A nameserver that is not there, given up soon. */
#define NOBODY "nameserver 127.0.0.1:1\noptions timeout:1 attempts:1\n"

static struct loop loop;
static struct resolver *resolver;
static struct answer {
	bool is_there;
	int err;
	size_t count;
	struct addr first;
} answer;

static void
on_answer(void *arg, int err, const struct addr *a, size_t count)
{
	struct answer *to = arg;

	ck_assert(!to->is_there);
	to->is_there = true;
	to->err = err;
	to->count = count;
	if (count > 0)
		to->first = a[0];
}

static void
set_up(void)
{
	memset(&answer, 0, sizeof(answer));
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(resolver_new(&loop, SL(NOBODY), SL("10.0.0.1 web\n"),
			     &resolver),
	    0);
}

static void
tear_down(void)
{
	resolver_free(resolver);
	loop_clear(&loop);
}

/* What is known without asking anybody. */
static const struct {
	const char *host;
	const char *addr;
} known[] = {
	{ "127.0.0.1", "127.0.0.1:81" },
	{ "::1", "[::1]:81" },
	{ "web", "10.0.0.1:81" },
};

START_TEST(an_address_is_its_own_answer_but_not_from_within_the_call)
{
	char text[ADDR_TEXT_MAX];

	ck_assert_ptr_nonnull(
	    resolver_lookup(resolver, known[_i].host, 81, on_answer, &answer));
	ck_assert(!answer.is_there);
	net_until(&loop, &answer.is_there);
	ck_assert_int_eq(answer.err, 0);
	ck_assert_uint_eq(answer.count, 1);
	addr_format(&answer.first, text);
	ck_assert_str_eq(text, known[_i].addr);
}
END_TEST

START_TEST(an_answer_that_is_cancelled_does_not_come)
{
	resolver_cancel(
	    resolver_lookup(resolver, known[_i].host, 81, on_answer, &answer));
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert(!answer.is_there);
}
END_TEST

START_TEST(a_name_that_cannot_be_one_does_not_resolve)
{
	(void)resolver_lookup(resolver, "..", 81, on_answer, &answer);
	net_until(&loop, &answer.is_there);
	ck_assert_int_eq(answer.err, E_RESOLVE);
	ck_assert_uint_eq(answer.count, 0);
}
END_TEST

START_TEST(a_query_may_be_cancelled_and_the_resolver_freed_at_once)
{
	struct resolver_query *q;

	/* nobody is given the time to answer */
	q = resolver_lookup(resolver, "name.invalid", 81, on_answer, &answer);
	resolver_cancel(q);
	resolver_free(resolver);
	resolver = NULL;
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert(!answer.is_there);
}
END_TEST

START_TEST(a_query_may_be_cancelled_a_turn_before_the_resolver_goes)
{
	struct resolver_query *q;

	q = resolver_lookup(resolver, "name.invalid", 81, on_answer, &answer);
	loop_turn(&loop, false);
	if (!answer.is_there)
		resolver_cancel(q);
	answer.is_there = false;
	loop_turn(&loop, false);
	resolver_free(resolver);
	resolver = NULL;
	for (int i = 0; i < 3; i++)
		loop_turn(&loop, false);
	ck_assert(!answer.is_there);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("resolver");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t,
	    an_address_is_its_own_answer_but_not_from_within_the_call, 0,
	    NET_COUNT(known));
	tcase_add_loop_test(t, an_answer_that_is_cancelled_does_not_come, 0,
	    NET_COUNT(known));
	tcase_add_test(t, a_name_that_cannot_be_one_does_not_resolve);
	tcase_add_test(t,
	    a_query_may_be_cancelled_and_the_resolver_freed_at_once);
	tcase_add_test(t,
	    a_query_may_be_cancelled_a_turn_before_the_resolver_goes);
	return net_main("resolver", t);
}
