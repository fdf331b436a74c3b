#include "daemon/child.h"

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

/* Hands this child's sockets to a worker, which may be another one, or takes
 * them away again. */
static int
send_sockets(const struct child *c, struct ipc *to, enum ipc_type how)
{
	const struct supervisor *s = c->supervisor;
	int e = 0;

	for (size_t i = 0; i < s->sockets.count; i++) {
		const struct port *p = &s->sockets.ports[i];

		for (size_t k = c->index; k < p->count && e == 0;
		     k += s->child_count)
			e = ipc_send(to, how, p->at[k].number,
			    how == IPC_LISTEN ? p->at[k].fd : -1);
	}
	return e;
}

static void
lend_sockets(struct child *c)
{
	struct child *heir = supervisor_other(c->supervisor, c);

	if (heir != NULL && send_sockets(c, heir->ipc, IPC_LISTEN) == 0)
		c->heir = heir;
}

static void
take_sockets_back(struct child *c)
{
	if (c->heir != NULL && c->heir->ipc != NULL)
		(void)send_sockets(c, c->heir->ipc, IPC_UNLISTEN);
	c->heir = NULL;
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
	if (m->type == IPC_PONG || c->state != CHILD_STARTING)
		return;
	if (m->type == IPC_READY) {
		c->state = CHILD_READY;
		take_sockets_back(c);
		if (send_sockets(c, c->ipc, IPC_LISTEN) != 0)
			log_msg(LOG_ERR, "worker-stuck", "worker %u", c->index);
	}
	if (m->type == IPC_FAILED)
		child_end(c, IPC_QUIT);
	supervisor_child_changed(c->supervisor, c);
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
	c->pid = process_start_worker(fds[1]);
	(void)close(fds[1]);
	if (c->pid < 0) {
		log_msg(LOG_ERR, "worker-start", "no process: %m");
		(void)close(fds[0]);
		try_later(c);
		return;
	}
	c->state = CHILD_STARTING;
	c->started_ms = loop_now_ms(loop_of(c));
	c->pongs = c->pings;
	c->ipc = ipc_new(loop_of(c), fds[0], on_msg, c);
	if (ipc_send(c->ipc, IPC_METRICS, c->index, s->metrics_fd) != 0 ||
	    ipc_send(c->ipc, IPC_BUNDLE, s->generation, s->bundle_fd) != 0)
		log_msg(LOG_ERR, "worker-start", "worker %u takes no message",
		    c->index);
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

/* Those whose sockets it had need another heir. */
static void
disinherit(const struct child *dead)
{
	struct supervisor *s = dead->supervisor;

	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = &s->children[i];

		if (c->heir == dead) {
			c->heir = NULL;
			lend_sockets(c);
		}
	}
}

void
child_died(struct child *c, int status)
{
	struct supervisor *s = c->supervisor;
	bool at_once = c->pause_ms == 0;

	if (loop_now_ms(loop_of(c)) - c->started_ms >= LIVED_LONG_MS) {
		c->pause_ms = 0;
		at_once = true;
	}
	ipc_free(c->ipc);
	c->ipc = NULL;
	c->state = CHILD_GONE;
	metric_clear_gauges(&s->slots[c->index]);
	if (!s->is_ending && s->was_ready) {
		lend_sockets(c);
		disinherit(c);
		try_later(c);
	}
	log_death(c, status);
	c->pid = -1;
	if (at_once && deadline_is_set(&c->restart)) {
		deadline_cancel(&c->restart);
		child_start(c);
	}
	supervisor_child_changed(s, c);
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
