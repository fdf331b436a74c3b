#include "cli/explain_log.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cert/advice.h"
#include "cli/recall.h"

#define OUT_MAX (1024 * 1024) /* octets of JSON */

static void
print(const struct logline *l)
{
	int e = recall_reason(l);

	recall_print(l);
	if (e != 0)
		(void)printf("reason       %s: %s\n", err_slug(e), err_text(e));
	if (e != 0 && advice_for(e) != NULL)
		(void)printf("to do        %s\n", advice_for(e));
	else if (logline_get(l, "err").n == 0)
		(void)printf("reason       none: it was not refused\n");
	(void)putchar('\n');
}

static void
put(struct json *j, const struct logline *l)
{
	int e = recall_reason(l);

	json_open(j, NULL, '{');
	recall_json(l, j, "record");
	json_str(j, "reason", e != 0 ? err_slug(e) : NULL);
	json_str(j, "text", e != 0 ? err_text(e) : NULL);
	json_str(j, "advice", e != 0 ? advice_for(e) : NULL);
	json_close(j, '}');
}

static void
show(const struct recall *r, bool is_json)
{
	struct logline l;
	struct json j;
	struct buf b;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < r->count; i++) {
		(void)logline_read(slice_str(r->lines[i]), &l);
		if (is_json)
			put(&j, &l);
		else
			print(&l);
	}
	json_close(&j, ']');
	if (is_json)
		(void)printf("%.*s\n", SLICE_ARG(buf_slice(&b)));
	buf_clear(&b);
}

int
explain_log(const char *path, const char *ref, bool is_json)
{
	struct recall r;
	bool is_there = recall_find(&r, path, ref);

	if (is_there)
		show(&r, is_json);
	recall_clear(&r);
	return is_there ? EXIT_SUCCESS : EXIT_FAILURE;
}
