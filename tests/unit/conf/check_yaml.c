#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/yaml.h"
#include "support/config.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct guard guard;

/* "{a:1 b:[2 'c']}": maps, lists, texts; those in quotes in quotes. */
static void
dump(FILE *f, const struct yaml_node *n)
{
	switch (n->kind) {
	case YAML_TEXT:
		fprintf(f, n->is_plain ? "%.*s" : "'%.*s'", SLICE_ARG(n->text));
		break;
	case YAML_LIST:
		fputc('[', f);
		for (size_t i = 0; i < n->count; i++) {
			fputs(i > 0 ? " " : "", f);
			dump(f, n->items[i]);
		}
		fputc(']', f);
		break;
	case YAML_MAP:
		fputc('{', f);
		for (size_t i = 0; i < n->count; i++) {
			fputs(i > 0 ? " " : "", f);
			dump(f, n->keys[i]);
			fputc(':', f);
			dump(f, n->items[i]);
		}
		fputc('}', f);
		break;
	}
}

/* What came of a text: the tree, or what was said. */
static char *
outcome(struct slice yaml)
{
	struct arena arena;
	struct diag d;
	const struct yaml_node *root;
	char *out;
	size_t n;
	FILE *f;

	arena_init(&arena, 4096);
	diag_init(&d);
	root = yaml_load(&arena, "f", yaml, &d);
	ck_assert(root != NULL || d.errors > 0);
	if (d.errors > 0) {
		out = config_said(&d);
	} else {
		f = open_memstream(&out, &n);
		dump(f, root);
		fclose(f);
	}
	diag_clear(&d);
	arena_clear(&arena);
	return out;
}

