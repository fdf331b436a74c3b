#include "daemon/logging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metric.h"
#include "proxy/accesslog.h"

#define AGAIN_MS  100   /* until what could not be written is tried again */
#define LAST_MS   1000  /* how long the last words may take */
#define TELL_MS   10000 /* between two lines about records that are lost */
#define FILE_MODE 0640  /* who the clients are is not for everybody */

/* systemd.exec(5), JOURNAL_STREAM: device and inode of what stderr should be */
static bool
is_journald(void)
{
	struct slice at = slice_str(getenv("JOURNAL_STREAM")), dev;
	uint64_t dev_no, ino_no;
	bool at_end = false;
	struct stat st;

	return slice_cut(&at, ':', &dev, &at_end) && slice_u64(dev, &dev_no) &&
	    slice_u64(at, &ino_no) && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == dev_no && st.st_ino == ino_no;
}

static void
use_main(struct logging *lg, const struct conf_log *c)
{
	struct log_params p = { .sink = lg->main,
		.format = c->format,
		.level = c->level,
		.style = is_journald() ? LOG_PREFIX : LOG_BARE };

	log_setup(&p);
}

static void
on_wait(void *arg, bool is_gathered)
{
	struct logging *lg = arg;

	if (is_gathered)
		loop_post(lg->loop, &lg->gathered);
	else if (!deadline_is_set(&lg->again))
		deadline_set(&lg->again, lg->loop, AGAIN_MS);
}

static uint64_t
dropped_by(const struct sink *s)
{
	return s != NULL ? sink_dropped(s) : 0;
}

/* It must not be lost in silence, nor become a flood in another place. */
static void
tell_dropped(struct logging *lg)
{
	uint64_t n = lg->dropped + dropped_by(lg->file) +
	    dropped_by(lg->socket) - lg->told;

	if (n == 0 || deadline_is_set(&lg->tell))
		return;
	lg->told += n;
	metric_add(M_LOG_DROPPED, (int64_t)n);
	deadline_set(&lg->tell, lg->loop, TELL_MS);
	log_msg(LOG_WARN, "access-log-dropped", "%llu records",
	    (unsigned long long)n);
}

static void
on_tell(void *arg)
{
	tell_dropped(arg);
}

/* What it writes last is not waited for; what it lost is remembered. */
static void
let_go(struct logging *lg, struct sink **s)
{
	if (*s != NULL) {
		(void)sink_flush(*s);
		lg->dropped += sink_dropped(*s);
	}
	sink_free(*s);
	*s = NULL;
}

static void
flush(void *arg)
{
	struct logging *lg = arg;
	bool done = log_flush();

	if (lg->file != NULL && !sink_flush(lg->file))
		done = false;
	if (lg->socket != NULL && !sink_flush(lg->socket))
		done = false;
	tell_dropped(lg);
	if (!done)
		on_wait(lg, false);
}

void
logging_start(struct logging *lg, struct loop *l)
{
	static const struct conf_log before = { .level = LOG_INFO };

	*lg = (struct logging) { .loop = l, .main = sink_new_stderr() };
	deadline_init(&lg->again, flush, lg);
	deadline_init(&lg->tell, on_tell, lg);
	task_init(&lg->gathered, flush, lg);
	sink_on_wait(lg->main, on_wait, lg);
	use_main(lg, &before);
}

void
logging_stop(struct logging *lg)
{
	accesslog_use(NULL);
	sink_finish(lg->file, LAST_MS);
	let_go(lg, &lg->file);
	let_go(lg, &lg->socket);
	deadline_cancel(&lg->tell);
	tell_dropped(lg);
	deadline_cancel(&lg->tell);
	log_setup(&(struct log_params) { .level = LOG_INFO });
	deadline_cancel(&lg->again);
	task_cancel(&lg->gathered);
	sink_finish(lg->main, LAST_MS);
	sink_free(lg->main);
	*lg = (struct logging) { .loop = lg->loop };
}

static void
open_socket(struct logging *lg, const char *path)
{
	let_go(lg, &lg->socket);
	lg->socket = sink_new_datagram(path);
	if (lg->socket == NULL)
		log_msg(LOG_ERR, "access-log", "no socket for %s", path);
	else
		sink_on_wait(lg->socket, on_wait, lg);
}

void
logging_use(struct logging *lg, const struct conf_log *log,
    const struct conf_access_log *access)
{
	use_main(lg, log);
	lg->to = access->to;
	switch (lg->to) {
	case ACCESS_TO_LOG:
		accesslog_use(NULL);
		break;
	case ACCESS_TO_FILE:
		accesslog_use(lg->file);
		break;
	case ACCESS_TO_SYSLOG:
	case ACCESS_TO_JOURNALD:
		accesslog_use(NULL);
		open_socket(lg, access->path);
		accesslog_use(lg->socket);
		break;
	}
}

void
logging_take_file(struct logging *lg, int fd)
{
	struct sink *old = lg->file;

	lg->file = sink_new(fd);
	sink_on_wait(lg->file, on_wait, lg);
	if (lg->to == ACCESS_TO_FILE)
		accesslog_use(lg->file);
	let_go(lg, &old);
}

int
logging_open_file(const struct conf_access_log *c)
{
	errno = 0;
	if (c->to != ACCESS_TO_FILE)
		return -1;
	return open(c->path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
	    FILE_MODE);
}
