/*
 * type_access -- where access records go, and how they look.
 */
#include <string.h>

#include "conf/near.h"
#include "conf/schema.h"
#include "http/field.h"

#define PARTS_MAX 128 /* of a format; longer ones are a mistake */

static const char *const field_names[] = {
#define A(id, name, when) name,
#include "conf/access.def"
#undef A
};

/* A path as bundle_get() takes it: relative to the configuration's folder. */
static const char *
absolute(const struct schema_in *in, struct slice path)
{
	const char *slash = strrchr(in->file, '/');

	if (path.p[0] == '/' || slash == NULL)
		return arena_str(in->arena, path);
	return arena_printf(in->arena, "%.*s/%.*s", (int)(slash - in->file),
	    in->file, SLICE_ARG(path))
	    .p;
}

static void
to_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_access_log *a = base;
	struct slice s = node->text;

	if (!schema_is_text(in, row, node))
		return;
	if (slice_eq(s, SL("stderr"))) {
		a->to = ACCESS_TO_LOG;
	} else if (slice_eq(s, SL("journald"))) {
		a->to = ACCESS_TO_JOURNALD;
		a->path = "/run/systemd/journal/socket";
	} else if (slice_eq(s, SL("syslog"))) {
		a->to = ACCESS_TO_SYSLOG;
		a->path = "/dev/log";
	} else if (slice_starts(s, SL("syslog:/"))) {
		a->to = ACCESS_TO_SYSLOG;
		a->path = arena_str(in->arena, slice_skip(s, 7));
	} else if (slice_starts(s, SL("file:")) && s.n > 5) {
		a->to = ACCESS_TO_FILE;
		a->path = absolute(in, slice_skip(s, 5));
	} else {
		schema_expected(in, node, row->type->what);
	}
}

static void
to_write(struct schema_out *out, const struct schema_row *row, const void *base)
{
	const struct conf_access_log *a = base;
	char text[4096 + 8];

	switch (a->to) {
	case ACCESS_TO_LOG:
		schema_write_word(out, row, "stderr");
		return;
	case ACCESS_TO_JOURNALD:
		schema_write_word(out, row, "journald");
		return;
	case ACCESS_TO_SYSLOG:
		(void)snprintf(text, sizeof(text), "syslog:%s", a->path);
		break;
	case ACCESS_TO_FILE:
		(void)snprintf(text, sizeof(text), "file:%s", a->path);
		break;
	}
	schema_write_text(out, row, slice_str(text));
}

const struct schema_type type_access_to = {
	.what = "stderr, journald, syslog, syslog:/PATH or file:PATH",
	.read = to_read,
	.write = to_write,
};

static bool
find_field(struct slice name, enum access_field *field)
{
	for (size_t i = 0; i < ACCESS_COUNT; i++)
		if (slice_eq(name, slice_str(field_names[i]))) {
			*field = (enum access_field)i;
			return true;
		}
	return false;
}

static void
unknown_field(const struct schema_in *in, const struct yaml_node *node,
    struct slice name)
{
	struct near near;

	near_init(&near, name);
	for (size_t i = 0; i < ACCESS_COUNT; i++)
		near_try(&near, slice_str(field_names[i]));
	if (near.best.n > 0)
		diag_error(in->diag, node->at,
		    "a record has no \"%.*s\"; did you mean \"%.*s\"?",
		    SLICE_ARG(name), SLICE_ARG(near.best));
	else
		diag_error(in->diag, node->at, "a record has no \"%.*s\"",
		    SLICE_ARG(name));
}

/* The next "%{name}" of a format, with the text before it. */
static bool
next_part(const struct schema_in *in, const struct yaml_node *node,
    struct slice *rest, struct conf_access_part *part)
{
	size_t n = 0;
	ptrdiff_t end;

	while (n + 1 < rest->n && (rest->p[n] != '%' || rest->p[n + 1] != '{'))
		n++;
	*part = (struct conf_access_part) { 0 };
	if (n + 1 >= rest->n) {
		part->text = *rest;
		*rest = slice_skip(*rest, rest->n);
		return true;
	}
	part->text = slice_first(*rest, n);
	*rest = slice_skip(*rest, n + 2);
	if ((end = slice_find(*rest, '}')) < 0) {
		diag_error(in->diag, node->at, "\"%%{\" without \"}\"");
		return false;
	}
	part->has_field = true;
	if (!find_field(slice_first(*rest, (size_t)end), &part->field))
		unknown_field(in, node, slice_first(*rest, (size_t)end));
	*rest = slice_skip(*rest, (size_t)end + 1);
	return true;
}

static void
template_read(const struct schema_in *in, const struct yaml_node *node,
    struct conf_access_log *a)
{
	struct slice rest = arena_copy(in->arena, node->text);

	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] < 0x20 || rest.p[i] == 0x7f) {
			diag_error(in->diag, node->at,
			    "a record is one line of printable characters");
			return;
		}
	a->format = ACCESS_FORMAT_TEMPLATE;
	a->template = rest;
	a->parts = arena_array(in->arena, PARTS_MAX, sizeof(*a->parts));
	while (rest.n > 0) {
		if (a->part_count == PARTS_MAX) {
			diag_error(in->diag, node->at,
			    "a format has %d parts at most", PARTS_MAX);
			return;
		}
		if (!next_part(in, node, &rest, &a->parts[a->part_count++]))
			return;
	}
}

static void
format_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_access_log *a = base;

	if (!schema_is_text(in, row, node))
		return;
	if (slice_eq(node->text, SL("json")))
		a->format = ACCESS_FORMAT_JSON;
	else if (slice_eq(node->text, SL("text")))
		a->format = ACCESS_FORMAT_TEXT;
	else if (memmem(node->text.p, node->text.n, "%{", 2) != NULL)
		template_read(in, node, a);
	else
		schema_expected(in, node, row->type->what);
}

static void
format_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_access_log *a = base;

	switch (a->format) {
	case ACCESS_FORMAT_AS_LOG:
		break;
	case ACCESS_FORMAT_JSON:
		schema_write_word(out, row, "json");
		break;
	case ACCESS_FORMAT_TEXT:
		schema_write_word(out, row, "text");
		break;
	case ACCESS_FORMAT_TEMPLATE:
		schema_write_text(out, row, a->template);
		break;
	}
}

const struct schema_type type_access_format = {
	.what = "json, text, or a line such as \"%{client} %{status}\"",
	.read = format_read,
	.write = format_write,
};

static void
field_name_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	if (!schema_is_text(in, row, node))
		return;
	if (http_is_token(node->text))
		*(struct slice *)base = arena_copy(in->arena, node->text);
	else
		schema_expected(in, node, row->type->what);
}

static void
field_name_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	schema_write_text(out, row, *(const struct slice *)base);
}

const struct schema_type type_field_name = {
	.what = "the name of a header field such as User-Agent",
	.read = field_name_read,
	.write = field_name_write,
};
