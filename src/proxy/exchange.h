/*
 * exchange -- a request and its answer, from the client's stream to the
 * backend's and back.
 *
 *	start -> connect -> forward -> done
 *	   |        |          |
 *	   +--------+- reply <-+
 *
 * start decides (host, path, route, rule), connect waits for a stream to the
 * backend, forward pumps both directions at once until both are done, reply
 * sends an answer of our own.  It asks the streams what they can do and never
 * what they are.
 *
 * Lives from the first octet of a request to the last of its answer; the
 * client's connection has it in its list, and it frees itself.
 */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include "proxy/decide.h"
#include "proxy/down.h"
#include "proxy/reply.h"
#include "upstream/lease.h"

enum exchange_state {
	EXCHANGE_START,
	EXCHANGE_CONNECT,
	EXCHANGE_FORWARD,
	EXCHANGE_REPLY,
	EXCHANGE_DONE,
};

/* How far one direction has come. */
enum flow { FLOW_HEAD, FLOW_BODY, FLOW_DONE, FLOW_CUT };

struct exchange {
	struct list node; /* in down.exchanges */
	struct down *down;
	struct service *service; /* a reference: that decides this request */
	/* the connection's then, one of the service; a reload gives the
	 * connection another */
	const struct conf_site *site;
	enum exchange_state state;
	struct stream *from; /* the client's stream; NULL when let go */
	struct stream *to;   /* the backend's; NULL when there is none */
	struct msg *request; /* the client's stream has it */
	struct decision decision;
	struct lease lease;
	struct reply reply;
	size_t reply_at;      /* octets of its body that are sent */
	enum flow upward;     /* the request */
	enum flow downward;   /* the answer */
	struct slice upgrade; /* the protocol that was offered; or empty */
	bool is_tunnel;       /* and the backend switched to it */
	bool is_first;        /* of its connection */
	bool is_retry;
	bool is_asked;     /* something of the request has been written */
	bool is_starved;   /* the client gives nothing of the request */
	bool is_clogged;   /* the client takes nothing of the answer */
	struct task flush; /* writes what the streams have gathered */
	struct deadline deadline;
	struct deadline whole; /* of the exchange */
	int barred;            /* why it is to end by then, or 0 */
	uint64_t mark;         /* bytes_in when the client's clock was set */
	int64_t waits_ms;      /* what the deadline is set to */
	int late_err;          /* what it means when it runs out */
	struct grave grave;

	/* for the log */
	uint64_t ref;
	unsigned status; /* that the client was told; 0: none */
	int err;
	uint64_t bytes_in; /* content of the request */
	uint64_t bytes_out;
	int64_t start_us;
	int64_t connect_us; /* when there was a stream to the backend */
	int64_t first_us;   /* when its final head was there */
};

/* A request begins on a client's stream. */
void exchange_new(struct down *, struct stream *);
/* Breaks it off; the client's connection is going. */
void exchange_cut(struct exchange *, int err);
/*
 * Its connection goes over to another configuration, or has lost its trust.  A
 * tunnel, which has no next request to be refused, ends if it would not be
 * granted now.  Whatever else is under way ends as it began, but within
 * timeouts.drain if rules refuse the client now.
 */
void exchange_judge(struct exchange *);
struct exchange *exchange_of_node(struct list *);

/* For exchange's own files.  exchange.c: */

void exchange_enter(struct exchange *, enum exchange_state);
/* By when something must have happened, and what it means if not. */
void exchange_wait(struct exchange *, int64_t ms, int err);
/* The end, whichever.  With err the streams are broken off. */
void exchange_finish(struct exchange *, int err);
/* Lets the backend's stream go, broken off if err says why. */
void exchange_drop_backend(struct exchange *, int err);
/* Does what can be done now; arg is the exchange. */
void exchange_run(void *arg);
/* What exchange_pump() returned is not E_EOF: asks again, or tells whoever can
 * still be told. */
void exchange_pump_failed(struct exchange *, int err, enum reply_side);

/* exchange_ask.c: */

/* Sends the request to the backend of its route, at once or when there is a
 * stream to it. */
void exchange_ask(struct exchange *);
/* Whether another connection may be asked after this error, and asking it. */
bool exchange_may_retry(const struct exchange *, int err);
void exchange_retry(struct exchange *);

/* exchange_pump.c: moves what can be moved between the two streams.  0: go on
 * later; E_EOF: both directions are done; else why it failed, and whose
 * failure that is in *side.  What was gathered goes out by exchange_flush()
 * when nothing more comes, or with the end of the client's stream. */
int exchange_pump(struct exchange *, enum reply_side *side);
/* Lets it go: 0, or likewise. */
int exchange_flush(struct exchange *, enum reply_side *side);

/* Whether a tunnel that is asked for would be granted by the configuration
 * that its connection has now: 0, or why not. */
int exchange_judge_upgrade(struct exchange *);

/* exchange_reply.c: */

/* Answers with x->reply. */
void exchange_answer(struct exchange *);
/* Answers with an error. */
void exchange_refuse(struct exchange *, int err, enum reply_side);
/* Answers that the client itself is refused, by down_refusal(). */
void exchange_bar(struct exchange *);
/* Goes on with an answer of ours. */
void exchange_run_reply(struct exchange *);
/* Which methods the reply says are allowed. */
void exchange_set_allow(struct exchange *);

#endif
