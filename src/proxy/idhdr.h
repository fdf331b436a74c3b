/*
 * idhdr -- the fields that tell a backend who the client is.
 *
 * One table for both directions of trust: what we may say of a client, and
 * what a client may never say of itself.  A backend cannot tell "X_Client_DN"
 * from "X-Client-DN" once CGI or WSGI has mapped them, so names are compared
 * with every octet that is no letter or digit taken for the same.
 */
#ifndef PROXY_IDHDR_H
#define PROXY_IDHDR_H

#include <stdbool.h>

#include "http/msg.h"

/* Whether a client's field with this name must not reach a backend. */
bool idhdr_is_ours(const struct field *);

/* Whether a backend could take two names for the same. */
bool idhdr_is_alike(struct slice, struct slice);

/* What is known of the client, for the fields that are made anew. */
struct idhdr {
	struct slice client_ip;
	struct slice host; /* that the client asked for; may be empty */
};

/* Adds X-Forwarded-For, -Proto and -Host.  The slices must outlive the msg. */
void idhdr_add(struct msg *, const struct idhdr *);

#endif
