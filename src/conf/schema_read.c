#include "conf/schema.h"

#include <string.h>

#include "conf/near.h"

#define KEYS_MAX     512 /* octets of a list of keys in a message */
#define MISSPELT_MAX 8   /* in one mapping; more are told of twice */

void *
schema_field(const struct schema_row *row, void *base)
{
	return (char *)base + row->offset;
}

const void *
schema_field_const(const struct schema_row *row, const void *base)
{
	return (const char *)base + row->offset;
}

void
schema_expected(const struct schema_in *in, const struct yaml_node *node,
    const char *what)
{
	char found[YAML_DESCRIBE_MAX];

	diag_error(in->diag, node->at, "expected %s, found %s", what,
	    yaml_describe(node, found));
}

bool
schema_is_text(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node)
{
	if (node->kind == YAML_TEXT && !yaml_is_null(node))
		return true;
	schema_expected(in, node, row->type->what);
	return false;
}

static const struct schema_row *
find_row(const struct schema_group *group, struct slice key)
{
	for (const struct schema_row *r = group->rows; r->type != NULL; r++)
		if (slice_eq(slice_str(r->key), key))
			return r;
	return NULL;
}

/* "path, methods, allow": every key of the group, cut where out ends. */
static const char *
list_keys(const struct schema_group *group, char *out, size_t max)
{
	size_t n = 0;

	out[0] = '\0';
	for (const struct schema_row *r = group->rows; r->type != NULL; r++) {
		int len = snprintf(out + n, max - n, "%s%s", n > 0 ? ", " : "",
		    r->key);

		if (len < 0 || (size_t)len >= max - n)
			break;
		n += (size_t)len;
	}
	return out;
}

/* Says so, and which key was meant: that one is not missing then.  NULL: none
 * is near. */
static const struct schema_row *
unknown_key(const struct schema_in *in, const struct schema_group *group,
    const struct yaml_node *key)
{
	char what[YAML_DESCRIBE_MAX], known[KEYS_MAX];
	struct near near;

	near_init(&near, key->text);
	for (const struct schema_row *r = group->rows; r->type != NULL; r++)
		near_try(&near, slice_str(r->key));
	if (near.best.n > 0)
		diag_error(in->diag, key->at,
		    "unknown key %s; did you mean \"%.*s\"?",
		    yaml_describe(key, what), SLICE_ARG(near.best));
	else
		diag_error(in->diag, key->at,
		    "unknown key %s; the keys of %s are %s",
		    yaml_describe(key, what), group->name,
		    list_keys(group, known, sizeof(known)));
	return find_row(group, near.best);
}

static void
missing_key(const struct schema_in *in, const struct schema_group *group,
    const struct schema_row *row, const struct yaml_node *node)
{
	if (row->missing != NULL)
		diag_error(in->diag, node->at, "%s", row->missing);
	else
		diag_error(in->diag, node->at, "%s needs the key \"%s\": %s",
		    group->name, row->key, row->doc);
}

/* Where the value stands; a default stands nowhere in the file. */
static void
set_place(const struct schema_in *in, size_t at, const struct yaml_node *node,
    void *base)
{
	struct diag_at nowhere = { .file = in->file };

	memcpy((char *)base + at, node != NULL ? &node->at : &nowhere,
	    sizeof(nowhere));
}

/* False: the key is missing. */
static bool
read_row(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	const struct yaml_node *value = node != NULL ?
	    yaml_get(node, row->key) :
	    NULL;

	if (row->type->preset != NULL)
		row->type->preset(in, row, base);
	if (row->at > 0)
		set_place(in, row->at - 1, value, base);
	if (value != NULL)
		row->type->read(in, row, value, base);
	return value != NULL || (row->flags & SCHEMA_REQUIRED) == 0;
}

/* Whether an unknown key, already told of, was meant for this one. */
static bool
is_misspelt(const struct schema_row *row, const struct schema_row **meant,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (meant[i] == row)
			return true;
	return false;
}

static void
read_rows(const struct schema_in *in, const struct schema_group *group,
    const struct yaml_node *node, void *base)
{
	const struct schema_row *meant[MISSPELT_MAX];
	size_t count = 0;

	for (size_t i = 0; node != NULL && i < node->count; i++) {
		if (find_row(group, node->keys[i]->text) != NULL)
			continue;
		meant[count] = unknown_key(in, group, node->keys[i]);
		if (count + 1 < MISSPELT_MAX)
			count++;
	}
	for (const struct schema_row *r = group->rows; r->type != NULL; r++)
		if (!read_row(in, r, node, base) && node != NULL &&
		    !is_misspelt(r, meant, count))
			missing_key(in, group, r, node);
}

