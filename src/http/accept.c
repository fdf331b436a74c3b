#include "http/accept.h"

#define BLANK " \t"

/* RFC 9110, 12.4.2: "0.123" or "1.000", in thousandths; or -1. */
static int
weight_of(struct slice s)
{
	int weight = 0;

	if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.n > 1 && s.p[1] != '.'))
		return -1;
	for (size_t i = 0; i < 5; i++) {
		char c = i < s.n ? s.p[i] : '0';

		if (i == 1)
			continue;
		if (!ascii_is_digit(c))
			return -1;
		weight = weight * 10 + c - '0';
	}
	return weight <= ACCEPT_MOST ? weight : -1;
}

/* The weight that the parameters of a range say, or -1.  What stands behind q
 * once was an extension. */
static int
weight_of_range(struct slice params)
{
	struct slice param, name;
	bool at_end = params.n == 0;

	while (slice_cut(&params, ';', &param, &at_end)) {
		bool no_value = false;

		param = slice_trim(param, BLANK);
		if (param.n == 0)
			continue;
		(void)slice_cut(&param, '=', &name, &no_value);
		if (no_value || !slice_caseeq(name, SL("q")))
			return -1;
		return weight_of(param);
	}
	return ACCEPT_MOST;
}

/* How closely a range covers a type: 0, not at all, to 3, exactly. */
static unsigned
closeness(struct slice range, struct slice type)
{
	ptrdiff_t slash = slice_find(type, '/');

	if (slice_caseeq(range, type))
		return 3;
	if (slice_eq(range, SL("*/*")))
		return 1;
	if (slash >= 0 && range.n == (size_t)slash + 2 &&
	    slice_ends(range, SL("/*")) &&
	    slice_caseeq(slice_first(range, (size_t)slash),
		slice_first(type, (size_t)slash)))
		return 2;
	return 0;
}

/* The type without its parameters. */
static struct slice
essence(struct slice type)
{
	struct slice first = type;
	bool at_end = false;

	(void)slice_cut(&type, ';', &first, &at_end);
	return slice_trim(first, BLANK);
}

/* The best that was found so far. */
struct found {
	unsigned closeness;
	int weight;
};

static void
look_at(struct found *best, struct slice element, struct slice type)
{
	struct slice range;
	bool at_end = false;
	struct found f;

	(void)slice_cut(&element, ';', &range, &at_end);
	f.closeness = closeness(slice_trim(range, BLANK), type);
	f.weight = weight_of_range(element);
	if (f.closeness == 0 || f.weight < 0 || f.closeness < best->closeness)
		return;
	if (f.closeness > best->closeness || f.weight > best->weight)
		*best = f;
}

unsigned
accept_weight(const struct fields *fs, struct slice type)
{
	const struct field *f = fields_get(fs, FIELD_ACCEPT);
	struct found best = { 0 };

	if (f == NULL)
		return ACCEPT_MOST;
	type = essence(type);
	for (; f != NULL; f = fields_next(fs, f)) {
		struct slice rest = f->value, element;

		while (field_list_next(&rest, &element))
			look_at(&best, element, type);
	}
	return (unsigned)best.weight;
}
