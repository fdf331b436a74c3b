#include "daemon/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/supervisor_int.h"

#define QUIET_MS    300  /* as long as that nothing must have happened */
#define PATIENCE_MS 1000 /* but no longer than that */
/* The kernel stamps files by a clock of its own that lags by up to a tick. */
#define STAMP_LAG_MS 20
#define LINKS_MAX    40 /* symbolic links on one path; path_resolution(7) */

/* What stays the same as long as the file does; all 0: there is none. */
struct watch_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct timespec ctime;
};

static void
disarm(struct watch *w)
{
	if (w->ev != NULL)
		event_free(w->ev);
	if (w->fd >= 0)
		(void)close(w->fd);
	w->ev = NULL;
	w->fd = -1;
}

void
watch_clear(struct watch *w)
{
	deadline_cancel(&w->settle);
	disarm(w);
	free(w->stamps);
	w->stamps = NULL;
	w->count = 0;
}

static void
say_failed(struct watch *w, const char *where)
{
	int err = errno;
	struct log l;

	if (w->has_failed || !log_begin(&l, LOG_WARN, "watch-failed"))
		return;
	w->has_failed = true;
	log_bytes(&l, "name", slice_str(where));
	log_str(&l, "error", strerror(err));
	log_str(&l, "msg", "what changes there is not seen");
	log_end(&l);
}

static void
add_folder(struct watch *w, const char *folder)
{
	const uint32_t mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
	    IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF |
	    IN_DELETE_SELF | IN_ONLYDIR;

	if (inotify_add_watch(w->fd, folder, mask) < 0)
		say_failed(w, folder);
}

/* dir and name in one, in new memory. */
static char *
join(const char *dir, const char *name)
{
	return mem_printf("%s%s%s", dir, strcmp(dir, "/") == 0 ? "" : "/",
	    name);
}

/* The way along a path, as the kernel goes it. */
struct walk {
	char *done; /* a folder */
	char *rest; /* what is still to be gone */
	unsigned links;
};

static void
set(char **s, char *to)
{
	free(*s);
	*s = to;
}

/* Goes where a link leads; false: nowhere. */
static bool
follow(struct walk *k, const char *link, const char *after)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	if (n <= 0 || ++k->links > LINKS_MAX)
		return false;
	target[n] = '\0';
	if (target[0] == '/')
		set(&k->done, mem_strdup("/"));
	set(&k->rest, mem_printf("%s/%s", target, after));
	return true;
}

/* One name further; false: it goes no further. */
static bool
step(struct watch *w, struct walk *k)
{
	char *name = k->rest + strspn(k->rest, "/"), *next;
	const char *after = name + strcspn(name, "/");
	struct stat st = { 0 };
	bool goes_on = false;

	after += strspn(after, "/");
	name[strcspn(name, "/")] = '\0';
	next = join(k->done, name);
	if (name[0] != '\0' && lstat(next, &st) == 0 && S_ISDIR(st.st_mode) &&
	    *after != '\0') {
		set(&k->done, mem_strdup(next));
		set(&k->rest, mem_strdup(after));
		goes_on = true;
	} else {
		add_folder(w, k->done);
		if (S_ISLNK(st.st_mode))
			goes_on = follow(k, next, after);
	}
	free(next);
	return goes_on;
}

/*
 * Watches each folder in which the course of a path is decided: where a link
 * lies, where the file does, or where it goes no further.  Those in between
 * are only passed through.
 */
static void
add_path(struct watch *w, const char *path)
{
	struct walk k = { .done = mem_strdup("/"), .rest = mem_strdup(path) };

	while (step(w, &k))
		continue;
	free(k.done);
	free(k.rest);
}

static struct watch_stamp
stamp_of(const char *path)
{
	struct watch_stamp s;
	struct stat st;

	/* compared as bytes: also what lies between the members */
	memset(&s, 0, sizeof(s));
	if (stat(path, &st) != 0)
		return s;
	s.dev = st.st_dev;
	s.ino = st.st_ino;
	s.size = st.st_size;
	s.mtime = st.st_mtim;
	s.ctime = st.st_ctim;
	return s;
}

static void
settle_later(struct watch *w)
{
	struct loop *l = &w->supervisor->loop;
	int64_t now = loop_now_ms(l), left;

	if (w->first_ms == 0)
		w->first_ms = now;
	left = w->first_ms + PATIENCE_MS - now;
	if (left < 1)
		left = 1;
	deadline_set(&w->settle, l, left < QUIET_MS ? left : QUIET_MS);
}

static void
on_inotify(evutil_socket_t fd, short what, void *arg)
{
	/* what they say does not matter: the files are looked at */
	char events[16 * 1024] __attribute__((aligned(8)));
	struct watch *w = arg;

	(void)what;
	loop_wake(&w->supervisor->loop);
	while (read((int)fd, events, sizeof(events)) > 0)
		continue;
	settle_later(w);
}

/* All anew: a folder that was replaced is another one under the same name. */
static void
arm(struct watch *w, const struct plan *p)
{
	disarm(w);
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0)
		w->ev = event_new(w->supervisor->loop.base, w->fd,
		    EV_READ | EV_PERSIST, on_inotify, w);
	if (w->ev == NULL || event_priority_set(w->ev, PRIO_CONTROL) != 0 ||
	    event_add(w->ev, NULL) != 0) {
		say_failed(w, "inotify");
		disarm(w);
		return;
	}
	for (size_t i = 0; i < p->file_count; i++)
		add_path(w, p->files[i]);
}

/* Looks at the files, which are watched already, so that nothing is missed;
 * whether one is another one than before. */
static bool
look(struct watch *w, const struct plan *p)
{
	bool has_changed = false;

	for (size_t i = 0; i < w->count; i++) {
		struct watch_stamp now = stamp_of(p->files[i]);

		if (memcmp(&now, &w->stamps[i], sizeof(now)) != 0)
			has_changed = true;
		w->stamps[i] = now;
	}
	return has_changed;
}

static void
on_settle(void *arg)
{
	struct watch *w = arg;
	struct supervisor *s = w->supervisor;

	w->first_ms = 0;
	arm(w, s->plan);
	if (look(w, s->plan))
		reload_start(&s->reload, RELOAD_FILES, NULL);
}

void
watch_init(struct watch *w, struct supervisor *s)
{
	*w = (struct watch) { .supervisor = s, .fd = -1 };
	deadline_init(&w->settle, on_settle, w);
}

/* Whether it may have changed since the plan was read. */
static bool
is_fresh(const struct watch_stamp *s, const struct plan *p)
{
	int64_t ms = (int64_t)s->ctime.tv_sec * 1000 +
	    s->ctime.tv_nsec / 1000000;

	return ms >= p->read_ms - STAMP_LAG_MS;
}

void
watch_use(struct watch *w, const struct plan *p)
{
	bool doubt = false;

	watch_clear(w);
	w->first_ms = 0;
	w->has_failed = false;
	if (!p->watch || p->file_count == 0)
		return;
	w->count = p->file_count;
	w->stamps = mem_new(w->count, sizeof(*w->stamps));
	arm(w, p);
	(void)look(w, p);
	for (size_t i = 0; i < w->count; i++) {
		if (!is_fresh(&w->stamps[i], p))
			continue;
		/* unlike any stamp, that of no file included */
		memset(&w->stamps[i], 0xff, sizeof(w->stamps[i]));
		doubt = true;
	}
	if (doubt)
		settle_later(w);
}
