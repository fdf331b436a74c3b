#include "daemon/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "cert/library.h"
#include "daemon/privs.h"
#include "daemon/process.h"
#include "daemon/sandbox.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"
#include "proxy/snapshot.h"
#include "tls/ctx.h"
#include "tls/wipe.h"

/* After drain's own deadline, or SIGINT, a worker has this long to end. */
#define KILL_MS 3000

static bool
is_anybody_left(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->pid >= 0)
			return true;
	return false;
}

void
supervisor_end(struct supervisor *s, enum ipc_type how)
{
	if (!s->is_ending) {
		/* who comes now is refused, and does not wait for nobody; or
		 * waits for whom systemd starts next */
		sockets_close(&s->sockets);
		if (!s->is_replaced)
			sd_stopping();
		pulse_note(&s->pulse, how == IPC_DRAIN ? "draining" : "ending");
	}
	s->is_ending = true;
	watch_clear(&s->watch);
	reload_go_on(&s->reload);
	for (unsigned i = 0; i < s->child_count; i++)
		child_end(s->children[i], how);
	deadline_set(&s->kill, &s->loop,
	    KILL_MS + (how == IPC_DRAIN ? s->plan->drain_ms : 0));
	if (!is_anybody_left(s))
		loop_stop(&s->loop);
}

void
supervisor_give_way(struct supervisor *s)
{
	/* who is the main process now speaks to systemd */
	s->is_replaced = true;
	pulse_clear(&s->pulse);
	supervisor_end(s, IPC_DRAIN);
}

static void
on_kill(void *arg)
{
	struct supervisor *s = arg;

	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->pid >= 0)
			(void)kill(s->children[i]->pid, SIGKILL);
}

bool
supervisor_wants(const struct supervisor *s, const struct child *c)
{
	return !s->is_ending && c->index < s->plan->workers;
}

/* The sockets of surplus workers are spread over the others. */
struct child *
supervisor_heir(struct supervisor *s, const struct child *of)
{
	unsigned n = s->plan->workers < s->child_count ? s->plan->workers :
							 s->child_count;

	for (unsigned i = 0; i < n; i++) {
		struct child *c = s->children[(of->index + i) % n];

		if (c != of && c->state == CHILD_READY)
			return c;
	}
	return NULL;
}

static bool
are_all_ready(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->plan->workers; i++)
		if (s->children[i]->state != CHILD_READY)
			return false;
	return true;
}

static void
lsupervisor_end(struct supervisor *s)
{
	for (unsigned i = 0; i < s->child_count; i++)
		child_lend(s->children[i]);
}

/* Nobody is accepted before: what does not start at all loses nobody. */
static void
become_ready(struct supervisor *s)
{
	s->was_ready = true;
	for (unsigned i = 0; i < s->plan->workers; i++)
		child_open(s->children[i]);
	lsupervisor_end(s);
	s->plan->since_ms = s->loop.wall_ms;
	supervisor_plan_changed(s);
	log_msg(LOG_NOTICE, "ready", "%u workers serve", s->plan->workers);
	upgrade_tell_ready(&s->upgrade);
	sd_ready();
	pulse_note(&s->pulse, NULL);
	reload_go_on(&s->reload);
}

void
supervisor_child_changed(struct supervisor *s, struct child *c)
{
	if (s->is_ending) {
		if (!is_anybody_left(s))
			loop_stop(&s->loop);
	} else if (s->was_ready) {
		if (c->state == CHILD_READY)
			lsupervisor_end(s);
		reload_child_changed(&s->reload, c);
	} else if (c->state != CHILD_READY) {
		/* what does not start at all is not tried for ever */
		s->status = EXIT_FAILURE;
		supervisor_end(s, IPC_QUIT);
	} else if (are_all_ready(s)) {
		become_ready(s);
	}
}

static void
add_child(struct supervisor *s)
{
	struct child *c = mem_new(1, sizeof(*c));

	child_init(c, s, s->child_count);
	s->children = mem_resize(s->children, s->child_count + 1,
	    sizeof(struct child *));
	s->children[s->child_count++] = c;
}

void
supervisor_fit(struct supervisor *s)
{
	unsigned width = sockets_width(&s->sockets);

	if (width < s->plan->workers)
		width = s->plan->workers;
	while (s->child_count < width)
		add_child(s);
	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (!supervisor_wants(s, c))
			child_retire(c);
		else if (c->state == CHILD_GONE &&
		    !deadline_is_set(&c->restart))
			child_start(c);
	}
	lsupervisor_end(s);
}

