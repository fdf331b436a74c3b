#include "net/resolver_files.h"

#define BLANK " \t\r"

/* The next word of a line, empty after the last. */
static struct slice
next_word(struct slice *line)
{
	struct slice word;
	size_t n = 0;

	*line = slice_trim(*line, BLANK);
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	word = slice_first(*line, n);
	*line = slice_skip(*line, n);
	return word;
}

/* The next line that says something, without what follows "#" or ";". */
static bool
next_line(struct slice *text, struct slice *line, bool *at_end)
{
	while (slice_cut(text, '\n', line, at_end)) {
		size_t n = 0;

		while (n < line->n && line->p[n] != '#' && line->p[n] != ';')
			n++;
		*line = slice_trim(slice_first(*line, n), BLANK);
		if (line->n > 0)
			return true;
	}
	return false;
}

static void
each_word(struct slice line, enum resolv_what what, resolv_fn *fn, void *arg)
{
	struct slice word;

	while ((word = next_word(&line)).n > 0)
		fn(arg, what, word);
}

void
resolv_conf_each(struct slice text, resolv_fn *fn, void *arg)
{
	struct slice line, key, search = { 0 };
	bool at_end = false;

	while (next_line(&text, &line, &at_end)) {
		key = next_word(&line);
		if (slice_eq(key, SL("nameserver")))
			fn(arg, RESOLV_NAMESERVER, next_word(&line));
		else if (slice_eq(key, SL("options")))
			each_word(line, RESOLV_OPTION, fn, arg);
		else if (slice_eq(key, SL("search")))
			search = line;
		else if (slice_eq(key, SL("domain")))
			search = next_word(&line);
	}
	each_word(search, RESOLV_SEARCH, fn, arg);
}

static bool
has_name(struct slice line, struct slice name)
{
	struct slice word;

	while ((word = next_word(&line)).n > 0)
		if (slice_caseeq(word, name))
			return true;
	return false;
}

size_t
hosts_find(struct slice text, struct slice name, uint16_t port, struct addr *at,
    size_t max)
{
	struct slice line, ip;
	bool at_end = false;
	size_t n = 0;

	while (n < max && next_line(&text, &line, &at_end)) {
		ip = next_word(&line);
		if (!has_name(line, name) || addr_parse_ip(ip, &at[n]) != 0)
			continue;
		addr_set_port(&at[n++], port);
	}
	return n;
}
