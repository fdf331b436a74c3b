/*
 * log -- one line for each event, as key=value or as JSON, into one sink.
 *
 * A line is built in place and written in one piece:
 *
 *	struct log l;
 *
 *	if (log_begin(&l, LOG_WARN, "handshake-refused")) {
 *		log_int(&l, "depth", depth);
 *		log_bytes(&l, "subject", subject);
 *		log_end(&l);
 *	}
 *
 * Whatever a peer sent goes through log_bytes, which quotes what is not
 * printable ASCII.  Never keys, tokens, cookies.  A line that does not fit
 * loses fields from its end and says so (cut=true).  Nobody waits for a log:
 * see base/sink.h.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* The numbers are those of syslog(3), for journald's "<3>" prefix. */
enum log_level {
	LOG_ERR = 3,
	LOG_WARN = 4,
	LOG_NOTICE = 5,
	LOG_INFO = 6,
	LOG_DEBUG = 7
};
enum log_format { LOG_TEXT, LOG_JSON };

/* What is around a line. */
enum log_style {
	LOG_BARE,   /* nothing */
	LOG_PREFIX, /* "<N>" first, no time: journald behind stderr adds it */
	LOG_SYSLOG, /* "<N>sallyport[pid]: " first: a datagram to syslog */
	LOG_NATIVE, /* KEY=value lines: a datagram to journald's own socket */
};

struct sink;

struct log_params {
	struct sink *sink; /* borrowed; NULL: straight to stderr */
	enum log_format format;
	enum log_level level; /* what is less urgent is not written */
	enum log_style style;
};

/* Bytes; PIPE_BUF of Linux, so that in a pipe the lines of several processes
 * stay whole. */
#define LOG_LINE_MAX 4096

struct log {
	const struct log_params *to;
	enum log_level level;
	bool is_cut;
	bool is_started; /* a field is there already */
	size_t n;
	char line[LOG_LINE_MAX];
};

/* Copies the parameters; until then: text, LOG_INFO, on stderr. */
void log_setup(const struct log_params *);
/* A word that stands in every line after evt: "worker" "0".  Copied. */
void log_set_process(const char *name);
bool log_wants(enum log_level);
/* Writes what had to wait; true when nothing does any more.  Says so when
 * lines were dropped meanwhile. */
bool log_flush(void);

/* False when the level is not wanted; then nothing else may be called. */
bool log_begin(struct log *, enum log_level, const char *event);
/* The same for another log than the main one; it wants every level. */
void log_begin_to(struct log *, const struct log_params *, enum log_level,
    const char *event);
/* A line without keys, for a format of the operator's own: texts as they are,
 * and values that are quoted as quote_str() does, "-" when empty. */
void log_begin_plain(struct log *, const struct log_params *, enum log_level);
void log_text(struct log *, struct slice);
void log_value(struct log *, struct slice);
/* Strings of ours, which are known to be harmless.  NULL: left out. */
void log_str(struct log *, const char *key, const char *);
void log_int(struct log *, const char *key, int64_t);
void log_bool(struct log *, const char *key, bool);
/* Microseconds, written as milliseconds with three decimals. */
void log_us(struct log *, const char *key, int64_t us);
/* Anything, whoever sent it. */
void log_bytes(struct log *, const char *key, struct slice);
/* The slug as err=, and the sentence at level debug.  0: left out. */
void log_err(struct log *, int err);
void log_end(struct log *);
/* The same for what there is much of: it may be written a moment later, with
 * others in one piece; see sink_gather(). */
void log_end_gathered(struct log *);

/* A line with one field, msg. */
void log_msg(enum log_level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
