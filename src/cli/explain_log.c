#include "cli/explain_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "cert/advice.h"
#include "cli/logline.h"

#define SHOWN_MAX 10            /* refusals, without a reference */
#define OUT_MAX   (1024 * 1024) /* octets of JSON */

/* The last lines that are to be explained, as a ring. */
struct found {
	char *lines[SHOWN_MAX];
	size_t count; /* of all */
};

static bool
is_wanted(const struct logline *l, const char *ref)
{
	struct slice evt = logline_get(l, "evt");

	if (!slice_eq(evt, SL("request")) &&
	    !slice_eq(evt, SL("handshake-refused")) &&
	    !slice_eq(evt, SL("connection-barred")))
		return false;
	if (ref == NULL)
		return logline_get(l, "err").n > 0;
	return slice_eq(logline_get(l, "ref"), slice_str(ref)) ||
	    slice_eq(logline_get(l, "conn"), slice_str(ref));
}

static void
find(FILE *f, const char *ref, struct found *found)
{
	struct logline l;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, f)) > 0) {
		struct slice s = slice_trim(slice_of(line, (size_t)n), "\r\n");
		size_t at = found->count % SHOWN_MAX;

		if (!logline_read(s, &l) || !is_wanted(&l, ref))
			continue;
		free(found->lines[at]);
		found->lines[at] = mem_strndup(s.p, s.n);
		found->count++;
	}
	free(line);
}

/* What a log holds is not to be trusted by a terminal. */
static void
print_clean(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		(void)putchar(s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
	(void)putchar('\n');
}

static int
reason_of(const struct logline *l)
{
	char slug[64];

	(void)snprintf(slug, sizeof(slug), "%.*s",
	    SLICE_ARG(logline_get(l, "err")));
	return slug[0] != '\0' ? err_by_slug(slug) : 0;
}

static void
print(const struct logline *l)
{
	int e = reason_of(l);

	for (size_t i = 0; i < l->count; i++) {
		(void)printf("%-12.*s ", SLICE_ARG(l->at[i].key));
		print_clean(l->at[i].value);
	}
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
	char key[64];
	int e = reason_of(l);

	json_open(j, NULL, '{');
	json_open(j, "record", '{');
	for (size_t i = 0; i < l->count; i++) {
		(void)snprintf(key, sizeof(key), "%.*s",
		    SLICE_ARG(l->at[i].key));
		json_bytes(j, key, l->at[i].value);
	}
	json_close(j, '}');
	json_str(j, "reason", e != 0 ? err_slug(e) : NULL);
	json_str(j, "text", e != 0 ? err_text(e) : NULL);
	json_str(j, "advice", e != 0 ? advice_for(e) : NULL);
	json_close(j, '}');
}

static void
show(const struct found *found, bool is_json)
{
	size_t n = found->count < SHOWN_MAX ? found->count : SHOWN_MAX;
	struct logline l;
	struct json j;
	struct buf b;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (size_t i = found->count - n; i < found->count; i++) {
		(void)logline_read(slice_str(found->lines[i % SHOWN_MAX]), &l);
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
	struct found found = { 0 };
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (f == NULL) {
		(void)fprintf(stderr, "cannot read %s: %s\n", path,
		    strerror(errno));
		return EXIT_FAILURE;
	}
	find(f, ref, &found);
	if (f != stdin)
		(void)fclose(f);
	if (found.count == 0)
		(void)fprintf(stderr,
		    ref != NULL ? "the log has no line with this reference\n" :
				  "the log has no refusal\n");
	else
		show(&found, is_json);
	for (size_t i = 0; i < SHOWN_MAX; i++)
		free(found.lines[i]);
	return found.count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
