#include "base/list.h"

#include <check.h>
#include <stdlib.h>

struct thing {
	int number;
	struct list node;
};

static struct list head;
static struct thing things[5];

static void
set_up(void)
{
	list_init(&head);
	for (int i = 0; i < 5; i++) {
		things[i].number = i;
		list_init(&things[i].node);
	}
}

/* The numbers in the list as decimal digits, first one first; 9 before. */
static int
digits(void)
{
	struct list *at, *after;
	int n = 9;

	list_each(at, after, &head) {
		n = n * 10 + list_item(at, struct thing, node)->number;
	}
	return n;
}

static void
push_all(void)
{
	for (int i = 0; i < 5; i++)
		list_push(&head, &things[i].node);
}

START_TEST(a_list_keeps_the_order)
{
	ck_assert(list_is_empty(&head));
	ck_assert_int_eq(digits(), 9);
	push_all();
	ck_assert(!list_is_empty(&head));
	ck_assert_int_eq(digits(), 901234);
}
END_TEST

START_TEST(pushing_at_the_front)
{
	for (int i = 0; i < 3; i++)
		list_push_front(&head, &things[i].node);
	ck_assert_int_eq(digits(), 9210);
	list_push(&head, &things[3].node);
	ck_assert_int_eq(digits(), 92103);
}
END_TEST

START_TEST(leaving_twice_is_harmless)
{
	push_all();
	list_remove(&things[2].node);
	list_remove(&things[2].node);
	ck_assert_int_eq(digits(), 90134);
	ck_assert(list_is_empty(&things[2].node));
	ck_assert(!list_is_empty(&things[1].node));
	list_push(&head, &things[2].node);
	ck_assert_int_eq(digits(), 901342);
}
END_TEST

START_TEST(popping)
{
	push_all();
	for (int i = 0; i < 5; i++) {
		struct list *node = list_pop(&head);

		ck_assert_ptr_eq(node, &things[i].node);
		ck_assert(list_is_empty(node));
	}
	ck_assert_ptr_null(list_pop(&head));
	ck_assert(list_is_empty(&head));
}
END_TEST

START_TEST(the_current_one_may_leave_on_the_way)
{
	struct list *at, *after;

	push_all();
	list_each(at, after, &head) {
		if (list_item(at, struct thing, node)->number % 2 == 0)
			list_remove(at);
	}
	ck_assert_int_eq(digits(), 913);
}
END_TEST

START_TEST(moving_all)
{
	struct list from;

	list_init(&from);
	list_move(&head, &from);
	ck_assert(list_is_empty(&head));
	list_push(&head, &things[0].node);
	list_push(&from, &things[1].node);
	list_push(&from, &things[2].node);
	list_move(&head, &from);
	ck_assert(list_is_empty(&from));
	ck_assert_int_eq(digits(), 9012);
	list_move(&from, &head);
	ck_assert(list_is_empty(&head));
	list_move(&head, &from);
	ck_assert_int_eq(digits(), 9012);
	list_push(&head, &things[3].node);
	ck_assert_int_eq(digits(), 90123);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/list");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("list");
	int failed;

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, a_list_keeps_the_order);
	tcase_add_test(tc, pushing_at_the_front);
	tcase_add_test(tc, leaving_twice_is_harmless);
	tcase_add_test(tc, popping);
	tcase_add_test(tc, the_current_one_may_leave_on_the_way);
	tcase_add_test(tc, moving_all);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
