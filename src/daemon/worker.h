/*
 * worker -- a process that serves: accept, TLS, HTTP, backends.
 *
 * It gets everything from the supervisor over its ipc: counters, the bundle,
 * listening sockets.  It opens no file.  It ends when it has drained, when it
 * is told to, or when the supervisor is gone.
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

/* Runs on IPC_WORKER_FD until the end; the exit status of the process. */
int worker_run(void);

#endif
