#include "base/json.h"

#include <stdio.h>
#include <string.h>

static void
put(struct json *j, struct slice s)
{
	if (!j->is_full && !buf_put(j->to, s))
		j->is_full = true;
}

static void
quoted(struct json *j, struct slice s)
{
	char hex[8];

	put(j, SL("\""));
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\') {
			put(j, SL("\\"));
			put(j, slice_of(s.p + i, 1));
		} else if (c >= 0x20 && c < 0x7f) {
			put(j, slice_of(s.p + i, 1));
		} else {
			(void)snprintf(hex, sizeof(hex), "\\u%04x", c);
			put(j, slice_str(hex));
		}
	}
	put(j, SL("\""));
}

static void
begin(struct json *j, const char *key)
{
	if (j->needs_comma)
		put(j, SL(","));
	j->needs_comma = true;
	if (key != NULL) {
		quoted(j, slice_str(key));
		put(j, SL(":"));
	}
}

void
json_init(struct json *j, struct buf *to)
{
	*j = (struct json) { .to = to };
}

void
json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	put(j, slice_of(&bracket, 1));
	j->needs_comma = false;
}

void
json_close(struct json *j, char bracket)
{
	put(j, slice_of(&bracket, 1));
	j->needs_comma = true;
}

void
json_bytes(struct json *j, const char *key, struct slice s)
{
	begin(j, key);
	quoted(j, s);
}

void
json_str(struct json *j, const char *key, const char *s)
{
	begin(j, key);
	if (s == NULL)
		put(j, SL("null"));
	else
		quoted(j, slice_str(s));
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)v);
	begin(j, key);
	put(j, slice_str(digits));
}

void
json_bool(struct json *j, const char *key, bool v)
{
	begin(j, key);
	put(j, v ? SL("true") : SL("false"));
}
