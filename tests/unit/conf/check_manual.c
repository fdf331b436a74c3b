/*
 * Whether man/sallyport.yaml.5 and the schema say the same: a section for each
 * group, an item for each key, no other, with range, words and default; and
 * whether the manual's examples load.  Runs at the top of the tree.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "conf/schema.h"
#include "support/config.h"

#define MANUAL     "man/sallyport.yaml.5"
#define GROUPS_MAX 32

static struct arena arena;
static struct slice manual;
static const struct schema_group *groups[GROUPS_MAX];
static size_t group_count;

/* Every group below this one, each once. */
static void
collect(const struct schema_group *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < group_count; i++)
		if (groups[i] == g)
			return;
	ck_assert_uint_lt(group_count, GROUPS_MAX);
	groups[group_count++] = g;
	for (const struct schema_row *r = g->rows; r->type != NULL; r++) {
		collect(r->group);
		if (r->elem != NULL)
			collect(r->elem->group);
	}
}

static void
setup(void)
{
	static char text[256 * 1024];
	FILE *f = fopen(MANUAL, "r");

	ck_assert_msg(f != NULL, "cannot read " MANUAL);
	manual = slice_of(text, fread(text, 1, sizeof(text), f));
	fclose(f);
	ck_assert_uint_lt(manual.n, sizeof(text));
	arena_init(&arena, 4096);
	group_count = 0;
	collect(&schema_conf);
}

static void
teardown(void)
{
	arena_clear(&arena);
}

/* Whether a line is the macro, and what follows it. */
static bool
is_macro(struct slice line, const char *macro, struct slice *rest)
{
	if (!slice_starts(line, slice_str(macro)))
		return false;
	*rest = slice_trim(slice_skip(line, strlen(macro)), " ");
	return true;
}

/* The lines from after `.Ss title` up to the next section. */
static struct slice
section(const char *title)
{
	struct slice rest = manual, line, what, out = { 0 };
	bool at_end = false, is_in = false;

	while (slice_cut(&rest, '\n', &line, &at_end)) {
		if (is_macro(line, ".Ss", &what) ||
		    is_macro(line, ".Sh", &what)) {
			if (is_in)
				break;
			is_in = slice_eq(what, slice_str(title));
			out = slice_of(rest.p, 0);
		} else if (is_in) {
			out.n = (size_t)(line.p + line.n - out.p);
		}
	}
	ck_assert_msg(is_in, "no section \"%s\"", title);
	return out;
}

/* The next `.It Ic key` of a section, with what is said of it. */
static bool
next_item(struct slice *rest, struct slice *key, struct slice *text)
{
	struct slice line, other;
	bool at_end = rest->n == 0;

	key->n = 0;
	while (!at_end) {
		struct slice before = *rest;

		slice_cut(rest, '\n', &line, &at_end);
		if (is_macro(line, ".It Ic", &other)) {
			if (key->n > 0) {
				*rest = before;
				break;
			}
			*key = other;
			key->n = strcspn(other.p, " \n");
			*text = *rest;
		}
	}
	if (key->n > 0)
		text->n = (size_t)(rest->p - text->p);
	return key->n > 0;
}

