/*
 * type_rule -- identity rules: mappings of terms, and lists under a name.
 */
#include <string.h>

#include "conf/conf_check.h"
#include "conf/schema.h"

struct conf_term *
schema_add_term(struct conf_rule *rule, const struct schema_row *row,
    const struct yaml_node *node)
{
	struct conf_term *term = &rule->terms[rule->count++];

	term->at = node->at;
	term->type = (enum conf_term_type)row->tag;
	term->key = row->key;
	return term;
}

const struct conf_term *
schema_term(const struct conf_rule *rule, const struct schema_row *row)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->terms[i].type == (enum conf_term_type)row->tag)
			return &rule->terms[i];
	return NULL;
}

/* "dns:web.corp.example and ip:10.0.0.0/8" */
static struct slice
rule_text(struct arena *a, const struct conf_rule *rule)
{
	struct slice text = { 0 };

	for (size_t i = 0; i < rule->count; i++)
		text = arena_printf(a, "%.*s%s%s:%.*s", SLICE_ARG(text),
		    i > 0 ? " and " : "", rule->terms[i].key,
		    SLICE_ARG(rule->terms[i].value));
	return text;
}

static void
rule_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_rule *rule = base;

	if (node->kind == YAML_TEXT && slice_eq(node->text, SL("any"))) {
		diag_error(in->diag, node->at,
		    "any is no rule among others; it stands alone, as "
		    "allow: any");
		return;
	}
	if (node->kind == YAML_MAP)
		rule->terms = arena_array(in->arena, node->count,
		    sizeof(*rule->terms));
	schema_read_group(in, &schema_rule, node, rule);
	rule->text = rule_text(in->arena, rule);
	if (node->count == 0 && (node->kind == YAML_MAP || yaml_is_null(node)))
		schema_expected(in, node, row->type->what);
}

static void
rule_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	(void)row;
	out->depth++;
	schema_write_group(out, &schema_rule, base);
	out->depth--;
}

const struct schema_type type_rule = {
	.what = "a rule such as dns: web.corp.example",
	.read = rule_read,
	.write = rule_write,
};

/* The list of a group is read as any list. */
static struct schema_row
list_row(const struct schema_row *row, const char *key)
{
	return (struct schema_row) {
		.key = key,
		.type = &type_list,
		.offset = offsetof(struct conf_group, rules.at),
		.count = offsetof(struct conf_group, rules.count),
		.min = 1,
		.elem = row->elem,
		.doc = "who belongs to the group",
	};
}

static void
groups_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_group **groups = schema_field(row, base), *g;

	if (node->kind != YAML_MAP && !yaml_is_null(node)) {
		schema_expected(in, node, row->type->what);
		return;
	}
	g = *groups = arena_array(in->arena, node->count, sizeof(*g));
	memcpy((char *)base + row->count, &node->count, sizeof(node->count));
	for (size_t i = 0; i < node->count; i++, g++) {
		struct schema_row list = list_row(row, NULL);

		g->at = node->keys[i]->at;
		g->name = arena_copy(in->arena, node->keys[i]->text);
		if (!conf_is_name(g->name))
			diag_error(in->diag, g->at,
			    "the name of a group has at most %d letters, "
			    "digits, and \"-\", \"_\", \".\" behind the first",
			    CONF_NAME_MAX);
		schema_read_list(in, &list, node->items[i], g);
	}
}

static void
groups_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_group *const *groups = schema_field_const(row, base);
	size_t count;

	memcpy(&count, (const char *)base + row->count, sizeof(count));
	if (count == 0)
		return;
	schema_write_key(out, row);
	out->depth++;
	for (size_t i = 0; i < count; i++) {
		/* a good name needs no quotes, and ends with a NUL */
		struct schema_row list = list_row(row, (*groups)[i].name.p);

		schema_write_list(out, &list, &(*groups)[i]);
	}
	out->depth--;
}

const struct schema_type type_groups = {
	.what = "a mapping from names to lists of rules",
	.read = groups_read,
	.write = groups_write,
};
