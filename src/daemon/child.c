#include "daemon/child.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/process.h"
#include "daemon/supervisor_int.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   30000
#define LIVED_LONG_MS  10000 /* who lives so long is not in a loop of deaths */

static struct loop *
loop_of(struct child *c)
{
	return &c->supervisor->loop;
}

static void
on_restart(void *arg)
{
	child_start(arg);
}

void
child_init(struct child *c, struct supervisor *s, unsigned index)
{
	*c = (struct child) { .supervisor = s, .index = index, .pid = -1 };
	deadline_init(&c->restart, on_restart, c);
}

void
child_clear(struct child *c)
{
	deadline_cancel(&c->restart);
	ipc_free(c->ipc);
	c->ipc = NULL;
}

static void
send_socket(const struct child *c, const struct port *p, struct child *to,
    enum ipc_type what)
{
	const struct socket_one *one = &p->at[c->index];
	struct ipc_msg msg = { .type = what, .listener = p->key };

	if (c->index >= p->count || to->ipc == NULL)
		return;
	msg.number = one->number;
	if (ipc_send_msg(to->ipc, &msg, what == IPC_LISTEN ? one->fd : -1) != 0)
		log_msg(LOG_ERR, "worker-stuck", "worker %u", to->index);
}

/* Tells a worker, perhaps another one, of all of this child's sockets. */
static void
send_sockets(const struct child *c, struct child *to, enum ipc_type what)
{
	const struct sockets *all = &c->supervisor->sockets;

	for (size_t i = 0; i < all->count; i++)
		send_socket(c, &all->ports[i], to, what);
}

void
child_lend(struct child *c)
{
	struct supervisor *s = c->supervisor;

	if (c->state == CHILD_READY || c->heir != NULL || !s->was_ready ||
	    s->is_ending)
		return;
	c->heir = supervisor_heir(s, c);
	if (c->heir != NULL)
		send_sockets(c, c->heir, IPC_LISTEN);
}

void
child_open(struct child *c)
{
	send_sockets(c, c, IPC_LISTEN);
	if (c->heir != NULL)
		send_sockets(c, c->heir, IPC_UNLISTEN);
	c->heir = NULL;
}

void
child_update_sockets(struct child *c)
{
	const struct sockets *all = &c->supervisor->sockets;
	struct child *who = c->state == CHILD_READY ? c : c->heir;

	for (size_t i = 0; i < all->count && who != NULL; i++) {
		const struct port *p = &all->ports[i];

		if (p->state == PORT_NEW)
			send_socket(c, p, who, IPC_LISTEN);
		else if (p->state == PORT_GOING)
			send_socket(c, p, who, IPC_UNLISTEN);
	}
}

/* Those whose sockets it had need another heir. */
static void
disinherit(const struct child *gone)
{
	struct supervisor *s = gone->supervisor;

	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (c->heir == gone) {
			c->heir = NULL;
			child_lend(c);
		}
	}
}

static void
take_ready(struct child *c, uint32_t generation)
{
	struct supervisor *s = c->supervisor;

	c->generation = generation;
	if (c->state == CHILD_STARTING) {
		c->state = CHILD_READY;
		if (s->was_ready)
			child_open(c);
	}
	supervisor_child_changed(s, c);
}

static void
take_failed(struct child *c, uint32_t generation)
{
	struct supervisor *s = c->supervisor;

	if (c->state != CHILD_STARTING) {
		reload_child_failed(&s->reload, c, generation);
		return;
	}
	child_end(c, IPC_QUIT);
	supervisor_child_changed(s, c);
}

static void
on_msg(void *arg, const struct ipc_msg *m, int fd)
{
	struct child *c = arg;

	if (fd >= 0)
		(void)close(fd);
	/* its end is told by SIGCHLD */
	if (m == NULL)
		return;
	if (m->type == IPC_PONG)
		c->pongs = m->number;
	if (c->state != CHILD_STARTING && c->state != CHILD_READY)
		return;
	if (m->type == IPC_READY) {
		take_ready(c, m->number);
	} else if (m->type == IPC_BUILT) {
		c->built = m->number;
		reload_child_built(&c->supervisor->reload, c);
	} else if (m->type == IPC_FAILED) {
		take_failed(c, m->number);
	}
}

static void
try_later(struct child *c)
{
	c->pause_ms = c->pause_ms == 0 ? PAUSE_FIRST_MS : c->pause_ms * 2;
	if (c->pause_ms > PAUSE_MAX_MS)
		c->pause_ms = PAUSE_MAX_MS;
	deadline_set(&c->restart, loop_of(c), c->pause_ms);
}