/* Without white space and escapes, so that lines may break anywhere. */
static const char *
squeeze(struct slice s)
{
	char *out = arena_bytes(&arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\n' && s.p[i] != '\\')
			out[n++] = s.p[i];
	out[n] = '\0';
	return out;
}

static void
check_says(const char *key, struct slice text, struct slice what)
{
	ck_assert_msg(strstr(squeeze(text), squeeze(what)) != NULL,
	    "the manual does not say \"%.*s\" at %s", SLICE_ARG(what), key);
}

/* What a row dumps when its key is absent: "10s"; empty: nothing. */
static struct slice
default_of(const struct schema_group *g, const struct schema_row *row)
{
	const struct schema_in in = { .arena = &arena, .file = "f" };
	void *base = arena_new(&arena, g->size);
	struct schema_out out = { 0 };
	struct slice text = { 0 };
	char *dump;
	size_t n;

	if (row->type->preset == NULL || row->type == &type_group)
		return (struct slice) { 0 };
	row->type->preset(&in, row, base);
	out.f = open_memstream(&dump, &n);
	row->type->write(&out, row, base);
	fclose(out.f);
	text = n == 0 ? text :
			slice_trim(slice_str(strchr(dump, ':') + 1), " \n\"");
	text = arena_copy(&arena, text);
	free(dump);
	return text;
}

/* "100ms to 10m", out of what a mistake is told. */
static struct slice
range_of(const struct schema_group *g, const struct schema_row *row)
{
	struct slice wrong = SLICE("[]");
	struct slice text = { 0 };
	struct schema_in in = { .arena = &arena, .file = "f" };
	void *base = arena_new(&arena, g->size);
	const char *from, *to;
	struct diag d;

	if (row->type != &type_uint && row->type != &type_size &&
	    row->type != &type_ms)
		return text;
	diag_init(&d);
	in.diag = &d;
	row->type->read(&in, row, yaml_load(&arena, "f", wrong, &d), base);
	ck_assert_uint_eq(d.count, 1);
	from = strstr(d.entries[0].message, "from ");
	to = strstr(from, ", found");
	from += strlen("from ");
	text = arena_copy(&arena, slice_of(from, (size_t)(to - from)));
	diag_clear(&d);
	return text;
}

static void
check_item(const struct schema_group *g, const struct schema_row *row,
    struct slice text)
{
	check_says(row->key, text, range_of(g, row));
	check_says(row->key, text, default_of(g, row));
	if (row->zero != NULL)
		check_says(row->key, text, slice_str(row->zero));
	for (const struct schema_word *w = row->words;
	     w != NULL && w->word != NULL; w++)
		check_says(row->key, text, slice_str(w->word));
}

static const struct schema_row *
find_row(const struct schema_group *g, struct slice key)
{
	for (const struct schema_row *r = g->rows; r->type != NULL; r++)
		if (slice_eq(slice_str(r->key), key))
			return r;
	return NULL;
}

START_TEST(test_keys_ranges_and_defaults_agree)
{
	for (size_t i = 0; i < group_count; i++) {
		struct slice rest = section(groups[i]->title), key, text;
		const struct schema_row *expected = groups[i]->rows;

		for (; next_item(&rest, &key, &text); expected++) {
			ck_assert_msg(find_row(groups[i], key) != NULL,
			    "no key \"%.*s\" in %s", SLICE_ARG(key),
			    groups[i]->name);
			/* in the order of the table: none is missing */
			ck_assert_msg(expected->type != NULL &&
				slice_eq(slice_str(expected->key), key),
			    "%s: \"%s\" is not where it belongs in \"%s\"",
			    groups[i]->name, expected->key, groups[i]->title);
			check_item(groups[i], expected, text);
		}
		ck_assert_msg(expected->type == NULL,
		    "\"%s\" is not in the section \"%s\"", expected->key,
		    groups[i]->title);
	}
}
END_TEST

/* Each row has what messages and -T take from it. */
START_TEST(test_rows_are_whole)
{
	ck_assert_uint_ge(group_count, 13);
	for (size_t i = 0; i < group_count; i++) {
		ck_assert_ptr_nonnull(groups[i]->name);
		ck_assert_uint_gt(groups[i]->size, 0);
		for (const struct schema_row *r = groups[i]->rows;
		     r->type != NULL; r++) {
			ck_assert_msg(r->doc != NULL && r->doc[0] != '\0', "%s",
			    r->key);
			ck_assert_ptr_nonnull(r->type->read);
			ck_assert_ptr_nonnull(r->type->write);
			ck_assert_ptr_nonnull(r->type->what);
			ck_assert_uint_lt(r->offset, groups[i]->size);
			ck_assert_uint_lt(r->count, groups[i]->size);
			if (r->elem != NULL)
				ck_assert_uint_gt(r->elem->size, 0);
		}
	}
}
END_TEST

/* A literal block that is a whole configuration, unescaped; NULL: no more. */
static char *
next_example(struct slice *rest)
{
	struct slice line, what;
	bool at_end = rest->n == 0, is_in = false;
	char *out;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	while (!at_end) {
		slice_cut(rest, '\n', &line, &at_end);
		if (is_macro(line, ".Ed", &what) && is_in)
			break;
		if (slice_starts(line, SL("listeners:")) ||
		    slice_starts(line, SL("workers:")))
			is_in = true;
		if (is_in)
			fprintf(f, "%.*s\n", SLICE_ARG(line));
	}
	fclose(f);
	if (n > 0)
		return out;
	free(out);
	return NULL;
}

START_TEST(test_examples_load)
{
	static const char *const files[] = { "tls/api.pem", "tls/api.key",
		"tls/clients-ca.pem", "tls/clients.crl" };
	struct slice rest = manual;
	int count = 0;
	char *yaml;

	for (; (yaml = next_example(&rest)) != NULL; count++) {
		struct bundle *b = bundle_from_memory("/t/c.yaml",
		    slice_str(yaml));
		struct conf *conf;
		struct diag d;
		char *said;

		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			bundle_add(b, files[i], SL("x"));
		diag_init(&d);
		conf_load(b, &d, &conf);
		said = config_said(&d);
		ck_assert_str_eq(said, "");
		free(said);
		conf_free(conf);
		diag_clear(&d);
		bundle_free(b);
		free(yaml);
	}
	ck_assert_int_ge(count, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_keys_ranges_and_defaults_agree);
	tcase_add_test(t, test_rows_are_whole);
	tcase_add_test(t, test_examples_load);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
