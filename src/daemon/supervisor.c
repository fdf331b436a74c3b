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
#include "daemon/supervisor_int.h"
#include "net/listener.h"
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

/* What the supervisor itself needs to know of a configuration. */
static void
take_conf(struct supervisor *s, const struct conf *c)
{
	s->child_count = c->workers > 0 ? c->workers : process_cpus();
	if (s->child_count > PROCESS_WORKERS_MAX)
		s->child_count = PROCESS_WORKERS_MAX;
	s->drain_ms = c->timeouts.drain_ms;
	s->addr_count = c->listener_count;
	s->addrs = mem_new(s->addr_count, sizeof(*s->addrs));
	for (size_t i = 0; i < s->addr_count; i++)
		s->addrs[i] = c->listeners[i].addr;
	process_log_setup(&c->log);
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
		take_conf(s, snap->conf);
		e = bundle_seal(b, &s->bundle_fd);
	}
	log_diag(&d);
	diag_clear(&d);
	snapshot_free(snap);
	bundle_free(b);
	return e;
}

/* Port 0 is chosen by the system for the first worker; the others follow. */
static void
learn_port(struct addr *a, int fd)
{
	struct addr got = { .len = sizeof(got.storage) };

	if (!addr_is_unix(a) && addr_port(a) == 0 &&
	    getsockname(fd, &got.sa, &got.len) == 0)
		addr_set_port(a, addr_port(&got));
}

static int
open_sockets(struct supervisor *s)
{
	size_t count = s->child_count * s->addr_count;
	char text[ADDR_TEXT_MAX];
	struct log l;

	s->sockets = mem_new(count, sizeof(*s->sockets));
	for (size_t i = 0; i < count; i++)
		s->sockets[i] = -1;
	for (size_t i = 0; i < count; i++) {
		struct addr *a = &s->addrs[i % s->addr_count];
		int e = listener_open(a, true, &s->sockets[i]), err = errno;

		if (e == 0)
			learn_port(a, s->sockets[i]);
		addr_format(a, text);
		if (e == 0 && i >= s->addr_count)
			continue;
		if (log_begin(&l, e == 0 ? LOG_NOTICE : LOG_ERR,
			e == 0 ? "listening" : "listen-failed")) {
			log_str(&l, "address", text);
			if (e != 0)
				log_str(&l, "error", strerror(err));
			log_end(&l);
		}
		if (e != 0)
			return e;
	}
	return 0;
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
	for (unsigned i = 0; s->children != NULL && i < s->child_count; i++)
		child_clear(&s->children[i]);
	for (size_t i = 0; i < 4; i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	loop_clear(&s->loop);
	for (size_t i = 0;
	     s->sockets != NULL && i < s->child_count * s->addr_count; i++)
		if (s->sockets[i] >= 0)
			(void)close(s->sockets[i]);
	if (s->slots != NULL)
		process_unmap_metrics(s->slots);
	if (s->metrics_fd >= 0)
		(void)close(s->metrics_fd);
	if (s->bundle_fd >= 0)
		(void)close(s->bundle_fd);
	free(s->sockets);
	free(s->children);
	free(s->addrs);
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
	if (e == 0)
		e = load(&s);
	if (e == 0)
		e = open_sockets(&s);
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
