#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/process.h"
#include "daemon/supervisor_int.h"

static void
reap(struct supervisor *s)
{
	int status;

	/* each by its own pid: nobody else's children are ours to reap */
	for (unsigned i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (c->pid >= 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
			child_died(c, status);
	}
	upgrade_reap(&s->upgrade);
}

/* A new file where the old one was moved away. */
static void
reopen_access(struct supervisor *s)
{
	const struct conf_access_log *c = &s->plan->access_log;
	int fd = logging_open_file(c), err = errno;

	if (fd >= 0) {
		(void)close(s->plan->access_fd);
		s->plan->access_fd = fd;
		supervisor_send_access(s);
		log_msg(LOG_NOTICE, "access-log", "opened anew");
	} else if (err != 0) {
		log_msg(LOG_ERR, "access-log", "%s: %s", c->path,
		    strerror(err));
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
		supervisor_end(s, IPC_DRAIN);
		break;
	case SIGINT:
		log_msg(LOG_NOTICE, "ending", "SIGINT");
		supervisor_end(s, IPC_QUIT);
		break;
	case SIGUSR1:
		reopen_access(s);
		break;
	case SIGUSR2:
		upgrade_start(&s->upgrade);
		break;
	case SIGHUP:
		reload_start(&s->reload, RELOAD_ASKED, NULL);
		break;
	default:
		break;
	}
}

int
supervisor_watch_signals(struct supervisor *s)
{
	static const int wanted[SUPERVISOR_SIGNALS] = { SIGCHLD, SIGTERM,
		SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };

	process_ignore_signals();
	for (size_t i = 0; i < SUPERVISOR_SIGNALS; i++) {
		s->signals[i] = event_new(s->loop.base, wanted[i],
		    EV_SIGNAL | EV_PERSIST, on_signal, s);
		if (s->signals[i] == NULL ||
		    event_priority_set(s->signals[i], PRIO_CONTROL) != 0 ||
		    event_add(s->signals[i], NULL) != 0)
			return E_SYS;
	}
	return 0;
}

void
supervisor_forget_signals(struct supervisor *s)
{
	for (size_t i = 0; i < SUPERVISOR_SIGNALS; i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
}
