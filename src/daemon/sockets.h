/*
 * sockets -- the listening sockets, and which worker accepts from which.
 *
 * Each listener of the configuration is a port here.  A port has at least as
 * many sockets as there are workers, all bound to one address (SO_REUSEPORT):
 * the kernel spreads newcomers over them, and no two workers wake up for one.
 * Worker i accepts from the sockets i, i + workers, and so on.
 *
 * Sockets that we inherit (daemon/inherit.h) go before new ones.  More of them
 * than workers, and some worker accepts from two; fewer, and workers share one
 * where the kernel does not let us open more beside it: then whoever wakes up
 * first takes what is there, which is less even under light load, and nobody
 * starves.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/inherit.h"

struct socket_one {
	int fd;
	uint32_t number; /* its name in IPC_LISTEN, unlike any other's */
	bool is_ours;    /* to be kept in systemd's store, where there is one */
};

struct port {
	char *name;       /* as configured, or NULL */
	struct addr as;   /* as configured, with port 0 if that is written */
	struct addr addr; /* what it is bound to */
	struct socket_one *at;
	size_t count;
};

struct sockets {
	struct port *ports; /* by listener */
	size_t count;
	uint32_t next; /* number */
};

/* Opens all, or says what cannot be: E_SYS.  Takes from what is inherited. */
int sockets_open(struct sockets *, const struct conf *, unsigned workers,
    struct inherit *);
/* Leaves what is ours with systemd. */
void sockets_store(const struct sockets *);
void sockets_close(struct sockets *);

#endif
