/*
 * mux_rig -- a mux at one end of a pair in memory, the test at the other; time
 * goes on when the test says so.
 */
#ifndef SUPPORT_MUX_RIG_H
#define SUPPORT_MUX_RIG_H

#include <check.h>

#include "base/buf.h"
#include "base/err.h"
#include "mux/mux_h1.h"
#include "net/io_mem.h"
#include "support/net_rig.h"

#define MUX_HEAD_MS  1000
#define MUX_IDLE_MS  5000
#define MUX_WRITE_MS 3000

struct mux_rig {
	struct loop loop;
	struct mux_params params;
	struct io *peer; /* the test's end; NULL once it is closed */
	struct io *io;   /* the mux's end, once the mux has given it back */
	struct mux *mux; /* NULL after the end */
	struct stream *stream; /* the last that was opened */
	unsigned streams;
	unsigned wakes; /* of streams */
	unsigned idles;
	unsigned ends;
	enum mux_end how; /* how it ended, and why */
	int err;
	struct buf heard; /* what the mux wrote */
	int peer_end;     /* what the test's end read at last: E_AGAIN... */
};

/* Each direction takes capacity octets.  Change params before mux_rig_start. */
void mux_rig_init(struct mux_rig *);
void mux_rig_start(struct mux_rig *, enum mux_role, size_t capacity);
void mux_rig_clear(struct mux_rig *);

/* The peer says something; then the loop turns. */
void mux_say(struct mux_rig *, const char *);
void mux_say_bytes(struct mux_rig *, struct slice);
/* The peer says no more, or breaks off. */
void mux_peer_leaves(struct mux_rig *);
void mux_peer_breaks(struct mux_rig *);
/* All that the mux has written since the last call; turns the loop. */
const char *mux_heard(struct mux_rig *);

/* Client: a new stream in rig->stream. */
void mux_open_stream(struct mux_rig *);
/* Sends a whole message; for answers, status and a body of that text with a
 * length (NULL: none). */
void mux_ask(struct mux_rig *, const char *method, const char *body);
void mux_answer(struct mux_rig *, unsigned status, const char *body);
/* Reads the rest of a message's content, as text; the last thing said. */
int mux_read_body(struct mux_rig *, char *out, size_t max);
/* mux_read_body must say E_EOF after exactly this. */
void mux_check_body(struct mux_rig *, const char *);
/* recv_head must give 0. */
struct msg *mux_head(struct mux_rig *);
void mux_close_stream(struct mux_rig *, int err);
/* Reads the request, answers 200 with a text, closes. */
void mux_serve(struct mux_rig *, const char *body);

/* It must have ended like that. */
void mux_check_end(const struct mux_rig *, enum mux_end, int err);
void mux_check_open(const struct mux_rig *);

#endif
