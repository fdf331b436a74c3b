/*
 * backend -- an HTTP/1.1 server for measurements: cheap, and strict.
 *
 * It listens on a port of 127.0.0.1 that the system chooses and prints it.
 * GET /BYTES/WHO is answered with so many octets of the pattern, POST /BYTES/WHO
 * likewise after its content, which must be the pattern.  The field
 * X-Client-Subject must be there once and hold WHO, unless that is "-": who
 * passes a request on without the identity, or with another's, gets 500.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "pattern.h"

#define HEAD_MAX     16384
#define READ_MAX     (256 * 1024)
#define READS_A_TURN 8
#define IDENTITY     "X-Client-Subject:"

struct conn {
	int fd;
	char head[HEAD_MAX + 1]; /* of a request that is not whole yet */
	size_t head_len;
	uint64_t in_left; /* of its content */
	uint64_t in_done;
	bool is_wrong; /* what came of it so far */
	uint64_t answer;
	char out_head[128]; /* of the answer that goes out */
	size_t out_head_len;
	size_t out_head_done;
	uint64_t out_left; /* of its content */
	uint64_t out_done;
};

static int epfd;
static char scratch[READ_MAX];

static void
drop(struct conn *c)
{
	close(c->fd);
	free(c);
}

/* The value of the one field of that name ("Name:"), or NULL. */
static const char *
field(const char *head, const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);

	for (const char *p = strstr(head, "\r\n"); p != NULL;
	     p = strstr(p + 2, "\r\n")) {
		if (strncasecmp(p + 2, name, n) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = p + 2 + n;
	}
	return found;
}

static bool
has_identity(const char *head, const char *who, size_t n)
{
	const char *value, *end;

	if (n == 1 && *who == '-')
		return true;
	if ((value = field(head, IDENTITY)) == NULL)
		return false;
	end = strstr(value, "\r\n");
	return memmem(value, (size_t)(end - value), who, n) != NULL;
}

/* Reads the head, NUL-terminated.  false: it cannot be understood. */
static bool
take_head(struct conn *c)
{
	const char *target = strchr(c->head, ' '), *length;
	char *who;

	if (target == NULL || target[1] != '/')
		return false;
	c->answer = strtoull(target + 2, &who, 10);
	if (*who++ != '/')
		return false;
	c->is_wrong = !has_identity(c->head, who, strcspn(who, " "));
	c->in_left = c->in_done = 0;
	if (strncmp(c->head, "POST ", 5) != 0)
		return strncmp(c->head, "GET ", 4) == 0;
	if ((length = field(c->head, "Content-Length:")) == NULL)
		return false;
	c->in_left = strtoull(length, NULL, 10);
	return true;
}

static void
begin_answer(struct conn *c)
{
	c->out_left = c->is_wrong ? 0 : c->answer;
	c->out_done = 0;
	c->out_head_done = 0;
	c->out_head_len = (size_t)snprintf(c->out_head, sizeof(c->out_head),
	    "HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
	    "Content-Length: %llu\r\n\r\n",
	    c->is_wrong ? "500 Wrong" : "200 OK",
	    (unsigned long long)c->out_left);
}

static bool
is_answering(const struct conn *c)
{
	return c->out_head_done < c->out_head_len || c->out_left > 0;
}

/* Takes octets of a head.  How many; -1: there is no use for them. */
static ssize_t
feed_head(struct conn *c, const char *p, size_t n)
{
	size_t had = c->head_len, room = HEAD_MAX - had, from;
	char *end;

	if (n > room)
		n = room;
	memcpy(c->head + had, p, n);
	c->head[had + n] = '\0';
	from = had < 3 ? 0 : had - 3;
	if ((end = strstr(c->head + from, "\r\n\r\n")) == NULL) {
		c->head_len = had + n;
		return c->head_len < HEAD_MAX ? (ssize_t)n : -1;
	}
	end[2] = '\0'; /* the last field keeps its end of line */
	c->head_len = 0;
	if (!take_head(c))
		return -1;
	if (c->in_left == 0)
		begin_answer(c);
	return end + 4 - (c->head + had);
}

