/*
 * forward -- a message that was received becomes one to be sent on.
 *
 * RFC 9110, 7.6: what concerns a single hop stays behind, what Connection
 * names as well; the rest passes unchanged and in order, but for what the
 * route says otherwise.
 */
#ifndef PROXY_FORWARD_H
#define PROXY_FORWARD_H

#include "conf/conf.h"
#include "http/msg.h"
#include "proxy/idhdr.h"

/* What is made here borrows from the message that came in: it must not outlive
 * that one.  out is empty before. */

struct forward {
	struct slice host;              /* what is asked of the backend */
	struct slice via;               /* our own entry in Via */
	struct slice upgrade;           /* the protocol to offer; empty: none */
	const struct conf_route *route; /* what it changes is changed */
	struct idhdr idhdr;
};

/* 0, or E_IDENTITY_LONG. */
int forward_request(const struct msg *in, const struct forward *,
    struct msg *out);
/* date: what Date says if the backend did not. */
void forward_response(const struct msg *in, const struct conf_route *,
    struct slice date, struct msg *out);
/* Of either; once the end of the content has come. */
void forward_trailers(const struct msg *in, const struct conf_route *,
    struct msg *out);
/* RFC 9110, 7.6.1: whether a field is of this hop, named by Connection or
 * not. */
bool forward_is_hop_by_hop(enum field_id);
/*
 * Max-Forwards of an OPTIONS request (RFC 9110, 7.6.2), or -1: there is none
 * that means anything.
 */
int64_t forward_hops_left(const struct msg *);
/* RFC 9110, 7.6.3: whether Via says that we have seen the message before. */
bool forward_is_loop(const struct msg *, struct slice name);

#endif
