/*
 * msg_dump -- a message in one line, for tests to compare.
 */
#ifndef SUPPORT_MSG_DUMP_H
#define SUPPORT_MSG_DUMP_H

#include "base/buf.h"
#include "http/msg.h"

/*
 * "GET /a host=b 1.1 none keep {Name: value}{Name: value}" or
 * "200 1.1 length=5 close {...}".
 */
void msg_dump(const struct msg *, struct buf *);
/* The same for some fields. */
void msg_dump_fields(const struct fields *, struct buf *);

#endif
