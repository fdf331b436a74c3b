/*
 * proxy_rig -- exchanges between a client and a backend that are both the
 * test: connections in memory, time that goes on when the test says so, and a
 * client whose handshake is taken for granted.
 */
#ifndef SUPPORT_PROXY_RIG_H
#define SUPPORT_PROXY_RIG_H

#include "base/buf.h"
#include "net/io_mem.h"
#include "proxy/proxy.h"
#include "support/net_rig.h"

/* Milliseconds, as the rig's configuration has them. */
#define PROXY_RESPONSE_MS 20000 /* request's end to head */
#define PROXY_BODY_MS     5000  /* between pieces: a client's */
#define PROXY_UP_BODY_MS  7000  /* between pieces: a backend's */
#define PROXY_WRITE_MS    9000  /* a client takes nothing */

struct proxy_end; /* a connection's end that the test has */

struct proxy_rig {
	struct loop loop;
	struct service *service;
	struct proxy proxy;
	struct proxy_end *client;
	struct proxy_end *backend; /* the last one */
};

/* routes: lines of YAML under `routes:`; capacity of each connection. */
void proxy_rig_init(struct proxy_rig *, const char *routes, size_t capacity);
void proxy_rig_clear(struct proxy_rig *);

/* The handshake's verdict becomes this, and nothing else changes. */
void proxy_rig_refuse(struct proxy_rig *, int err);
/* A kept connection to the backend, used once before. */
void proxy_rig_backend(struct proxy_rig *);

void proxy_say(struct proxy_rig *, struct proxy_end *, const char *);
/* The same, but nothing moves yet. */
void proxy_prepare(struct proxy_end *, const char *);
/* Says it and no more, in one turn. */
void proxy_say_last(struct proxy_rig *, struct proxy_end *, const char *);
/* Says as much of n octets 'x' as goes; how many those were. */
size_t proxy_pour(struct proxy_rig *, struct proxy_end *, size_t n);
/* All that came since the last call; lives until the next one. */
const char *proxy_heard(struct proxy_rig *, struct proxy_end *);
/* Takes n octets, which must be there, and no more. */
void proxy_sip(struct proxy_rig *, struct proxy_end *, size_t n);
/* How the proxy's side has ended: 0 while it has not, E_EOF, E_CLOSED... */
int proxy_end_of(const struct proxy_end *);
/* The test's side says no more; or is gone. */
void proxy_shut(struct proxy_rig *, struct proxy_end *);
void proxy_break(struct proxy_rig *, struct proxy_end *);

/* Exchanges under way. */
unsigned proxy_exchanges(const struct proxy_rig *);
/* What came must begin with this; and what must be in it, or not. */
void proxy_check_starts(const char *heard, const char *start);
void proxy_check_has(const char *heard, const char *part);
void proxy_check_lacks(const char *heard, const char *part);

#endif
