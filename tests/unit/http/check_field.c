/* Fields, lists and the octets that may stand in them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/field.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	enum field_id id;
	const char *text;
} known[] = {
#define F(name, first, last, text) { FIELD_##name, text },
#include "http/field.def"
#undef F
};

START_TEST(each_known_name_is_found_whatever_its_case)
{
	char name[64];
	size_t n = strlen(known[_i].text);

	ck_assert_uint_lt(n, sizeof(name));
	ck_assert_int_eq(field_lookup(slice_str(known[_i].text)), known[_i].id);
	for (size_t i = 0; i < n; i++)
		name[i] = ascii_lower(known[_i].text[i]);
	ck_assert_int_eq(field_lookup(slice_of(name, n)), known[_i].id);
	for (size_t i = 0; i < n; i++)
		if (ascii_is_alpha(name[i]))
			name[i] = (char)(name[i] & ~0x20);
	ck_assert_int_eq(field_lookup(slice_of(name, n)), known[_i].id);
	ck_assert(
	    slice_eq(field_name(known[_i].id), slice_str(known[_i].text)));
}
END_TEST

START_TEST(a_name_that_is_nearly_known_is_not_known)
{
	char name[64];
	size_t n = strlen(known[_i].text);

	memcpy(name, known[_i].text, n);
	for (size_t i = 0; i < n; i++) {
		name[i] ^= 1;
		ck_assert_int_eq(field_lookup(slice_of(name, n)), FIELD_OTHER);
		name[i] ^= 1;
	}
	name[n] = 'x';
	ck_assert_int_eq(field_lookup(slice_of(name, n + 1)), FIELD_OTHER);
	ck_assert_int_eq(field_lookup(slice_of(name, n - 1)), FIELD_OTHER);
	name[0] ^= (char)0x80;
	ck_assert_int_eq(field_lookup(slice_of(name, n)), FIELD_OTHER);
}
END_TEST

START_TEST(an_empty_or_endless_name_is_not_known)
{
	static char name[70000];

	memset(name, 'a', sizeof(name));
	ck_assert_int_eq(field_lookup(SL("")), FIELD_OTHER);
	ck_assert_int_eq(field_lookup(slice_of(name, sizeof(name))),
	    FIELD_OTHER);
	/* the length modulo 2^16 is that of "Accept" */
	memcpy(name, "Accept", 6);
	name[65541] = 't';
	ck_assert_int_eq(field_lookup(slice_of(name, 65542)), FIELD_OTHER);
}
END_TEST

static void
add(struct fields *f, const char *name, const char *value)
{
	fields_add(f, slice_str(name), slice_str(value));
}

START_TEST(fields_are_found_in_the_order_they_came)
{
	struct fields f = { 0 };
	const struct field *at;

	add(&f, "via", "1");
	add(&f, "X-A", "2");
	add(&f, "VIA", "3");
	add(&f, "x-a", "4");
	at = fields_get(&f, FIELD_VIA);
	ck_assert(at != NULL && slice_eq(at->value, SL("1")));
	at = fields_next(&f, at);
	ck_assert(at != NULL && slice_eq(at->value, SL("3")));
	ck_assert(fields_next(&f, at) == NULL);
	at = fields_find(&f, SL("x-A"));
	ck_assert(at != NULL && slice_eq(at->value, SL("2")));
	at = fields_next(&f, at);
	ck_assert(at != NULL && slice_eq(at->value, SL("4")));
	ck_assert(fields_next(&f, at) == NULL);
	ck_assert(fields_find(&f, SL("Via")) == &f.at[0]);
	ck_assert(fields_find(&f, SL("X-B")) == NULL);
	ck_assert(fields_get(&f, FIELD_HOST) == NULL);
	fields_clear(&f);
}
END_TEST

START_TEST(removing_keeps_the_order_of_the_others)
{
	struct fields f = { 0 };

	add(&f, "Via", "1");
	add(&f, "a", "2");
	add(&f, "via", "3");
	add(&f, "b", "4");
	fields_remove(&f, FIELD_VIA);
	ck_assert_uint_eq(f.count, 2);
	ck_assert(slice_eq(f.at[0].value, SL("2")));
	ck_assert(slice_eq(f.at[1].value, SL("4")));
	fields_remove(&f, FIELD_HOST);
	ck_assert_uint_eq(f.count, 2);
	fields_clear(&f);
}
END_TEST

START_TEST(many_fields_fit_and_a_reset_keeps_the_room)
{
	struct fields f = { 0 };
	unsigned size;

	for (int i = 0; i < 1000; i++)
		add(&f, "a", "b");
	ck_assert_uint_eq(f.count, 1000);
	size = f.size;
	fields_reset(&f);
	ck_assert_uint_eq(f.count, 0);
	ck_assert_uint_eq(f.size, size);
	add(&f, "c", "d");
	ck_assert(slice_eq(f.at[0].name, SL("c")));
	fields_clear(&f);
	ck_assert(f.at == NULL && f.count == 0);
	add(&f, "c", "d");
	fields_clear(&f);
}
END_TEST

