/*
 * process -- what a process of ours sets up for itself.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include "base/metric.h"
#include "upstream/vitals.h"

#define PROCESS_WORKERS_MAX 1024
/* How those beyond are doing is not told. */
#define PROCESS_SERVERS_MAX 512

/* What workers write and the supervisor reads, each in a place of its own; what
 * nobody writes takes no memory. */
struct process_shared {
	struct metric_slot slots[PROCESS_WORKERS_MAX];
	/* in the order of the configuration */
	struct vitals vitals[PROCESS_WORKERS_MAX][PROCESS_SERVERS_MAX];
};

/* Workers leave signals to the supervisor; nobody dies of what is written, be it
 * to whom has gone or beyond RLIMIT_FSIZE. */
void process_ignore_signals(void);
/* As many descriptors as the system lets us have. */
void process_raise_limits(void);
/* The CPUs that this process may use; at least 1. */
unsigned process_cpus(void);

/* A memfd for it, or -1. */
int process_shared_fd(void);
/* The mapping of it, or NULL. */
struct process_shared *process_map_shared(int fd);
void process_unmap_shared(struct process_shared *);

/* Starts a worker whose end of the pair is ipc_fd.  The pid, or -1. */
int process_start_worker(int ipc_fd);

#endif
