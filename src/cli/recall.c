#include "cli/recall.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"

/* How well a line fits. */
enum fit { FIT_NO, FIT_CONN, FIT_REF };

static enum fit
fit_of(const struct logline *l, const char *ref)
{
	struct slice evt = logline_get(l, "evt");

	if (!slice_eq(evt, SL("request")) &&
	    !slice_eq(evt, SL("handshake-refused")) &&
	    !slice_eq(evt, SL("connection-barred")))
		return FIT_NO;
	if (ref == NULL)
		return logline_get(l, "err").n > 0 ? FIT_REF : FIT_NO;
	if (slice_eq(logline_get(l, "ref"), slice_str(ref)))
		return FIT_REF;
	return slice_eq(logline_get(l, "conn"), slice_str(ref)) ? FIT_CONN :
								  FIT_NO;
}

/* The oldest makes room. */
static void
push(struct recall *r, struct slice line)
{
	if (r->count == RECALL_MAX) {
		free(r->lines[0]);
		memmove(&r->lines[0], &r->lines[1],
		    (RECALL_MAX - 1) * sizeof(r->lines[0]));
		r->count--;
	}
	r->lines[r->count++] = mem_strndup(line.p, line.n);
}

/* Behind the others of its kind; the last makes room. */
static void
insert(struct recall *r, size_t at, struct slice line)
{
	if (at == RECALL_MAX)
		return;
	if (r->count == RECALL_MAX)
		free(r->lines[--r->count]);
	memmove(&r->lines[at + 1], &r->lines[at],
	    (r->count - at) * sizeof(r->lines[0]));
	r->lines[at] = mem_strndup(line.p, line.n);
	r->count++;
}

static void
read_all(struct recall *r, FILE *f, const char *ref)
{
	struct logline l;
	size_t room = 0, own = 0;
	char *line = NULL;
	enum fit fit;
	ssize_t n;

	while ((n = getline(&line, &room, f)) > 0) {
		struct slice s = slice_trim(slice_of(line, (size_t)n), "\r\n");

		if (!logline_read(s, &l) || (fit = fit_of(&l, ref)) == FIT_NO)
			continue;
		if (ref == NULL)
			push(r, s);
		else if (fit == FIT_REF && own < RECALL_MAX)
			insert(r, own++, s);
		else if (fit == FIT_CONN)
			insert(r, r->count, s);
	}
	free(line);
}

bool
recall_find(struct recall *r, const char *path, const char *ref)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	*r = (struct recall) { .count = 0 };
	if (f == NULL) {
		(void)fprintf(stderr, "cannot read %s: %s\n", path,
		    strerror(errno));
		return false;
	}
	read_all(r, f, ref);
	if (f != stdin)
		(void)fclose(f);
	if (r->count > 0)
		return true;
	(void)fprintf(stderr,
	    ref != NULL ? "the log has no line with this reference\n" :
			  "the log has no refusal\n");
	return false;
}

void
recall_clear(struct recall *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->lines[i]);
	r->count = 0;
}

int
recall_reason(const struct logline *l)
{
	char slug[64];

	(void)snprintf(slug, sizeof(slug), "%.*s",
	    SLICE_ARG(logline_get(l, "err")));
	return slug[0] != '\0' ? err_by_slug(slug) : 0;
}

/* What a log holds is not to be trusted by a terminal. */
static void
print_clean(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		(void)putchar(s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
	(void)putchar('\n');
}

void
recall_print(const struct logline *l)
{
	for (size_t i = 0; i < l->count; i++) {
		(void)printf("%-12.*s ", SLICE_ARG(l->at[i].key));
		print_clean(l->at[i].value);
	}
}

void
recall_json(const struct logline *l, struct json *j, const char *key)
{
	char name[64];

	json_open(j, key, '{');
	for (size_t i = 0; i < l->count; i++) {
		struct slice plain = logline_plain(l->at[i].value);

		(void)snprintf(name, sizeof(name), "%.*s",
		    SLICE_ARG(l->at[i].key));
		json_bytes(j, name, plain);
		free((char *)plain.p);
	}
	json_close(j, '}');
}

bool
recall_time(const char *text, int64_t *at)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (end != NULL && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	if (end == NULL || strcmp(end, "Z") != 0)
		return false;
	*at = timegm(&tm);
	return true;
}

/* Of the first of these that is there; NULL also for what no string holds. */
static char *
text_of(const struct logline *l, const char *key, const char *other)
{
	struct slice value = logline_get(l, key), plain;

	if (value.n == 0)
		return other != NULL ? text_of(l, other, NULL) : NULL;
	plain = logline_plain(value);
	if (strlen(plain.p) == plain.n)
		return (char *)plain.p;
	free((char *)plain.p);
	return NULL;
}

void
recalled_init(struct recalled *r, const struct logline *l)
{
	char *time = text_of(l, "time", NULL);

	*r = (struct recalled) {
		.host = text_of(l, "sni", "host"),
		.method = text_of(l, "method", NULL),
		.path = text_of(l, "path", NULL),
		.sha256 = text_of(l, "sha256", NULL),
		.issuer = text_of(l, "issuer", NULL),
		.serial = text_of(l, "serial", NULL),
	};
	/* who named none gets the site that is for these */
	if (r->host == NULL)
		r->host = mem_strndup("", 0);
	r->has_at = time != NULL && recall_time(time, &r->at);
	free(time);
}

void
recalled_clear(struct recalled *r)
{
	char *texts[] = { r->host, r->method, r->path, r->sha256, r->issuer,
		r->serial };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	*r = (struct recalled) { 0 };
}
