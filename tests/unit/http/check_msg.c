/* The model: methods, statuses, ownership. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/msg.h"

START_TEST(a_msg_keeps_copies_of_what_is_added)
{
	char name[] = "Name", value[] = "value";
	struct msg m;

	msg_init(&m);
	msg_add(&m, slice_str(name), slice_str(value));
	msg_addf(&m, slice_str(name), "%d-%s", 42, value);
	memset(name, 'x', 4);
	memset(value, 'x', 5);
	ck_assert_uint_eq(m.fields.count, 2);
	ck_assert(slice_eq(m.fields.at[0].name, SL("Name")));
	ck_assert(slice_eq(m.fields.at[0].value, SL("value")));
	ck_assert(slice_eq(m.fields.at[1].name, SL("Name")));
	ck_assert(slice_eq(m.fields.at[1].value, SL("42-value")));
	msg_clear(&m);
	ck_assert_uint_eq(m.fields.count, 0);
	msg_add(&m, SL("Via"), SL(""));
	ck_assert_int_eq(m.fields.at[0].id, FIELD_VIA);
	msg_clear(&m);
}
END_TEST

START_TEST(clearing_twice_and_clearing_what_was_never_used_is_fine)
{
	struct msg m;

	msg_init(&m);
	msg_clear(&m);
	msg_clear(&m);
	ck_assert(m.content == CONTENT_NONE && m.status == 0);
}
END_TEST

START_TEST(a_reset_leaves_nothing_but_room)
{
	const struct field *room;
	struct msg m;

	msg_init(&m);
	msg_reset(&m);
	msg_set_method(&m, SL("GET"));
	msg_add(&m, SL("Via"), SL("x"));
	fields_add(&m.trailers, SL("A"), SL("b"));
	m.status = 200;
	m.keep_alive = true;
	room = m.fields.at;
	msg_reset(&m);
	ck_assert_uint_eq(m.fields.count, 0);
	ck_assert_uint_eq(m.trailers.count, 0);
	ck_assert_uint_eq(m.method_name.n, 0);
	ck_assert(m.method == METHOD_OTHER && m.status == 0 && !m.keep_alive);
	ck_assert_ptr_null(fields_get(&m.fields, FIELD_VIA));
	ck_assert_ptr_eq(m.fields.at, room);
	msg_add(&m, SL("Via"), SL("y"));
	ck_assert(slice_eq(fields_get(&m.fields, FIELD_VIA)->value, SL("y")));
	msg_clear(&m);
}
END_TEST

START_TEST(each_method_has_its_name)
{
	struct slice name = http_method_name((enum http_method)_i);
	struct msg m;

	ck_assert_int_eq(http_method_of(name), _i);
	msg_init(&m);
	msg_set_method(&m, name);
	ck_assert_int_eq(m.method, _i);
	ck_assert(slice_eq(m.method_name, name));
	msg_clear(&m);
}
END_TEST

START_TEST(a_method_is_case_sensitive_and_may_be_unknown)
{
	struct msg m;

	ck_assert_int_eq(http_method_of(SL("get")), METHOD_OTHER);
	ck_assert_int_eq(http_method_of(SL("GETS")), METHOD_OTHER);
	ck_assert_int_eq(http_method_of(SL("GE")), METHOD_OTHER);
	ck_assert_int_eq(http_method_of(SL("")), METHOD_OTHER);
	msg_init(&m);
	msg_set_method(&m, SL("PURGE"));
	ck_assert_int_eq(m.method, METHOD_OTHER);
	ck_assert(slice_eq(m.method_name, SL("PURGE")));
	msg_clear(&m);
}
END_TEST

/* HS-15: RFC 9110, 9.2.2 */
START_TEST(idempotent_methods)
{
	ck_assert(http_method_is_idempotent(METHOD_GET));
	ck_assert(http_method_is_idempotent(METHOD_HEAD));
	ck_assert(http_method_is_idempotent(METHOD_PUT));
	ck_assert(http_method_is_idempotent(METHOD_DELETE));
	ck_assert(http_method_is_idempotent(METHOD_OPTIONS));
	ck_assert(http_method_is_idempotent(METHOD_TRACE));
	ck_assert(!http_method_is_idempotent(METHOD_POST));
	ck_assert(!http_method_is_idempotent(METHOD_PATCH));
	ck_assert(!http_method_is_idempotent(METHOD_CONNECT));
	ck_assert(!http_method_is_idempotent(METHOD_OTHER));
}
END_TEST

START_TEST(statuses_have_texts)
{
	ck_assert_str_eq(http_status_text(200), "OK");
	ck_assert_str_eq(http_status_text(421), "Misdirected Request");
	ck_assert_str_eq(http_status_text(511),
	    "Network Authentication Required");
	ck_assert_str_eq(http_status_text(299), "");
	ck_assert_str_eq(http_status_text(0), "");
	ck_assert_str_eq(http_status_text(9999), "");
}
END_TEST

/* HS-13 */
START_TEST(responses_that_have_no_content)
{
	ck_assert(http_response_is_bare(METHOD_HEAD, 200));
	ck_assert(http_response_is_bare(METHOD_GET, 100));
	ck_assert(http_response_is_bare(METHOD_GET, 199));
	ck_assert(http_response_is_bare(METHOD_GET, 204));
	ck_assert(http_response_is_bare(METHOD_GET, 304));
	ck_assert(!http_response_is_bare(METHOD_GET, 200));
	ck_assert(!http_response_is_bare(METHOD_GET, 205));
	ck_assert(!http_response_is_bare(METHOD_POST, 404));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/msg");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("msg");
	int failed;

	tcase_add_test(tc, a_msg_keeps_copies_of_what_is_added);
	tcase_add_test(tc,
	    clearing_twice_and_clearing_what_was_never_used_is_fine);
	tcase_add_test(tc, a_reset_leaves_nothing_but_room);
	tcase_add_loop_test(tc, each_method_has_its_name, METHOD_GET,
	    METHOD_PATCH + 1);
	tcase_add_test(tc, a_method_is_case_sensitive_and_may_be_unknown);
	tcase_add_test(tc, idempotent_methods);
	tcase_add_test(tc, statuses_have_texts);
	tcase_add_test(tc, responses_that_have_no_content);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