static ssize_t
feed_content(struct conn *c, const char *p, size_t n)
{
	if (n > c->in_left)
		n = (size_t)c->in_left;
	if (!pattern_is(c->in_done, p, n))
		c->is_wrong = true;
	c->in_done += n;
	c->in_left -= n;
	if (c->in_left == 0)
		begin_answer(c);
	return (ssize_t)n;
}

static bool
feed(struct conn *c, const char *p, size_t n)
{
	ssize_t took;

	for (; n > 0; p += took, n -= (size_t)took) {
		if (is_answering(c))
			return false; /* nobody here pipelines */
		took = c->in_left > 0 ? feed_content(c, p, n) :
					feed_head(c, p, n);
		if (took < 0)
			return false;
	}
	return true;
}

/* false: the connection has failed.  All that there is goes out, or fills. */
static bool
answer(struct conn *c)
{
	struct iovec iov[2];
	size_t head;
	ssize_t n;

	while (is_answering(c)) {
		head = c->out_head_len - c->out_head_done;
		iov[0].iov_base = c->out_head + c->out_head_done;
		iov[0].iov_len = head;
		iov[1].iov_base = (char *)pattern_at(c->out_done);
		iov[1].iov_len = c->out_left < PATTERN_MAX ? c->out_left :
							     PATTERN_MAX;
		if ((n = writev(c->fd, iov, 2)) < 0)
			return errno == EAGAIN;
		if ((size_t)n < head) {
			c->out_head_done += (size_t)n;
			continue;
		}
		c->out_head_done = c->out_head_len;
		c->out_done += (size_t)n - head;
		c->out_left -= (size_t)n - head;
	}
	return true;
}

static bool
receive(struct conn *c)
{
	ssize_t n;

	for (int i = 0; i < READS_A_TURN; i++) {
		n = read(c->fd, scratch, sizeof(scratch));
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0 || !feed(c, scratch, (size_t)n) || !answer(c))
			return false;
		if ((size_t)n < sizeof(scratch))
			return true;
	}
	return true;
}

/* Writing is watched only while an answer does not fit. */
static void
watch(struct conn *c, int op)
{
	struct epoll_event ev = {
		.events = EPOLLIN | (is_answering(c) ? EPOLLOUT : 0),
		.data.ptr = c,
	};

	if (epoll_ctl(epfd, op, c->fd, &ev) != 0)
		err(1, "epoll_ctl");
}

static void
accept_all(int fd)
{
	int client, on = 1;
	struct conn *c;

	while ((client = accept4(fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		if ((c = calloc(1, sizeof(*c))) == NULL)
			err(1, NULL);
		c->fd = client;
		watch(c, EPOLL_CTL_ADD);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		err(1, "accept");
}

static int
listen_somewhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) != 0 ||
	    listen(fd, 4096) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
		err(1, "listen");
	printf("%d\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

static void
serve(struct conn *c, uint32_t events)
{
	bool was = is_answering(c);

	if (((events & EPOLLOUT) && !answer(c)) ||
	    ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !receive(c)))
		drop(c);
	else if (was != is_answering(c))
		watch(c, EPOLL_CTL_MOD);
}

int
main(void)
{
	struct epoll_event ev[256];
	int fd, n;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if ((epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll_create1");
	fd = listen_somewhere();
	ev[0].events = EPOLLIN;
	ev[0].data.ptr = NULL;
	if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, ev) != 0)
		err(1, "epoll_ctl");
	for (;;) {
		if ((n = epoll_wait(epfd, ev, 256, -1)) < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == NULL)
				accept_all(fd);
			else
				serve(ev[i].data.ptr, ev[i].events);
		}
	}
}
