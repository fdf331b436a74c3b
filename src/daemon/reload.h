/*
 * reload -- another configuration comes into force, everywhere or nowhere.
 *
 *	idle -> building -> switching -> idle
 *	  ^--------+
 *
 * The supervisor reads and checks all of it (plan.h) and opens what addresses
 * are new.  Then every worker builds it beside what it serves by; when all
 * have, all switch.  Whatever goes wrong until then changes nothing.  One that
 * is asked for meanwhile comes behind; several are one.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "base/list.h"
#include "daemon/plan.h"
#include "net/deadline.h"

struct child;
struct supervisor;

enum reload_why {
	RELOAD_NONE,
	RELOAD_FILES, /* a file changed: the configuration stays */
	RELOAD_ASKED, /* somebody wants all of it anew */
};

enum reload_state { RELOAD_IDLE, RELOAD_BUILDING, RELOAD_SWITCHING };

/* Somebody who wants to know how it ended; embedded. */
struct reload_waiter {
	struct list node;
	/* Once.  err 0: the generation is in force in every worker. */
	void (*done)(void *arg, int err, const struct diag *);
	void *arg;
};

struct reload {
	struct supervisor *supervisor;
	enum reload_state state;
	enum reload_why next_why; /* asked for meanwhile */
	struct plan *next;        /* RELOAD_BUILDING */
	struct diag diag;         /* what was wrong with the last one */
	struct deadline deadline; /* for the workers */
	struct list waiting;      /* for the one under way */
	struct list later;        /* for the one behind it */
	int64_t start_us;
	size_t changes;
	uint64_t failure; /* digest of the last one's words; 0: it went well */
	/* for status */
	bool has_failed;   /* the last one */
	char *mistake;     /* its first; may be NULL even so */
	int64_t failed_ms; /* wall clock of the last failure; 0: none */
	uint32_t count;    /* that came into force */
	uint32_t failures;
};

void reload_init(struct reload *, struct supervisor *);
void reload_clear(struct reload *);
/* Begins, or notes that it is wanted.  The waiter may be NULL. */
void reload_start(struct reload *, enum reload_why, struct reload_waiter *);
void reload_waiter_cancel(struct reload_waiter *);
/* All workers serve for the first time, or the process ends: what waits for
 * it may go on, or never will. */
void reload_go_on(struct reload *);
/* A worker has built a generation, could not, serves by it, or is gone. */
void reload_child_built(struct reload *, struct child *);
void reload_child_failed(struct reload *, struct child *, uint32_t generation);
void reload_child_changed(struct reload *, struct child *);

#endif
