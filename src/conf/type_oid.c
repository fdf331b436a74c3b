/*
 * type_oid -- object identifiers, such as those of certificate policies.
 */
#include "conf/schema.h"

#define OID_ARCS_MAX 32

/* X.660: at least two arcs, the first 0 to 2, the second below 40 unless the
 * first is 2. */
static bool
is_oid(struct slice s)
{
	uint64_t arc, first = 0;
	bool at_end = false;
	struct slice part;
	size_t n = 0;

	while (slice_cut(&s, '.', &part, &at_end)) {
		if (++n > OID_ARCS_MAX || !slice_u64(part, &arc) ||
		    arc > UINT32_MAX || (part.n > 1 && part.p[0] == '0') ||
		    (n == 1 && arc > 2) || (n == 2 && first < 2 && arc > 39))
			return false;
		if (n == 1)
			first = arc;
	}
	return n >= 2;
}

static void
oid_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct slice *field = base;

	if (node->kind == YAML_TEXT && is_oid(node->text))
		*field = arena_copy(in->arena, node->text);
	else
		schema_expected(in, node, row->type->what);
}

static void
oid_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct slice *field = base;

	schema_write_text(out, row, *field);
}

const struct schema_type type_oid = {
	.what = "an object identifier such as 1.3.6.1.4.1.99999.1",
	.read = oid_read,
	.write = oid_write,
};
