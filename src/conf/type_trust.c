/*
 * type_trust -- what a CA is trusted with: names that it may vouch for; and how
 * its CRLs are taken.
 */
#include "conf/schema.h"

/* Of a list of names, which kind of term this text is. */
static enum conf_term_type
kind_of(enum conf_term_type list, struct slice text)
{
	bool is_domain = list == TERM_EMAIL && slice_find(text, '@') < 0;

	if (list != TERM_DNS && !is_domain)
		return list;
	return slice_starts(text, SL(".")) ? TERM_DNS_SUFFIX : TERM_DNS;
}

static void
vouched_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct yaml_node plain = *node;
	struct conf_term *term = base;

	if (!schema_is_text(in, row, node))
		return;
	term->type = kind_of((enum conf_term_type)row->tag, node->text);
	/* a slash at the end says what whole segments mean anyway */
	if (term->type == TERM_URI_PREFIX && slice_ends(node->text, SL("/")))
		plain.text.n--;
	(void)schema_read_term(in, &plain, term);
}

static void
vouched_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_term *term = base;

	schema_write_text(out, row, term->value);
}

const struct schema_type type_vouched = {
	.what = "a name",
	.read = vouched_read,
	.write = vouched_write,
};

static void
names_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_vouched *names = schema_field(row, base);

	schema_read_group(in, row->group, node, names);
	if (node->kind == YAML_MAP ? node->count == 0 : yaml_is_null(node))
		schema_expected(in, node,
		    "at least one of dns, uri, email, ip");
}

static void
names_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	type_group.write(out, row, base);
}

const struct schema_type type_vouching = {
	.what = "a mapping",
	.read = names_read,
	.write = names_write,
};

static void
revocation_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	schema_read_group(in, row->group, node, schema_field(row, base));
}

/* Without the key that of the site holds, or all has its default. */
static void
revocation_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_revocation *r = schema_field_const(row, base);

	if (r->at.line > 0)
		type_group.write(out, row, base);
}

const struct schema_type type_revocation = {
	.what = "a mapping with check, missing, expired",
	.read = revocation_read,
	.write = revocation_write,
};
