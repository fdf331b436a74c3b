/* Every way to look at octets gives the answer that the table gives. */
#include "http/span.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

#define LONGEST 100

static struct guard guard;
static char text[LONGEST];

/* The slice ends where nothing can be read any more, and begins anywhere. */
static void
compare(const struct span_ops *o, struct slice s)
{
	struct slice in = guard_put(&guard, s);

	ck_assert_msg(o->value(in) == octet_span(in, OCTET_VALUE),
	    "%s: value of %zu", o->name, s.n);
	ck_assert_msg(o->target(in) == octet_span(in, OCTET_TARGET),
	    "%s: target of %zu", o->name, s.n);
}

static void
compare_all(struct slice s)
{
	size_t count;
	const struct span_ops *all = span_all(&count);

	for (size_t i = 0; i < count; i++)
		compare(&all[i], s);
	ck_assert_uint_eq(span_value(s), octet_span(s, OCTET_VALUE));
	ck_assert_uint_eq(span_target(s), octet_span(s, OCTET_TARGET));
}

/* Each octet at each place in texts of each length. */
START_TEST(every_octet_everywhere)
{
	guard_init(&guard, LONGEST);
	memset(text, 'a', sizeof(text));
	for (size_t n = 1; n <= LONGEST; n++)
		for (size_t at = 0; at < n; at++) {
			text[at] = (char)_i;
			compare_all(slice_of(text, n));
			text[at] = 'a';
		}
	guard_clear(&guard);
}
END_TEST

/* More than one that ends it: the first counts. */
START_TEST(any_octets)
{
	uint32_t seed = (uint32_t)_i;

	guard_init(&guard, LONGEST);
	for (int round = 0; round < 2000; round++) {
		size_t n;

		for (size_t i = 0; i < LONGEST; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (seed >> 16) % 40 == 0 ?
			    (char)(seed >> 24) :
			    (char)('a' + (seed >> 24) % 26);
		}
		n = (seed >> 8) % (LONGEST + 1);
		compare_all(slice_of(text, n));
	}
	guard_clear(&guard);
}
END_TEST

START_TEST(nothing)
{
	guard_init(&guard, LONGEST);
	compare_all(SL(""));
	guard_clear(&guard);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/span");
	TCase *t = tcase_create("span");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_octet_everywhere, 0, 256);
	tcase_add_loop_test(t, any_octets, 1, 20);
	tcase_add_test(t, nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
