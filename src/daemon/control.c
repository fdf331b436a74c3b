#include "daemon/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/status.h"
#include "daemon/supervisor_int.h"
#include "net/io_plain.h"
#include "net/listener.h"

#define CALLERS_MAX    16
#define LINE_MAX_BYTES 64
#define ANSWER_MAX     (4u << 20) /* a configuration may have many files */
#define CALLER_MS      5000       /* to ask, and to take the answer */

struct caller {
	struct list node;
	struct control *control;
	struct io *io;
	struct buf in;
	struct buf out;
	bool has_asked;
	bool is_answered;
	struct reload_waiter waiter;
	struct deadline deadline;
	struct grave grave;
};

static void
caller_free(void *arg)
{
	struct caller *c = arg;

	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
}

static void
caller_end(struct caller *c)
{
	struct control *ct = c->control;

	reload_waiter_cancel(&c->waiter);
	deadline_cancel(&c->deadline);
	io_close(c->io);
	list_remove(&c->node);
	ct->caller_count--;
	loop_bury(&ct->supervisor->loop, &c->grave, caller_free, c);
}

static void
on_deadline(void *arg)
{
	caller_end(arg);
}

/* Sends what is left of the answer; the end comes behind it. */
static void
send_rest(struct caller *c)
{
	size_t n;
	int e = 0;

	while (buf_len(&c->out) > 0 && e == 0) {
		e = io_write(c->io, buf_slice(&c->out), &n);
		if (e == 0)
			buf_take(&c->out, n);
	}
	if (e == 0)
		e = io_shutdown(c->io);
	if (e != E_AGAIN)
		caller_end(c);
}

static void
answer(struct caller *c)
{
	c->is_answered = true;
	deadline_set(&c->deadline, &c->control->supervisor->loop, CALLER_MS);
	send_rest(c);
}

static void
on_reloaded(void *arg, int err, const struct diag *d)
{
	struct caller *c = arg;
	const struct supervisor *s = c->control->supervisor;

	(void)buf_puts(&c->out, err == 0 ? "ok\n" : "failed\n");
	for (size_t i = 0; err != E_DRAINING && i < d->count; i++)
		(void)buf_printf(&c->out, "%s%s\n", d->entries[i].text,
		    d->entries[i].level == DIAG_WARNING ? " (warning)" : "");
	if (err == 0)
		(void)buf_printf(&c->out, "generation %u is in force\n",
		    s->plan->generation);
	else
		(void)buf_printf(&c->out, "%s; generation %u stays in force\n",
		    err_text(err), s->plan->generation);
	answer(c);
}

static void
obey(struct caller *c, struct slice line)
{
	struct supervisor *s = c->control->supervisor;

	c->has_asked = true;
	if (slice_eq(line, SL("reload"))) {
		/* as long as it takes */
		deadline_cancel(&c->deadline);
		reload_start(&s->reload, RELOAD_ASKED, &c->waiter);
		return;
	}
	if (slice_eq(line, SL("status")))
		status_text(s, &c->out);
	else if (slice_eq(line, SL("status json")))
		status_json(s, &c->out);
	else
		(void)buf_puts(&c->out, "failed\nno such command\n");
	answer(c);
}

/* The end of it, or what makes no sense, ends the caller. */
static void
take_line(struct caller *c)
{
	char bytes[LINE_MAX_BYTES];
	struct slice line, rest;
	bool at_end = false;
	size_t n;
	int e;

	while ((e = io_read(c->io, bytes, sizeof(bytes), &n)) == 0) {
		if (c->has_asked || !buf_put(&c->in, slice_of(bytes, n))) {
			caller_end(c);
			return;
		}
	}
	rest = buf_slice(&c->in);
	if (!c->has_asked && slice_find(rest, '\n') >= 0 &&
	    slice_cut(&rest, '\n', &line, &at_end))
		obey(c, line);
	else if (e != E_AGAIN && (e != E_EOF || !c->has_asked))
		caller_end(c);
}

static void
on_io(struct io *io, unsigned events, void *arg)
{
	struct caller *c = arg;

	(void)io;
	if (c->is_answered) {
		if ((events & (IO_WRITABLE | IO_HANGUP)) != 0)
			send_rest(c);
	} else if ((events & IO_READABLE) != 0) {
		take_line(c);
	}
}

static void
on_caller(void *arg, int fd, const struct addr *peer)
{
	struct control *ct = arg;
	struct caller *c;

	(void)peer;
	if (ct->caller_count >= CALLERS_MAX) {
		(void)close(fd);
		return;
	}
	c = mem_new(1, sizeof(*c));
	c->control = ct;
	c->waiter = (struct reload_waiter) { .done = on_reloaded, .arg = c };
	list_init(&c->waiter.node);
	list_init(&c->node);
	list_push(&ct->callers, &c->node);
	ct->caller_count++;
	buf_init(&c->in, LINE_MAX_BYTES);
	buf_init(&c->out, ANSWER_MAX);
	deadline_init(&c->deadline, on_deadline, c);
	deadline_set(&c->deadline, &ct->supervisor->loop, CALLER_MS);
	c->io = io_plain_new(&ct->supervisor->loop, fd);
	io_own(c->io, on_io, c);
	io_ready_later(c->io, IO_READABLE);
}

void
control_init(struct control *ct, struct supervisor *s)
{
	*ct = (struct control) { .supervisor = s };
	list_init(&ct->callers);
}

/* Another process may have taken the place: an upgrade does. */
static void
stop(struct control *ct)
{
	struct stat st;

	listener_free(ct->listener);
	ct->listener = NULL;
	if (ct->path != NULL && lstat(ct->path, &st) == 0 &&
	    st.st_dev == ct->dev && st.st_ino == ct->ino)
		(void)unlink(ct->path);
	free(ct->path);
	ct->path = NULL;
}

void
control_clear(struct control *ct)
{
	struct list *at, *after;

	stop(ct);
	list_each(at, after, &ct->callers)
		caller_end(list_item(at, struct caller, node));
}

/*
 * Made beside its place and renamed into it: nobody finds half a socket there,
 * and what another process has left behind, or still has, is no obstacle.
 */
static int
bind_at(const char *path, int *fd)
{
	char *beside = mem_printf("%s.%d", path, (int)getpid());
	mode_t mask = umask(0117); /* 0660 from the first moment on */
	struct addr a;
	int e = addr_unix(slice_str(beside), &a);

	(void)unlink(beside);
	if (e != 0)
		errno = ENAMETOOLONG;
	else
		e = listener_open(&a, false, fd);
	(void)umask(mask);
	if (e == 0 && rename(beside, path) != 0) {
		int err = errno;

		(void)close(*fd);
		(void)unlink(beside);
		errno = err;
		e = E_SYS;
	}
	free(beside);
	return e;
}

static void
say_failed(const char *path, int err)
{
	struct log l;

	if (!log_begin(&l, LOG_ERR, "control-failed"))
		return;
	log_bytes(&l, "name", slice_str(path));
	log_str(&l, "error", strerror(err));
	log_end(&l);
}

void
control_use(struct control *ct, const char *path)
{
	struct stat st;
	int fd;

	if (path != NULL && ct->path != NULL && strcmp(path, ct->path) == 0)
		return;
	stop(ct);
	if (path == NULL)
		return;
	if (bind_at(path, &fd) != 0) {
		say_failed(path, errno);
		return;
	}
	if (lstat(path, &st) == 0) {
		ct->dev = st.st_dev;
		ct->ino = st.st_ino;
	}
	ct->path = mem_strdup(path);
	ct->listener = listener_new(&ct->supervisor->loop, fd, on_caller, ct);
}
