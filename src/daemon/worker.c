#include "daemon/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "daemon/ipc.h"
#include "daemon/logging.h"
#include "daemon/process.h"
#include "daemon/sandbox.h"
#include "daemon/sealing.h"
#include "net/deadline.h"
#include "net/listener.h"
#include "proxy/proxy.h"

struct socket {
	struct list node;
	uint32_t number; /* the supervisor's name for it */
	struct proxy_door door;
	struct listener *listener;
};

struct worker {
	struct loop loop;
	struct ipc *ipc;
	struct logging logging;
	struct ticket_keys ticket_keys;
	struct process_shared *shared; /* NULL: none */
	uint32_t slot;                 /* ours in it */
	struct proxy proxy;
	bool is_serving;      /* proxy is there */
	struct service *next; /* built, not in force yet; or NULL */
	uint32_t next_generation;
	struct list sockets;
	struct deadline drain;
};

static void
socket_free(struct socket *s)
{
	list_remove(&s->node);
	listener_free(s->listener);
	free(s);
}

/* Nobody is left in its queue: that would be reset. */
static void
socket_finish(struct socket *s)
{
	listener_take_rest(s->listener);
	socket_free(s);
}

static void
stop_listening(struct worker *w, void (*end)(struct socket *))
{
	struct list *at, *after;

	list_each(at, after, &w->sockets)
		end(list_item(at, struct socket, node));
}

static void
quit(struct worker *w)
{
	stop_listening(w, socket_free);
	if (w->is_serving)
		proxy_cut(&w->proxy);
	loop_stop(&w->loop);
}

static void
on_drained(void *arg)
{
	struct worker *w = arg;

	loop_stop(&w->loop);
}

static void
on_drain_deadline(void *arg)
{
	struct worker *w = arg;

	log_msg(LOG_NOTICE, "drain-deadline", "%u connections are broken off",
	    w->proxy.down_count);
	quit(w);
}

static void
drain(struct worker *w)
{
	stop_listening(w, socket_finish);
	if (!w->is_serving) {
		loop_stop(&w->loop);
		return;
	}
	deadline_set(&w->drain, &w->loop,
	    w->proxy.service->conf->timeouts.drain_ms);
	proxy_drain(&w->proxy);
}

/* The supervisor has checked this very bundle: a mistake in it is its own, or
 * the clock has passed a date in the meantime. */
static void
log_mistakes(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->entries[i].level == DIAG_ERROR)
			log_msg(LOG_ERR, "config", "%s", d->entries[i].text);
}

static int
load(struct worker *w, int fd, struct service **out)
{
	struct bundle *b = NULL;
	struct snapshot *s = NULL;
	struct diag d;
	int e;

	diag_init(&d);
	e = bundle_from_fd(fd, &b);
	if (e == 0)
		e = snapshot_load(b, w->loop.wall_ms / 1000, &d, &s);
	log_mistakes(&d);
	diag_clear(&d);
	if (e != 0) {
		bundle_free(b);
		return e;
	}
	tls_use_ticket_keys(s->tls, &w->ticket_keys);
	return service_new(&w->loop, b, s, out);
}

/* How its servers are doing is to be seen from outside. */
static void
show(struct worker *w, struct service *s, uint32_t generation)
{
	if (w->shared != NULL)
		service_show(s, w->shared->vitals[w->slot], PROCESS_SERVERS_MAX,
		    generation);
}

static void
begin(struct worker *w, struct service *s, uint32_t generation)
{
	logging_use(&w->logging, &s->conf->log, &s->conf->access_log);
	proxy_init(&w->proxy, &w->loop, s, on_drained, w);
	w->is_serving = true;
	show(w, s, generation);
	(void)ipc_send(w->ipc, IPC_READY, generation, -1);
}

static void
cancel(struct worker *w)
{
	service_unref(w->next);
	w->next = NULL;
}

/* Nothing else moves in this process while it is read: that is said. */
static void
take_bundle(struct worker *w, uint32_t generation, int fd)
{
	int64_t start_us = clock_mono_us();
	struct service *s = NULL;
	struct log l;
	int e = load(w, fd, &s);

	(void)close(fd);
	cancel(w);
	/* all that was to be read has been; nobody from outside was heard */
	if (e == 0 && !w->is_serving)
		e = sandbox_enter(s->conf->sandbox);
	if (e != 0) {
		service_unref(s);
		(void)ipc_send(w->ipc, IPC_FAILED, generation, -1);
		return;
	}
	if (!w->is_serving) {
		begin(w, s, generation);
		return;
	}
	w->next = s;
	w->next_generation = generation;
	if (log_begin(&l, LOG_DEBUG, "built")) {
		log_int(&l, "generation", generation);
		log_us(&l, "ms", clock_mono_us() - start_us);
		log_end(&l);
	}
	(void)ipc_send(w->ipc, IPC_BUILT, generation, -1);
}

