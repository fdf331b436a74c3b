/*
 * mux_h1 -- HTTP/1.1 and 1.0: one stream at a time, framing by RFC 9112.
 *
 * As server it parses requests, answers in order, and takes the next one (it
 * may have come already) when the exchange is done with the last.  As client
 * it sends a request and parses the response, which it trusts no more than a
 * request.
 */
#ifndef MUX_MUX_H1_H
#define MUX_MUX_H1_H

#include "mux/mux.h"

/* Takes io over. */
struct mux *mux_h1_new(struct io *, enum mux_role, const struct mux_params *,
    const struct mux_events *, void *arg);

#endif
