/*
 * A line of the log read back: what a peer sent, two names with a line feed
 * between them, is in it what it was, and nothing else is; and any line at all
 * is read, or is none.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/logline.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct logline *l, const char *key, struct slice expected)
{
	struct slice plain = logline_plain(logline_get(l, key));

	assert(slice_eq(plain, expected));
	free((char *)plain.p);
}

static void
write_and_read(struct slice one, struct slice two, enum log_format format)
{
	const struct log_params to = { .format = format, .style = LOG_BARE };
	struct logline l;
	struct log line;

	log_begin_to(&line, &to, LOG_NOTICE, "handshake-refused");
	log_bytes(&line, "subject", one);
	log_str(&line, "err", "cert-expired");
	log_bytes(&line, "sans", two);
	log_int(&line, "ms", 1);
	if (line.is_cut)
		return;
	assert(logline_read(slice_of(line.line, line.n), &l));
	check(&l, "evt", SL("handshake-refused"));
	check(&l, "subject", one);
	check(&l, "err", SL("cert-expired"));
	check(&l, "sans", two);
	check(&l, "ms", SL("1"));
	/* time, level and evt are in front */
	assert(l.count == 7);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct slice in = slice_of(p, len), one = in, two = in;
	ptrdiff_t at = slice_find(in, '\n');
	struct logline l;

	if (at >= 0) {
		one = slice_first(in, (size_t)at);
		two = slice_skip(in, (size_t)at + 1);
	}
	write_and_read(one, two, LOG_TEXT);
	write_and_read(one, two, LOG_JSON);
	if (logline_read(in, &l))
		for (size_t i = 0; i < l.count; i++)
			free((char *)logline_plain(l.at[i].value).p);
	return 0;
}
