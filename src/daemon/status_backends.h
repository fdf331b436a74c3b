/*
 * status_backends -- how servers are doing, as the workers have seen it; the
 * part of status that tells of them.
 */
#ifndef DAEMON_STATUS_BACKENDS_H
#define DAEMON_STATUS_BACKENDS_H

#include "base/buf.h"
#include "base/json.h"

struct supervisor;

void status_backends_text(const struct supervisor *, struct buf *);
/* The member "backends". */
void status_backends_json(const struct supervisor *, struct json *);

#endif
