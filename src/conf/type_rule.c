/*
 * type_rule -- rules of an allow list: which identity a client must present.
 */
#include <string.h>

#include "conf/schema.h"
#include "http/uri.h"
#include "net/name.h"

/* What to write instead of a name that is none. */
static const char *
dns_advice(enum name_flaw flaw)
{
	switch (flaw) {
	case NAME_WILDCARD:
		return "; a rule names one identity, write each name out";
	case NAME_OCTET:
		return "; write an international name as A-labels (xn--...)";
	case NAME_OK:
	case NAME_EMPTY:
	case NAME_LONG:
	case NAME_LABEL_EMPTY:
	case NAME_LABEL_LONG:
	case NAME_LABEL_HYPHEN:
	case NAME_IS_IP:
		return "";
	}
	return "";
}

static bool
read_dns(const struct schema_in *in, const struct yaml_node *node,
    struct slice *value)
{
	struct slice s = node->text;
	char found[YAML_DESCRIBE_MAX], *name;
	enum name_flaw flaw;

	/* the root's dot is no part of a certificate's name (RFC 5280) */
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	if ((flaw = name_check(s, false)) != NAME_OK) {
		diag_error(in->diag, node->at,
		    "expected a DNS name, found %s: %s%s",
		    yaml_describe(node, found), name_flaw_text(flaw),
		    dns_advice(flaw));
		return false;
	}
	name = arena_str(in->arena, s);
	for (size_t i = 0; i < s.n; i++)
		name[i] = ascii_lower(name[i]);
	*value = slice_of(name, s.n);
	return true;
}

static bool
read_uri(const struct schema_in *in, const struct yaml_node *node,
    struct slice *value)
{
	struct uri uri;

	if (uri_parse(node->text, &uri) != 0) {
		schema_expected(in, node,
		    "a whole URI such as spiffe://corp.example/web");
		return false;
	}
	*value = arena_copy(in->arena, node->text);
	return true;
}

static void
value_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_rule *rule = base;
	struct slice value;
	bool is_good;

	if (!schema_is_text(in, row, node))
		return;
	is_good = row->tag == RULE_DNS ? read_dns(in, node, &value) :
					 read_uri(in, node, &value);
	if (!is_good)
		return;
	rule->type = (enum conf_rule_type)row->tag;
	rule->value = value;
	rule->text = arena_printf(in->arena, "%s:%.*s", row->key,
	    SLICE_ARG(value));
}

static void
value_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_rule *rule = base;

	if (rule->type == (enum conf_rule_type)row->tag)
		schema_write_text(out, row, rule->value);
}

const struct schema_type type_rule_value = {
	.what = "a text",
	.read = value_read,
	.write = value_write,
};

static void
rule_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	if (node->kind == YAML_TEXT && slice_eq(node->text, SL("any"))) {
		diag_error(in->diag, node->at,
		    "any makes every other rule pointless; write allow: any "
		    "instead of the list");
		return;
	}
	schema_read_group(in, &schema_rule, node, base);
	if (node->kind == YAML_MAP && node->count > 1)
		diag_error(in->diag, node->at,
		    "a rule has one key; write one rule for each");
	else if (node->count == 0 &&
	    (node->kind == YAML_MAP || yaml_is_null(node)))
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
