/*
 * type_text -- values that are texts: for us, for OpenSSL, for HTTP.
 */
#include <string.h>

#include "conf/schema.h"
#include "http/field.h"

/* A text of the length that the row asks for. */
static bool
check_text(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node)
{
	char what[96];

	if (node->kind == YAML_TEXT && node->text.n >= row->min &&
	    node->text.n <= row->max)
		return true;
	snprintf(what, sizeof(what), "%s, of %zu to %zu octets",
	    row->type->what, (size_t)row->min, (size_t)row->max);
	if (node->kind == YAML_TEXT && node->text.n > row->max)
		diag_error(in->diag, node->at,
		    "expected %s, found one of %zu octets", what, node->text.n);
	else
		schema_expected(in, node, what);
	return false;
}

static bool
is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

static void
string_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	const char **field = schema_field(row, base);

	if (!check_text(in, row, node))
		return;
	if (row->type == &type_token ? !http_is_token(node->text) :
				       !is_printable(node->text)) {
		schema_expected(in, node, row->type->what);
		return;
	}
	*field = arena_str(in->arena, node->text);
}

static void
string_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const char *const *field = schema_field_const(row, base);

	if (*field != NULL)
		schema_write_text(out, row, slice_str(*field));
}

static void
string_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	const char **field = schema_field(row, base);

	(void)in;
	*field = row->text;
}

const struct schema_type type_string = {
	.what = "a text of printable ASCII",
	.read = string_read,
	.write = string_write,
	.preset = string_preset,
};

const struct schema_type type_token = {
	.what = "a word of letters, digits and \"-._~\"",
	.read = string_read,
	.write = string_write,
	.preset = string_preset,
};

static void
text_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct slice *field = schema_field(row, base);

	if (check_text(in, row, node))
		*field = arena_copy(in->arena, node->text);
}

static void
text_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct slice *field = schema_field_const(row, base);

	schema_write_text(out, row, *field);
}

static void
text_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	struct slice *field = schema_field(row, base);

	(void)in;
	*field = slice_str(row->text);
}

const struct schema_type type_text = {
	.what = "a text",
	.read = text_read,
	.write = text_write,
	.preset = text_preset,
};
