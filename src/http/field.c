#include "http/field.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http/span.h"

/* Requests of browsers have some 15 fields. */
#define FIELDS_MIN 16

static const struct slice names[FIELD_ID_COUNT] = {
#define F(name, first, last, text) [FIELD_##name] = SLICE(text),
#include "http/field.def"
#undef F
};

void
fields_clear(struct fields *f)
{
	free(f->at);
	*f = (struct fields) { 0 };
}

void
fields_reset(struct fields *f)
{
	f->count = 0;
	f->seen = 0;
}

_Static_assert(FIELD_ID_COUNT <= 64, "a bit for each in fields.seen");

static bool
has_seen(const struct fields *f, enum field_id id)
{
	return (f->seen & UINT64_C(1) << id) != 0;
}

void
fields_copy(struct fields *f, const struct field *one)
{
	if (f->count == f->size) {
		f->size = f->size > 0 ? f->size * 2 : FIELDS_MIN;
		f->at = mem_resize(f->at, f->size, sizeof(*f->at));
	}
	f->at[f->count++] = *one;
	f->seen |= UINT64_C(1) << one->id;
}

void
fields_add(struct fields *f, struct slice name, struct slice value)
{
	const struct field one = { .name = name,
		.value = value,
		.id = field_lookup(name) };

	fields_copy(f, &one);
}

void
fields_put(struct fields *f, enum field_id id, struct slice value)
{
	const struct field one = { .name = field_name(id),
		.value = value,
		.id = id };

	fields_copy(f, &one);
}

const struct field *
fields_get(const struct fields *f, enum field_id id)
{
	assert(id != FIELD_OTHER);
	for (unsigned i = 0; has_seen(f, id) && i < f->count; i++)
		if (f->at[i].id == id)
			return &f->at[i];
	return NULL;
}

static bool
has_name(const struct field *f, enum field_id id, struct slice name)
{
	return f->id == id &&
	    (id != FIELD_OTHER || slice_caseeq(f->name, name));
}

static const struct field *
find_from(const struct fields *f, unsigned i, enum field_id id,
    struct slice name)
{
	for (; i < f->count; i++)
		if (has_name(&f->at[i], id, name))
			return &f->at[i];
	return NULL;
}

const struct field *
fields_find(const struct fields *f, struct slice name)
{
	return find_from(f, 0, field_lookup(name), name);
}

const struct field *
fields_next(const struct fields *f, const struct field *at)
{
	return find_from(f, (unsigned)(at - f->at) + 1, at->id, at->name);
}

static bool
is_id(const struct field *f, const void *id)
{
	return f->id == *(const enum field_id *)id;
}

void
fields_remove(struct fields *f, enum field_id id)
{
	assert(id != FIELD_OTHER);
	fields_filter(f, is_id, &id);
}

void
fields_filter(struct fields *f,
    bool (*drop)(const struct field *, const void *arg), const void *arg)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < f->count; i++)
		if (!drop(&f->at[i], arg))
			f->at[kept++] = f->at[i];
	f->count = kept;
}

#define KEY(len, first, last) ((len) << 16 | (first) << 8 | (last))

/* The only known name that this one could be. */
static enum field_id
candidate(struct slice name)
{
	if (name.n == 0 || name.n > UINT8_MAX)
		return FIELD_OTHER;
	switch (KEY((int)name.n, ascii_lower(name.p[0]) & 0xff,
	    ascii_lower(name.p[name.n - 1]) & 0xff)) {
#define F(id, first, last, text) \
	case KEY((int)sizeof(text) - 1, first, last): \
		return FIELD_##id;
#include "http/field.def"
#undef F
	}
	return FIELD_OTHER;
}

static char
fold(char c)
{
	return ascii_is_alnum(c) ? ascii_lower(c) : '_';
}

bool
field_is_alike(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

enum field_id
field_lookup(struct slice name)
{
	enum field_id id = candidate(name);

	if (id == FIELD_OTHER || slice_caseeq(name, names[id]))
		return id;
	return FIELD_OTHER;
}

struct slice
field_name(enum field_id id)
{
	assert(id != FIELD_OTHER && id < FIELD_ID_COUNT);
	return names[id];
}

bool
field_may_trail(enum field_id id)
{
	return id == FIELD_OTHER;
}

bool
http_is_tchar(unsigned char c)
{
	return octet_is((char)c, OCTET_TOKEN);
}

bool
http_is_token(struct slice s)
{
	return s.n > 0 && octet_span(s, OCTET_TOKEN) == s.n;
}

bool
http_is_field_value(struct slice s)
{
	if (s.n == 0)
		return true;
	return !octet_is_blank(s.p[0]) && !octet_is_blank(s.p[s.n - 1]) &&
	    span_value(s) == s.n;
}

/* Where the element at the start of s ends: at a comma or at the end. */
static size_t
element_len(struct slice s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.n && (quoted || s.p[i] != ','); i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
	}
	return i;
}

bool
field_list_next(struct slice *rest, struct slice *element)
{
	while (rest->n > 0) {
		size_t n = element_len(*rest);

		*element = slice_trim(slice_first(*rest, n), " \t");
		*rest = slice_skip(*rest, n < rest->n ? n + 1 : n);
		if (element->n > 0)
			return true;
	}
	return false;
}

size_t
fields_list(const struct fields *f, enum field_id id, struct slice *out,
    size_t max)
{
	struct slice rest, element;
	size_t n = 0;

	for (unsigned i = 0; has_seen(f, id) && i < f->count; i++) {
		if (f->at[i].id != id)
			continue;
		rest = f->at[i].value;
		while (field_list_next(&rest, &element)) {
			if (n == max)
				return max + 1;
			out[n++] = element;
		}
	}
	return n;
}

bool
fields_list_has(const struct fields *f, enum field_id id, struct slice token)
{
	struct slice rest, element;

	for (unsigned i = 0; has_seen(f, id) && i < f->count; i++) {
		if (f->at[i].id != id)
			continue;
		rest = f->at[i].value;
		while (field_list_next(&rest, &element))
			if (slice_caseeq(element, token))
				return true;
	}
	return false;
}
