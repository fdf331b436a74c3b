#include "daemon/upgrade.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"

#define READY_MS  60000 /* until all of its workers must serve */
#define END_MS    1000  /* until it must have ended that will not serve */
#define READY_ENV "SALLYPORT_READY_FD"
#define FIRST_FD  3 /* sd_listen_fds(3) */

static void on_deadline(void *arg);

/* argv[0] if that is a path, for a link there may lead elsewhere by then. */
static char *
own_path(void)
{
	const char *name = program_invocation_name;
	char path[PATH_MAX], *cwd;
	ssize_t n;

	if (name[0] == '/')
		return mem_strdup(name);
	if (strchr(name, '/') != NULL && (cwd = getcwd(NULL, 0)) != NULL) {
		char *whole = mem_printf("%s/%s", cwd, name);

		free(cwd);
		return whole;
	}
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	return mem_strndup(path, n > 0 ? (size_t)n : 0);
}

static int
ready_fd(void)
{
	const char *text = getenv(READY_ENV);
	uint64_t n;

	if (text == NULL || !slice_u64(slice_str(text), &n) || n > INT_MAX)
		return -1;
	(void)unsetenv(READY_ENV);
	return fcntl((int)n, F_SETFD, FD_CLOEXEC) == 0 ? (int)n : -1;
}

void
upgrade_init(struct upgrade *u, struct supervisor *s)
{
	*u = (struct upgrade) { .supervisor = s, .pid = -1 };
	u->program = own_path();
	u->fd = ready_fd();
	deadline_init(&u->deadline, on_deadline, u);
}

static void
stop_listening(struct upgrade *u)
{
	deadline_cancel(&u->deadline);
	if (u->ev != NULL)
		event_free(u->ev);
	if (u->fd >= 0)
		(void)close(u->fd);
	u->ev = NULL;
	u->fd = -1;
}

void
upgrade_clear(struct upgrade *u)
{
	stop_listening(u);
	free(u->program);
	u->program = NULL;
}

void
upgrade_tell_ready(struct upgrade *u)
{
	if (u->fd < 0)
		return;
	if (write(u->fd, "1", 1) != 1)
		log_msg(LOG_WARN, "upgrade-failed",
		    "who started us is gone: %m");
	stop_listening(u);
}

/* What the next process is given. */
struct legacy {
	int *fds; /* the sockets, and the pipe last; above their places */
	size_t count;
	char *names; /* LISTEN_FDNAMES */
};

static void
legacy_clear(struct legacy *g)
{
	for (size_t i = 0; i < g->count; i++)
		(void)close(g->fds[i]);
	free(g->fds);
	free(g->names);
}

static bool
bequeath(struct legacy *g, int fd, size_t places)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + (int)places);

	if (copy < 0)
		return false;
	g->fds[g->count++] = copy;
	return true;
}

/* All copies lie above the places that they go to later, so that none is
 * overwritten by another. */
static bool
gather(const struct sockets *s, int pipe_fd, struct legacy *g)
{
	size_t places = 1;
	bool ok = true;
	struct buf names;

	for (size_t i = 0; i < s->count; i++)
		places += s->ports[i].count;
	*g = (struct legacy) { .fds = mem_new(places, sizeof(int)) };
	buf_init(&names, places * 128);
	for (size_t i = 0; i < s->count; i++) {
		const struct port *p = &s->ports[i];

		for (size_t j = 0; j < p->count && ok; j++) {
			const char *name = p->name != NULL ? p->name : "";

			ok = bequeath(g, p->at[j].fd, places);
			(void)buf_printf(&names, "%s%s",
			    g->count > 1 ? ":" : "",
			    p->at[j].is_ours ? INHERIT_STORED : name);
		}
	}
	ok = ok && bequeath(g, pipe_fd, places);
	g->names = mem_strndup(buf_slice(&names).p, buf_len(&names));
	buf_clear(&names);
	return ok;
}

static void
set_number(const char *name, long n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", n);
	(void)setenv(name, text, 1);
}

