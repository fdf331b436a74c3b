/*
 * reply -- answers of our own: refusals, failures, and what `respond` says.
 *
 * The only map from an error code to an HTTP status is here.
 */
#ifndef PROXY_REPLY_H
#define PROXY_REPLY_H

#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "http/msg.h"

struct reply {
	unsigned status;
	struct slice type;
	struct slice body; /* within mem, or static, or the configuration's */
	struct buf mem;
	char allow[256];  /* with 405 */
	bool retry_after; /* with 503 */
};

/* Whose fault an error is: the same malformed head is 400 or 502. */
enum reply_side { REPLY_CLIENT, REPLY_BACKEND };

/* The status for an error; 500 for what should not happen. */
unsigned reply_status(int err, enum reply_side);
/* A short plain answer; ref is what the log calls this request. */
void reply_error(struct reply *, unsigned status, uint64_t ref);
/* What a route's `respond` says, but whoami. */
void reply_fixed(struct reply *, const struct conf_respond *);
void reply_clear(struct reply *);

/* Its head; borrows from the reply.  out is empty before. */
void reply_head(const struct reply *, struct slice date, struct msg *out);

#endif
