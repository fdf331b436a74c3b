/*
 * farewell -- the polite end of a connection.
 *
 * A socket that is closed while bytes of the peer lie unread sends a reset,
 * and the reset may destroy the last answer on its way.  So: say goodbye
 * (close_notify, FIN), read and throw away what still comes until the peer
 * closes too, within bounds, then close.  RFC 9112, 9.6.  Embedded.
 */
#ifndef NET_FAREWELL_H
#define NET_FAREWELL_H

#include "net/deadline.h"
#include "net/io.h"

#define FAREWELL_MS    2000      /* how long the peer has to finish */
#define FAREWELL_BYTES (1 << 20) /* what it may send meanwhile */

struct farewell {
	struct io *top;    /* says goodbye, and is closed at the end */
	struct io *bottom; /* what is thrown away is read here */
	size_t left;       /* of FAREWELL_BYTES */
	struct deadline deadline;
	void (*done)(void *arg);
	void *arg;
};

/*
 * Takes top over; bottom is the io below it, or the same.  done is called once,
 * when top has been closed, never before this returns.
 */
void farewell_start(struct farewell *, struct io *top, struct io *bottom,
    void (*done)(void *arg), void *arg);
/* Closes at once; done is not called. */
void farewell_stop(struct farewell *);

#endif
