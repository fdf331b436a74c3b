#include "daemon/upgrade.h"

#include <assert.h>
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
#include "daemon/process.h"
#include "daemon/sd.h"
#include "daemon/supervisor_int.h"

#define READY_MS  60000 /* until all of its workers must serve */
#define END_MS    1000  /* until it must have ended that will not serve */
#define READY_ENV "SALLYPORT_READY_FD"
#define NAME_ROOM 80 /* octets: a listener's name has 64 at most */
#define FIRST_FD  3  /* sd_listen_fds(3) */

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

/* That of the next one, or of who is about to tell it. */
static int
next_pid(const struct upgrade *u)
{
	int pid = u->pid;

	if (u->told_len >= sizeof(pid))
		memcpy(&pid, u->told, sizeof(pid));
	return pid;
}

void
upgrade_clear(struct upgrade *u)
{
	/* whom it was for is not there any more */
	if (u->pid >= 0)
		(void)kill(next_pid(u), SIGKILL);
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
	size_t places; /* that there are at most */
	int *fds;      /* above their places */
	size_t count;
	size_t listen_fds; /* LISTEN_FDS */
	struct buf names;  /* LISTEN_FDNAMES, with a NUL */
};

static void
legacy_clear(struct legacy *g)
{
	for (size_t i = 0; i < g->count; i++)
		(void)close(g->fds[i]);
	free(g->fds);
	buf_clear(&g->names);
}

/* All copies lie above the places that they go to later, so that none is
 * overwritten by another. */
static bool
bequeath(struct legacy *g, int fd, const char *name)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD + (int)g->places);

	if (copy < 0)
		return false;
	if (g->count > 0)
		(void)buf_puts(&g->names, ":");
	(void)buf_puts(&g->names, name);
	g->fds[g->count++] = copy;
	return true;
}

static bool
bequeath_port(struct legacy *g, const struct port *p)
{
	const char *name = p->name != NULL ? p->name : "";
	bool ok = true;

	for (size_t i = 0; i < p->count && ok; i++)
		ok = bequeath(g, p->at[i].fd,
		    p->at[i].is_ours ? INHERIT_STORED : name);
	return ok;
}

/* The sockets, the keys of tickets, and last the pipe, which has no name. */
static bool
gather(const struct supervisor *s, int pipe_fd, struct legacy *g)
{
	const struct sockets *all = &s->sockets;
	bool ok = true;

	*g = (struct legacy) { .places = 2 };
	for (size_t i = 0; i < all->count; i++)
		g->places += all->ports[i].count;
	g->fds = mem_new(g->places, sizeof(int));
	buf_init(&g->names, g->places * NAME_ROOM);
	for (size_t i = 0; i < all->count && ok; i++)
		ok = bequeath_port(g, &all->ports[i]);
	if (ok && s->sealing.fd >= 0)
		ok = bequeath(g, s->sealing.fd, INHERIT_TICKETS);
	g->listen_fds = g->count;
	ok = ok && bequeath(g, pipe_fd, "");
	return ok && buf_put(&g->names, slice_of("", 1));
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
	struct slice names = buf_slice(&g->names);

	assert(names.p != NULL);
	for (size_t i = 0; i < g->count; i++)
		if (dup2(g->fds[i], FIRST_FD + (int)i) < 0)
			_exit(126);
	(void)close_range(FIRST_FD + (unsigned)g->count, UINT_MAX, 0);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", (long)g->listen_fds);
	(void)setenv("LISTEN_FDNAMES", names.p, 1);
	set_number(READY_ENV, FIRST_FD + (long)g->count - 1);
	if (getenv("WATCHDOG_PID") != NULL)
		set_number("WATCHDOG_PID", getpid());
	(void)execv(u->program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Ends as the next one did. */
static _Noreturn void
end_like(int status)
{
	if (WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)kill(getpid(), WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* In the child: it holds nothing, and waits for its own. */
static _Noreturn void
stand_between(const struct upgrade *u, const struct legacy *g, int pipe_fd)
{
	int pid, status = 0;

	(void)signal(SIGCHLD, SIG_DFL);
	pid = (int)fork();
	if (pid == 0)
		become_next(u, g);
	if (pid < 0)
		_exit(125);
	process_ignore_signals();
	if (write(pipe_fd, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		(void)kill(pid, SIGKILL);
	(void)close_range(0, UINT_MAX, 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	end_like(status);
}

static void
fail(struct upgrade *u, const char *why, int status)
{
	struct log l;

	stop_listening(u);
	if (!log_begin(&l, LOG_ERR, "upgrade-failed"))
		return;
	log_int(&l, "pid", next_pid(u));
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
	int next = next_pid(u);
	struct log l;

	stop_listening(u);
	(void)kill(u->pid, SIGKILL);
	(void)waitpid(u->pid, NULL, 0);
	u->pid = -1;
	if (log_begin(&l, LOG_NOTICE, "upgraded")) {
		log_int(&l, "pid", next);
		log_end(&l);
	}
	sd_mainpid(next);
	supervisor_give_way(u->supervisor);
}

/* What there is of it must not go on; its end is told by SIGCHLD. */
static void
on_deadline(void *arg)
{
	const struct upgrade *u = arg;

	log_msg(LOG_ERR, "upgrade-late",
	    "the program that was started does not serve");
	(void)kill(next_pid(u), SIGKILL);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct upgrade *u = arg;
	ssize_t n = read((int)fd, u->told + u->told_len,
	    sizeof(u->told) - u->told_len);

	(void)what;
	loop_wake(&u->supervisor->loop);
	if (n > 0) {
		u->told_len += (size_t)n;
		if (u->told_len == sizeof(u->told))
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

	if (gather(u->supervisor, pipe_fd, &g)) {
		pid = (int)fork();
		if (pid == 0)
			stand_between(u, &g, pipe_fd);
	}
	legacy_clear(&g);
	return pid;
}

/* The end of the pipe on which the next one says that it serves. */
static bool
listen_to(struct upgrade *u, int fd)
{
	u->fd = fd;
	u->told_len = 0;
	u->ev = event_new(u->supervisor->loop.base, fd, EV_READ | EV_PERSIST,
	    on_ready, u);
	return u->ev != NULL && event_priority_set(u->ev, PRIO_CONTROL) == 0 &&
	    event_add(u->ev, NULL) == 0;
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
	/* before there is a process that nobody would hear of */
	if (listen_to(u, ends[0]))
		u->pid = start_next(u, ends[1]);
	if (u->pid < 0) {
		log_msg(LOG_ERR, "upgrade-failed", "no process: %m");
		stop_listening(u);
	}
	(void)close(ends[1]);
	if (u->pid < 0)
		return;
	log_msg(LOG_NOTICE, "upgrading", "%s is started", u->program);
	deadline_set(&u->deadline, &s->loop, READY_MS);
}

void
upgrade_reap(struct upgrade *u)
{
	int status;

	if (u->pid < 0 || waitpid(u->pid, &status, WNOHANG) != u->pid)
		return;
	fail(u,
	    u->supervisor->is_ending ? "and this one is ending" :
				       "what runs goes on",
	    status);
	u->pid = -1;
}