void
schema_read_group(const struct schema_in *in, const struct schema_group *group,
    const struct yaml_node *node, void *base)
{
	char what[KEYS_MAX + 32], keys[KEYS_MAX];

	if (group->has_at)
		set_place(in, 0, node, base);
	/* "log:" with nothing behind it is a mapping without keys */
	if (node != NULL && node->kind != YAML_MAP && !yaml_is_null(node)) {
		snprintf(what, sizeof(what), "a mapping with %s",
		    list_keys(group, keys, sizeof(keys)));
		schema_expected(in, node, what);
		node = NULL;
	}
	read_rows(in, group, node, base);
}

static void
group_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	schema_read_group(in, row->group, node, schema_field(row, base));
}

static void
group_preset(const struct schema_in *in, const struct schema_row *row,
    void *base)
{
	schema_read_group(in, row->group, NULL, schema_field(row, base));
}

static void
group_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	if (row->key != NULL)
		schema_write_key(out, row);
	out->depth++;
	schema_write_group(out, row->group, schema_field_const(row, base));
	out->depth--;
}

const struct schema_type type_group = {
	.what = "a mapping",
	.read = group_read,
	.write = group_write,
	.preset = group_preset,
};

/* Makes room for the elements of a list or map. */
static char *
elements_new(const struct schema_in *in, const struct schema_row *row,
    size_t count, void *base)
{
	char *elements = arena_array(in->arena, count, row->elem->size);

	memcpy(schema_field(row, base), &elements, sizeof(elements));
	memcpy((char *)base + row->count, &count, sizeof(count));
	return elements;
}

void
schema_read_list(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	bool is_one = (row->flags & SCHEMA_ONE) != 0;
	const struct yaml_node *const *items = &node;
	size_t count = 1;
	char what[160], *at;

	if (node->kind == YAML_LIST) {
		items = node->items;
		count = node->count;
	}
	if (node->kind != YAML_LIST &&
	    (!is_one || node->kind == YAML_MAP || yaml_is_null(node))) {
		snprintf(what, sizeof(what),
		    is_one ? "%s, or a list of such" : "a list, each %s",
		    row->elem->type->what);
		schema_expected(in, node, what);
		return;
	}
	if (count < row->min) {
		diag_error(in->diag, node->at, "expected at least one: %s",
		    row->doc);
		return;
	}
	at = elements_new(in, row, count, base);
	for (size_t i = 0; i < count; i++)
		row->elem->type->read(in, row->elem, items[i],
		    at + i * row->elem->size);
}

const struct schema_type type_list = {
	.what = "a list",
	.read = schema_read_list,
	.write = schema_write_list,
};

static void
map_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	const struct schema_row *elem = row->elem;
	char *at;

	if (node->kind != YAML_MAP && !yaml_is_null(node)) {
		schema_expected(in, node, row->type->what);
		return;
	}
	at = elements_new(in, row, node->count, base);
	for (size_t i = 0; i < node->count; i++, at += elem->size) {
		struct slice name = arena_copy(in->arena, node->keys[i]->text);

		schema_read_group(in, elem->group, node->items[i], at);
		set_place(in, 0, node->keys[i], at);
		memcpy(schema_field(elem, at), &name, sizeof(name));
	}
}

static void
map_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct schema_row *elem = row->elem;
	const char *at;
	size_t count;

	memcpy(&at, schema_field_const(row, base), sizeof(at));
	memcpy(&count, (const char *)base + row->count, sizeof(count));
	if (count == 0)
		return;
	schema_write_key(out, row);
	out->depth++;
	for (size_t i = 0; i < count; i++, at += elem->size) {
		struct slice name;

		memcpy(&name, schema_field_const(elem, at), sizeof(name));
		schema_write_name(out, name);
		out->depth++;
		schema_write_group(out, elem->group, at);
		out->depth--;
	}
	out->depth--;
}

const struct schema_type type_map = {
	.what = "a mapping from names to mappings",
	.read = map_read,
	.write = map_write,
};
