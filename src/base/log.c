#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

/* Kept free at the end of a line for what closes it. */
#define LOG_TAIL 32

static struct {
	struct log_params params;
	char process[32];
	uint64_t dropped;
} sink = { .params = { .fd = STDERR_FILENO, .level = LOG_INFO } };

void
log_setup(const struct log_params *p)
{
	sink.params = *p;
}

void
log_set_process(const char *name)
{
	(void)snprintf(sink.process, sizeof(sink.process), "%s", name);
}

bool
log_wants(enum log_level level)
{
	return level <= sink.params.level;
}

uint64_t
log_dropped(void)
{
	return sink.dropped;
}

static const char *
level_name(enum log_level level)
{
	switch (level) {
	case LOG_ERR:
		return "error";
	case LOG_WARN:
		return "warning";
	case LOG_NOTICE:
		return "notice";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		return "debug";
	}
	return "error";
}

static bool
is_json(void)
{
	return sink.params.format == LOG_JSON;
}

static void
raw(struct log *l, const char *p, size_t n)
{
	memcpy(l->line + l->n, p, n);
	l->n += n;
}

static bool
fits(const struct log *l, size_t n)
{
	return n <= sizeof(l->line) - LOG_TAIL - l->n;
}

/* One octet as it stands in a quoted string; its length. */
static size_t
escape(unsigned char c, bool json, char out[8])
{
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	/* JSON has no \x: the octet is shown as the code point of its value */
	return (size_t)snprintf(out, 8, json ? "\\u%04x" : "\\x%02x", c);
}

/* The separator and the key; false when the line is full. */
static bool
key(struct log *l, const char *k, size_t value_max)
{
	size_t n = strlen(k);
	bool first = is_json() && l->n > 0 && l->line[l->n - 1] == '{';

	if (l->is_cut || !fits(l, n + 4 + value_max)) {
		l->is_cut = true;
		return false;
	}
	if (is_json()) {
		raw(l, first ? "\"" : ",\"", first ? 1 : 2);
		raw(l, k, n);
		raw(l, "\":", 2);
	} else {
		if (l->n > 0 && l->line[l->n - 1] != '>')
			raw(l, " ", 1);
		raw(l, k, n);
		raw(l, "=", 1);
	}
	return true;
}

static bool
is_plain(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) &&
		    memchr("-_.:/@[]*,+%~", s.p[i], 13) == NULL)
			return false;
	return s.n > 0;
}

static size_t
escaped_len(struct slice s)
{
	char out[8];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += escape((unsigned char)s.p[i], is_json(), out);
	return n;
}

void
log_bytes(struct log *l, const char *k, struct slice s)
{
	bool quoted = is_json() || !is_plain(s);
	char out[8];

	if (!key(l, k, quoted ? escaped_len(s) + 2 : s.n))
		return;
	if (!quoted) {
		raw(l, s.p, s.n);
		return;
	}
	raw(l, "\"", 1);
	for (size_t i = 0; i < s.n; i++)
		raw(l, out, escape((unsigned char)s.p[i], is_json(), out));
	raw(l, "\"", 1);
}

void
log_str(struct log *l, const char *k, const char *s)
{
	if (s != NULL)
		log_bytes(l, k, slice_str(s));
}

static void
number(struct log *l, const char *k, const char *digits)
{
	size_t n = strlen(digits);

	if (key(l, k, n))
		raw(l, digits, n);
}

void
log_int(struct log *l, const char *k, int64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)v);
	number(l, k, digits);
}

void
log_us(struct log *l, const char *k, int64_t us)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%s%lld.%03lld",
	    us < 0 ? "-" : "", llabs(us / 1000), llabs(us % 1000));
	number(l, k, digits);
}

void
log_bool(struct log *l, const char *k, bool v)
{
	number(l, k, v ? "true" : "false");
}

void
log_err(struct log *l, int err)
{
	if (err == 0)
		return;
	log_str(l, "err", err_slug(err));
	if (log_wants(LOG_DEBUG))
		log_str(l, "text", err_text(err));
}

bool
log_begin(struct log *l, enum log_level level, const char *event)
{
	char now[CLOCK_RFC3339_LEN];

	if (!log_wants(level))
		return false;
	l->level = level;
	l->is_cut = false;
	l->n = 0;
	if (sink.params.journald) {
		char prefix[3] = { '<', (char)('0' + (int)level), '>' };

		raw(l, prefix, 3);
	}
	if (is_json())
		raw(l, "{", 1);
	if (!sink.params.journald) {
		clock_rfc3339(clock_wall_ms(), now);
		log_str(l, "time", now);
	}
	log_str(l, "level", level_name(level));
	log_str(l, "evt", event);
	if (sink.process[0] != '\0')
		log_str(l, "proc", sink.process);
	return true;
}

/* A pipe that poll(2) calls writable has room for PIPE_BUF octets. */
static bool
has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

void
log_end(struct log *l)
{
	if (l->is_cut) {
		if (is_json())
			raw(l, ",\"cut\":true", 11);
		else
			raw(l, " cut=true", 9);
	}
	if (is_json())
		raw(l, "}", 1);
	raw(l, "\n", 1);
	/* a part of a line is as good as none, and nobody waits for a log;
	 * whose descriptor it is may be others' too, so it stays blocking */
	if (!has_room(sink.params.fd) ||
	    write(sink.params.fd, l->line, l->n) != (ssize_t)l->n)
		sink.dropped++;
}

void
log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
	char msg[1024];
	struct log l;
	va_list ap;

	if (!log_begin(&l, level, event))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	log_str(&l, "msg", msg);
	log_end(&l);
}

void
log_quote(struct slice s, char *out, size_t max)
{
	char one[8];
	size_t n = 0, k;

	for (size_t i = 0; i < s.n; i++, n += k) {
		k = escape((unsigned char)s.p[i], false, one);
		if (k >= max - n)
			break;
		memcpy(out + n, one, k);
	}
	out[n] = '\0';
}
