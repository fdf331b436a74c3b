/*
 * type_word -- values of one word: booleans, numbers with their units, words
 * out of a list, texts.
 */
#include <inttypes.h>
#include <string.h>

#include "conf/schema.h"

/* The longest "from 1 to 18446744073709551615" and the words around it. */
#define WHAT_MAX 256

/* What a number may be followed by; the largest first, and what may follow
 * nothing ("") last. */
struct unit {
	const char *suffix; /* NULL ends the list */
	uint64_t factor;
};

static const struct unit unit_none[] = { { "", 1 }, { 0 } };
static const struct unit unit_size[] = {
	{ "GiB", UINT64_C(1) << 30 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "", 1 },
	{ 0 },
};
static const struct unit unit_ms[] = {
	{ "h", 3600 * 1000 },
	{ "m", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ 0 },
};

/* Digits without a leading zero, then a unit. */
static bool
parse_number(struct slice s, const struct unit *units, uint64_t *out)
{
	size_t digits = 0;
	struct slice suffix;

	while (digits < s.n && ascii_is_digit(s.p[digits]))
		digits++;
	if ((digits > 1 && s.p[0] == '0') ||
	    !slice_u64(slice_first(s, digits), out))
		return false;
	suffix = slice_skip(s, digits);
	for (; units->suffix != NULL; units++) {
		if (!slice_eq(suffix, slice_str(units->suffix)))
			continue;
		if (*out > UINT64_MAX / units->factor)
			return false;
		*out *= units->factor;
		return true;
	}
	return false;
}

#define NUMBER_MAX 32

/* In the largest unit that leaves no rest. */
static const char *
format_number(const struct unit *units, uint64_t v, char out[NUMBER_MAX])
{
	while (units[1].suffix != NULL && (v == 0 || v % units->factor != 0))
		units++;
	snprintf(out, NUMBER_MAX, "%" PRIu64 "%s", v / units->factor,
	    units->suffix);
	return out;
}

static const struct unit *
units_of(const struct schema_row *row)
{
	if (row->type == &type_uint)
		return unit_none;
	return row->type == &type_size ? unit_size : unit_ms;
}

_Static_assert(sizeof(size_t) == 8, "a size and a duration are as wide");

static void
put_number(const struct schema_row *row, void *base, uint64_t v)
{
	unsigned narrow = (unsigned)v;

	if (row->type == &type_uint)
		memcpy(schema_field(row, base), &narrow, sizeof(narrow));
	else
		memcpy(schema_field(row, base), &v, sizeof(v));
}

static uint64_t
get_number(const struct schema_row *row, const void *base)
{
	unsigned narrow;
	uint64_t v;

	if (row->type == &type_uint) {
		memcpy(&narrow, schema_field_const(row, base), sizeof(narrow));
		return narrow;
	}
	memcpy(&v, schema_field_const(row, base), sizeof(v));
	return v;
}

static void
number_expected(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node)
{
	const struct unit *units = units_of(row);
	char what[WHAT_MAX], min[NUMBER_MAX], max[NUMBER_MAX];

	snprintf(what, sizeof(what), "%s%s%s, from %s to %s",
	    row->zero != NULL ? row->zero : "", row->zero != NULL ? " or " : "",
	    row->type->what, format_number(units, row->min, min),
	    format_number(units, row->max, max));
	schema_expected(in, node, what);
}

static bool
parse_row(const struct schema_row *row, struct slice text, uint64_t *v)
{
	if (row->zero != NULL && slice_eq(text, slice_str(row->zero))) {
		*v = 0;
		return true;
	}
	return parse_number(text, units_of(row), v) && *v >= row->min &&
	    *v <= row->max;
}

static void
number_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	uint64_t v;

	if (node->kind == YAML_TEXT && parse_row(row, node->text, &v))
		put_number(row, base, v);
	else
		number_expected(in, row, node);
}

static void
number_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	uint64_t v = get_number(row, base);
	char word[NUMBER_MAX];

	schema_write_word(out, row,
	    v == 0 && row->zero != NULL ?
		row->zero :
		format_number(units_of(row), v, word));
}

static void
number_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	(void)in;
	put_number(row, base, row->def);
}

const struct schema_type type_uint = {
	.what = "a whole number",
	.read = number_read,
	.write = number_write,
	.preset = number_preset,
};

const struct schema_type type_size = {
	.what = "a size such as 16KiB",
	.read = number_read,
	.write = number_write,
	.preset = number_preset,
};

const struct schema_type type_ms = {
	.what = "a duration with its unit, such as 5s",
	.read = number_read,
	.write = number_write,
	.preset = number_preset,
};

/* Words for numbers: YAML 1.1's booleans, and what a row lists. */

static const struct schema_word bool_words[] = {
	{ "true", 1 },
	{ "false", 0 },
	{ "yes", 1 },
	{ "no", 0 },
	{ "on", 1 },
	{ "off", 0 },
	{ 0 },
};

static void
bool_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	bool *field = schema_field(row, base);

	for (const struct schema_word *w = bool_words;
	     w->word != NULL && node->kind == YAML_TEXT; w++) {
		if (slice_caseeq(node->text, slice_str(w->word))) {
			*field = w->value != 0;
			return;
		}
	}
	schema_expected(in, node, row->type->what);
}

static void
bool_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const bool *field = schema_field_const(row, base);

	schema_write_word(out, row, *field ? "true" : "false");
}

static void
bool_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	bool *field = schema_field(row, base);

	(void)in;
	*field = row->def != 0;
}

const struct schema_type type_bool = {
	.what = "true or false",
	.read = bool_read,
	.write = bool_write,
	.preset = bool_preset,
};

_Static_assert(sizeof(enum log_level) == sizeof(int), "enums are ints");

static void
enum_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	char what[WHAT_MAX] = "one of ";
	size_t n = strlen(what);

	for (const struct schema_word *w = row->words; w->word != NULL; w++) {
		if (node->kind == YAML_TEXT &&
		    slice_eq(node->text, slice_str(w->word))) {
			memcpy(schema_field(row, base), &w->value,
			    sizeof(w->value));
			return;
		}
		if (n < sizeof(what))
			n += (size_t)snprintf(what + n, sizeof(what) - n,
			    "%s%s", w == row->words ? "" : ", ", w->word);
	}
	schema_expected(in, node, what);
}

static void
enum_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	int value;

	memcpy(&value, schema_field_const(row, base), sizeof(value));
	for (const struct schema_word *w = row->words; w->word != NULL; w++)
		if (w->value == value)
			schema_write_text(out, row, slice_str(w->word));
}

static void
enum_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	int value = (int)row->def;

	(void)in;
	memcpy(schema_field(row, base), &value, sizeof(value));
}

const struct schema_type type_enum = {
	.what = "one of a few words",
	.read = enum_read,
	.write = enum_write,
	.preset = enum_preset,
};

/* Two words for false and true, where a bool needs better ones than these. */

static void
choice_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	bool *field = schema_field(row, base);
	const struct schema_row number = { .words = row->words };
	int value = *field;

	enum_read(in, &number, node, &value);
	*field = value != 0;
}

static void
choice_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const bool *field = schema_field_const(row, base);

	for (const struct schema_word *w = row->words; w->word != NULL; w++)
		if ((w->value != 0) == *field)
			schema_write_text(out, row, slice_str(w->word));
}

const struct schema_type type_choice = {
	.what = "one of two words",
	.read = choice_read,
	.write = choice_write,
	.preset = bool_preset,
};
