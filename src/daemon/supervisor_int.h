/*
 * supervisor_int -- what supervisor.c and child.c share.
 */
#ifndef DAEMON_SUPERVISOR_INT_H
#define DAEMON_SUPERVISOR_INT_H

#include <event2/event.h>

#include "base/metric.h"
#include "daemon/child.h"
#include "daemon/pulse.h"
#include "daemon/sockets.h"

struct supervisor {
	struct loop loop;
	const char *conf_path;
	int bundle_fd;       /* sealed; what workers get */
	uint32_t generation; /* of that bundle */
	int metrics_fd;
	struct metric_slot *slots;
	struct sockets sockets;
	struct child *children;
	unsigned child_count;
	struct event *signals[4];
	struct pulse pulse;
	struct deadline kill; /* those that do not end in time */
	int64_t drain_ms;
	bool is_ending;
	bool was_ready; /* all workers, once */
	int status;     /* exit status */
};

/* The state of a child has changed. */
void supervisor_child_changed(struct supervisor *, struct child *);
/* Somebody other than this one who is ready, or NULL. */
struct child *supervisor_other(struct supervisor *, const struct child *);

#endif
