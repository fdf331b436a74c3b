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

#include "conf/identity.h"
#include "http/msg.h"

struct authz;
struct ident;

/*
 * Whether a client's field with this name must not reach a backend: what
 * proxies commonly emit, and what some route of ours does (NULL: none).
 */
bool idhdr_is_ours(const struct field *, const struct conf_names *);
/* Whether an answer varies by what only we can have said (RFC 9440, 2.4). */
bool idhdr_has_vary(const struct fields *, const struct conf_names *);

/* What is known of the client, for the fields that are made anew. */
struct idhdr {
	struct slice client_ip;
	struct slice host; /* that the client asked for; may be empty */
	const struct conf_identity *how; /* NULL: X-Forwarded-* alone */
	/* the rest only where there is a how */
	const struct ident *who;
	const struct authz *authz;
	struct slice site;
	struct slice by; /* our own URI, for XFCC; may be empty */
};

/*
 * Adds X-Forwarded-For, -Proto and -Host, and what the route or backend says.
 * 0, or E_IDENTITY_LONG: it would be more than it may.  The slices must
 * outlive the msg.
 */
int idhdr_add(struct msg *, const struct idhdr *);

#endif
