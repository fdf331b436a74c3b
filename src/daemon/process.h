/*
 * process -- what a process of ours sets up for itself.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include "base/metric.h"

#define PROCESS_WORKERS_MAX 1024

/* Workers leave signals to the supervisor; nobody dies of SIGPIPE. */
void process_ignore_signals(void);
/* As many descriptors as the system lets us have. */
void process_raise_limits(void);
/* The CPUs that this process may use; at least 1. */
unsigned process_cpus(void);

/* A memfd for PROCESS_WORKERS_MAX slots, or -1. */
int process_metrics_fd(void);
/* The mapping of it, or NULL. */
struct metric_slot *process_map_metrics(int fd);
void process_unmap_metrics(struct metric_slot *);

/* Starts a worker whose end of the pair is ipc_fd.  The pid, or -1. */
int process_start_worker(int ipc_fd);

#endif
