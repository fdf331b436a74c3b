/*
 * sockets -- the listening sockets, and which worker accepts from which.
 *
 * Each listener of the configuration is a port here.  A port has at least as
 * many sockets as there are workers, all bound to one address (SO_REUSEPORT):
 * the kernel spreads newcomers over them, and no two workers wake up for one.
 * The worker with the same index accepts from a socket; where there is none,
 * since more were inherited or there were more workers once, another one does
 * in its place (daemon/child.h): to close a socket would reset who waits in
 * its queue.
 *
 * Sockets that we inherit (daemon/inherit.h) go before new ones.  If they are
 * fewer than the workers, these share one where the kernel does not let us open
 * more beside it: then whoever wakes up first takes what is there, which is
 * less even under light load, and nobody starves.
 *
 * A port stays as it is through reloads for as long as its name and address
 * are configured.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/inherit.h"
#include "net/addr.h"

struct socket_one {
	int fd;
	uint32_t number; /* its name in IPC_LISTEN, unlike any other's */
	bool is_ours;    /* to be kept in systemd's store, where there is one */
};

enum port_state {
	PORT_OPEN,
	PORT_NEW,  /* by sockets_prepare; not handed out yet */
	PORT_GOING /* by sockets_commit; workers are to let go of it */
};

struct port {
	enum port_state state;
	bool is_wanted;   /* sockets_prepare: still configured */
	char *name;       /* as configured, or NULL */
	struct addr as;   /* as configured, with port 0 if that is written */
	struct addr addr; /* what it is bound to */
	uint32_t key;     /* conf_listener.key */
	struct socket_one *at;
	size_t count;
	size_t given; /* the first of them were inherited */
};

struct sockets {
	struct port *ports;
	size_t count;
	uint32_t next; /* number */
};

/* Where to listen. */
struct sockets_wanted {
	const char *name; /* or NULL */
	struct addr addr;
	uint32_t key;
};

/*
 * Opens what is not open yet, with what is inherited or for one worker; inherit
 * may be NULL.  0, or E_SYS: the log says what failed, and nothing has changed.
 */
int sockets_prepare(struct sockets *, const struct sockets_wanted *, size_t n,
    struct inherit *);
/* It is not to be: what sockets_prepare opened is closed. */
void sockets_cancel(struct sockets *);
/* It is: those not wanted any more are going.  All others have at least so
 * many sockets from now on, as far as the system has them. */
void sockets_commit(struct sockets *, unsigned workers);
/* All workers have been told: new ports are open, those that are going are
 * closed.  What is ours is left with systemd. */
void sockets_settle(struct sockets *);
/* The largest number of sockets that a port has. */
unsigned sockets_width(const struct sockets *);
void sockets_close(struct sockets *);

#endif
