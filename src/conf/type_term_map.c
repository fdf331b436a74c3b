/*
 * type_term_map -- terms of identity rules that are mappings: SPIFFE IDs, and
 * attributes of distinguished names.
 */
#include <string.h>

#include "conf/schema.h"

/* SPIFFE-ID, 2.1 */
static bool
is_trust_domain(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' &&
		    s.p[i] != '.' && (s.p[i] < 'a' || s.p[i] > 'z'))
			return false;
	return s.n > 0;
}

/* SPIFFE-ID, 2.2: no escapes, no dot segments, no empty ones. */
static bool
is_spiffe_path(struct slice s)
{
	struct slice rest = s, segment;
	bool at_end = false;

	if (!slice_starts(s, SL("/")))
		return false;
	rest = slice_skip(s, 1);
	while (slice_cut(&rest, '/', &segment, &at_end)) {
		if (segment.n == 0 || slice_eq(segment, SL(".")) ||
		    slice_eq(segment, SL("..")))
			return false;
		for (size_t i = 0; i < segment.n; i++)
			if (!ascii_is_alnum(segment.p[i]) &&
			    segment.p[i] != '-' && segment.p[i] != '_' &&
			    segment.p[i] != '.')
				return false;
	}
	return true;
}

static void
check_path(const struct schema_in *in, const struct yaml_node *node,
    const struct conf_spiffe *s)
{
	const struct yaml_node *path = yaml_get(node, "path");
	const struct yaml_node *prefix = yaml_get(node, "path_prefix");

	if ((path != NULL) == (prefix != NULL))
		diag_error(in->diag, node->at,
		    "spiffe needs either path or path_prefix; path_prefix: / "
		    "is the whole trust domain");
	if (path != NULL && s->path.n > 0 && !is_spiffe_path(s->path))
		schema_expected(in, path, "a path such as /ns/prod/sa/web");
	if (prefix != NULL && s->path_prefix.n > 0 &&
	    !slice_eq(s->path_prefix, SL("/")) &&
	    !is_spiffe_path(s->path_prefix))
		schema_expected(in, prefix,
		    "the first segments of a path such as /ns/prod, without a "
		    "slash at its end");
}

static void
spiffe_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_term *term = schema_add_term(base, row, node);
	struct conf_spiffe *s = &term->spiffe;
	const struct yaml_node *domain = yaml_get(node, "trust_domain");

	if (node->kind != YAML_MAP) {
		schema_expected(in, node, row->type->what);
		return;
	}
	schema_read_group(in, &schema_spiffe, node, s);
	if (domain != NULL && s->trust_domain.n > 0 &&
	    !is_trust_domain(s->trust_domain))
		schema_expected(in, domain,
		    "a trust domain such as corp.example, in lower case");
	check_path(in, node, s);
	/* "*" is in no path */
	term->value = s->path.n > 0 ?
	    arena_printf(in->arena, "%.*s%.*s", SLICE_ARG(s->trust_domain),
		SLICE_ARG(s->path)) :
	    arena_printf(in->arena, "%.*s%.*s%s*", SLICE_ARG(s->trust_domain),
		SLICE_ARG(s->path_prefix), s->path_prefix.n > 1 ? "/" : "");
}

static void
spiffe_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_term *term = schema_term(base, row);
	static const struct schema_row domain = { .key = "trust_domain" };
	static const struct schema_row path = { .key = "path" };
	static const struct schema_row prefix = { .key = "path_prefix" };

	if (term == NULL)
		return;
	schema_write_key(out, row);
	out->depth++;
	schema_write_text(out, &domain, term->spiffe.trust_domain);
	if (term->spiffe.path.n > 0)
		schema_write_text(out, &path, term->spiffe.path);
	else
		schema_write_text(out, &prefix, term->spiffe.path_prefix);
	out->depth--;
}

const struct schema_type type_spiffe = {
	.what = "a mapping with trust_domain, and path or path_prefix",
	.read = spiffe_read,
	.write = spiffe_write,
};

/* Names of attributes: those of RFC 4514, section 3, and some more that
 * OpenSSL prints. */
