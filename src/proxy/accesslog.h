/*
 * accesslog -- one record for each request, and for each handshake.
 *
 * A refused one says why (the slug of err.def) and who, as far as that is
 * known.  Nothing secret: query strings and fields only where the operator
 * asks for them.  conf/access.def has what a record may hold.
 */
#ifndef PROXY_ACCESSLOG_H
#define PROXY_ACCESSLOG_H

#include "base/log.h"
#include "conf/conf.h"

struct down;
struct exchange;
struct verdict;

/* Where records go other than to the main log; sink NULL: there.  The sink is
 * borrowed, for as long as the process lives or until the next call. */
void accesslog_use(struct sink *);

/* err 0: it succeeded, which only level debug wants to know. */
void accesslog_handshake(const struct down *, int err, const char *openssl);
/* At its end, whatever that was. */
void accesslog_request(const struct exchange *);
/* A client that was let in is not any more, by a new configuration. */
void accesslog_barred(const struct down *, const struct verdict *);

#endif
