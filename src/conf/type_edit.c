/*
 * type_edit -- what a route changes of what passes: of the path, of fields.
 */
#include "conf/schema.h"
#include "http/field.h"

#define VALUE_MAX 4096 /* octets of a field that is set */

static bool
read_name(const struct schema_in *in, const struct yaml_node *node,
    struct conf_header *h)
{
	h->at = node->at;
	if (node->kind != YAML_TEXT || !http_is_token(node->text)) {
		schema_expected(in, node,
		    "the name of a header field such as X-Team");
		return false;
	}
	h->name = arena_copy(in->arena, node->text);
	return true;
}

static void
header_name_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	(void)row;
	(void)read_name(in, node, base);
}

static void
header_name_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_header *h = base;

	schema_write_text(out, row, h->name);
}

const struct schema_type type_header_name = {
	.what = "the name of a header field such as X-Team",
	.read = header_name_read,
	.write = header_name_write,
};

static void
read_value(const struct schema_in *in, const struct yaml_node *node,
    struct conf_header *h)
{
	if (node->kind == YAML_TEXT && !yaml_is_null(node) &&
	    node->text.n <= VALUE_MAX && http_is_field_value(node->text))
		h->value = arena_copy(in->arena, node->text);
	else
		schema_expected(in, node,
		    "the value of a header field, in one line, of at most "
		    "4096 octets");
}

static void
header_map_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_headers *headers = base;

	if (node->kind != YAML_MAP && !yaml_is_null(node)) {
		schema_expected(in, node, row->type->what);
		return;
	}
	headers->set = arena_array(in->arena, node->count,
	    sizeof(*headers->set));
	for (size_t i = 0; i < node->count; i++) {
		struct conf_header *h = &headers->set[headers->set_count++];

		if (read_name(in, node->keys[i], h))
			read_value(in, node->items[i], h);
	}
}

static void
header_map_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_headers *headers = base;

	if (headers->set_count == 0)
		return;
	schema_write_key(out, row);
	out->depth++;
	for (size_t i = 0; i < headers->set_count; i++)
		schema_write_pair(out, headers->set[i].name,
		    headers->set[i].value);
	out->depth--;
}

const struct schema_type type_header_map = {
	.what = "a mapping from names of header fields to values",
	.read = header_map_read,
	.write = header_map_write,
};

static void
edit_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	schema_read_group(in, row->group, node, schema_field(row, base));
}

static void
headers_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_headers *headers = schema_field_const(row, base);

	if (headers->set_count + headers->removed_count > 0)
		type_group.write(out, row, base);
}

const struct schema_type type_headers = {
	.what = "a mapping with set_headers, remove_headers",
	.read = edit_read,
	.write = headers_write,
};

static void
rewrite_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_rewrite *rewrite = schema_field_const(row, base);

	if (rewrite->strip.n + rewrite->add.n > 0)
		type_group.write(out, row, base);
}

const struct schema_type type_rewrite = {
	.what = "a mapping with strip_prefix, add_prefix",
	.read = edit_read,
	.write = rewrite_write,
};
