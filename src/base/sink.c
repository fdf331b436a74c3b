#include "base/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct sink {
	int fd;
	bool is_socket;
	struct sockaddr_un to; /* of a datagram; sun_family 0: none */
	struct buf waiting;    /* lines, each behind its length */
	size_t sent;           /* octets of the first of them */
	bool is_cut;           /* a line was broken off: end it first */
	uint64_t dropped;
	void (*on_wait)(void *arg);
	void *arg;
};

struct sink *
sink_new(int fd)
{
	struct sink *s = mem_new(1, sizeof(*s));
	struct stat st;

	s->fd = fd;
	s->is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	buf_init(&s->waiting, SINK_MAX);
	return s;
}

struct sink *
sink_new_stderr(void)
{
	/* a pipe opened anew has flags of its own; a socket cannot be, and
	 * needs none; to a file nobody waits */
	int fd = open("/proc/self/fd/2",
	    O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return sink_new(fd);
}

struct sink *
sink_new_datagram(const char *path)
{
	struct sink *s;
	size_t n = strlen(path);
	int fd;

	if (n >= sizeof(s->to.sun_path))
		return NULL;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	s = sink_new(fd);
	s->to.sun_family = AF_UNIX;
	memcpy(s->to.sun_path, path, n + 1);
	return s;
}

void
sink_free(struct sink *s)
{
	if (s == NULL)
		return;
	(void)sink_flush(s);
	buf_clear(&s->waiting);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}

static ssize_t
write_some(const struct sink *s, struct slice b)
{
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (s->to.sun_family != 0)
		return sendto(s->fd, b.p, b.n, flags,
		    (const struct sockaddr *)&s->to, sizeof(s->to));
	if (s->is_socket)
		return send(s->fd, b.p, b.n, flags);
	return write(s->fd, b.p, b.n);
}

/*
 * Writes as much of a line as goes; how much of it is done, all of it also
 * when the rest is lost.  -1: not now.
 */
static ssize_t
put(struct sink *s, struct slice line)
{
	ssize_t n;

	if (s->is_cut && s->to.sun_family == 0) {
		if (write_some(s, SL("\n")) != 1 && errno == EAGAIN)
			return -1;
		s->is_cut = false;
	}
	do
		n = write_some(s, line);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return -1;
	/* the disk is full, nobody listens: this line is lost */
	s->dropped++;
	return (ssize_t)line.n;
}

static void
keep(struct sink *s, struct slice line)
{
	uint32_t n = (uint32_t)line.n;
	bool was_empty = buf_len(&s->waiting) == 0;

	if (buf_room(&s->waiting) < sizeof(n) + line.n) {
		s->dropped++;
		return;
	}
	(void)buf_put(&s->waiting, slice_of(&n, sizeof(n)));
	(void)buf_put(&s->waiting, line);
	if (was_empty && s->on_wait != NULL)
		s->on_wait(s->arg);
}

void
sink_write(struct sink *s, struct slice line)
{
	ssize_t n;

	if (!sink_flush(s)) {
		keep(s, line);
		return;
	}
	n = put(s, line);
	if (n == (ssize_t)line.n)
		return;
	keep(s, line);
	/* what is out already is not written again */
	if (n > 0)
		s->sent = (size_t)n;
}

bool
sink_flush(struct sink *s)
{
	while (buf_len(&s->waiting) > 0) {
		struct slice all = buf_slice(&s->waiting), line;
		uint32_t len;
		ssize_t n;

		memcpy(&len, all.p, sizeof(len));
		line = slice_of(all.p + sizeof(len) + s->sent, len - s->sent);
		n = put(s, line);
		if (n < 0)
			return false;
		s->sent += (size_t)n;
		if (s->sent < len)
			return false;
		s->sent = 0;
		buf_take(&s->waiting, sizeof(len) + len);
	}
	buf_release(&s->waiting);
	return true;
}

void
sink_on_wait(struct sink *s, void (*on_wait)(void *), void *arg)
{
	s->on_wait = on_wait;
	s->arg = arg;
}

uint64_t
sink_dropped(const struct sink *s)
{
	return s->dropped;
}