void
supervisor_plan_changed(struct supervisor *s)
{
	watch_use(&s->watch, s->plan);
	control_use(&s->control, s->plan->control);
}

/* Every worker that is there gets the keys of tickets. */
static void
send_tickets(void *arg)
{
	struct supervisor *s = arg;

	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i]->ipc != NULL)
			(void)ipc_send(s->children[i]->ipc, IPC_TICKETS, 0,
			    s->sealing.fd);
}

void
supervisor_send_access(struct supervisor *s)
{
	int fd = s->plan->access_fd;

	for (unsigned i = 0; i < s->child_count && fd >= 0; i++)
		if (s->children[i]->ipc != NULL)
			(void)ipc_send(s->children[i]->ipc, IPC_ACCESS, 0, fd);
}

static int
load(struct supervisor *s)
{
	struct diag d;
	int e;

	diag_init(&d);
	e = plan_load(s->params.conf_path, NULL, &d, &s->plan);
	if (e == 0) {
		s->plan->generation = ++s->last_generation;
		logging_use(&s->logging, &s->plan->log, &s->plan->access_log);
	}
	diag_log(&d);
	diag_clear(&d);
	return e;
}

static int
open_sockets(struct supervisor *s)
{
	struct inherit inherited;
	int e;

	inherit_init(&inherited);
	e = sockets_prepare(&s->sockets, s->plan->wanted, s->plan->wanted_count,
	    &inherited);
	if (inherited.tickets >= 0)
		sealing_inherit(&s->sealing, inherited.tickets);
	inherited.tickets = -1;
	inherit_close(&inherited);
	if (e != 0)
		return e;
	sockets_commit(&s->sockets, s->plan->workers);
	sockets_settle(&s->sockets);
	return 0;
}

static int
start(struct supervisor *s)
{
	s->shared_fd = process_shared_fd();
	if (s->shared_fd < 0)
		return E_SYS;
	s->shared = process_map_shared(s->shared_fd);
	if (s->shared == NULL)
		return E_SYS;
	s->start_ms = loop_now_ms(&s->loop);
	sealing_start(&s->sealing, s->plan->rotate_ms);
	supervisor_fit(s);
	return 0;
}

static void
clear(struct supervisor *s)
{
	deadline_cancel(&s->kill);
	pulse_clear(&s->pulse);
	watch_clear(&s->watch);
	control_clear(&s->control);
	upgrade_clear(&s->upgrade);
	reload_clear(&s->reload);
	for (unsigned i = 0; i < s->child_count; i++)
		child_clear(s->children[i]);
	supervisor_forget_signals(s);
	sealing_clear(&s->sealing);
	logging_stop(&s->logging);
	loop_clear(&s->loop);
	sockets_close(&s->sockets);
	if (s->shared != NULL)
		process_unmap_shared(s->shared);
	if (s->shared_fd >= 0)
		(void)close(s->shared_fd);
	for (unsigned i = 0; i < s->child_count; i++)
		free(s->children[i]);
	free(s->children);
	plan_free(s->plan);
}

static void
check_library(void)
{
	const char *since = library_overdue();

	if (since != NULL)
		log_msg(LOG_WARN, "openssl-old",
		    "%s has faults that a certificate can reach, unless they "
		    "were mended; %s has not",
		    tls_library_version(), since);
}

int
supervisor_run(const struct supervisor_params *params)
{
	struct supervisor s = { .params = *params,
		.shared_fd = -1,
		.status = EXIT_SUCCESS };
	int e;

	log_set_process("supervisor");
	process_raise_limits();
	/* keys pass through here, and none is to stay */
	wipe_freed();
	e = loop_init(&s.loop);
	logging_start(&s.logging, &s.loop);
	deadline_init(&s.kill, on_kill, &s);
	reload_init(&s.reload, &s);
	sealing_init(&s.sealing, &s.loop, send_tickets, &s);
	watch_init(&s.watch, &s);
	control_init(&s.control, &s);
	upgrade_init(&s.upgrade, &s);
	pulse_init(&s.pulse, &s);
	if (e == 0)
		e = privs_drop(s.params.conf_path);
	sandbox_hide();
	check_library();
	if (e == 0)
		e = load(&s);
	if (e == 0)
		e = open_sockets(&s);
	if (e == 0)
		e = supervisor_watch_signals(&s);
	if (e == 0)
		e = start(&s);
	if (e == 0) {
		loop_run(&s.loop);
		log_msg(LOG_NOTICE, "ended", "all workers have ended");
	} else {
		log_msg(LOG_ERR, "not-started", "%s", err_text(e));
		s.status = EXIT_FAILURE;
	}
	clear(&s);
	return s.status;
}
