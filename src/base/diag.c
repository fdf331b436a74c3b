#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

void
diag_init(struct diag *d)
{
	*d = (struct diag) { 0 };
}

void
diag_clear(struct diag *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->entries[i].text);
		free((char *)d->entries[i].at.file);
	}
	free(d->entries);
	diag_init(d);
}

/* A terminal must not obey what a file says. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static char *
place(struct diag_at at)
{
	if (at.line == 0)
		return mem_printf("%s: ", at.file);
	return mem_printf("%s:%u:%u: ", at.file, at.line, at.column);
}

static void add(struct diag *, enum diag_level, struct diag_at, const char *fmt,
    va_list) __attribute__((format(printf, 4, 0)));

static void
add(struct diag *d, enum diag_level level, struct diag_at at, const char *fmt,
    va_list ap)
{
	struct diag_entry *e;
	char *where, *what;

	if (level == DIAG_ERROR)
		d->errors++;
	if (d->count >= DIAG_MAX)
		return;
	if (at.file == NULL)
		at.file = "sallyport";
	if (vasprintf(&what, fmt, ap) < 0)
		mem_abort(__func__);
	where = place(at);
	d->entries = mem_resize(d->entries, d->count + 1, sizeof(*e));
	e = &d->entries[d->count++];
	*e = (struct diag_entry) { .level = level, .at = at };
	e->at.file = mem_strdup(at.file);
	e->text = mem_printf("%s%s", where, what);
	make_printable(e->text);
	e->message = e->text + strlen(where);
	free(where);
	free(what);
}

void
diag_error(struct diag *d, struct diag_at at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, at, fmt, ap);
	va_end(ap);
}

void
diag_warn(struct diag *d, struct diag_at at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, at, fmt, ap);
	va_end(ap);
}

/* The position of the first entry that names the same file. */
static size_t
file_rank(const struct diag *d, const char *file)
{
	size_t i = 0;

	while (i < d->count && strcmp(d->entries[i].at.file, file) != 0)
		i++;
	return i;
}

static bool
comes_after(const struct diag *d, const struct diag_entry *a,
    const struct diag_entry *b)
{
	size_t fa = file_rank(d, a->at.file), fb = file_rank(d, b->at.file);

	if (fa != fb)
		return fa > fb;
	if (a->at.line != b->at.line)
		return a->at.line > b->at.line;
	return a->at.column > b->at.column;
}

/* At most DIAG_MAX entries: insertion sort, which keeps equals in order. */
void
diag_sort(struct diag *d)
{
	struct diag old = *d;

	if (d->count == 0)
		return;
	d->entries = mem_new(d->count, sizeof(*d->entries));
	for (size_t i = 0; i < old.count; i++) {
		size_t j = i;

		for (; j > 0 &&
		     comes_after(&old, &d->entries[j - 1], &old.entries[i]);
		     j--)
			d->entries[j] = d->entries[j - 1];
		d->entries[j] = old.entries[i];
	}
	free(old.entries);
}

void
diag_log(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		log_msg(d->entries[i].level == DIAG_ERROR ? LOG_ERR : LOG_WARN,
		    "config", "%s", d->entries[i].text);
}
