#include "net/resolver.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

#define RESOLVER_ADDRS_MAX 16 /* of one name; the rest is not used */

struct resolver {
	struct loop *loop;
	struct evdns_base *dns;
	size_t queries; /* whose answer has not been told yet */
	bool is_closed; /* goes with the last of them */
	struct grave grave;
};

struct resolver_query {
	struct resolver *resolver;
	struct evdns_getaddrinfo_request *request;
	resolver_fn *done;
	void *arg;
	struct task task; /* tells what is known at once, or too late */
	int err;
	struct addr addrs[RESOLVER_ADDRS_MAX];
	size_t count;
};

int
resolver_new(struct loop *l, struct resolver **out)
{
	struct resolver *r = mem_new(1, sizeof(*r));

	r->loop = l;
	r->dns = evdns_base_new(l->base,
	    EVDNS_BASE_INITIALIZE_NAMESERVERS |
		EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (r->dns == NULL) {
		free(r);
		return E_SYS;
	}
	*out = r;
	return 0;
}

static void
free_now(void *arg)
{
	struct resolver *r = arg;

	evdns_base_free(r->dns, 0);
	free(r);
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	r->is_closed = true;
	/* evdns answers also what was cancelled, and needs its base for it */
	if (r->queries == 0)
		free_now(r);
}

static void
tell(void *arg)
{
	struct resolver_query *q = arg;
	struct resolver *r = q->resolver;
	resolver_fn *done = q->done;

	if (--r->queries == 0 && r->is_closed)
		loop_bury(r->loop, &r->grave, free_now, r);
	if (done != NULL)
		done(q->arg, q->err, q->addrs, q->count);
	free(q);
}

static void
keep(struct resolver_query *q, const struct evutil_addrinfo *ai)
{
	for (; ai != NULL && q->count < RESOLVER_ADDRS_MAX; ai = ai->ai_next) {
		struct addr *a = &q->addrs[q->count];

		if (ai->ai_addrlen > sizeof(a->storage))
			continue;
		memcpy(&a->storage, ai->ai_addr, ai->ai_addrlen);
		a->len = ai->ai_addrlen;
		q->count++;
	}
}

static void
on_answer(int err, struct evutil_addrinfo *ai, void *arg)
{
	struct resolver_query *q = arg;

	q->request = NULL;
	if (err == 0)
		keep(q, ai);
	if (ai != NULL)
		evutil_freeaddrinfo(ai);
	q->err = q->count > 0 ? 0 : E_RESOLVE;
	/* never from within resolver_lookup() */
	loop_post(q->resolver->loop, &q->task);
}

struct resolver_query *
resolver_lookup(struct resolver *r, const char *host, uint16_t port,
    resolver_fn *done, void *arg)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP };
	struct resolver_query *q = mem_new(1, sizeof(*q));
	char service[8];

	(void)snprintf(service, sizeof(service), "%u", port);
	q->resolver = r;
	r->queries++;
	q->done = done;
	q->arg = arg;
	task_init(&q->task, tell, q);
	q->request = evdns_getaddrinfo(r->dns, host, service, &hints, on_answer,
	    q);
	return q;
}

void
resolver_cancel(struct resolver_query *q)
{
	if (q == NULL)
		return;
	q->done = NULL;
	/* on_answer still comes, and frees it in the turn after */
	if (q->request != NULL)
		evdns_getaddrinfo_cancel(q->request);
}
