#include "base/report.h"

#include <stdarg.h>
#include <string.h>

static const char *
outcome_name(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_INFO:
		return "info";
	case REPORT_PASS:
		return "pass";
	case REPORT_MISS:
		return "miss";
	case REPORT_FAIL:
		return "fail";
	}
	return "?";
}

static char
outcome_mark(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_INFO:
		break;
	case REPORT_PASS:
		return '+';
	case REPORT_MISS:
		return '-';
	case REPORT_FAIL:
		return '!';
	}
	return ' ';
}

void
report_init(struct report *r)
{
	*r = (struct report) { 0 };
	arena_init(&r->arena, 4096);
	r->last = &r->first;
}

void
report_clear(struct report *r)
{
	arena_clear(&r->arena);
	r->first = NULL;
	r->last = &r->first;
}

void
report_add(struct report *r, enum report_outcome outcome, const char *part,
    const char *fmt, ...)
{
	struct report_step *s = arena_new(&r->arena, sizeof(*s));
	va_list ap;

	s->outcome = outcome;
	s->part = part;
	va_start(ap, fmt);
	s->text = arena_vprintf(&r->arena, fmt, ap);
	va_end(ap);
	*r->last = s;
	r->last = &s->next;
}

void
report_print(const struct report *r, FILE *to)
{
	const char *part = "";

	for (const struct report_step *s = r->first; s != NULL; s = s->next) {
		(void)fprintf(to, "%-12s %c %.*s\n",
		    strcmp(part, s->part) == 0 ? "" : s->part,
		    outcome_mark(s->outcome), SLICE_ARG(s->text));
		part = s->part;
	}
}

void
report_json(const struct report *r, struct json *j)
{
	json_open(j, "steps", '[');
	for (const struct report_step *s = r->first; s != NULL; s = s->next) {
		json_open(j, NULL, '{');
		json_str(j, "part", s->part);
		json_str(j, "outcome", outcome_name(s->outcome));
		json_bytes(j, "text", s->text);
		json_close(j, '}');
	}
	json_close(j, ']');
}
