#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "cert/advice.h"

/* Whoever is refused for what a client is gets to know what to do. */
START_TEST(test_every_reason_of_the_verdict_has_one)
{
	for (int e = E_CERT_NONE; e >= E_CERT_OTHER; e--)
		ck_assert_msg(advice_for(e) != NULL, "%s", err_slug(e));
}
END_TEST

START_TEST(test_what_a_route_refuses_has_one)
{
	static const int reasons[] = { E_NOT_FOUND, E_METHOD_REFUSED,
		E_MISDIRECTED, E_NO_RULE, E_DENIED, E_WILDCARD, E_TLS_NO_SITE };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		ck_assert_msg(advice_for(reasons[i]) != NULL, "%s",
		    err_slug(reasons[i]));
	ck_assert_ptr_null(advice_for(0));
	ck_assert_ptr_null(advice_for(E_AGAIN));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("advice");
	TCase *t = tcase_create("advice");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, test_every_reason_of_the_verdict_has_one);
	tcase_add_test(t, test_what_a_route_refuses_has_one);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
