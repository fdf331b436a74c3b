#include "base/slice.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define EMPTY    ((struct slice) { NULL, 0 })

START_TEST(empty_slices_are_equal_whatever_they_point_to)
{
	ck_assert(slice_eq(EMPTY, SL("")));
	ck_assert(slice_caseeq(SL(""), EMPTY));
	ck_assert_int_eq(slice_cmp(EMPTY, SL("")), 0);
	ck_assert(slice_starts(EMPTY, EMPTY) && slice_ends(SL("a"), EMPTY));
	ck_assert(slice_eq(slice_str(NULL), EMPTY));
	ck_assert_int_eq(slice_find(EMPTY, 'a'), -1);
	ck_assert_uint_eq(slice_trim(EMPTY, " ").n, 0);
}
END_TEST

START_TEST(comparing)
{
	ck_assert(slice_eq(SL("a\0b"), SL("a\0b")));
	ck_assert(!slice_eq(SL("a\0b"), SL("a\0c")));
	ck_assert(!slice_eq(SL("a"), SL("ab")));
	ck_assert(slice_caseeq(SL("aBz[@"), SL("AbZ[@")));
	/* these differ from letters in the bit that makes capitals small */
	ck_assert(!slice_caseeq(SL("@"), SL("`")));
	ck_assert(!slice_caseeq(SL("["), SL("{")));
	ck_assert(!slice_caseeq(SL("\xc4"), SL("\xe4")));
	ck_assert_int_lt(slice_cmp(SL("a"), SL("b")), 0);
	ck_assert_int_gt(slice_cmp(SL("ab"), SL("a")), 0);
	ck_assert_int_lt(slice_cmp(SL("a"), SL("a\0")), 0);
	/* octets are not signed */
	ck_assert_int_gt(slice_cmp(SL("\xff"), SL("a")), 0);
}
END_TEST

static bool
are_alike_at(size_t at, char x, char y)
{
	char a[19], b[19];

	memset(a, 'k', sizeof(a));
	memset(b, 'K', sizeof(b));
	a[at] = x;
	b[at] = y;
	return slice_caseeq(slice_of(a, sizeof(a)), slice_of(b, sizeof(b)));
}

/* Every pair of octets, wherever eight are compared at once and where not. */
START_TEST(case_is_that_of_ascii_letters_alone)
{
	for (size_t at = 0; at < 19; at += 3)
		for (int c = 0; c < 256; c++) {
			bool same = ascii_lower((char)_i) ==
			    ascii_lower((char)c);

			ck_assert_msg(are_alike_at(at, (char)_i, (char)c) ==
				same,
			    "%d and %d at %zu", _i, c, at);
		}
}
END_TEST

START_TEST(starts_and_ends)
{
	ck_assert(slice_starts(SL("abc"), SL("ab")));
	ck_assert(!slice_starts(SL("abc"), SL("b")));
	ck_assert(!slice_starts(SL("ab"), SL("abc")));
	ck_assert(slice_ends(SL("abc"), SL("bc")));
	ck_assert(slice_ends(SL("abc"), SL("abc")));
	ck_assert(!slice_ends(SL("abc"), SL("b")));
	ck_assert(!slice_ends(SL("c"), SL("bc")));
}
END_TEST

START_TEST(parts)
{
	ck_assert(slice_eq(slice_skip(SL("abc"), 1), SL("bc")));
	ck_assert_uint_eq(slice_skip(SL("abc"), 3).n, 0);
	ck_assert(slice_eq(slice_first(SL("abc"), 1), SL("a")));
	ck_assert_int_eq(slice_find(SL("abcb"), 'b'), 1);
	ck_assert_int_eq(slice_find(SL("a\0b"), '\0'), 1);
	ck_assert_int_eq(slice_find(SL("abc"), 'd'), -1);
}
END_TEST

START_TEST(trimming)
{
	ck_assert(slice_eq(slice_trim(SL(" \ta b\t "), " \t"), SL("a b")));
	ck_assert(slice_eq(slice_trim(SL("a"), " "), SL("a")));
	ck_assert_uint_eq(slice_trim(SL("   "), " ").n, 0);
	/* the set's NUL is none of it */
	ck_assert(slice_eq(slice_trim(SL("\0a\0"), " "), SL("\0a\0")));
}
END_TEST

