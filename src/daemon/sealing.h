/*
 * sealing -- the keys that clients' tickets are sealed by, as processes share
 * them.
 *
 * The supervisor makes them, rotates them and hands every worker the same
 * ones, in a sealed memfd; systemd keeps that over a restart, so that clients
 * come back without a full handshake.  Where the configuration names files
 * with keys, those are used instead (tls/ctx.h).
 */
#ifndef DAEMON_SEALING_H
#define DAEMON_SEALING_H

#include <stdint.h>

#include "net/deadline.h"
#include "net/loop.h"
#include "tls/ticket.h"

struct sealing {
	struct loop *loop;
	struct ticket_keys keys;
	int fd; /* the same, sealed; -1: not yet */
	int64_t rotate_ms;
	struct deadline due;
	void (*on_change)(void *arg); /* workers must be told */
	void *arg;
};

void sealing_init(struct sealing *, struct loop *, void (*on_change)(void *),
    void *arg);
/* Takes keys over that were kept for us; the descriptor is closed. */
void sealing_inherit(struct sealing *, int fd);
/* Makes a key if there is none, and rotates them from now on this often. */
void sealing_start(struct sealing *, int64_t rotate_ms);
void sealing_clear(struct sealing *);

/* For a worker: reads such a descriptor; false: it is none. */
bool sealing_read(int fd, struct ticket_keys *);

#endif
