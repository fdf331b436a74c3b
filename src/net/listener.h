/*
 * listener -- a listening socket that hands over connections.
 *
 * Accepts a bounded number in one turn, so that newcomers do not starve those
 * who are in.  When the process has no descriptors left it sheds newcomers
 * with a spare descriptor, and says so once.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/addr.h"
#include "net/loop.h"

struct listener;

/* A connected, non-blocking, close-on-exec socket; the callee owns it. */
typedef void listener_accept_fn(void *arg, int fd, const struct addr *peer);

/* Takes the listening descriptor over.  Where there are no means to hear of
 * newcomers, that is said, and tried again until there are. */
struct listener *listener_new(struct loop *, int fd, listener_accept_fn *,
    void *arg);
/* Stops, closes the descriptor and frees it.  NULL is fine. */
void listener_free(struct listener *);
/* Takes everybody who waits in the queue now, before it is closed: who is left
 * there would be reset. */
void listener_take_rest(struct listener *);
/* Accepting stops while paused; the kernel's queue fills meanwhile. */
void listener_pause(struct listener *, bool);

/*
 * Opens a socket that listens: non-blocking, close-on-exec, with SO_REUSEPORT
 * if shared.  E_SYS with errno set.
 */
int listener_open(const struct addr *, bool shared, int *fd);
/*
 * Makes a socket that somebody else opened fit for listener_new().  E_INVALID
 * if it is no TCP socket that listens.  Where it is bound to goes to addr,
 * unless NULL, in any case.
 */
int listener_adopt(int fd, struct addr *);

#endif
