/*
 * control -- the supervisor's unix socket: how it is, and to reload.
 *
 * A caller sends one line and gets one answer: "ok" or "failed" alone in the
 * first line, then text; then the end.
 *
 *	status		for people
 *	status json
 *	reload		the answer comes when it is in force everywhere, or not
 *
 * Local alone, mode 0660.  Callers are few, their line is short, and nobody is
 * waited for.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/list.h"

struct listener;
struct supervisor;

struct control {
	struct supervisor *supervisor;
	char *path; /* bound; NULL: nothing is */
	dev_t dev;  /* of what lies there, if it is still ours */
	ino_t ino;
	struct listener *listener;
	struct list callers;
	unsigned caller_count;
};

void control_init(struct control *, struct supervisor *);
void control_clear(struct control *);
/* Answers at this path from now on, and no longer at another; NULL: nowhere.
 * What lies there is replaced.  The log says if it cannot. */
void control_use(struct control *, const char *path);

#endif
