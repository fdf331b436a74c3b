/*
 * forward -- a message that was received becomes one to be sent on.
 *
 * RFC 9110, 7.6: what concerns a single hop stays behind, what Connection
 * names as well; the rest passes unchanged and in order.
 */
#ifndef PROXY_FORWARD_H
#define PROXY_FORWARD_H

#include "http/msg.h"
#include "proxy/idhdr.h"

/* What is made here borrows from the message that came in: it must not outlive
 * that one.  out is empty before. */

struct forward {
	struct slice host;    /* what is asked of the backend */
	struct slice via;     /* our own entry in Via */
	struct slice upgrade; /* the protocol to offer; empty: none */
	struct idhdr idhdr;
};

void forward_request(const struct msg *in, const struct forward *,
    struct msg *out);
/* date: what Date says if the backend did not. */
void forward_response(const struct msg *in, struct slice date, struct msg *out);
/* Of either; once the end of the content has come. */
void forward_trailers(const struct msg *in, struct msg *out);
/*
 * Max-Forwards of an OPTIONS request (RFC 9110, 7.6.2), or -1: there is none
 * that means anything.
 */
int64_t forward_hops_left(const struct msg *);
/* RFC 9110, 7.6.3: whether Via says that we have seen the message before. */
bool forward_is_loop(const struct msg *, struct slice name);

#endif
