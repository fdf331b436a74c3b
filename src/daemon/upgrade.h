/*
 * upgrade -- another program in this one's place, with the same sockets.
 *
 * The file that this program was started from, which may be a newer one by
 * now, is started with the same arguments and with every listening socket and
 * the keys of tickets in LISTEN_FDS (daemon/inherit.h).  It says on a pipe that
 * all of its workers serve; then this one drains and ends.  Until that moment
 * nothing of this one has changed, and if it does not come, nothing will.
 *
 * A process stands between the two for as long: when that ends, init takes the
 * next one in.  systemd counts only a child of its own as a main process that
 * it can wait for; any other it kills without patience when it is to stop.
 */
#ifndef DAEMON_UPGRADE_H
#define DAEMON_UPGRADE_H

#include <stdbool.h>

#include "net/deadline.h"

struct event;
struct supervisor;

struct upgrade {
	struct supervisor *supervisor;
	char *program; /* path of the file */
	int pid;       /* of who stands between; -1: nobody is to take over */
	int fd;        /* where the next one says that it does */
	char told[sizeof(int) + 1]; /* its pid; and that it is ready */
	size_t told_len;
	struct event *ev;
	struct deadline deadline;
};

/* Notes what this program was started as; early, for the folder may change. */
void upgrade_init(struct upgrade *, struct supervisor *);
void upgrade_clear(struct upgrade *);
void upgrade_start(struct upgrade *);
/* Looks whether it has ended. */
void upgrade_reap(struct upgrade *);
/* The other side: who started us for that hears that we serve. */
void upgrade_tell_ready(struct upgrade *);

#endif