static const struct {
	const char *name;
	struct slice yaml;
	const char *out;
} documents[] = {
	{ "a map", SLICE("a: b\nc: 'd'\n"), "{a:b c:'d'}" },
	{ "a list", SLICE("- a\n- \"b\"\n- [c, {d: e}]\n"),
	    "[a 'b' [c {d:e}]]" },
	{ "no types", SLICE("[no, 1, 0x1, 1.2, ~, null, 2001-01-01]"),
	    "[no 1 0x1 1.2 ~ null 2001-01-01]" },
	{ "no value", SLICE("a:\nb: x\n"), "{a: b:x}" },
	{ "a key that reads as a boolean", SLICE("no: 1\n"), "{no:1}" },
	{ "a text alone", SLICE("x"), "x" },
	{ "a block text", SLICE("a: |\n  x\n  y\n"), "{a:'x\ny\n'}" },
	{ "a comment", SLICE("# c\na: b # d\n"), "{a:b}" },
	{ "a byte order mark",
	    SLICE("\xef\xbb\xbf"
		  "a: b\n"),
	    "{a:b}" },
	{ "document markers", SLICE("---\na: b\n...\n"), "{a:b}" },
	{ "CR LF", SLICE("a: b\r\nc: d\r\n"), "{a:b c:d}" },
	{ "no new line at the end", SLICE("a: b"), "{a:b}" },
	{ "UTF-8", SLICE("a: \xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\n"),
	    "{a:\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92}" },
	{ "an escape", SLICE("a: \"\\u00e4\"\n"), "{a:'\xc3\xa4'}" },
	{ "an alias", SLICE("a: &x [1, 2]\nb: *x\nc: [*x]\n"),
	    "{a:[1 2] b:[1 2] c:[[1 2]]}" },
	{ "an anchor set twice", SLICE("[&x 1, &x 2, *x]"), "[1 2 2]" },
	{ "<< in quotes", SLICE("'<<': 1\n"), "{'<<':1}" },

	{ "nothing", SLICE(""), "1:1: the file is empty\n" },
	{ "a comment alone", SLICE("# nothing\n"), "1:1: the file is empty\n" },
	{ "a second document", SLICE("a: b\n---\nc: d\n"),
	    "2:1: a second document; only one is read\n" },
	{ "a key twice", SLICE("a: 1\nb: 2\n\"a\": 3\n"),
	    "3:1: the key \"a\" is here twice; the first is in line 1, "
	    "column 1\n" },
	{ "keys twice, all of them", SLICE("{a: 1, a: 2, b: {c: 1, c: 2}}"),
	    "1:8: the key \"a\" is here twice; the first is in line 1, "
	    "column 2\n"
	    "1:24: the key \"c\" is here twice; the first is in line 1, "
	    "column 18\n" },
	{ "a list as a key", SLICE("? [a]\n: b\n"),
	    "1:3: expected a key, found a list\n" },
	{ "a map as a key", SLICE("{{a: b}: c}"),
	    "1:2: expected a key, found a mapping\n" },
	{ "a merge key", SLICE("a: &x {b: c}\nd:\n  <<: *x\n"),
	    "3:3: merge keys (<<) are not supported\n" },
	{ "a directive", SLICE("# c\n%YAML 1.1\n---\na: b\n"),
	    "2:1: a line begins with %; directives are not supported\n" },
	{ "a directive behind a byte order mark",
	    SLICE("\xef\xbb\xbf%TAG ! x\n"),
	    "1:1: a line begins with %; directives are not supported\n" },
	{ "a directive behind CR", SLICE("a: b\r...\r%TAG ! x\r"),
	    "3:1: a line begins with %; directives are not supported\n" },
	{ "lines end with CR LF, CR, LF, LS",
	    SLICE("a\r\n\r\na\ra\na\xe2\x80\xa8\xff"),
	    "6:1: the octet 0xff is not UTF-8\n" },
	{ "a tag", SLICE("a: !!str no\nb: !x [1]\n"),
	    "1:4: tags are not supported; a text can be put in quotes\n"
	    "2:4: tags are not supported; a text can be put in quotes\n" },
	{ "an alias to nothing", SLICE("a: *x\nb: &x 1\n"),
	    "1:4: an alias whose anchor does not come before it\n" },
	{ "an alias to what holds it", SLICE("a: &x [*x]\n"),
	    "1:8: an alias within what it stands for\n" },
	{ "an alias as a key", SLICE("a: &x b\n*x : c\n"),
	    "2:1: an alias cannot be a key\n" },
	{ "a NUL", SLICE("a: b\n\0"), "2:1: a control character (0x00)\n" },
	{ "an escaped NUL", SLICE("a: \"x\\0y\"\n"),
	    "1:4: a NUL within a text\n" },
	{ "a control character", SLICE("a: b\x1b[2J\n"),
	    "1:5: a control character (0x1b)\n" },
	{ "a C1 control character", SLICE("a: \xc2\x85\n"),
	    "1:4: a control character (0x85)\n" },
	{ "Latin-1", SLICE("a: b\nb: \xe4\n"),
	    "2:4: the octet 0xe4 is not UTF-8\n" },
	{ "an overlong form", SLICE("\xc0\xaf"),
	    "1:1: the octet 0xc0 is not UTF-8\n" },
	{ "a surrogate", SLICE("a\xed\xa0\x80"),
	    "1:2: the octet 0xed is not UTF-8\n" },
	{ "beyond Unicode", SLICE("\xf4\x90\x80\x80"),
	    "1:1: the octet 0xf4 is not UTF-8\n" },
	{ "half a character at the end", SLICE("a: \xe2\x82"),
	    "1:4: the octet 0xe2 is not UTF-8\n" },
	{ "UTF-16",
	    SLICE("\xff\xfe"
		  "a\0"),
	    "1:1: the octet 0xff is not UTF-8\n" },
	{ "columns count characters", SLICE("\xc3\xa4\xc3\xa4: \xff"),
	    "1:5: the octet 0xff is not UTF-8\n" },
	{ "a list that does not end", SLICE("a: [b\n"),
	    "2:1: did not find expected ',' or ']', while parsing a flow "
	    "sequence that began in line 1, column 4\n" },
	{ "a bad indentation", SLICE("a:\n    b: 1\n  c: 2\n"),
	    "3:3: did not find expected key, while parsing a block mapping "
	    "that began in line 1, column 1\n" },
	{ "a tab", SLICE("a:\n\tb: 1\n"),
	    "2:1: found character that cannot start any token, while "
	    "scanning for the next token that began in line 2, column 1\n" },
	{ "an earlier mistake is told as well", SLICE("a: 1\na: 2\n}\n"),
	    "2:1: the key \"a\" is here twice; the first is in line 1, "
	    "column 1\n"
	    "3:1: did not find expected key, while parsing a block mapping "
	    "that began in line 1, column 1\n" },
};

START_TEST(test_documents)
{
	char *out = outcome(guard_put(&guard, documents[_i].yaml));

	ck_assert_msg(strcmp(out, documents[_i].out) == 0,
	    "%s: \"%s\", expected \"%s\"", documents[_i].name, out,
	    documents[_i].out);
	free(out);
}
END_TEST

/* A text that is part of a document n times, between a start and an end. */
static char *
repeat(const char *start, const char *part, size_t n, const char *end)
{
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	fputs(start, f);
	for (size_t i = 0; i < n; i++)
		fputs(part, f);
	fputs(end, f);
	fclose(f);
	return out;
}

/* Frees the text; prefix: how the outcome begins. */
static void
check_outcome(char *yaml, const char *prefix)
{
	char *out = outcome(slice_str(yaml));

	ck_assert_msg(strncmp(out, prefix, strlen(prefix)) == 0,
	    "%.100s, expected %s", out, prefix);
	free(out);
	free(yaml);
}

