#include "support/cert_expect.h"

#include <check.h>
#include <string.h>

static const char place[] = "t.yaml:1:1: ";

void
cert_expect(struct diag *d, const char *const *parts)
{
	size_t n = 0;

	for (; parts[n] != NULL; n++) {
		bool warn = parts[n][0] == '?';
		const struct diag_entry *e = &d->entries[n];

		ck_assert_msg(n < d->count, "nothing said of \"%s\"", parts[n]);
		ck_assert_msg(strstr(e->text, parts[n] + warn) != NULL,
		    "\"%s\", not \"%s\"", e->text, parts[n]);
		ck_assert_msg((e->level == DIAG_WARNING) == warn,
		    "level of \"%s\"", e->text);
		ck_assert_msg(strncmp(e->text, place, strlen(place)) == 0,
		    "place of \"%s\"", e->text);
	}
	ck_assert_msg(d->count == n, "also \"%s\"", d->entries[n].text);
	diag_clear(d);
}
