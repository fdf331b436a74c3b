#include "upstream/lease.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/io_plain.h"
#include "upstream/balance.h"

/* A name may have several addresses: one that fails costs one more try. */
#define TRIES_MIN 2

static int try_next(struct lease *);
static void go_on(struct lease *);

static int64_t
now_ms(const struct lease *le)
{
	return loop_now_ms(le->cluster->env->loop);
}

static void
log_failure(const struct lease *le, int err, int sys_errno)
{
	struct log l;

	if (!log_begin(&l, LOG_WARN, "backend-failed"))
		return;
	log_bytes(&l, "backend", le->cluster->conf->name);
	log_bytes(&l, "server", le->backend->conf->text);
	log_err(&l, err);
	if (sys_errno != 0)
		log_str(&l, "error", strerror(sys_errno));
	log_end(&l);
}

/* A try that came to nothing, whoever is to blame. */
static void
give_up_try(struct lease *le, int err, int sys_errno)
{
	log_failure(le, err, sys_errno);
	metric_add(M_UP_CONNECTS_FAILED, 1);
	le->err = err;
	le->tried++;
}

static void
failed(struct lease *le, int err, int sys_errno)
{
	give_up_try(le, err, sys_errno);
	backend_failed(le->backend, now_ms(le));
}

/* All that the lease itself holds, but for its io. */
static void
end(struct lease *le)
{
	deadline_cancel(&le->deadline);
	buf_clear(&le->greeting);
}

static struct stream *
connected(struct lease *le)
{
	struct io *io = le->io;

	le->io = NULL;
	end(le);
	metric_add(M_UP_CONNECTS, 1);
	backend_worked(le->backend);
	if (le->own != NULL)
		return own_add(le->own, le->cluster, le->backend, io);
	return pool_add(&le->backend->pool, io, le->cluster->env->params);
}

static void
drop(struct lease *le)
{
	deadline_cancel(&le->deadline);
	io_close(le->io);
	le->io = NULL;
}

/* What comes before everything else: 0, E_AGAIN, or E_CONNECT. */
static int
greet(struct lease *le)
{
	struct slice left = slice_skip(buf_slice(&le->greeting),
	    le->greeting_at);
	size_t n;
	int e;

	for (; left.n > 0; left = slice_skip(left, n)) {
		if ((e = io_write(le->io, left, &n)) != 0)
			return e == E_AGAIN ? e : E_CONNECT;
		le->greeting_at += n;
	}
	return 0;
}

static void
on_connect(struct io *io, unsigned events, void *arg)
{
	struct lease *le = arg;
	int e = io_plain_connected(io), sys_errno;

	(void)events;
	if (e == 0)
		e = greet(le);
	sys_errno = errno;
	if (e == E_AGAIN)
		return;
	if (e == 0) {
		le->done(le->arg, 0, connected(le));
		return;
	}
	drop(le);
	failed(le, e, sys_errno);
	go_on(le);
}

static void
on_deadline(void *arg)
{
	struct lease *le = arg;

	drop(le);
	failed(le, E_CONNECT_TIMEOUT, 0);
	go_on(le);
}

/* 0: connecting has begun; else the try has failed. */
static int
try_connect(struct lease *le)
{
	const struct cluster_env *env = le->cluster->env;
	const struct addr *a = backend_addr(le->backend);
	int e = a != NULL ? io_plain_connect(env->loop, a, &le->io) : E_RESOLVE;

	if (e == E_SYS) {
		/* we ran out of something; the server need not rest for it */
		give_up_try(le, E_CONNECT, errno);
		return e;
	}
	if (e != 0) {
		failed(le, e, a != NULL ? errno : 0);
		return e;
	}
	le->greeting_at = 0;
	io_own(le->io, on_connect, le);
	deadline_set(&le->deadline, env->loop,
	    env->timeouts->backend_connect_ms);
	return 0;
}

static void
on_resolved(void *arg, int err, const struct addr *addrs, size_t n)
{
	struct lease *le = arg;

	le->query = NULL;
	/* old addresses are better than none */
	if (err == 0)
		backend_set_addrs(le->backend, addrs, n, now_ms(le));
	if (try_connect(le) != 0)
		go_on(le);
}

/* 0: something is under way; else the try has failed. */
static int
try_backend(struct lease *le)
{
	const struct backend *b = le->backend;

	if (!backend_is_stale(b, now_ms(le)))
		return try_connect(le);
	le->query = resolver_lookup(le->cluster->env->resolver, b->conf->host,
	    b->conf->port, on_resolved, le);
	return 0;
}

/* 0: something is under way; else there is nobody left to try. */
static int
try_next(struct lease *le)
{
	size_t max = le->cluster->conf->server_count;

	if (max < TRIES_MIN && le->cluster->conf->servers[0].host != NULL)
		max = TRIES_MIN;
	while (le->tried < max) {
		if (le->tried > 0)
			le->backend = balance_next(le->cluster, now_ms(le));
		if (try_backend(le) == 0)
			return 0;
	}
	return le->err;
}

static void
go_on(struct lease *le)
{
	int e = try_next(le);

	if (e == 0)
		return;
	end(le);
	le->done(le->arg, e, NULL);
}

/* A kept connection, or NULL. */
static struct stream *
take_kept(struct lease *le)
{
	if (le->own != NULL)
		return own_take(le->own, le->cluster);
	return pool_take(&le->backend->pool);
}

int
lease_get(struct lease *le, const struct lease_params *want, struct stream **s)
{
	const struct lease_client *client = &want->client;
	int e = 0;

	*le = (struct lease) { .cluster = want->cluster,
		.own = client->own,
		.done = want->done,
		.arg = want->arg };
	deadline_init(&le->deadline, on_deadline, le);
	buf_init(&le->greeting, LEASE_GREETING_MAX);
	le->backend = balance_next(le->cluster, now_ms(le));
	if (!want->fresh && (*s = take_kept(le)) != NULL) {
		metric_add(M_UP_REUSES, 1);
		return 0;
	}
	if (client->own != NULL)
		e = client->introduce(client->arg, &le->greeting);
	if (e == 0)
		e = try_next(le);
	if (e != 0)
		end(le);
	return e == 0 ? E_AGAIN : e;
}

void
lease_cancel(struct lease *le)
{
	if (le->cluster == NULL)
		return;
	drop(le);
	end(le);
	resolver_cancel(le->query);
	le->query = NULL;
}
