/*
 * type_file -- the paths of files, and of folders that stand for what is in
 * them.
 */
#include <errno.h>
#include <string.h>

#include "conf/schema.h"

/* A file that can be read or, if that may be, a folder. */
static void
read_path(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, struct conf_file *field, bool may_be_folder)
{
	const struct bundle_file *file;

	if (!schema_is_text(in, row, node))
		return;
	if (node->text.n == 0) {
		schema_expected(in, node, row->type->what);
		return;
	}
	file = bundle_get(in->bundle, node->text.p);
	if (file->sys_errno != 0 &&
	    !(may_be_folder && file->sys_errno == EISDIR)) {
		diag_error(in->diag, node->at, "cannot read %s: %s", file->path,
		    bundle_why(file));
		return;
	}
	field->at = node->at;
	field->file = file;
}

static void
file_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	read_path(in, row, node, schema_field(row, base), false);
}

static void
either_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	read_path(in, row, node, schema_field(row, base), true);
}

static void
file_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_file *field = schema_field_const(row, base);

	if (field->file != NULL)
		schema_write_text(out, row, slice_str(field->file->path));
}

const struct schema_type type_file = {
	.what = "the path of a file",
	.read = file_read,
	.write = file_write,
};

const struct schema_type type_file_or_folder = {
	.what = "the path of a file or a folder",
	.read = either_read,
	.write = file_write,
};

static bool
is_folder(const struct conf_file *f)
{
	return f->file != NULL && f->file->sys_errno == EISDIR;
}

static size_t
count_in(const struct conf_file *folder)
{
	struct slice names = folder->file->bytes;
	size_t n = 0;

	for (size_t i = 0; i < names.n; i++)
		n += names.p[i] == '\0';
	return n;
}

/* Appends what is in a folder; what cannot be read is a mistake, as if it
 * were named itself. */
static void
add_members(const struct schema_in *in, const struct conf_file *folder,
    struct conf_files *files)
{
	struct slice names = folder->file->bytes;
	const char *end = names.p + names.n;

	for (const char *name = names.p; name < end; name += strlen(name) + 1) {
		struct slice path = arena_printf(in->arena, "%s/%s",
		    folder->file->path, name);
		const struct bundle_file *f = bundle_get(in->bundle, path.p);
		struct conf_file *to = &files->at[files->count++];

		to->at = folder->at;
		to->file = f;
		if (f->sys_errno != 0) {
			diag_error(in->diag, folder->at, "cannot read %s: %s",
			    f->path, bundle_why(f));
			to->file = NULL;
		}
	}
	if (names.n == 0)
		diag_error(in->diag, folder->at, "%s: holds no files",
		    folder->file->path);
}

static void
files_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_files *files = (void *)((char *)schema_field(row, base) -
	    offsetof(struct conf_files, named));
	size_t count = 0;

	schema_read_list(in, row, node, base);
	for (size_t i = 0; i < files->named_count; i++)
		count += is_folder(&files->named[i]) ?
		    count_in(&files->named[i]) :
		    1;
	files->at = arena_array(in->arena, count, sizeof(*files->at));
	for (size_t i = 0; i < files->named_count; i++)
		if (is_folder(&files->named[i]))
			add_members(in, &files->named[i], files);
		else
			files->at[files->count++] = files->named[i];
}

const struct schema_type type_files = {
	.what = "a list",
	.read = files_read,
	.write = schema_write_list,
};
