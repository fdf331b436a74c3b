/*
 * watch -- sees that certificates, keys, CAs or CRLs have changed on disk.
 *
 * inotify tells of everything that happens in the folders on the way to each
 * file: where it lies, and where each symbolic link on its path does, so that
 * files that are renamed into place and links that are made to point elsewhere
 * (as Kubernetes does with "..data") are seen alike.  When it has been quiet
 * for a while the files are looked at, and only if one is another one than
 * before is there a reload; what else happens in these folders costs a few
 * calls of stat(2).
 */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/plan.h"
#include "net/deadline.h"

struct event;
struct supervisor;
struct watch_stamp;

struct watch {
	struct supervisor *supervisor;
	int fd; /* -1: nothing is watched */
	struct event *ev;
	struct deadline settle;
	int64_t first_ms; /* of the events not yet looked at; 0: none */
	struct watch_stamp *stamps; /* by plan.files */
	size_t count;
	bool has_failed; /* said so already */
};

void watch_init(struct watch *, struct supervisor *);
void watch_clear(struct watch *);
/* Another plan is in force: its files are watched from now on, if it says so. */
void watch_use(struct watch *, const struct plan *);

#endif
