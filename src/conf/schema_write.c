#include "conf/schema.h"

#include <inttypes.h>
#include <string.h>

#include "conf/utf8.h"

#define INDENT 2 /* columns; as wide as "- " */

static void
begin_line(struct schema_out *out)
{
	if (!out->is_after_dash)
		fprintf(out->f, "%*s", (int)(out->depth * INDENT), "");
	out->is_after_dash = false;
}

/* What is neither printable ASCII nor harmless is escaped. */
static void
write_quoted(FILE *f, struct slice s)
{
	uint32_t c;

	fputc('"', f);
	while (s.n > 0) {
		if (!utf8_next(&s, &c)) {
			/* texts come out of YAML, which is UTF-8 */
			s = slice_skip(s, 1);
			c = 0xfffd;
		}
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (c >= 0x20 && c < 0x7f)
			fputc((int)c, f);
		else if (c <= 0xff)
			fprintf(f, "\\x%02" PRIx32, c);
		else
			fprintf(f, "\\U%08" PRIx32, c);
	}
	fputc('"', f);
}

void
schema_write_word(struct schema_out *out, const struct schema_row *row,
    const char *word)
{
	begin_line(out);
	if (row->key != NULL)
		fprintf(out->f, "%s: ", row->key);
	fprintf(out->f, "%s\n", word);
}

void
schema_write_text(struct schema_out *out, const struct schema_row *row,
    struct slice text)
{
	begin_line(out);
	if (row->key != NULL)
		fprintf(out->f, "%s: ", row->key);
	write_quoted(out->f, text);
	fputc('\n', out->f);
}

void
schema_write_key(struct schema_out *out, const struct schema_row *row)
{
	begin_line(out);
	fprintf(out->f, "%s:\n", row->key);
}

void
schema_write_name(struct schema_out *out, struct slice name)
{
	begin_line(out);
	write_quoted(out->f, name);
	fputs(":\n", out->f);
}

void
schema_write_pair(struct schema_out *out, struct slice name, struct slice value)
{
	begin_line(out);
	write_quoted(out->f, name);
	fputs(": ", out->f);
	write_quoted(out->f, value);
	fputc('\n', out->f);
}

void
schema_write_group(struct schema_out *out, const struct schema_group *group,
    const void *base)
{
	for (const struct schema_row *r = group->rows; r->type != NULL; r++)
		r->type->write(out, r, base);
}

void
schema_write_list(struct schema_out *out, const struct schema_row *row,
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
		begin_line(out);
		fputs("- ", out->f);
		out->is_after_dash = true;
		elem->type->write(out, elem, at);
	}
	out->depth--;
}

static void
dump(const struct schema_group *group, const void *base, FILE *f)
{
	struct schema_out out = { .f = f };

	schema_write_group(&out, group, base);
}

void
conf_dump(const struct conf *conf, FILE *f)
{
	dump(&schema_conf, conf, f);
}

void
conf_dump_listener(const struct conf_listener *l, FILE *f)
{
	dump(&schema_listener, l, f);
}

void
conf_dump_site(const struct conf_site *s, FILE *f)
{
	dump(&schema_site, s, f);
}

void
conf_dump_route(const struct conf_route *r, FILE *f)
{
	dump(&schema_route, r, f);
}

void
conf_dump_backend(const struct conf_backend *b, FILE *f)
{
	dump(&schema_backend, b, f);
}
