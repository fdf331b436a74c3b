#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "pattern.h"

/* How often one connection reads or writes until others have their turn. */
#define STEPS_A_TURN 16

static void
make_request(struct conn *c)
{
	const struct load_options *o = c->options;
	const char *who = o->is_anonymous ? "-" : c->client->who;
	int n;

	if (o->upload > 0)
		n = snprintf(c->request, sizeof(c->request),
		    "POST /%llu/%s HTTP/1.1\r\nHost: %s\r\n"
		    "User-Agent: bench\r\nAccept: */*\r\n"
		    "Content-Length: %llu\r\n\r\n",
		    (unsigned long long)o->bytes, who, o->name,
		    (unsigned long long)o->upload);
	else
		n = snprintf(c->request, sizeof(c->request),
		    "GET /%llu/%s HTTP/1.1\r\nHost: %s\r\n"
		    "User-Agent: bench\r\nAccept: */*\r\n\r\n",
		    (unsigned long long)o->bytes, who, o->name);
	if (n < 0 || (size_t)n >= sizeof(c->request))
		errx(1, "the request is too long");
	c->request_len = (size_t)n;
	c->sent = c->head_len = 0;
	c->upload_done = c->body_done = 0;
	c->has_head = false;
}

static void
open_socket(struct conn *c, int epfd)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = c,
	};
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		err(1, "socket");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (const struct sockaddr *)&c->options->to,
		sizeof(c->options->to)) != 0 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	if (epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		err(1, "epoll_ctl");
}

void
conn_begin(struct conn *c, int epfd)
{
	make_request(c);
	if (c->state == CONN_READY) {
		c->state = CONN_REQUEST;
		return;
	}
	open_socket(c, epfd);
	c->ssl = load_tls_new(c->tls, c->options, c->client, c->is_checked,
	    &c->session);
	if (!SSL_set_fd(c->ssl, c->fd))
		load_tls_fail("a new connection", NULL, 0);
	c->state = CONN_CONNECT;
}

/* false: it has to wait.  Anything but waiting is the end. */
static bool
went_on(struct conn *c, const char *what, int ret)
{
	int e;

	if (ret > 0)
		return true;
	e = SSL_get_error(c->ssl, ret);
	if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
		load_tls_fail(what, c->ssl, ret);
	return false;
}

static bool
finish_connect(struct conn *c)
{
	socklen_t len = sizeof(int);
	struct sockaddr_in peer;
	int e = 0;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0 || e != 0) {
		errno = e;
		err(1, "connect");
	}
	len = sizeof(peer);
	if (getpeername(c->fd, (struct sockaddr *)&peer, &len) != 0)
		return false; /* not yet */
	c->state = CONN_HANDSHAKE;
	return true;
}

static bool
shake_hands(struct conn *c)
{
	if (!went_on(c, "handshake", SSL_do_handshake(c->ssl)))
		return false;
	if (c->must_resume && !SSL_session_reused(c->ssl))
		errx(1, "the server did not resume the session");
	if (!c->options->is_resuming && SSL_session_reused(c->ssl))
		errx(1, "the server resumed a session that was not offered");
	c->state = CONN_REQUEST;
	return true;
}

static bool
send_request(struct conn *c)
{
	uint64_t left = c->options->upload - c->upload_done;
	int n;

	if (c->sent < c->request_len) {
		n = SSL_write(c->ssl, c->request + c->sent,
		    (int)(c->request_len - c->sent));
		if (!went_on(c, "request", n))
			return false;
		c->sent += (size_t)n;
	} else if (left > 0) {
		n = SSL_write(c->ssl, pattern_at(c->upload_done),
		    left < 65536 ? (int)left : 65536);
		if (!went_on(c, "upload", n))
			return false;
		c->upload_done += (uint64_t)n;
	} else {
		c->state = CONN_ANSWER;
	}
	return true;
}

static void
check_head(struct conn *c)
{
	static const char ok[] = "HTTP/1.1 200 ";
	const char *length = strcasestr(c->head, "\r\nContent-Length:");

	if (strncmp(c->head, ok, sizeof(ok) - 1) != 0)
		errx(1, "wrong answer: %.*s", (int)strcspn(c->head, "\r"),
		    c->head);
	if (length == NULL ||
	    strtoull(length + 17, NULL, 10) != c->options->bytes)
		errx(1, "an answer of the wrong length");
	if (strcasestr(c->head, "\r\nConnection: close") != NULL &&
	    c->options->mode != MODE_HANDSHAKE)
		errx(1, "the server wants to close a kept connection");
}

/* Takes what belongs to the head; the rest is the body's. */
static size_t
take_head(struct conn *c, const char *p, size_t n)
{
	size_t had = c->head_len, room = sizeof(c->head) - 1 - had;
	char *end;

	if (n > room)
		n = room;
	memcpy(c->head + had, p, n);
	c->head_len += n;
	c->head[c->head_len] = '\0';
	if ((end = strstr(c->head, "\r\n\r\n")) == NULL) {
		if (n == room)
			errx(1, "the head of an answer is too long");
		return n;
	}
	end[2] = '\0';
	check_head(c);
	c->has_head = true;
	return (size_t)(end + 4 - c->head) - had;
}

static void
take_body(struct conn *c, const char *p, size_t n)
{
	if (n > c->options->bytes - c->body_done)
		errx(1, "more than was asked for");
	if (!pattern_is(c->body_done, p, n))
		errx(1, "wrong content at %llu",
		    (unsigned long long)c->body_done);
	c->body_done += n;
}

static bool
read_answer(struct conn *c)
{
	char in[16384]; /* a record */
	size_t took = 0;
	int n = SSL_read(c->ssl, in, sizeof(in));

	if (!went_on(c, "answer", n))
		return false;
	if (!c->has_head)
		took = take_head(c, in, (size_t)n);
	if (c->has_head)
		take_body(c, in + took, (size_t)n - took);
	if (c->has_head && c->body_done == c->options->bytes)
		c->state = CONN_READY;
	return true;
}

/* Kept, and nothing asked: only session tickets may come. */
static bool
stay(struct conn *c)
{
	char in[1];
	int n = SSL_read(c->ssl, in, sizeof(in));

	if (went_on(c, "a kept connection", n))
		errx(1, "an answer that nobody asked for");
	return false;
}

static bool
step(struct conn *c)
{
	switch (c->state) {
	case CONN_CONNECT:
		return finish_connect(c);
	case CONN_HANDSHAKE:
		return shake_hands(c);
	case CONN_REQUEST:
		return send_request(c);
	case CONN_ANSWER:
		return read_answer(c);
	case CONN_READY:
		return stay(c);
	case CONN_CLOSED:
		break;
	}
	return false;
}

bool
conn_advance(struct conn *c, bool *again)
{
	bool was_ready = c->state == CONN_READY;

	*again = false;
	for (int i = 0; i < STEPS_A_TURN; i++) {
		if (!step(c))
			return false;
		if (!was_ready && c->state == CONN_READY)
			return true;
	}
	*again = true;
	return false;
}

void
conn_close(struct conn *c)
{
	(void)SSL_shutdown(c->ssl); /* sends; nobody waits for an answer */
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
	c->state = CONN_CLOSED;
}
