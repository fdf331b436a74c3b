#include "daemon/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/process.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"
#include "proxy/snapshot.h"

/* After drain's own deadline, or SIGINT, a worker has this long to end. */
#define KILL_MS 3000

static bool
is_anybody_left(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i].pid >= 0)
			return true;
	return false;
}

static void
end_all(struct supervisor *s, enum ipc_type how)
{
	if (!s->is_ending) {
		/* who comes now is refused, and does not wait for nobody; or
		 * waits for whom systemd starts next */
		sockets_close(&s->sockets);
		sd_stopping();
		pulse_note(&s->pulse, how == IPC_DRAIN ? "draining" : "ending");
	}
	s->is_ending = true;
	for (unsigned i = 0; i < s->child_count; i++)
		child_end(&s->children[i], how);
	deadline_set(&s->kill, &s->loop,
	    KILL_MS + (how == IPC_DRAIN ? s->drain_ms : 0));
	if (!is_anybody_left(s))
		loop_stop(&s->loop);
}

static void
on_kill(void *arg)
{
	struct supervisor *s = arg;

	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i].pid >= 0)
			(void)kill(s->children[i].pid, SIGKILL);
}

struct child *
supervisor_other(struct supervisor *s, const struct child *than)
{
	for (unsigned i = 1; i < s->child_count; i++) {
		struct child *c =
		    &s->children[(than->index + i) % s->child_count];

		if (c->state == CHILD_READY)
			return c;
	}
	return NULL;
}

static bool
are_all_ready(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->child_count; i++)
		if (s->children[i].state != CHILD_READY)
			return false;
	return true;
}

void
supervisor_child_changed(struct supervisor *s, struct child *c)
{
	if (s->is_ending) {
		if (!is_anybody_left(s))
			loop_stop(&s->loop);
	} else if (c->state == CHILD_READY) {
		if (!s->was_ready && are_all_ready(s)) {
			s->was_ready = true;
			log_msg(LOG_NOTICE, "ready", "%u workers serve",
			    s->child_count);
			sd_ready();
			pulse_note(&s->pulse, NULL);
		}
	} else if (!s->was_ready) {
		/* what does not start at all is not tried for ever */
		s->status = EXIT_FAILURE;
		end_all(s, IPC_QUIT);
	}
}

static void
reap(struct supervisor *s)
{
	int status;

	/* each by its own pid: nobody else's children are ours to reap */
	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = &s->children[i];

		if (c->pid >= 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
			child_died(c, status);
	}
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)what;
	loop_wake(&s->loop);
	switch (sig) {
	case SIGCHLD:
		reap(s);
		break;
	case SIGTERM:
		log_msg(LOG_NOTICE, "draining", "SIGTERM");
		end_all(s, IPC_DRAIN);
		break;
	case SIGINT:
		log_msg(LOG_NOTICE, "ending", "SIGINT");
		end_all(s, IPC_QUIT);
		break;
	case SIGHUP:
		log_msg(LOG_NOTICE, "reload",
		    "not supported yet: restart to read the configuration");
		break;
	default:
		break;
	}
}

static int
watch_signals(struct supervisor *s)
{
	static const int wanted[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };

	process_ignore_signals();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		s->signals[i] = event_new(s->loop.base, wanted[i],
		    EV_SIGNAL | EV_PERSIST, on_signal, s);
		if (s->signals[i] == NULL ||
		    event_priority_set(s->signals[i], PRIO_CONTROL) != 0 ||
		    event_add(s->signals[i], NULL) != 0)
			return E_SYS;
	}
	return 0;
}

static void
log_diag(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		log_msg(d->entries[i].level == DIAG_ERROR ? LOG_ERR : LOG_WARN,
		    "config", "%s", d->entries[i].text);
}

static int
open_sockets(struct supervisor *s, const struct conf *c)
{
	struct inherit inherited;
	int e;

	inherit_init(&inherited);
	e = sockets_open(&s->sockets, c, s->child_count, &inherited);
	inherit_close(&inherited);
	if (e == 0)
		sockets_store(&s->sockets);
	return e;
}

/* What the supervisor itself needs to know of a configuration. */
static int
take_conf(struct supervisor *s, const struct conf *c)
{
	s->child_count = c->workers > 0 ? c->workers : process_cpus();
	if (s->child_count > PROCESS_WORKERS_MAX)
		s->child_count = PROCESS_WORKERS_MAX;
	s->drain_ms = c->timeouts.drain_ms;
	process_log_setup(&c->log);
	return open_sockets(s, c);
}

/* Reads, checks, seals.  The keys do not stay in this process's memory. */
static int
load(struct supervisor *s)
{
	struct bundle *b = bundle_from_disk(s->conf_path);
	struct snapshot *snap = NULL;
	struct diag d;
	int e;

	diag_init(&d);
	e = snapshot_load(b, clock_wall_ms() / 1000, &d, &snap);
	if (e == 0) {
		e = take_conf(s, snap->conf);
		if (e == 0)
			e = bundle_seal(b, &s->bundle_fd);
	}
	log_diag(&d);
	diag_clear(&d);
	snapshot_free(snap);
	bundle_free(b);
	return e;
}

static int
start(struct supervisor *s)
{
	s->metrics_fd = process_metrics_fd();
	if (s->metrics_fd < 0)
		return E_SYS;
	s->slots = process_map_metrics(s->metrics_fd);
	if (s->slots == NULL)
		return E_SYS;
	s->children = mem_new(s->child_count, sizeof(*s->children));
	for (unsigned i = 0; i < s->child_count; i++)
		child_init(&s->children[i], s, i);
	for (unsigned i = 0; i < s->child_count; i++)
		child_start(&s->children[i]);
	return 0;
}

static void
clear(struct supervisor *s)
{
	deadline_cancel(&s->kill);
	pulse_clear(&s->pulse);
	for (unsigned i = 0; s->children != NULL && i < s->child_count; i++)
		child_clear(&s->children[i]);
	for (size_t i = 0; i < 4; i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	loop_clear(&s->loop);
	sockets_close(&s->sockets);
	if (s->slots != NULL)
		process_unmap_metrics(s->slots);
	if (s->metrics_fd >= 0)
		(void)close(s->metrics_fd);
	if (s->bundle_fd >= 0)
		(void)close(s->bundle_fd);
	free(s->children);
}

int
supervisor_run(const char *conf_path)
{
	struct supervisor s = { .conf_path = conf_path,
		.bundle_fd = -1,
		.metrics_fd = -1,
		.generation = 1,
		.status = EXIT_SUCCESS };
	int e;

	log_set_process("supervisor");
	process_raise_limits();
	e = loop_init(&s.loop);
	deadline_init(&s.kill, on_kill, &s);
	pulse_init(&s.pulse, &s);
	if (e == 0)
		e = load(&s);
	if (e == 0)
		e = watch_signals(&s);
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
