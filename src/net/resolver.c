#include "net/resolver.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/resolver_files.h"

#define RESOLVER_ADDRS_MAX 16 /* of one name; the rest is not used */

struct resolver {
	struct loop *loop;
	struct evdns_base *dns;
	size_t queries; /* whose answer has not been told yet */
	bool is_closed; /* goes with the last of them */
	struct grave grave;
	struct slice hosts;
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

/* "ndots:2" as evdns wants it: with the colon, and what comes after. */
static void
set_option(struct evdns_base *dns, struct slice option)
{
	ptrdiff_t colon = slice_find(option, ':');
	size_t n = colon >= 0 ? (size_t)colon + 1 : option.n;
	char *name = mem_strndup(option.p, n);
	char *value = mem_strndup(option.p + n, option.n - n);

	/* what it does not know it ignores, as resolv.conf(5) asks for */
	(void)evdns_base_set_option(dns, name, value);
	free(name);
	free(value);
}

static void
configure(void *arg, enum resolv_what what, struct slice s)
{
	struct evdns_base *dns = arg;
	char *text = mem_strndup(s.p, s.n);

	switch (what) {
	case RESOLV_NAMESERVER:
		if (evdns_base_nameserver_ip_add(dns, text) != 0)
			log_msg(LOG_WARN, "resolv-conf",
			    "a nameserver that is no address is ignored");
		break;
	case RESOLV_SEARCH:
		evdns_base_search_add(dns, text);
		break;
	case RESOLV_OPTION:
		set_option(dns, s);
		break;
	}
	free(text);
}

int
resolver_new(struct loop *l, struct slice resolv_conf, struct slice hosts,
    struct resolver **out)
{
	struct resolver *r = mem_new(1, sizeof(*r));

	r->loop = l;
	r->hosts = hosts;
	r->dns = evdns_base_new(l->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (r->dns == NULL) {
		free(r);
		return E_SYS;
	}
	resolv_conf_each(resolv_conf, configure, r->dns);
	/* resolv.conf(5) */
	if (evdns_base_count_nameservers(r->dns) == 0)
		(void)evdns_base_nameserver_ip_add(r->dns, "127.0.0.1");
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
	q->count = hosts_find(r->hosts, slice_str(host), port, q->addrs,
	    RESOLVER_ADDRS_MAX);
	if (q->count > 0) {
		loop_post(r->loop, &q->task);
		return q;
	}
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
