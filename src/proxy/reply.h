/*
 * reply -- answers of our own: refusals, failures, and what `respond` says.
 *
 * The only map from an error code to an HTTP status is here.
 */
#ifndef PROXY_REPLY_H
#define PROXY_REPLY_H

#include "base/buf.h"
#include "base/slice.h"
#include "cert/verify.h"
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
/* What an answer that tells of an error is made from. */
struct reply_error {
	unsigned status;
	uint64_t ref;                /* what the log calls the request */
	const struct fields *wanted; /* the request's */
	const struct conf *conf;
};

/*
 * An answer that tells of an error, never why: as problem details (RFC 9457)
 * if the request's Accept wants JSON more than the operator's page for the
 * status, or than a short plain text where there is none.
 */
void reply_error(struct reply *, const struct reply_error *);
struct reply_refusal {
	int err;
	const struct verdict *verdict; /* of the handshake */
	enum conf_detail detail;
	uint64_t ref; /* what the log calls the connection */
};

/*
 * An answer to a client that is refused itself, whatever it asks for: 403 as
 * problem details, with the reason as far as detail allows.
 */
void reply_refusal(struct reply *, const struct reply_refusal *);
/* What a route's `respond` says, but whoami. */
void reply_fixed(struct reply *, const struct conf_respond *);
void reply_clear(struct reply *);

/* Its head; borrows from the reply.  out is empty before. */
void reply_head(const struct reply *, struct slice date, struct msg *out);

#endif
