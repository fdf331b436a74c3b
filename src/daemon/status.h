/*
 * status -- how the daemon is, for people and for programs.
 */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include "base/buf.h"

struct supervisor;

/* The whole answer of control.h, its first line included. */
void status_text(const struct supervisor *, struct buf *);
void status_json(const struct supervisor *, struct buf *);

#endif
