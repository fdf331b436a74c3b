#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digits.h"
#include "base/err.h"
#include "base/metric.h"
#include "base/quote.h"
#include "base/sink.h"

/* systemd.journal-fields(7): ours begin like this */
#define NATIVE_PREFIX "SALLYPORT_"
/* RFC 5424, 6.2.1: the facility for daemons, times 8 */
#define SYSLOG_DAEMON (3 << 3)
/* Kept free at the end of a line for what closes it. */
#define LOG_TAIL 32

static struct {
	struct log_params params;
	char process[32];
	uint64_t told; /* of the sink's dropped lines */
} main_log = { .params = { .level = LOG_INFO } };

void
log_setup(const struct log_params *p)
{
	main_log.params = *p;
}

void
log_set_process(const char *name)
{
	(void)snprintf(main_log.process, sizeof(main_log.process), "%s", name);
}

bool
log_wants(enum log_level level)
{
	return level <= main_log.params.level;
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
is_json(const struct log *l)
{
	return l->to->format == LOG_JSON && l->to->style != LOG_NATIVE;
}

static void
raw(struct log *l, const char *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(l->line + l->n, p, n);
	l->n += n;
}

static bool
fits(const struct log *l, size_t n)
{
	return n <= sizeof(l->line) - LOG_TAIL - l->n;
}

/* journal fields are in upper case, ours have a prefix. */
static void
native_key(struct log *l, const char *k, size_t n)
{
	raw(l, NATIVE_PREFIX, sizeof(NATIVE_PREFIX) - 1);
	for (size_t i = 0; i < n; i++) {
		char c = ascii_is_alpha(k[i]) ? (char)(k[i] & ~0x20) : k[i];

		raw(l, &c, 1);
	}
	raw(l, "=", 1);
}

static void
separate(struct log *l)
{
	char last = l->n > 0 ? l->line[l->n - 1] : '\0';

	if (l->is_started && last != '{')
		raw(l, is_json(l) ? "," : " ", 1);
	l->is_started = true;
}

/* The separator and the key; false when the line is full. */
static bool
key(struct log *l, const char *k, size_t value_max)
{
	size_t n = strlen(k);

	if (l->is_cut || !fits(l, n + sizeof(NATIVE_PREFIX) + 4 + value_max)) {
		l->is_cut = true;
		return false;
	}
	if (l->to->style == LOG_NATIVE) {
		native_key(l, k, n);
		return true;
	}
	separate(l);
	if (is_json(l))
		raw(l, "\"", 1);
	raw(l, k, n);
	if (is_json(l))
		raw(l, "\":", 2);
	else
		raw(l, "=", 1);
	return true;
}

/* After a value. */
static void
end_value(struct log *l)
{
	if (l->to->style == LOG_NATIVE)
		raw(l, "\n", 1);
}

/* Octets of which a part may have to be escaped; len: quote_len() of them. */
static void
quoted(struct log *l, struct slice s, size_t len)
{
	if (len == s.n)
		raw(l, s.p, s.n);
	else
		l->n += quote_put(s, is_json(l), l->line + l->n);
}

void
log_bytes(struct log *l, const char *k, struct slice s)
{
	bool is_native = l->to->style == LOG_NATIVE;
	enum quote_need need = quote_need(s);
	bool in_quotes = !is_native && (is_json(l) || need != QUOTE_NOTHING);
	size_t len = need == QUOTE_ESCAPES ? quote_len(s, is_json(l)) : s.n;

	if (!key(l, k, len + 2))
		return;
	if (in_quotes)
		raw(l, "\"", 1);
	quoted(l, s, len);
	if (in_quotes)
		raw(l, "\"", 1);
	end_value(l);
}

void
log_str(struct log *l, const char *k, const char *s)
{
	if (s != NULL)
		log_bytes(l, k, slice_str(s));
}

static void
number(struct log *l, const char *k, const char *digits, size_t n)
{
	if (!key(l, k, n))
		return;
	raw(l, digits, n);
	end_value(l);
}

void
log_int(struct log *l, const char *k, int64_t v)
{
	char digits[DIGITS_MAX];

	number(l, k, digits, digits_i64(digits, v));
}

void
log_us(struct log *l, const char *k, int64_t us)
{
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;
	char digits[1 + DIGITS_MAX + 4] = "-";
	size_t n = us < 0;

	n += digits_u64(digits + n, size / 1000);
	digits[n++] = '.';
	digits_fixed(digits + n, 3, size % 1000);
	number(l, k, digits, n + 3);
}

void
log_bool(struct log *l, const char *k, bool v)
{
	number(l, k, v ? "true" : "false", v ? 4 : 5);
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

/* What stands before a line. */
static void
prefix(struct log *l)
{
	int n = 0;

	switch (l->to->style) {
	case LOG_BARE:
		break;
	case LOG_PREFIX:
		n = snprintf(l->line, sizeof(l->line), "<%d>", (int)l->level);
		break;
	case LOG_SYSLOG:
		n = snprintf(l->line, sizeof(l->line),
		    "<%d>sallyport[%d]: ", SYSLOG_DAEMON | (int)l->level,
		    (int)getpid());
		break;
	case LOG_NATIVE:
		n = snprintf(l->line, sizeof(l->line),
		    "PRIORITY=%d\nSYSLOG_IDENTIFIER=sallyport\n",
		    (int)l->level);
		break;
	}
	l->n = (size_t)n;
}

void
log_begin_plain(struct log *l, const struct log_params *to,
    enum log_level level)
{
	l->to = to;
	l->level = level;
	l->is_cut = false;
	l->is_started = false;
	l->n = 0;
	prefix(l);
}

void
log_text(struct log *l, struct slice s)
{
	if (l->is_cut || !fits(l, s.n))
		l->is_cut = true;
	else
		raw(l, s.p, s.n);
}

void
log_value(struct log *l, struct slice s)
{
	size_t len;

	if (s.n == 0)
		s = SL("-");
	len = quote_len(s, is_json(l));
	if (l->is_cut || !fits(l, len))
		l->is_cut = true;
	else
		quoted(l, s, len);
}

void
log_begin_to(struct log *l, const struct log_params *to, enum log_level level,
    const char *event)
{
	char now[CLOCK_RFC3339_LEN];

	log_begin_plain(l, to, level);
	if (is_json(l))
		raw(l, "{", 1);
	if (to->style == LOG_BARE) {
		clock_rfc3339(clock_wall_ms(), now);
		log_str(l, "time", now);
	}
	if (to->style == LOG_NATIVE) {
		log_text(l, SL("MESSAGE="));
		log_text(l, slice_str(event));
		log_text(l, SL("\n"));
	}
	log_str(l, "level", level_name(level));
	log_str(l, "evt", event);
	if (main_log.process[0] != '\0')
		log_str(l, "proc", main_log.process);
}

bool
log_begin(struct log *l, enum log_level level, const char *event)
{
	if (!log_wants(level))
		return false;
	log_begin_to(l, &main_log.params, level, event);
	return true;
}

/* What closes a line. */
static struct slice
closed(struct log *l)
{
	if (l->is_cut)
		raw(l, is_json(l) ? ",\"cut\":true" : " cut=true",
		    is_json(l) ? 11 : 9);
	if (is_json(l) && l->is_started)
		raw(l, "}", 1);
	if (l->to->style != LOG_SYSLOG)
		raw(l, "\n", 1);
	return slice_of(l->line, l->n);
}

void
log_end(struct log *l)
{
	struct slice line = closed(l);

	if (l->to->sink != NULL)
		sink_write(l->to->sink, line);
	else
		(void)!write(STDERR_FILENO, line.p, line.n);
}

void
log_end_gathered(struct log *l)
{
	if (l->to->sink != NULL)
		sink_gather(l->to->sink, closed(l));
	else
		log_end(l);
}

bool
log_flush(void)
{
	struct sink *s = main_log.params.sink;
	uint64_t dropped;

	if (s == NULL)
		return true;
	if (!sink_flush(s))
		return false;
	dropped = sink_dropped(s);
	if (dropped == main_log.told)
		return true;
	metric_add(M_LOG_DROPPED, (int64_t)(dropped - main_log.told));
	log_msg(LOG_WARN, "log-dropped", "%llu lines",
	    (unsigned long long)(dropped - main_log.told));
	main_log.told = dropped;
	return sink_flush(s);
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
