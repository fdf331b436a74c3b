/*
 * ipc -- what supervisor and worker say to each other.
 *
 * One message is one datagram on a SOCK_SEQPACKET pair, perhaps with one
 * descriptor.  Both sides are the same program, started from the same file,
 * so that there is one format and no version of it.
 *
 * A worker's first bundle comes into force at once.  A later one is built
 * beside it, and takes its place when the supervisor knows that every worker
 * has done so: BUNDLE, BUILT (or FAILED), SWITCH (or CANCEL), READY.
 */
#ifndef DAEMON_IPC_H
#define DAEMON_IPC_H

#include <stdint.h>

#include "net/loop.h"

/* The descriptor on which a worker finds its end. */
#define IPC_WORKER_FD 3

enum ipc_type {
	/* to a worker */
	IPC_METRICS = 1, /* number: the slot; fd: the mapping */
	IPC_BUNDLE,      /* number: the generation; fd: sealed memfd */
	IPC_SWITCH,      /* number: the generation that comes into force */
	IPC_CANCEL,      /* what was built is not wanted */
	IPC_LISTEN,      /* number: the socket's; fd: accept from it */
	IPC_UNLISTEN,    /* number: stop accepting from that one */
	IPC_DRAIN,       /* finish what is under way, then end */
	IPC_QUIT,        /* end now */
	IPC_TICKETS,     /* fd: the keys of tickets; see sealing.h */
	IPC_ACCESS,      /* fd: the access log's file, opened anew */
	IPC_PING,        /* say that the loop turns; number: which one */
	/* to the supervisor */
	IPC_BUILT,  /* number: the generation that stands beside the old */
	IPC_READY,  /* number: the generation now in force */
	IPC_FAILED, /* number: the generation that could not be used */
	IPC_PONG,   /* number: the ping's */
};

struct ipc_msg {
	uint32_t type;
	uint32_t number;
	uint32_t listener; /* IPC_LISTEN: conf_listener.key of the socket */
};

struct ipc;

/* fd is -1 or the callee's.  msg NULL: the other side is gone; last call. */
typedef void ipc_fn(void *arg, const struct ipc_msg *msg, int fd);

/* A pair of ends; E_SYS. */
int ipc_pair(int fds[2]);
/* Takes the descriptor over; NULL, and it is closed, when there is no room for
 * another event. */
struct ipc *ipc_new(struct loop *, int fd, ipc_fn *, void *arg);
void ipc_free(struct ipc *); /* NULL is fine */
/* Sends; fd is -1 or borrowed.  E_SYS when the other side does not take it,
 * which with so few and so small messages means that it is gone or stuck. */
int ipc_send(struct ipc *, enum ipc_type, uint32_t number, int fd);
int ipc_send_msg(struct ipc *, const struct ipc_msg *, int fd);

#endif
