#include "base/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
	sink_wait_fn *on_wait;
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

/* What is written at once. */
struct piece {
	struct slice bytes;
	unsigned lines;
};

/*
 * Writes as much of a piece as goes; how much of it is done, all of it also
 * when the rest is lost.  -1: not now.
 */
static ssize_t
put(struct sink *s, const struct piece *piece)
{
	ssize_t n = 0;

	if (s->is_cut && s->to.sun_family == 0) {
		n = write_some(s, SL("\n"));
		s->is_cut = n != 1;
	}
	if (!s->is_cut)
		do
			n = write_some(s, piece->bytes);
		while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return -1;
	/* the disk is full, nobody listens: this is lost */
	s->dropped += piece->lines;
	if (s->sent > 0)
		s->is_cut = true;
	return (ssize_t)piece->bytes.n;
}

static void
keep(struct sink *s, struct slice line, bool is_gathered)
{
	uint32_t n = (uint32_t)line.n;
	bool was_empty = buf_len(&s->waiting) == 0;

	if (line.n == 0)
		return;
	if (buf_room(&s->waiting) < sizeof(n) + line.n) {
		s->dropped++;
		return;
	}
	(void)buf_put(&s->waiting, slice_of(&n, sizeof(n)));
	(void)buf_put(&s->waiting, line);
	if (was_empty && s->on_wait != NULL)
		s->on_wait(s->arg, is_gathered);
}

void
sink_write(struct sink *s, struct slice line)
{
	const struct piece piece = { .bytes = line, .lines = 1 };
	ssize_t n;

	if (!sink_flush(s)) {
		keep(s, line, false);
		return;
	}
	n = put(s, &piece);
	if (n == (ssize_t)line.n)
		return;
	keep(s, line, false);
	/* what is out already is not written again */
	if (n > 0)
		s->sent = (size_t)n;
}

void
sink_gather(struct sink *s, struct slice line)
{
	/* better written now than dropped later */
	if (buf_room(&s->waiting) < SINK_MAX / 2)
		(void)sink_flush(s);
	keep(s, line, true);
}

/* The line at some place among those that wait. */
static struct slice
line_at(const struct sink *s, size_t at)
{
	struct slice all = buf_slice(&s->waiting);
	uint32_t len;

	assert(all.p != NULL && at < all.n);
	memcpy(&len, all.p + at, sizeof(len));
	return slice_of(all.p + at + sizeof(len), len);
}

/* The lines to be written next; one alone, if it is long, was begun, or goes
 * into a datagram. */
static struct piece
next_piece(const struct sink *s, char room[SINK_PIECE])
{
	struct slice line = line_at(s, 0);
	struct piece piece = { .bytes = slice_of(room, 0) };
	size_t at = 0;

	if (s->sent > 0 || s->to.sun_family != 0 || line.n >= SINK_PIECE)
		return (struct piece) { .bytes = slice_skip(line, s->sent),
			.lines = 1 };
	while (line.n <= SINK_PIECE - piece.bytes.n) {
		memcpy(room + piece.bytes.n, line.p, line.n);
		piece.bytes.n += line.n;
		piece.lines++;
		at += sizeof(uint32_t) + line.n;
		if (at == buf_len(&s->waiting))
			break;
		line = line_at(s, at);
	}
	return piece;
}

/* So many more octets of what waits are done. */
static void
written(struct sink *s, size_t n)
{
	struct slice line;

	for (s->sent += n; s->sent > 0; s->sent -= line.n) {
		line = line_at(s, 0);
		if (s->sent < line.n)
			return;
		buf_take(&s->waiting, sizeof(uint32_t) + line.n);
	}
}

bool
sink_flush(struct sink *s)
{
	char room[SINK_PIECE];

	while (buf_len(&s->waiting) > 0) {
		struct piece piece = next_piece(s, room);
		ssize_t n = put(s, &piece);

		if (n < 0)
			return false;
		written(s, (size_t)n);
		if ((size_t)n < piece.bytes.n)
			return false;
	}
	buf_release(&s->waiting);
	return true;
}

void
sink_finish(struct sink *s, int ms)
{
	struct pollfd p = { .fd = s != NULL ? s->fd : -1, .events = POLLOUT };

	while (s != NULL && !sink_flush(s))
		if (poll(&p, 1, ms) <= 0)
			break;
}

void
sink_on_wait(struct sink *s, sink_wait_fn *on_wait, void *arg)
{
	s->on_wait = on_wait;
	s->arg = arg;
}

uint64_t
sink_dropped(const struct sink *s)
{
	return s->dropped;
}