static const struct {
	const char *in;
	const char *parts[4];
	int count;
} cuts[] = {
	{ "", { "" }, 1 },
	{ "a", { "a" }, 1 },
	{ "a,b", { "a", "b" }, 2 },
	{ "a,,b", { "a", "", "b" }, 3 },
	{ ",", { "", "" }, 2 },
	{ "a,", { "a", "" }, 2 },
};

START_TEST(cutting)
{
	struct slice rest = slice_str(cuts[_i].in), part;
	bool at_end = false;
	int n = 0;

	for (; slice_cut(&rest, ',', &part, &at_end); n++) {
		ck_assert_int_lt(n, cuts[_i].count);
		ck_assert(slice_eq(part, slice_str(cuts[_i].parts[n])));
	}
	ck_assert_int_eq(n, cuts[_i].count);
	ck_assert(!slice_cut(&rest, ',', &part, &at_end));
}
END_TEST

START_TEST(nothing_is_cut_in_one)
{
	struct slice rest = EMPTY, part;
	bool at_end = false;

	ck_assert(slice_cut(&rest, ',', &part, &at_end));
	ck_assert_uint_eq(part.n, 0);
	ck_assert(!slice_cut(&rest, ',', &part, &at_end));
}
END_TEST

static const struct {
	struct slice in;
	bool ok;
	uint64_t v;
} numbers[] = {
	{ SLICE("0"), true, 0 },
	{ SLICE("0042"), true, 42 },
	{ SLICE("18446744073709551615"), true, UINT64_MAX },
	{ SLICE("000000000000000000000000000001"), true, 1 },
	{ SLICE("18446744073709551616"), false, 0 },
	{ SLICE("18446744073709551620"), false, 0 },
	{ SLICE("99999999999999999999"), false, 0 },
	{ SLICE("100000000000000000000"), false, 0 },
	{ SLICE(""), false, 0 },
	{ SLICE("-1"), false, 0 },
	{ SLICE("+1"), false, 0 },
	{ SLICE(" 1"), false, 0 },
	{ SLICE("1 "), false, 0 },
	{ SLICE("1\0"), false, 0 },
	{ SLICE("0x1"), false, 0 },
	{ SLICE("a"), false, 0 },
	{ SLICE("\xb2"), false, 0 },
};

START_TEST(decimal_numbers)
{
	uint64_t v = 7;

	ck_assert_int_eq(slice_u64(numbers[_i].in, &v), numbers[_i].ok);
	ck_assert_uint_eq(v, numbers[_i].ok ? numbers[_i].v : 7);
}
END_TEST

START_TEST(ascii_alone_counts)
{
	char c = (char)_i;
	bool digit = _i >= '0' && _i <= '9';
	bool lower = _i >= 'a' && _i <= 'z', upper = _i >= 'A' && _i <= 'Z';

	ck_assert_int_eq(ascii_is_digit(c), digit);
	ck_assert_int_eq(ascii_is_alpha(c), lower || upper);
	ck_assert_int_eq(ascii_is_alnum(c), digit || lower || upper);
	ck_assert_int_eq(ascii_lower(c), (char)(upper ? _i + 32 : _i));
	if (digit)
		ck_assert_int_eq(ascii_hex(c), _i - '0');
	else if ((_i | 32) >= 'a' && (_i | 32) <= 'f' && _i < 128)
		ck_assert_int_eq(ascii_hex(c), (_i | 32) - 'a' + 10);
	else
		ck_assert_int_eq(ascii_hex(c), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/slice");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("slice");
	int failed;

	tcase_add_loop_test(tc, case_is_that_of_ascii_letters_alone, 0, 256);
	tcase_add_test(tc, empty_slices_are_equal_whatever_they_point_to);
	tcase_add_test(tc, comparing);
	tcase_add_test(tc, starts_and_ends);
	tcase_add_test(tc, parts);
	tcase_add_test(tc, trimming);
	tcase_add_loop_test(tc, cutting, 0, COUNT(cuts));
	tcase_add_test(tc, nothing_is_cut_in_one);
	tcase_add_loop_test(tc, decimal_numbers, 0, COUNT(numbers));
	tcase_add_loop_test(tc, ascii_alone_counts, 0, 256);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
