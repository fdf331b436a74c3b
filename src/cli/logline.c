#include "cli/logline.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
add(struct logline *l, struct slice key, struct slice value)
{
	if (l->count == LOGLINE_FIELDS_MAX)
		return;
	l->at[l->count].key = key;
	l->at[l->count].value = value;
	l->count++;
}

/* What stands before the next quote that no backslash is in front of; false:
 * there is none.  rest goes behind it. */
static bool
quoted(struct slice *rest, struct slice *out)
{
	for (size_t i = 0; i < rest->n; i++) {
		if (rest->p[i] == '\\') {
			i++;
		} else if (rest->p[i] == '"') {
			*out = slice_first(*rest, i);
			*rest = slice_skip(*rest, i + 1);
			return true;
		}
	}
	return false;
}

/* Up to one of two octets, or the end. */
static struct slice
bare(struct slice *rest, char end, char other)
{
	size_t n = 0;
	struct slice out;

	while (n < rest->n && rest->p[n] != end && rest->p[n] != other)
		n++;
	out = slice_first(*rest, n);
	*rest = slice_skip(*rest, n);
	return out;
}

/* key=value key="value"...; words without "=" are passed over. */
static void
read_text(struct slice rest, struct logline *l)
{
	struct slice key, value;

	while (rest.n > 0) {
		rest = slice_trim(rest, " ");
		key = bare(&rest, '=', ' ');
		if (!slice_starts(rest, SL("=")))
			continue;
		rest = slice_skip(rest, 1);
		if (!slice_starts(rest, SL("\""))) {
			add(l, key, bare(&rest, ' ', ' '));
			continue;
		}
		rest = slice_skip(rest, 1);
		if (!quoted(&rest, &value))
			return;
		add(l, key, value);
	}
}

/* A flat object, as the log writes it; stops at anything else. */
static void
read_json(struct slice rest, struct logline *l)
{
	struct slice key, value;

	for (;;) {
		rest = slice_trim(rest, " ,{");
		if (!slice_starts(rest, SL("\"")))
			return;
		rest = slice_skip(rest, 1);
		if (!quoted(&rest, &key))
			return;
		rest = slice_trim(rest, " :");
		if (slice_starts(rest, SL("\""))) {
			rest = slice_skip(rest, 1);
			if (!quoted(&rest, &value))
				return;
		} else {
			value = bare(&rest, ',', '}');
		}
		add(l, key, value);
	}
}

bool
logline_read(struct slice line, struct logline *l)
{
	ptrdiff_t brace = slice_find(line, '{');

	*l = (struct logline) { 0 };
	if (brace >= 0)
		read_json(slice_skip(line, (size_t)brace), l);
	if (logline_get(l, "evt").n == 0) {
		l->count = 0;
		read_text(line, l);
	}
	return logline_get(l, "evt").n > 0;
}

struct slice
logline_get(const struct logline *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (slice_eq(l->at[i].key, slice_str(key)))
			return l->at[i].value;
	return (struct slice) { 0 };
}

/* The octets that an escape takes, its backslash first; 1: it is none. */
static size_t
unescape(struct slice s, char *out)
{
	size_t digits = 0;
	char hex[5] = "";

	*out = s.p[0];
	if (s.p[0] != '\\' || s.n < 2)
		return 1;
	if (s.p[1] == '"' || s.p[1] == '\\') {
		*out = s.p[1];
		return 2;
	}
	if (s.p[1] == 'x' || s.p[1] == 'u')
		digits = s.p[1] == 'x' ? 2 : 4;
	if (digits == 0 || s.n < 2 + digits)
		return 1;
	memcpy(hex, s.p + 2, digits);
	if (strspn(hex, "0123456789abcdef") != digits)
		return 1;
	*out = (char)strtoul(hex, NULL, 16);
	return 2 + digits;
}

struct slice
logline_plain(struct slice value)
{
	char *room = mem_new(1, value.n + 1);
	size_t n = 0;

	while (value.n > 0)
		value = slice_skip(value, unescape(value, &room[n++]));
	return slice_of(room, n);
}
