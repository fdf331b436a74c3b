#include "cli/question.h"

#include <getopt.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/slice.h"
#include "cli/recall.h"

/* "2026-11-21T01:11:21Z", or seconds since 1970 behind "@". */
static bool
read_time(const char *text, int64_t *at)
{
	uint64_t n;

	if (text[0] == '@') {
		if (!slice_u64(slice_str(text + 1), &n) ||
		    n > INT32_MAX * 64ull)
			return false;
		*at = (int64_t)n;
		return true;
	}
	return recall_time(text, at);
}

bool
question_read(int argc, char **argv, struct question *q)
{
	static const struct option longs[] = {
		{ "cert", required_argument, NULL, 'C' },
		{ "host", required_argument, NULL, 'h' },
		{ "method", required_argument, NULL, 'm' },
		{ "path", required_argument, NULL, 'p' },
		{ "at", required_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "log", required_argument, NULL, 'l' },
		{ "from-log", required_argument, NULL, 'l' },
		{ "ref", required_argument, NULL, 'r' },
		{ 0 },
	};
	const char **texts[] = { ['c'] = &q->conf,
		['C'] = &q->cert,
		['h'] = &q->host,
		['m'] = &q->method,
		['p'] = &q->path,
		['l'] = &q->log,
		['r'] = &q->ref };
	int opt;

	while ((opt = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (opt == 'j')
			q->is_json = true;
		else if (opt == 'a')
			q->has_at = read_time(optarg, &q->at);
		else if (opt != '?')
			*texts[opt] = optarg;
		if (opt == '?' || (opt == 'a' && !q->has_at))
			return false;
	}
	return optind == argc;
}

void
question_set_defaults(struct question *q)
{
	if (q->method == NULL)
		q->method = "GET";
	if (!q->has_at)
		q->at = clock_wall_ms() / 1000;
}

/* What would break out of a line. */
static bool
is_one_word(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f)
			return false;
	return true;
}

bool
question_is_askable(const struct question *q)
{
	return is_one_word(q->method) &&
	    (q->path == NULL || is_one_word(q->path)) &&
	    (q->host == NULL || is_one_word(q->host));
}
