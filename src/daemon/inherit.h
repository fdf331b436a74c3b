/*
 * inherit -- the sockets that were open before we were: systemd's LISTEN_FDS.
 *
 * They come from a .socket unit, from the store where we left them before a
 * restart or a crash, or from a test.  Each goes to the listener whose name
 * is its own, else to one with its address.  What nobody takes is closed.
 */
#ifndef DAEMON_INHERIT_H
#define DAEMON_INHERIT_H

#include <stdbool.h>
#include <stddef.h>

#include "net/addr.h"

/* The name under which sockets that we opened lie in the store.  No listener
 * can be called that. */
#define INHERIT_STORED "sallyport/listener"
/* And the one under which the keys of tickets lie there. */
#define INHERIT_TICKETS "sallyport/tickets"

struct inherited {
	int fd;
	char *name; /* of FileDescriptorName=, or "" */
	struct addr addr;
};

struct inherit {
	struct inherited *at;
	size_t count; /* not taken yet */
	int tickets;  /* the keys of tickets, from the store; -1: none */
};

/* Takes over every descriptor that is meant for this process, and removes the
 * variables that say so, for they are not for our children. */
void inherit_init(struct inherit *);
/*
 * The next one for a listener of that name (NULL: it has none) and address;
 * the caller owns it.  -1: there is none left.  *is_ours: it comes from the
 * store.
 */
int inherit_take(struct inherit *, const char *name, const struct addr *,
    bool *is_ours);
/* Closes what is left, with a warning for each.  If that was in the store, all
 * of it is forgotten there: store anew what is wanted. */
void inherit_close(struct inherit *);

#endif