/* In the child, which is one thread like its parent. */
static void
become_next(const struct upgrade *u, const struct legacy *g)
{
	const char *conf = u->supervisor->params.conf_path;
	const char *const argv[] = { u->program, "run", "-c", conf, NULL };
	size_t sockets = g->count - 1;

	for (size_t i = 0; i < g->count; i++)
		if (dup2(g->fds[i], FIRST_FD + (int)i) < 0)
			_exit(126);
	(void)close_range(FIRST_FD + (unsigned)g->count, UINT_MAX, 0);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", (long)sockets);
	(void)setenv("LISTEN_FDNAMES", g->names, 1);
	set_number(READY_ENV, FIRST_FD + (long)sockets);
	if (getenv("WATCHDOG_PID") != NULL)
		set_number("WATCHDOG_PID", getpid());
	(void)execv(u->program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void
fail(struct upgrade *u, const char *why, int status)
{
	struct log l;

	stop_listening(u);
	if (!log_begin(&l, LOG_ERR, "upgrade-failed"))
		return;
	log_int(&l, "pid", u->pid);
	if (WIFEXITED(status))
		log_int(&l, "status", WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		log_str(&l, "signal", sigabbrev_np(WTERMSIG(status)));
	log_str(&l, "msg", why);
	log_end(&l);
}

static void
succeed(struct upgrade *u)
{
	struct log l;

	stop_listening(u);
	if (log_begin(&l, LOG_NOTICE, "upgraded")) {
		log_int(&l, "pid", u->pid);
		log_end(&l);
	}
	sd_mainpid(u->pid);
	supervisor_give_way(u->supervisor);
}

/* What there is of it must not go on; its end is told by SIGCHLD. */
static void
on_deadline(void *arg)
{
	const struct upgrade *u = arg;

	log_msg(LOG_ERR, "upgrade-late",
	    "the program that was started does not serve");
	(void)kill(u->pid, SIGKILL);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct upgrade *u = arg;
	char c;

	(void)what;
	loop_wake(&u->supervisor->loop);
	if (read((int)fd, &c, 1) == 1) {
		succeed(u);
		return;
	}
	/* it is about to end, and how is told then; or else is made to */
	(void)event_del(u->ev);
	deadline_set(&u->deadline, &u->supervisor->loop, END_MS);
}

static int
start_next(struct upgrade *u, int pipe_fd)
{
	struct legacy g;
	int pid = -1;

	if (gather(&u->supervisor->sockets, pipe_fd, &g)) {
		pid = (int)fork();
		if (pid == 0)
			become_next(u, &g);
	}
	legacy_clear(&g);
	return pid;
}

void
upgrade_start(struct upgrade *u)
{
	struct supervisor *s = u->supervisor;
	int ends[2];

	if (s->is_ending || !s->was_ready || u->pid >= 0) {
		log_msg(LOG_NOTICE, "upgrade-refused",
		    u->pid >= 0 ? "one is under way" : "not now");
		return;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_msg(LOG_ERR, "upgrade-failed", "no pipe: %m");
		return;
	}
	u->pid = start_next(u, ends[1]);
	(void)close(ends[1]);
	u->fd = ends[0];
	if (u->pid < 0) {
		log_msg(LOG_ERR, "upgrade-failed", "no process: %m");
		stop_listening(u);
		return;
	}
	log_msg(LOG_NOTICE, "upgrading", "%s is started, process %d",
	    u->program, u->pid);
	deadline_set(&u->deadline, &s->loop, READY_MS);
	u->ev = event_new(s->loop.base, u->fd, EV_READ | EV_PERSIST, on_ready,
	    u);
	if (u->ev == NULL || event_priority_set(u->ev, PRIO_CONTROL) != 0 ||
	    event_add(u->ev, NULL) != 0)
		abort();
}

void
upgrade_reap(struct upgrade *u)
{
	int status;

	if (u->pid < 0 || waitpid(u->pid, &status, WNOHANG) != u->pid)
		return;
	if (u->supervisor->is_ending)
		log_msg(LOG_ERR, "upgrade-failed",
		    "the process that took over has ended");
	else
		fail(u, "what runs goes on", status);
	u->pid = -1;
}
