/*
 * child -- a worker as the supervisor sees it: started, told what to do,
 * started again when it dies.
 *
 * The pause before a new start grows while it keeps dying soon.  During that
 * time another worker accepts from its sockets, so that nobody who waits in
 * their queues is lost.
 */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/ipc.h"
#include "net/deadline.h"

enum child_state {
	CHILD_GONE,     /* no process; perhaps a start is due */
	CHILD_STARTING, /* it has not taken its bundle yet */
	CHILD_READY,
	CHILD_ENDING, /* it was told to */
};

struct supervisor;

struct child {
	struct supervisor *supervisor;
	unsigned index; /* of its slot and its sockets */
	enum child_state state;
	int pid; /* -1: none */
	struct ipc *ipc;
	int64_t started_ms;
	int64_t pause_ms;      /* before the next start */
	uint32_t pings, pongs; /* the last one's number */
	bool is_late;          /* the last ping was not answered in time */
	struct deadline restart;
	uint32_t built;      /* the generation it can serve by; 0: none */
	uint32_t generation; /* that it serves by; 0: none */
	unsigned deaths;     /* that nobody asked for */
	struct child *heir;  /* who accepts from its sockets meanwhile */
};

void child_init(struct child *, struct supervisor *, unsigned index);
void child_clear(struct child *);
/* Starts the process and hands everything over. */
void child_start(struct child *);
/* Its process has ended, with this wait(2) status. */
void child_died(struct child *, int status);
/* It is not wanted any more: others accept in its place, and it drains. */
void child_retire(struct child *);
/* If it accepts nobody, and nobody does so in its place, somebody does from
 * now on, if there is anybody. */
void child_lend(struct child *);
/* It accepts from its own sockets; it is ready. */
void child_open(struct child *);
/* Who accepts from its sockets hears of those that are new or going. */
void child_update_sockets(struct child *);
/* Lets it finish (IPC_DRAIN) or not (IPC_QUIT). */
void child_end(struct child *, enum ipc_type how);
/* Asks whether its loop turns: then pongs becomes pings. */
void child_ping(struct child *);

#endif
