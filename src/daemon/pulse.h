/*
 * pulse -- whether the workers turn, and what systemd is told about it.
 *
 * A worker that has nothing to do does not turn by itself, so it is asked: a
 * ping goes over its ipc, the answer comes out of its loop.  systemd gets a
 * sign of life only when everyone has answered the last ping; one worker that
 * hangs in a handler, or is stopped, thus ends in WatchdogSec and a restart.
 * A worker that starts has START_MS to get that far.
 *
 * The line in `systemctl status` is written every few seconds, if it changed.
 */
#ifndef DAEMON_PULSE_H
#define DAEMON_PULSE_H

#include <stdint.h>

#include "net/deadline.h"

struct supervisor;

struct pulse {
	struct supervisor *supervisor;
	struct deadline ping;
	int64_t ping_ms; /* 0: nobody wants to know */
	struct deadline status;
	uint64_t requests; /* until the last line */
	int64_t status_ms; /* when that was */
	char note[128];    /* stands before the figures; may be empty */
	char told[256];    /* the last line */
};

/* Begins, if systemd is there. */
void pulse_init(struct pulse *, struct supervisor *);
void pulse_clear(struct pulse *);
/* From now on the line begins with this, such as "draining"; NULL: with
 * nothing.  It is told at once. */
void pulse_note(struct pulse *, const char *);

#endif
