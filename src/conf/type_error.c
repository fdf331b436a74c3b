/*
 * type_error -- for which statuses an error page stands.
 */
#include <stdio.h>

#include "conf/schema.h"

#define ERROR_MIN 400
#define ERROR_MAX 599

static void
error_status_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	unsigned *field = schema_field(row, base);
	uint64_t n;

	if (node->kind == YAML_TEXT && slice_eq(node->text, SL("4xx")))
		*field = 4;
	else if (node->kind == YAML_TEXT && slice_eq(node->text, SL("5xx")))
		*field = 5;
	else if (node->kind == YAML_TEXT && slice_u64(node->text, &n) &&
	    n >= ERROR_MIN && n <= ERROR_MAX)
		*field = (unsigned)n;
	else
		schema_expected(in, node, row->type->what);
}

static void
error_status_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const unsigned *field = schema_field_const(row, base);
	char word[16];

	snprintf(word, sizeof(word), *field < ERROR_MIN ? "%uxx" : "%u",
	    *field);
	schema_write_word(out, row, word);
}

const struct schema_type type_error_status = {
	.what = "a status from 400 to 599, or 4xx, or 5xx",
	.read = error_status_read,
	.write = error_status_write,
};
