/*
 * logging -- where a process of ours writes: its log on stderr, and the access
 * log wherever the configuration says.
 *
 * Nobody waits for either.  Records of requests are gathered for a turn of the
 * loop.  What could not be written at once is tried again a moment later; what
 * is lost is counted, and the log says so now and then.  A worker opens no
 * file: the supervisor opens the access log's and sends the descriptor, also
 * when it is to be opened anew.
 */
#ifndef DAEMON_LOGGING_H
#define DAEMON_LOGGING_H

#include "base/sink.h"
#include "conf/conf.h"
#include "net/deadline.h"
#include "net/loop.h"

struct logging {
	struct loop *loop;
	struct deadline again;
	struct task gathered; /* lines go out at the end of the turn */
	struct sink *main;    /* stderr */
	struct sink *file;    /* the access log's file; NULL: none came */
	struct sink *socket;  /* the access log's socket; likewise */
	enum access_to to;
	struct deadline tell; /* before it the log does not speak of it again */
	uint64_t dropped;     /* records lost by sinks that are gone */
	uint64_t told;        /* how many the log has spoken of */
};

/* Before anything is logged, and before a sandbox closes. */
void logging_start(struct logging *, struct loop *);
/* Writes what it can; what is logged later goes straight to stderr. */
void logging_stop(struct logging *);
/* Logs as configured from now on. */
void logging_use(struct logging *, const struct conf_log *,
    const struct conf_access_log *);
/* The access log's file, taken over: it replaces the one before. */
void logging_take_file(struct logging *, int fd);

/* For the supervisor: opens the file that the configuration names.  -1 and
 * errno if it cannot; -1 and 0 if there is none. */
int logging_open_file(const struct conf_access_log *);

#endif
