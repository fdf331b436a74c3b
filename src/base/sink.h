/*
 * sink -- where lines of a log go, without ever waiting for it.
 *
 * What the descriptor does not take at once is kept, up to a bound, and goes
 * out when sink_flush() is called; what is beyond that is dropped and counted.
 * A full disk drops lines too; when it has room again, lines go on.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define SINK_MAX (256 * 1024) /* octets that wait, at most */
/* PIPE_BUF of Linux: in a pipe that others share, a piece stays whole. */
#define SINK_PIECE 4096

struct sink;

/* A file, a pipe, a terminal or a connected socket; taken over. */
struct sink *sink_new(int fd);
/* The same descriptor as stderr, but never waited for; stderr itself is left
 * as it is, since others may share it. */
struct sink *sink_new_stderr(void);
/*
 * A datagram for each line, to the unix socket at path: each is addressed
 * anew, so that whoever listens there may be started again.  NULL when the
 * path is too long or there is no descriptor.
 */
struct sink *sink_new_datagram(const char *path);
void sink_free(struct sink *); /* writes what it can; NULL is fine */
/* At the end, when nobody else has to wait: writes what waits, for ms
 * milliseconds at most while nothing is taken.  NULL is fine. */
void sink_finish(struct sink *, int ms);

/* Writes a line, its newline included, or keeps it, or drops it. */
void sink_write(struct sink *, struct slice line);
/*
 * Keeps a line until sink_flush(), or until another is written at once; those
 * that were gathered go out together, SINK_PIECE octets at a time.
 */
void sink_gather(struct sink *, struct slice line);
/* Writes what waits; true when nothing does any more. */
bool sink_flush(struct sink *);
/*
 * Called when the first line has to wait: see to it that sink_flush comes,
 * after a while or, for lines that were gathered, at the end of the turn.
 */
typedef void sink_wait_fn(void *arg, bool is_gathered);
void sink_on_wait(struct sink *, sink_wait_fn *, void *arg);
/* Lines dropped since the start. */
uint64_t sink_dropped(const struct sink *);

#endif
