/*
 * proxy -- what the connections of one worker share: the loop, the service in
 * force, and the list of themselves.
 *
 * When another service comes into force the connections that are open are
 * judged again by it, a bounded share in each turn of the loop; one that has a
 * request before its turn has come is judged then.
 *
 * Deadlines are monotonic, but the end of a certificate is a date.  So where
 * the clock is set, or the machine has slept, which stops the monotonic clock
 * alone, every connection asks anew how long it is still trusted.
 */
#ifndef PROXY_PROXY_H
#define PROXY_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "http/msg.h"
#include "net/deadline.h"
#include "net/loop.h"
#include "proxy/quota.h"
#include "proxy/service.h"

/* Longest path that is routed; limits.request_line may not allow more. */
#define PROXY_PATH_MAX (64 * 1024)

struct down;

struct proxy {
	struct loop *loop;
	struct service *service; /* in force; newcomers get this one */
	struct list downs;       /* every client's connection but */
	struct list unjudged;    /* those not judged by it yet */
	struct task judge;
	struct deadline clock; /* looks at it, while somebody is connected */
	int64_t clock_gap_ms; /* from the loop's time to the date; 0: unknown */
	unsigned down_count;
	bool is_draining;
	struct quota addresses;  /* connections from each */
	struct quota identities; /* connections with each certificate */
	uint64_t shed;           /* newcomers turned away, not yet told */
	int64_t shed_told_ms;    /* when the log last said so */
	uint64_t next_ref;       /* of the next connection or request */
	struct msg scratch;      /* for a head that is made and sent at once */
	char path[PROXY_PATH_MAX]; /* of the request that is being routed */
	time_t date_at;            /* what date says */
	char date[CLOCK_HTTP_LEN];
	void (*on_empty)(void *arg); /* the last connection is gone */
	void *arg;
};

/* Takes the caller's reference of the service over. */
void proxy_init(struct proxy *, struct loop *, struct service *,
    void (*on_empty)(void *arg), void *arg);
/* Cuts what is still there; the loop must turn once more afterwards. */
void proxy_clear(struct proxy *);

/* Another service comes into force; takes the caller's reference over. */
void proxy_use(struct proxy *, struct service *);
/* Calls fn for every connection; the current one may go meanwhile. */
void proxy_each(struct proxy *, void (*fn)(struct down *));

/* Where newcomers come from: a listening socket of a worker. */
struct proxy_door {
	struct proxy *proxy;
	uint32_t listener; /* conf_listener.key */
	/* as it was for as long as the listener was configured */
	enum conf_proxy_in header;
};

/* Somebody is connected: the clock is looked at from now on. */
void proxy_watch_clock(struct proxy *);

/* A newcomer at a door; fd is taken over. */
void proxy_accept(void *door, int fd, const struct addr *peer);
/* One more client of this address: whether there is room for it. */
bool proxy_count_address(struct proxy *, struct slice ip);
/* Lets what is under way end; no new requests. */
void proxy_drain(struct proxy *);
/* Breaks off what is still there. */
void proxy_cut(struct proxy *);

/* Somebody is turned away; the log says so now and then, with the number. */
void proxy_shed(struct proxy *, const char *why);
/* Whether what the connections hold has reached the worker's budget. */
bool proxy_is_over_budget(const struct proxy *);
/* An empty message for a head that does not outlive the caller. */
struct msg *proxy_scratch(struct proxy *);
/* Now, as the Date field has it (RFC 9110, 6.6.1); made once a second. */
struct slice proxy_date(struct proxy *);
/* A reference id: no two within the life of a process, hard to guess. */
uint64_t proxy_ref(struct proxy *);

#endif
