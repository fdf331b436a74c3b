/*
 * type_identity -- what a backend is told of the client.
 */
#include "conf/near.h"
#include "conf/schema.h"
#include "http/field.h"

#define PARTS_MAX 32   /* of one field; more are a mistake */
#define TEXT_MAX  1024 /* octets of one, as written */

static const char *const var_names[] = {
#define V(id, name) name,
#include "conf/identity.def"
#undef V
};

static const struct schema_word xfcc_words[] = {
	{ "by", XFCC_BY },
	{ "hash", XFCC_ON },
	{ "cert", XFCC_CERT },
	{ "chain", XFCC_CHAIN },
	{ "subject", XFCC_SUBJECT },
	{ "uri", XFCC_URI },
	{ "dns", XFCC_DNS },
	{ 0 },
};

static void
read_xfcc_word(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, struct conf_identity *id)
{
	for (const struct schema_word *w = xfcc_words; w->word != NULL; w++)
		if (node->kind == YAML_TEXT &&
		    slice_eq(node->text, slice_str(w->word))) {
			id->xfcc |= (unsigned)w->value;
			return;
		}
	schema_expected(in, node, row->type->what);
}

static void
xfcc_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_identity *id = base;

	id->xfcc = XFCC_ON;
	if (node->kind != YAML_LIST) {
		read_xfcc_word(in, row, node, id);
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read_xfcc_word(in, row, node->items[i], id);
	if (node->count == 0)
		schema_expected(in, node, row->type->what);
}

static void
xfcc_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_identity *id = base;
	char text[128] = "[";
	size_t n = 1;

	if (id->xfcc == 0)
		return;
	for (const struct schema_word *w = xfcc_words; w->word != NULL; w++)
		if ((id->xfcc & (unsigned)w->value) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 1 ? ", " : "", w->word);
	(void)snprintf(text + n, sizeof(text) - n, "]");
	schema_write_word(out, row, text);
}

const struct schema_type type_xfcc = {
	.what = "one of by, hash, cert, chain, subject, uri, dns, or a list "
		"of such",
	.read = xfcc_read,
	.write = xfcc_write,
};

static bool
find_var(const struct schema_in *in, const struct yaml_node *node,
    struct slice name, enum identity_var *var)
{
	struct near near;

	near_init(&near, name);
	for (size_t i = 0; i < IDENTITY_COUNT; i++) {
		near_try(&near, slice_str(var_names[i]));
		if (slice_eq(name, slice_str(var_names[i]))) {
			*var = (enum identity_var)i;
			return true;
		}
	}
	if (near.best.n > 0)
		diag_error(in->diag, node->at,
		    "there is no \"%%{%.*s}\"; did you mean \"%%{%.*s}\"?",
		    SLICE_ARG(name), SLICE_ARG(near.best));
	else
		diag_error(in->diag, node->at, "there is no \"%%{%.*s}\"",
		    SLICE_ARG(name));
	return false;
}

/* The next "%{name}", with the text before it; false after a mistake. */
static bool
next_part(const struct schema_in *in, const struct yaml_node *node,
    struct slice *rest, struct conf_identity_part *part)
{
	struct slice name;
	ptrdiff_t end;
	size_t n = 0;

	while (n < rest->n && !slice_starts(slice_skip(*rest, n), SL("%{")))
		n++;
	part->text = slice_first(*rest, n);
	*rest = slice_skip(*rest, n);
	if (rest->n == 0)
		return true;
	*rest = slice_skip(*rest, 2);
	if ((end = slice_find(*rest, '}')) < 0) {
		diag_error(in->diag, node->at, "\"%%{\" without \"}\"");
		return false;
	}
	name = slice_first(*rest, (size_t)end);
	*rest = slice_skip(*rest, (size_t)end + 1);
	part->has_var = true;
	return find_var(in, node, name, &part->var);
}

static void
read_template(const struct schema_in *in, const struct yaml_node *node,
    struct conf_identity_field *f)
{
	struct conf_identity_part parts[PARTS_MAX] = { 0 };
	bool has_var = false;
	struct slice rest;

	if (node->kind != YAML_TEXT || yaml_is_null(node) ||
	    node->text.n > TEXT_MAX || !http_is_field_value(node->text)) {
		schema_expected(in, node,
		    "a text such as \"%{identity}\", in one line");
		return;
	}
	f->text = rest = arena_copy(in->arena, node->text);
	while (rest.n > 0 && f->count < PARTS_MAX) {
		if (!next_part(in, node, &rest, &parts[f->count]))
			return;
		has_var = parts[f->count++].has_var || has_var;
	}
	if (rest.n > 0 || !has_var) {
		diag_error(in->diag, node->at,
		    "expected a text with \"%%{...}\", of %d parts at most; "
		    "what is always the same belongs to set_headers",
		    PARTS_MAX);
		return;
	}
	f->parts = arena_array(in->arena, f->count, sizeof(*f->parts));
	for (size_t i = 0; i < f->count; i++)
		f->parts[i] = parts[i];
}

static void
read_field(const struct schema_in *in, const struct yaml_node *key,
    const struct yaml_node *node, struct conf_identity_field *f)
{
	f->at = key->at;
	if (!http_is_token(key->text)) {
		schema_expected(in, key,
		    "the name of a header field such as X-Client-Identity");
		return;
	}
	/* what has a number frames, routes or means something already */
	if (field_lookup(key->text) != FIELD_OTHER) {
		diag_error(in->diag, key->at,
		    "the field %.*s has a meaning of its own; take another "
		    "name, such as X-Client-Identity",
		    SLICE_ARG(key->text));
		return;
	}
	f->name = arena_copy(in->arena, key->text);
	read_template(in, node, f);
}

static void
fields_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_identity *id = base;

	if (node->kind != YAML_MAP && !yaml_is_null(node)) {
		schema_expected(in, node, row->type->what);
		return;
	}
	id->fields = arena_array(in->arena, node->count, sizeof(*id->fields));
	for (size_t i = 0; i < node->count; i++)
		read_field(in, node->keys[i], node->items[i],
		    &id->fields[id->field_count++]);
}

static void
fields_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_identity *id = base;

	if (id->field_count == 0)
		return;
	schema_write_key(out, row);
	out->depth++;
	for (size_t i = 0; i < id->field_count; i++)
		schema_write_pair(out, id->fields[i].name, id->fields[i].text);
	out->depth--;
}

const struct schema_type type_identity_fields = {
	.what = "a mapping from names of header fields to texts such as "
		"\"%{identity}\"",
	.read = fields_read,
	.write = fields_write,
};

static void
identity_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	schema_read_group(in, row->group, node, schema_field(row, base));
}

static void
identity_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_identity *id = schema_field_const(row, base);

	if (id->at.line > 0)
		type_group.write(out, row, base);
}

const struct schema_type type_identity = {
	.what = "a mapping with client_cert, client_cert_chain, xfcc, "
		"forwarded, fields, max_size",
	.read = identity_read,
	.write = identity_write,
};