static const struct {
	const char *name, *oid;
} attributes[] = {
	{ "CN", "2.5.4.3" },
	{ "O", "2.5.4.10" },
	{ "OU", "2.5.4.11" },
	{ "C", "2.5.4.6" },
	{ "L", "2.5.4.7" },
	{ "ST", "2.5.4.8" },
	{ "street", "2.5.4.9" },
	{ "DC", "0.9.2342.19200300.100.1.25" },
	{ "UID", "0.9.2342.19200300.100.1.1" },
	{ "serialNumber", "2.5.4.5" },
	{ "emailAddress", "1.2.840.113549.1.9.1" },
	{ "GN", "2.5.4.42" },
	{ "SN", "2.5.4.4" },
	{ "title", "2.5.4.12" },
};

/* RFC 4512, 1.4: numericoid, of at least two numbers. */
static bool
is_oid(struct slice s)
{
	struct slice rest = s, number;
	bool at_end = false;
	size_t count = 0;
	uint64_t n;

	while (slice_cut(&rest, '.', &number, &at_end)) {
		if (!slice_u64(number, &n) ||
		    (number.n > 1 && number.p[0] == '0'))
			return false;
		count++;
	}
	return count >= 2;
}

static bool
find_attribute(const struct schema_in *in, const struct yaml_node *key,
    struct conf_attribute *a)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (slice_eq(key->text, slice_str(attributes[i].name)) ||
		    slice_eq(key->text, slice_str(attributes[i].oid))) {
			a->name = attributes[i].name;
			a->oid = slice_str(attributes[i].oid);
			return true;
		}
	if (!is_oid(key->text))
		return false;
	a->name = arena_str(in->arena, key->text);
	a->oid = slice_str(a->name);
	return true;
}

static const struct schema_row elem_value = {
	.type = &type_text,
	.size = sizeof(struct slice),
	.min = 1,
	.max = 1024, /* octets: X509_TEXT_MAX of a whole name */
};

static struct schema_row
values_row(const char *key)
{
	return (struct schema_row) {
		.key = key,
		.type = &type_list,
		.flags = SCHEMA_ONE,
		.offset = offsetof(struct conf_attribute, values),
		.count = offsetof(struct conf_attribute, count),
		.min = 1,
		.elem = &elem_value,
		.doc = "its values",
	};
}

static void
read_attribute(const struct schema_in *in, const struct yaml_node *key,
    const struct yaml_node *node, struct conf_name *name)
{
	struct conf_attribute *a = &name->at[name->count];
	struct schema_row values = values_row(NULL);
	char found[YAML_DESCRIBE_MAX];

	if (!find_attribute(in, key, a)) {
		diag_error(in->diag, key->at,
		    "expected an attribute such as CN, O, OU, C, L, ST, DC, "
		    "UID, serialNumber, emailAddress, or an object "
		    "identifier, found %s",
		    yaml_describe(key, found));
		return;
	}
	for (size_t i = 0; i < name->count; i++)
		if (slice_eq(name->at[i].oid, a->oid))
			diag_error(in->diag, key->at,
			    "this attribute is here already, as %s",
			    name->at[i].name);
	schema_read_list(in, &values, node, a);
	name->count++;
}

/* "CN=web,O=Example": for people, so nothing is escaped. */
static struct slice
name_text(struct arena *arena, const struct conf_name *name)
{
	struct slice text = { 0 };

	for (size_t i = 0; i < name->count; i++)
		for (size_t j = 0; j < name->at[i].count; j++)
			text = arena_printf(arena, "%.*s%s%s=%.*s",
			    SLICE_ARG(text), text.n > 0 ? "," : "",
			    name->at[i].name, SLICE_ARG(name->at[i].values[j]));
	return text;
}

static void
name_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_term *term = schema_add_term(base, row, node);

	if (node->kind != YAML_MAP || node->count == 0) {
		schema_expected(in, node, row->type->what);
		return;
	}
	term->name.at = arena_array(in->arena, node->count,
	    sizeof(*term->name.at));
	for (size_t i = 0; i < node->count; i++)
		read_attribute(in, node->keys[i], node->items[i], &term->name);
	term->value = name_text(in->arena, &term->name);
}

static void
name_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_term *term = schema_term(base, row);

	if (term == NULL)
		return;
	schema_write_key(out, row);
	out->depth++;
	for (size_t i = 0; i < term->name.count; i++) {
		struct schema_row values = values_row(term->name.at[i].name);

		schema_write_list(out, &values, &term->name.at[i]);
	}
	out->depth--;
}

const struct schema_type type_name = {
	.what = "a mapping from attributes to their values, as "
		"{CN: web, O: Example}",
	.read = name_read,
	.write = name_write,
};