void
child_start(struct child *c)
{
	struct supervisor *s = c->supervisor;
	int fds[2];

	if (ipc_pair(fds) != 0) {
		log_msg(LOG_ERR, "worker-start", "no socket: %m");
		try_later(c);
		return;
	}
	c->ipc = ipc_new(loop_of(c), fds[0], on_msg, c);
	if (c->ipc != NULL)
		c->pid = process_start_worker(fds[1]);
	(void)close(fds[1]);
	if (c->ipc == NULL || c->pid < 0) {
		log_msg(LOG_ERR, "worker-start", "no process: %m");
		ipc_free(c->ipc);
		c->ipc = NULL;
		try_later(c);
		return;
	}
	c->state = CHILD_STARTING;
	c->built = c->generation = 0;
	c->started_ms = loop_now_ms(loop_of(c));
	c->pongs = c->pings;
	if (s->sealing.fd >= 0)
		(void)ipc_send(c->ipc, IPC_TICKETS, 0, s->sealing.fd);
	if (s->plan->access_fd >= 0)
		(void)ipc_send(c->ipc, IPC_ACCESS, 0, s->plan->access_fd);
	if (ipc_send(c->ipc, IPC_METRICS, c->index, s->shared_fd) != 0 ||
	    ipc_send(c->ipc, IPC_BUNDLE, s->plan->generation,
		s->plan->bundle_fd) != 0) {
		log_msg(LOG_ERR, "worker-start", "worker %u takes no message",
		    c->index);
		/* without them it is of no use: another one is started */
		(void)kill(c->pid, SIGKILL);
	}
}

static void
log_death(const struct child *c, int status)
{
	struct log l;
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!log_begin(&l, ok ? LOG_INFO : LOG_ERR, "worker-ended"))
		return;
	log_int(&l, "worker", c->index);
	log_int(&l, "pid", c->pid);
	if (WIFEXITED(status))
		log_int(&l, "status", WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		log_str(&l, "signal", sigabbrev_np(WTERMSIG(status)));
	if (deadline_is_set(&c->restart) && c->pause_ms > PAUSE_FIRST_MS)
		log_int(&l, "restart_ms", c->pause_ms);
	log_end(&l);
}

/* One that goes on dying soon after its start is a matter for people. */
static void
say_loop(const struct child *c)
{
	if (c->pause_ms == PAUSE_MAX_MS)
		log_msg(LOG_ERR, "crash-loop",
		    "worker %u has died %u times; the next start is in %d s",
		    c->index, c->deaths, PAUSE_MAX_MS / 1000);
}

void
child_died(struct child *c, int status)
{
	struct supervisor *s = c->supervisor;
	bool at_once = c->pause_ms == 0, was_told = c->state == CHILD_ENDING;

	if (loop_now_ms(loop_of(c)) - c->started_ms >= LIVED_LONG_MS) {
		c->pause_ms = 0;
		at_once = true;
	}
	ipc_free(c->ipc);
	c->ipc = NULL;
	c->state = CHILD_GONE;
	c->generation = c->built = 0;
	if (!was_told)
		c->deaths++;
	metric_clear_gauges(&s->shared->slots[c->index]);
	memset(s->shared->vitals[c->index], 0,
	    sizeof(s->shared->vitals[c->index]));
	child_lend(c);
	disinherit(c);
	if (s->was_ready && supervisor_wants(s, c))
		try_later(c);
	log_death(c, status);
	say_loop(c);
	c->pid = -1;
	if (at_once && deadline_is_set(&c->restart)) {
		deadline_cancel(&c->restart);
		child_start(c);
	}
	supervisor_child_changed(s, c);
}

void
child_retire(struct child *c)
{
	child_end(c, IPC_DRAIN);
	child_lend(c);
	disinherit(c);
}

void
child_ping(struct child *c)
{
	if (c->ipc != NULL && c->pings == c->pongs)
		(void)ipc_send(c->ipc, IPC_PING, ++c->pings, -1);
}

void
child_end(struct child *c, enum ipc_type how)
{
	deadline_cancel(&c->restart);
	if (c->ipc == NULL)
		return;
	if (c->state != CHILD_ENDING || how == IPC_QUIT)
		(void)ipc_send(c->ipc, how, 0, -1);
	c->state = CHILD_ENDING;
}