static void
switch_over(struct worker *w, uint32_t generation)
{
	struct service *s = w->next;

	if (s == NULL || generation != w->next_generation)
		return;
	w->next = NULL;
	logging_use(&w->logging, &s->conf->log, &s->conf->access_log);
	service_hide(w->proxy.service);
	proxy_use(&w->proxy, s);
	show(w, s, generation);
	(void)ipc_send(w->ipc, IPC_READY, generation, -1);
}

static void
take_metrics(struct worker *w, uint32_t slot, int fd)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "worker-%u", slot % 10000);
	log_set_process(name);
	w->shared = process_map_shared(fd);
	w->slot = slot;
	(void)close(fd);
	if (w->shared != NULL)
		metric_use(&w->shared->slots[slot]);
}

static void
take_socket(struct worker *w, const struct ipc_msg *m, int fd)
{
	struct socket *s = mem_new(1, sizeof(*s));

	s->number = m->number;
	s->door = (struct proxy_door) { .proxy = &w->proxy,
		.listener = m->listener };
	list_init(&s->node);
	list_push(&w->sockets, &s->node);
	s->listener = listener_new(&w->loop, fd, proxy_accept, &s->door);
}

static void
drop_socket(struct worker *w, uint32_t number)
{
	struct list *at, *after;

	list_each(at, after, &w->sockets) {
		struct socket *s = list_item(at, struct socket, node);

		if (s->number == number)
			socket_finish(s);
	}
}

static void
on_msg(void *arg, const struct ipc_msg *m, int fd)
{
	struct worker *w = arg;

	if (m == NULL) {
		log_msg(LOG_WARN, "supervisor-gone", "finishing");
		drain(w);
		return;
	}
	switch ((enum ipc_type)m->type) {
	case IPC_METRICS:
		take_metrics(w, m->number, fd);
		break;
	case IPC_BUNDLE:
		take_bundle(w, m->number, fd);
		break;
	case IPC_SWITCH:
		switch_over(w, m->number);
		break;
	case IPC_CANCEL:
		cancel(w);
		break;
	case IPC_LISTEN:
		take_socket(w, m, fd);
		break;
	case IPC_UNLISTEN:
		drop_socket(w, m->number);
		break;
	case IPC_TICKETS:
		if (!sealing_read(fd, &w->ticket_keys))
			log_msg(LOG_ERR, "tickets", "no keys came");
		(void)close(fd);
		break;
	case IPC_ACCESS:
		logging_take_file(&w->logging, fd);
		break;
	case IPC_DRAIN:
		drain(w);
		break;
	case IPC_QUIT:
		quit(w);
		break;
	case IPC_PING:
		(void)ipc_send(w->ipc, IPC_PONG, m->number, -1);
		break;
	case IPC_BUILT:
	case IPC_READY:
	case IPC_FAILED:
	case IPC_PONG:
		break;
	}
}

int
worker_run(void)
{
	struct worker w = { 0 };

	process_ignore_signals();
	mem_keep();
	if (loop_init(&w.loop) != 0)
		return EXIT_FAILURE;
	logging_start(&w.logging, &w.loop);
	list_init(&w.sockets);
	deadline_init(&w.drain, on_drain_deadline, &w);
	w.ipc = ipc_new(&w.loop, IPC_WORKER_FD, on_msg, &w);
	if (w.ipc == NULL)
		mem_abort("worker");
	loop_run(&w.loop);
	deadline_cancel(&w.drain);
	stop_listening(&w, socket_free);
	cancel(&w);
	if (w.is_serving)
		proxy_clear(&w.proxy);
	ipc_free(w.ipc);
	ticket_wipe(&w.ticket_keys);
	logging_stop(&w.logging);
	/* a turn for what was closed last */
	loop_turn(&w.loop, false);
	loop_clear(&w.loop);
	metric_use(&(struct metric_slot) { 0 });
	if (w.shared != NULL)
		process_unmap_shared(w.shared);
	return EXIT_SUCCESS;
}
