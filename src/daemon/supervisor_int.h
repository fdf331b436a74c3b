/*
 * supervisor_int -- what the files of the supervisor share.
 */
#ifndef DAEMON_SUPERVISOR_INT_H
#define DAEMON_SUPERVISOR_INT_H

#include <event2/event.h>

#include "base/metric.h"
#include "daemon/child.h"
#include "daemon/control.h"
#include "daemon/logging.h"
#include "daemon/plan.h"
#include "daemon/process.h"
#include "daemon/pulse.h"
#include "daemon/reload.h"
#include "daemon/sealing.h"
#include "daemon/sockets.h"
#include "daemon/supervisor.h"
#include "daemon/upgrade.h"
#include "daemon/watch.h"

#define SUPERVISOR_SIGNALS 6

struct supervisor {
	struct loop loop;
	struct supervisor_params params;
	struct logging logging;
	struct plan *plan;        /* in force */
	uint32_t last_generation; /* that was given to a plan */
	struct reload reload;
	struct watch watch;
	struct control control;
	struct upgrade upgrade;
	struct sockets sockets;
	struct sealing sealing;
	int shared_fd;
	struct process_shared *shared;
	/* Those from plan->workers on are not wanted: they drain or have gone,
	 * and others accept from their sockets. */
	struct child **children;
	unsigned child_count;
	struct event *signals[SUPERVISOR_SIGNALS];
	struct pulse pulse;
	struct deadline kill; /* those that do not end in time */
	int64_t start_ms;     /* of the loop's clock */
	bool is_ending;
	bool is_replaced; /* another process goes on with our sockets */
	bool was_ready;   /* all workers, once */
	int status;       /* exit status */
};

/* The state of a child has changed. */
void supervisor_child_changed(struct supervisor *, struct child *);
/* Another child that is ready and wanted, best for accepting in this one's
 * place; or NULL. */
struct child *supervisor_heir(struct supervisor *, const struct child *);
/* Whether it is to run. */
bool supervisor_wants(const struct supervisor *, const struct child *);
/* Another plan is in force: what follows from it besides the workers. */
void supervisor_plan_changed(struct supervisor *);
/* Another process serves with the same sockets: this one drains. */
void supervisor_give_way(struct supervisor *);
/* All workers end, and then this process: IPC_DRAIN, or IPC_QUIT for now. */
void supervisor_end(struct supervisor *, enum ipc_type how);
/* There are as many children as the plan wants; surplus ones drain. */
void supervisor_fit(struct supervisor *);

/* Every worker gets the access log's file. */
void supervisor_send_access(struct supervisor *);

/* What signals ask for, from now on; E_SYS. */
int supervisor_watch_signals(struct supervisor *);
void supervisor_forget_signals(struct supervisor *);

#endif