START_TEST(test_depth_is_bounded)
{
	check_outcome(repeat("", "[", 32, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
	    "[[[");
	check_outcome(repeat("", "[", 33, ""), "1:33: more than 32 levels\n");
	check_outcome(repeat("", "[", 100000, ""),
	    "1:33: more than 32 levels\n");
	check_outcome(repeat("", "- ", 50000, ""),
	    "1:65: more than 32 levels\n");
	check_outcome(repeat("", "{a: ", 33, ""),
	    "1:129: more than 32 levels\n");
}
END_TEST

START_TEST(test_depth_is_bounded_with_aliases)
{
	/* sixteen levels, then an alias to seventeen */
	check_outcome(mem_strdup("- &x [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n"
				 "- [[[[[[[[[[[[[[*x]]]]]]]]]]]]]]\n"),
	    "[[[[");
	check_outcome(mem_strdup("- &x [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n"
				 "- [[[[[[[[[[[[[[[*x]]]]]]]]]]]]]]]\n"),
	    "2:18: more than 32 levels, counting aliases\n");
}
END_TEST

START_TEST(test_size_is_bounded)
{
	check_outcome(repeat("[", "a,", YAML_NODES_MAX - 1, "]"), "[a a");
	check_outcome(repeat("[", "a,", YAML_NODES_MAX, "]"),
	    "1:400000: more than 200000 values\n");
	check_outcome(repeat("# ", "x", YAML_BYTES_MAX - 1, ""),
	    "1:1: the file has 4194305 octets; at most 4194304 are read\n");
}
END_TEST

/* A billion laughs: each line is ten times the one before. */
START_TEST(test_aliases_do_not_multiply)
{
	check_outcome(mem_strdup("- &a [l,l,l,l,l,l,l,l,l,l]\n"
				 "- &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
				 "- &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
				 "- &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
				 "- &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
				 "- &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
				 "- &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
				 "- &h [*g,*g,*g,*g,*g,*g,*g,*g,*g,*g]\n"
				 "- &i [*h,*h,*h,*h,*h,*h,*h,*h,*h,*h]\n"),
	    "6:3: more than 200000 values, counting aliases\n");
}
END_TEST

START_TEST(test_nodes_know_where_they_stand)
{
	struct slice yaml = SLICE("a: b\n\xc3\xa4:\n  - c\n  - {d: 'e'}\n");
	const struct yaml_node *root, *list;
	struct arena arena;
	struct diag d;

	arena_init(&arena, 4096);
	diag_init(&d);
	root = yaml_load(&arena, "f", yaml, &d);
	ck_assert_ptr_nonnull(root);
	ck_assert_str_eq(root->at.file, "f");
	ck_assert_uint_eq(root->at.line, 1);
	ck_assert_uint_eq(root->items[0]->at.column, 4);
	ck_assert_ptr_eq(yaml_get(root, "a"), root->items[0]);
	ck_assert_ptr_null(yaml_get(root, "b"));
	list = yaml_get(root, "\xc3\xa4");
	ck_assert_ptr_null(yaml_get(list, "a"));
	ck_assert_uint_eq(root->keys[1]->at.line, 2);
	ck_assert_uint_eq(list->items[1]->at.line, 4);
	ck_assert_uint_eq(list->items[1]->at.column, 5);
	ck_assert_uint_eq(yaml_get(list->items[1], "d")->at.column, 9);
	ck_assert_uint_eq(root->size, 1 + 2 + 2 + 1 + 1 + 2);
	ck_assert_uint_eq(root->height, 4);
	diag_clear(&d);
	arena_clear(&arena);
}
END_TEST

static const struct {
	const char *yaml;
	const char *text;
	bool is_null;
} values[] = {
	{ "[]", "a list", false },
	{ "{}", "a mapping", false },
	{ "---\n", "nothing", true },
	{ "~", "nothing", true },
	{ "null", "nothing", true },
	{ "'null'", "\"null\"", false },
	{ "''", "\"\"", false },
	{ "a b", "\"a b\"", false },
	/* cut at 60 octets, and not within a character */
	{ "0123456789012345678901234567890123456789012345678901234567890",
	    "\"012345678901234567890123456789012345678901234567890123456789\""
	    "...",
	    false },
	{ "01234567890123456789012345678901234567890123456789012345678"
	  "\xc3\xa4",
	    "\"01234567890123456789012345678901234567890123456789012345678\""
	    "...",
	    false },
};

START_TEST(test_values_are_described)
{
	char text[YAML_DESCRIBE_MAX];
	const struct yaml_node *n;
	struct arena arena;
	struct diag d;

	arena_init(&arena, 4096);
	diag_init(&d);
	n = yaml_load(&arena, "f", slice_str(values[_i].yaml), &d);
	ck_assert_ptr_nonnull(n);
	ck_assert_str_eq(yaml_describe(n, text), values[_i].text);
	ck_assert(yaml_is_null(n) == values[_i].is_null);
	arena_clear(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml");
	TCase *t = tcase_create("yaml");
	SRunner *r = srunner_create(s);
	int failed;

	guard_init(&guard, 1024);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_documents, 0, COUNT(documents));
	tcase_add_test(t, test_depth_is_bounded);
	tcase_add_test(t, test_depth_is_bounded_with_aliases);
	tcase_add_test(t, test_size_is_bounded);
	tcase_add_test(t, test_aliases_do_not_multiply);
	tcase_add_test(t, test_nodes_know_where_they_stand);
	tcase_add_loop_test(t, test_values_are_described, 0, COUNT(values));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	guard_clear(&guard);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
