/*
 * stream -- one request and its response on a connection, from either end.
 *
 * The exchange pumps one stream (the client's) into another (the backend's)
 * and back, through the same verbs on both, and never asks what protocol or
 * which role is behind.  Nothing is pushed: whoever owns a stream is woken
 * when something may have changed, and then asks again for what it wants.
 *
 * A message is sent as: heads (interim ones, then the final one), content,
 * the end; and received as: heads, content, E_EOF.
 *
 * After a 101 has been received, or sent, both directions begin anew as plain
 * bytes: content until E_EOF one way, until send_end the other, each for
 * itself.
 *
 * A stream belongs to its mux.  Its owner lets go of it by stream_close() and
 * does not touch it afterwards; it is never woken from within its own call.
 */
#ifndef MUX_STREAM_H
#define MUX_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "http/msg.h"

struct mux;
struct stream;

struct stream_ops {
	int (*recv_head)(struct stream *, struct msg **);
	int (*recv_body)(struct stream *, struct slice *);
	void (*recv_took)(struct stream *, size_t n);
	int (*send_head)(struct stream *, const struct msg *);
	int (*send_body)(struct stream *, struct slice, size_t *n);
	int (*send_end)(struct stream *, const struct fields *trailers);
	int (*flush)(struct stream *);
	void (*close)(struct stream *, int err);
};

struct stream {
	const struct stream_ops *ops;
	struct mux *mux;
	void (*wake)(void *arg); /* something may have changed; NULL: nobody */
	void *arg;
	bool is_hung_up; /* the peer left; nothing that is sent is read */
	bool is_reused;  /* not the first on its connection */
	bool has_input;  /* an octet of the peer's message was seen */
	bool has_output; /* an octet of ours was written */
};

/* Who is woken from now on. */
static inline void
stream_own(struct stream *s, void (*wake)(void *), void *arg)
{
	s->wake = wake;
	s->arg = arg;
}

/*
 * The next head: 0; E_AGAIN; or why there is none, finally.  A server's stream
 * has one; a client's has any number of 1xx before the final one.  *msg
 * belongs to the stream and lives until the next call of this or the close;
 * trailers appear in it when recv_body says E_EOF.  Where the head is refused
 * *msg has what was understood of it.
 */
static inline int
stream_recv_head(struct stream *s, struct msg **msg)
{
	return s->ops->recv_head(s, msg);
}

/*
 * Content after the final head: 0 and some bytes, at least one, to be looked
 * at where they lie until recv_took or any other call; E_AGAIN; E_EOF after
 * the last; or a final error.  Bytes that are not taken come again, first.
 */
static inline int
stream_recv_body(struct stream *s, struct slice *data)
{
	return s->ops->recv_body(s, data);
}

/* The first n bytes of what recv_body showed are done with. */
static inline void
stream_recv_took(struct stream *s, size_t n)
{
	s->ops->recv_took(s, n);
}

/*
 * Sends a head.  An error is final.  How the content is framed follows from
 * msg->content; a response with keep_alive false asks the mux to end the
 * connection afterwards.
 */
static inline int
stream_send_head(struct stream *s, const struct msg *msg)
{
	return s->ops->send_head(s, msg);
}

/*
 * Sends content: 0 and how much of it was taken, at least one; E_AGAIN (woken
 * when there is room; the same bytes must come first then); or a final error.
 */
static inline int
stream_send_body(struct stream *s, struct slice data, size_t *n)
{
	return s->ops->send_body(s, data, n);
}

/* The message is complete: once, after the final head and all the content.
 * trailers may be NULL, and are left out where the protocol has none. */
static inline int
stream_send_end(struct stream *s, const struct fields *trailers)
{
	return s->ops->send_end(s, trailers);
}

/* Lets go out what was gathered.  E_AGAIN is not for the caller to handle:
 * the mux goes on by itself. */
static inline int
stream_flush(struct stream *s)
{
	return s->ops->flush(s);
}

/*
 * The owner is done.  With both messages complete, or what is missing harmless
 * to the protocol, the connection goes on; else it is broken off in a way that
 * the peer cannot take for a complete message.  err is why, for the log; 0: as
 * it should be.
 */
static inline void
stream_close(struct stream *s, int err)
{
	s->ops->close(s, err);
}

#endif
