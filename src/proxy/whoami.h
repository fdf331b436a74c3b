/*
 * whoami -- what is known of the client, as JSON: `respond: whoami`.
 */
#ifndef PROXY_WHOAMI_H
#define PROXY_WHOAMI_H

#include "proxy/authz.h"
#include "proxy/reply.h"
#include "tls/io_tls.h"

struct whoami {
	const struct tls_peer *peer;
	const struct conf_route *route;
	const struct authz *authz;
	const char *client_ip;
};

void whoami_reply(struct reply *, const struct whoami *);

#endif