static const struct {
	const char *value;
	const char *elements; /* each with "|" behind it */
} lists[] = {
	{ "", "" },
	{ "a", "a|" },
	{ "a,b", "a|b|" },
	{ " a ,\tb c , d", "a|b c|d|" },
	{ ",,a, ,b,", "a|b|" },
	{ ",", "" },
	{ "\"a,b\",c", "\"a,b\"|c|" },
	{ "a=\"b\\\",c\", d", "a=\"b\\\",c\"|d|" },
	{ "a=\"\\\\\",b", "a=\"\\\\\"|b|" },
	{ "\"a,b", "\"a,b|" },
	{ "\"a\\", "\"a\\|" },
	{ "a\\,b", "a\\|b|" },
};

/* RFC 9110, 5.6.1 */
START_TEST(list_elements)
{
	struct slice rest = slice_str(lists[_i].value), element;
	char out[64] = "";
	size_t n = 0;

	while (field_list_next(&rest, &element))
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s|",
		    SLICE_ARG(element));
	ck_assert_str_eq(out, lists[_i].elements);
}
END_TEST

START_TEST(a_list_may_lie_in_several_fields)
{
	struct fields f = { 0 };

	add(&f, "Connection", "a, Close");
	add(&f, "X", "b");
	add(&f, "connection", "upgrade");
	ck_assert(fields_list_has(&f, FIELD_CONNECTION, SL("close")));
	ck_assert(fields_list_has(&f, FIELD_CONNECTION, SL("UPGRADE")));
	ck_assert(!fields_list_has(&f, FIELD_CONNECTION, SL("b")));
	ck_assert(!fields_list_has(&f, FIELD_CONNECTION, SL("clos")));
	ck_assert(!fields_list_has(&f, FIELD_TE, SL("close")));
	fields_clear(&f);
}
END_TEST

/* RFC 9110, 5.6.2 */
START_TEST(tchars)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	bool is = _i > 0 && _i < 128 &&
	    (ascii_is_alnum((char)_i) || strchr(others, _i) != NULL);

	ck_assert_int_eq(http_is_tchar((unsigned char)_i), is);
}
END_TEST

START_TEST(tokens)
{
	ck_assert(http_is_token(SL("a-b")));
	ck_assert(!http_is_token(SL("")));
	ck_assert(!http_is_token(SL("a b")));
	ck_assert(!http_is_token(SL("a:")));
	ck_assert(!http_is_token(SL("a\0")));
	ck_assert(!http_is_token(SL("\xe4")));
}
END_TEST

/* RFC 9110, 5.5 */
START_TEST(field_values)
{
	ck_assert(http_is_field_value(SL("")));
	ck_assert(http_is_field_value(SL("a \t\xff")));
	ck_assert(!http_is_field_value(SL(" a")));
	ck_assert(!http_is_field_value(SL("a\t")));
	ck_assert(!http_is_field_value(SL(" ")));
	ck_assert(!http_is_field_value(SL("a\rb")));
	ck_assert(!http_is_field_value(SL("a\nb")));
	ck_assert(!http_is_field_value(SL("a\0b")));
	ck_assert(!http_is_field_value(SL("a\177")));
}
END_TEST

START_TEST(what_decides_something_is_not_for_trailers)
{
	ck_assert(!field_may_trail(FIELD_CONTENT_LENGTH));
	ck_assert(!field_may_trail(FIELD_AUTHORIZATION));
	ck_assert(field_may_trail(field_lookup(SL("grpc-status"))));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/field");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("field");
	int failed;

	tcase_add_loop_test(tc, each_known_name_is_found_whatever_its_case, 0,
	    COUNT(known));
	tcase_add_loop_test(tc, a_name_that_is_nearly_known_is_not_known, 0,
	    COUNT(known));
	tcase_add_test(tc, an_empty_or_endless_name_is_not_known);
	tcase_add_test(tc, fields_are_found_in_the_order_they_came);
	tcase_add_test(tc, removing_keeps_the_order_of_the_others);
	tcase_add_test(tc, many_fields_fit_and_a_reset_keeps_the_room);
	tcase_add_loop_test(tc, list_elements, 0, COUNT(lists));
	tcase_add_test(tc, a_list_may_lie_in_several_fields);
	tcase_add_loop_test(tc, tchars, 0, 256);
	tcase_add_test(tc, tokens);
	tcase_add_test(tc, field_values);
	tcase_add_test(tc, what_decides_something_is_not_for_trailers);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
