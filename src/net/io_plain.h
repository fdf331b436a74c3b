/*
 * io_plain -- a stream socket as an io.
 */
#ifndef NET_IO_PLAIN_H
#define NET_IO_PLAIN_H

#include <stdbool.h>

#include "net/addr.h"
#include "net/io.h"

/* Takes a connected, non-blocking socket over; the io closes it. */
struct io *io_plain_new(struct loop *, int fd);
/*
 * Begins to connect.  0: *io is there; IO_WRITABLE comes when the attempt has
 * ended, io_plain_connected() says how.  E_CONNECT or E_SYS: it failed at
 * once (errno tells).
 */
int io_plain_connect(struct loop *, const struct addr *, struct io **);
/* 0: connected; E_AGAIN: not yet; E_CONNECT: failed, with errno set. */
int io_plain_connected(struct io *);
/* The two ends of the connection; len 0 where that is not known any more. */
void io_plain_ends(const struct io *, struct addr *peer, struct addr *own);
/* The peer's end will see a reset when the io is closed. */
void io_plain_reset_on_close(struct io *);

#endif
