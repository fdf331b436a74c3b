/*
 * down -- a client's connection, from accept to close.
 *
 *	header -> handshake -> open -> linger -> dead
 *	   |          |          |                 ^
 *	   |          +- linger -+-----------------+
 *	   +---------------------------------------+
 *
 * header is for listeners where a PROXY header comes first.
 *
 * A client that the handshake refused is open too where its site tells so by
 * HTTP (on_refusal): down_refusal() keeps every request of it from being
 * served, and it stays refused until it comes with another handshake.
 *
 * It owns the io and the mux on it, keeps what the handshake found about the
 * client, and makes an exchange out of every stream.
 */
#ifndef PROXY_DOWN_H
#define PROXY_DOWN_H

#include "mux/mux.h"
#include "net/addr.h"
#include "net/deadline.h"
#include "net/farewell.h"
#include "proxy/proxy.h"
#include "tls/io_tls.h"
#include "upstream/own.h"

enum down_state {
	DOWN_HEADER,
	DOWN_HANDSHAKE,
	DOWN_OPEN,
	DOWN_LINGER,
	DOWN_DEAD,
};

struct down {
	struct list node; /* in proxy.downs */
	struct proxy *proxy;
	struct service *service; /* a reference: that judged the client */
	int barred;              /* why it is not let in any more, or 0 */
	enum down_state state;
	uint64_t ref;      /* this connection in the log */
	struct io *io;     /* TLS; owned until the farewell has it */
	struct io *lower;  /* the socket below; ours while there is no io */
	struct buf header; /* in DOWN_HEADER */
	struct proxyproto *said; /* what the header said; or NULL */
	struct own own;          /* connections to backends that know of us */
	struct mux *mux;         /* in DOWN_OPEN */
	struct farewell farewell;
	struct deadline trust;    /* the end of the client's chain */
	struct deadline deadline; /* of header, handshake; of the end */
	struct grave grave;
	struct list exchanges; /* those under way */
	int64_t start_us;
	int64_t open_us;               /* when the handshake was done */
	char client_ip[ADDR_TEXT_MAX]; /* for logs and X-Forwarded-For */
	uint16_t client_port;
	bool has_address;  /* client_ip counts in proxy.addresses */
	char identity[32]; /* SHA-256 of the client's certificate */
	bool has_identity; /* it counts in proxy.identities */
};

/* Takes the socket over; its address has been counted, if it is not that of a
 * proxy. */
void down_new(const struct proxy_door *, int fd, const struct addr *peer);
/* Ends it when what is under way is done. */
void down_drain(struct down *);
/*
 * The service in force has changed, or the clock was set: judges the client
 * again, or how long it is still trusted.  Who fails has no request any more:
 * tunnels end at once, what else is under way may end within timeouts.drain,
 * and then the connection does.  Who was refused before is not judged again but
 * sent away by another service, to come back with another handshake.
 */
void down_judge(struct down *);
/*
 * 0; or why no request of it may be served: whom the handshake refused, or a
 * later configuration, asks in vain.
 */
int down_refusal(const struct down *);
/* Ends it now, whatever is under way. */
void down_cut(struct down *);
struct down *down_of_node(struct list *);
/* What the handshake found; valid while the connection is open.  NULL before
 * there is a handshake. */
const struct tls_peer *down_peer(const struct down *);

#endif
