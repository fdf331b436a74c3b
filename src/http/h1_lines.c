#include "http/h1_lines.h"

#include <string.h>

#include "base/err.h"
#include "http/span.h"

/*
 * The current line reaches to s->at so far.  Both limits may have been passed
 * since the last look; then the one that was passed first is told.
 */
static int
check_limits(const struct h1_scan *s, const struct h1_bounds *b)
{
	bool is_first = s->lines == 0;
	size_t max = is_first ? b->first_max : b->line_max;
	size_t len = s->at - s->line;
	bool line_long = len > 2 && len - 2 > max;
	bool all_long = s->at > b->all_max;

	if (line_long && (!all_long || max + 2 <= b->all_max - s->line))
		return is_first ? b->first_long : b->line_long;
	return all_long ? b->all_long : 0;
}

/* A line ends before s->at.  *end: it is the empty one after all others. */
static int
end_line(struct h1_scan *s, const struct h1_bounds *b, struct slice in,
    bool *end)
{
	size_t len = s->at - s->line;
	bool has_start = b->has_start_line;

	*end = false;
	if (len < 2 || in.p[s->at - 2] != '\r')
		return b->bare_lf;
	if (len == 2 && has_start && s->lines == 0) {
		/* RFC 9112, 2.2: at least one should be passed over */
		if (!b->may_begin_empty || s->line != 0)
			return E_HTTP_LINE;
	} else if (len == 2) {
		*end = true;
	} else {
		s->lines++;
		if (s->lines - (has_start ? 1 : 0) > b->fields_max)
			return b->many;
	}
	s->line = s->at;
	return 0;
}

int
h1_lines_scan(struct h1_scan *s, const struct h1_bounds *b, struct slice in,
    size_t *used)
{
	const char *lf;
	bool end;
	int e;

	while (s->at < in.n) {
		lf = memchr(in.p + s->at, '\n', in.n - s->at);
		s->at = lf != NULL ? (size_t)(lf - in.p) + 1 : in.n;
		if ((e = check_limits(s, b)) != 0)
			return e;
		if (lf == NULL)
			break;
		if ((e = end_line(s, b, in, &end)) != 0)
			return e;
		if (end) {
			*used = s->at;
			return 0;
		}
	}
	return E_AGAIN;
}

int
h1_lines_field(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice s = *rest;
	size_t n = octet_span(s, OCTET_TOKEN);

	/* no octet but CR can be the last before a LF: s.p[n] is there */
	if (n == 0 || s.p[n] != ':')
		return octet_is_blank(s.p[0]) ? E_HTTP_FOLD : E_HTTP_FIELD;
	*name = slice_first(s, n);
	s = slice_skip(s, n + 1);
	while (octet_is_blank(s.p[0]))
		s = slice_skip(s, 1);
	n = span_value(s);
	if (s.p[n] != '\r' || s.p[n + 1] != '\n')
		return E_HTTP_FIELD;
	*rest = slice_skip(s, n + 2);
	while (n > 0 && octet_is_blank(s.p[n - 1]))
		n--;
	*value = slice_first(s, n);
	return 0;
}
