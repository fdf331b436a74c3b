#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "net/name.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "abc"
/* 4 * 63 + 3 dots = 255 octets; without two of them 253 */
#define N253 L63 "." L63 "." L63 "." L60 "a"

static struct guard guard;

/* The names of identities: tests bear the IDs of the requirements. */
static const struct {
	const char *id;
	struct slice name;
	bool wildcard;
	enum name_flaw flaw;
} syntax[] = {
	{ "", SLICE("web.corp.example"), false, NAME_OK },
	{ "", SLICE("a"), false, NAME_OK },
	{ "", SLICE("A-1.B_2.C"), false, NAME_OK },
	{ "", SLICE("_srv.corp"), false, NAME_OK },
	{ "", SLICE("3com.example"), false, NAME_OK },
	{ "", SLICE("10.corp"), false, NAME_OK },
	{ "", SLICE("0xfg"), false, NAME_OK },
	{ "ID-6", SLICE("xn--bcher-kva.example"), false, NAME_OK },
	{ "ID-6", SLICE("XN--BCHER-KVA.EXAMPLE"), false, NAME_OK },
	{ "ID-6",
	    SLICE("b\xc3\xbc"
		  "cher.example"),
	    false, NAME_OCTET },
	{ "ID-7", SLICE("*.corp.example"), true, NAME_OK },
	{ "ID-7", SLICE("*.corp.example"), false, NAME_WILDCARD },
	{ "ID-7", SLICE("f*.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("*f.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("a.*.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("*.*.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("corp.example.*"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("xn--*.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("**.corp.example"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("*"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("*.corp"), true, NAME_WILDCARD },
	{ "ID-7", SLICE("*."), true, NAME_LABEL_EMPTY },
	{ "ID-12", SLICE("10.0.0.1"), false, NAME_IS_IP },
	{ "ID-12", SLICE("10.1"), false, NAME_IS_IP },
	{ "ID-12", SLICE("2130706433"), false, NAME_IS_IP },
	{ "ID-12", SLICE("0x7f000001"), false, NAME_IS_IP },
	{ "ID-12", SLICE("a.0x7F"), false, NAME_IS_IP },
	{ "ID-12", SLICE("1.2.3.4.5"), false, NAME_IS_IP },
	{ "ID-12", SLICE("*.0.0.1"), true, NAME_IS_IP },
	{ "ID-12", SLICE("::1"), false, NAME_OCTET },
	{ "ID-12", SLICE("[::1]"), false, NAME_OCTET },
	{ "ID-20", SLICE(""), false, NAME_EMPTY },
	{ "ID-20", SLICE("web\0.corp"), false, NAME_OCTET },
	{ "ID-20", SLICE("web.corp\0"), false, NAME_OCTET },
	{ "ID-20", SLICE("web\n.corp"), false, NAME_OCTET },
	{ "ID-20", SLICE(" "), false, NAME_OCTET },
	{ "ID-20", SLICE("web.corp "), false, NAME_OCTET },
	{ "ID-20", SLICE("web%00.corp"), false, NAME_OCTET },
	{ "ID-20", SLICE("web\x7f.corp"), false, NAME_OCTET },
	{ "ID-20", SLICE(".web.corp"), false, NAME_LABEL_EMPTY },
	{ "ID-20", SLICE("web..corp"), false, NAME_LABEL_EMPTY },
	{ "ID-20", SLICE("."), false, NAME_LABEL_EMPTY },
	{ "ID-20", SLICE(L63 ".corp"), false, NAME_OK },
	{ "ID-20", SLICE(L63 "d.corp"), false, NAME_LABEL_LONG },
	{ "ID-20", SLICE("-web.corp"), false, NAME_LABEL_HYPHEN },
	{ "ID-20", SLICE("web-.corp"), false, NAME_LABEL_HYPHEN },
	{ "ID-20", SLICE(N253), false, NAME_OK },
	{ "ID-20", SLICE(N253 "b"), false, NAME_LONG },
	{ "ID-21", SLICE("web.corp."), false, NAME_LABEL_EMPTY },
};

START_TEST(test_syntax)
{
	struct slice in = guard_put(&guard, syntax[_i].name);
	enum name_flaw flaw = name_check(in, syntax[_i].wildcard);

	ck_assert_msg(flaw == syntax[_i].flaw, "%s \"%s\": %s", syntax[_i].id,
	    syntax[_i].name.p, name_flaw_text(flaw));
}
END_TEST

static const struct {
	const char *id;
	struct slice pattern;
	struct slice name;
	bool matches;
} match[] = {
	{ "ID-5", SLICE("web.corp"), SLICE("web.corp"), true },
	{ "ID-5", SLICE("web.corp"), SLICE("WEB.Corp"), true },
	{ "ID-5", SLICE("web.corp"), SLICE("web.corps"), false },
	{ "ID-5", SLICE("web.corp"), SLICE("corp.web"), false },
	{ "ID-5", SLICE("web.corp"), SLICE("web-corp"), false },
	{ "ID-5", SLICE("web.corp"), SLICE("a.web.corp"), false },
	{ "ID-5", SLICE("web.corp"), SLICE("web.corp\0.evil"), false },
	/* only ASCII letters have a case: 0x40 and 0x60 differ by that bit */
	{ "ID-5", SLICE("a@.corp"), SLICE("a`.corp"), false },
	{ "ID-5", SLICE("\xc3\x84.corp"), SLICE("\xc3\xa4.corp"), false },
	{ "ID-6", SLICE("xn--bcher-kva.corp"), SLICE("XN--bcher-KVA.corp"),
	    true },
	{ "ID-8", SLICE("*.corp"), SLICE("a.corp"), true },
	{ "ID-8", SLICE("*.corp"), SLICE("A.CORP"), true },
	{ "ID-8", SLICE("*.corp"), SLICE("corp"), false },
	{ "ID-8", SLICE("*.corp"), SLICE(".corp"), false },
	{ "ID-8", SLICE("*.corp"), SLICE("a.b.corp"), false },
	{ "ID-8", SLICE("*.b.corp"), SLICE("a.corp"), false },
	{ "ID-8", SLICE("*.corp"), SLICE(""), false },
	{ "ID-8", SLICE("*.corp"), SLICE("a.corp."), false },
	{ "ID-8", SLICE("*.corp"), SLICE("*.corp"), false },
	{ "ID-8", SLICE("*"), SLICE("corp"), false },
	{ "ID-21", SLICE("web.corp"), SLICE("web.corp."), false },
};

START_TEST(test_match)
{
	struct slice in = guard_put(&guard, match[_i].name);

	ck_assert_msg(name_matches(match[_i].pattern, in) == match[_i].matches,
	    "%s \"%s\" and \"%s\"", match[_i].id, match[_i].pattern.p,
	    match[_i].name.p);
}
END_TEST

START_TEST(test_every_flaw_has_a_text)
{
	for (enum name_flaw f = NAME_OK; f <= NAME_WILDCARD; f++)
		ck_assert_str_ne(name_flaw_text(f), "?");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("name");
	TCase *t = tcase_create("name");
	SRunner *r = srunner_create(s);
	int failed;

	guard_init(&guard, 512);
	tcase_add_loop_test(t, test_syntax, 0, COUNT(syntax));
	tcase_add_loop_test(t, test_match, 0, COUNT(match));
	tcase_add_test(t, test_every_flaw_has_a_text);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	guard_clear(&guard);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
