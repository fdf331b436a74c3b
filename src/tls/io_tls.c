#include "tls/io_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "tls/hs.h"
#include "tls/wire.h"

/*
 * KeyUpdates in a row, without content between them.  OpenSSL has no limit,
 * each costs us a key derivation and maybe an answer, and no client needs two.
 */
#define KEY_UPDATES_MAX 32

enum io_tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,   /* reads and writes content */
	TLS_FAILED, /* err says why; only what was written still goes out */
};

struct io_tls {
	struct io io;
	struct io *lower; /* ours */
	SSL *ssl;
	struct wire wire;
	struct hs hs;
	enum io_tls_state state;
	int err;
	io_tls_done_fn *on_done;
	void *arg;
	struct task start;
	unsigned hangup;       /* IO_HANGUP, if that came in the handshake */
	bool has_said_goodbye; /* close_notify was written */
	bool read_wants_write; /* reading goes on when lower is writable */
	bool has_read_end;     /* reading on met it; the next read says so */
	bool write_wants_read; /* writing goes on when lower is readable */
};

static struct io_tls *
tls_of(const struct io *io)
{
	return (struct io_tls *)(void *)io;
}

static int
fail(struct io_tls *t, int err)
{
	t->state = TLS_FAILED;
	t->err = err;
	return err;
}

/* How the stream failed, once OpenSSL is done with it. */
static int
fail_open(struct io_tls *t)
{
	const struct wire *w = &t->wire;

	if (w->read_err != 0)
		return fail(t,
		    w->read_err == E_EOF ? E_TRUNCATED : w->read_err);
	if (w->write_err != 0)
		return fail(t, w->write_err);
	return fail(t, w->is_barred ? E_LIMIT : E_TLS);
}

/* Reading below goes on for the sake of a write that waits for it. */
static void
set_lower_pause(struct io_tls *t)
{
	if (t->io.paused != 0 && !t->write_wants_read)
		io_pause(t->lower, PAUSE_BUSY);
	else
		io_resume(t->lower, PAUSE_BUSY);
}

static void
on_message(int is_ours, int version, int type, const void *p, size_t n,
    SSL *ssl, void *arg)
{
	struct io_tls *t = arg;

	(void)version;
	(void)ssl;
	if (is_ours || type != SSL3_RT_HANDSHAKE || n == 0 ||
	    *(const unsigned char *)p != SSL3_MT_KEY_UPDATE)
		return;
	if (++t->hs.key_updates > KEY_UPDATES_MAX)
		t->wire.is_barred = true;
}

static void
open_stream(struct io_tls *t)
{
	const struct tls_peer *peer = &t->hs.peer;
	int err = hs_finish(&t->hs, t->ssl);

	t->state = TLS_OPEN;
	/* hs_on_verify() lets no such handshake get here */
	if (err != 0 && !peer->is_refused)
		(void)fail(t, err);
	SSL_set_msg_callback(t->ssl, on_message);
	SSL_set_msg_callback_arg(t->ssl, t);
	t->on_done(t->arg, err,
	    err != 0 ? verdict_openssl(&peer->verdict) : NULL);
	/* a request may have come with the last of the handshake, and the end
	 * of the connection with that */
	if (!t->io.is_dead)
		io_ready_later(&t->io, IO_READABLE | IO_WRITABLE | t->hangup);
}

/* SSL_get_error(3) wants the queue of errors to be empty before a call.  It
 * mostly is, and ERR_clear_error() wipes all of it whether or not. */
static void
forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

static void
fail_handshake(struct io_tls *t)
{
	int below = t->wire.read_err != 0 ? t->wire.read_err :
					    t->wire.write_err;
	const char *text;

	(void)fail(t, hs_failure(&t->hs, t->ssl, below, &text));
	forget_errors();
	t->on_done(t->arg, t->err, text);
}

static void
handshake(struct io_tls *t)
{
	int r, e;

	forget_errors();
	hs_begin(&t->hs);
	r = SSL_do_handshake(t->ssl);
	hs_end();
	if (r == 1) {
		open_stream(t);
		return;
	}
	e = SSL_get_error(t->ssl, r);
	if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
		fail_handshake(t);
}

static void
on_start(void *arg)
{
	struct io_tls *t = arg;

	/* what came meanwhile may have ended it */
	if (t->state == TLS_HANDSHAKE)
		handshake(t);
}

/* What became possible above by what became possible below. */
static unsigned
translate(struct io_tls *t, unsigned below)
{
	unsigned events = below;

	if ((below & IO_READABLE) != 0 && t->write_wants_read) {
		t->write_wants_read = false;
		set_lower_pause(t);
		events |= IO_WRITABLE;
	}
	if ((below & IO_WRITABLE) != 0 && t->read_wants_write) {
		t->read_wants_write = false;
		events |= IO_READABLE;
	}
	/* an owner that writes must first see what waits gone */
	if (buf_len(&t->wire.out) > 0)
		events &= ~(unsigned)IO_WRITABLE;
	return events;
}

static void
on_lower(struct io *lower, unsigned events, void *arg)
{
	struct io_tls *t = arg;

	io_expect_more(lower, false);
	if ((events & IO_WRITABLE) != 0)
		(void)wire_flush(&t->wire);
	if (t->state == TLS_HANDSHAKE) {
		t->hangup |= events & IO_HANGUP;
		handshake(t);
	} else if ((events = translate(t, events)) != 0) {
		io_ready(&t->io, events);
	}
}

/* After a failure: what still comes is taken off the socket, and dropped. */
static int
drop(struct io_tls *t)
{
	char bin[4096];
	size_t n;
	int e;

	if (t->wire.read_err != 0)
		return t->err;
	do
		e = io_read(t->lower, bin, sizeof(bin), &n);
	while (e == 0);
	if (e == E_AGAIN)
		return e;
	t->wire.read_err = e;
	return t->err;
}

/* OpenSSL has nothing left of what it read, and there is nothing to read. */
static void
note_dry(struct io_tls *t)
{
	t->io.is_dry = io_is_dry(t->lower) && !SSL_has_pending(t->ssl) &&
	    !t->has_read_end;
}

/* More records, as far as they have been read ahead and fit.  Whatever ends it
 * is said by the next read. */
static void
read_on(struct io_tls *t, char *p, size_t max, size_t *n)
{
	size_t one;
	int r = 1;

	while (max - *n >= SSL3_RT_MAX_PLAIN_LENGTH &&
	    SSL_pending(t->ssl) == 0 && SSL_has_pending(t->ssl) &&
	    (r = SSL_read_ex(t->ssl, p + *n, max - *n, &one)) == 1) {
		t->hs.key_updates = 0;
		*n += one;
	}
	t->has_read_end = r != 1 &&
	    SSL_get_error(t->ssl, r) != SSL_ERROR_WANT_READ;
	forget_errors();
}

static int
tls_read(struct io *io, void *p, size_t max, size_t *n)
{
	struct io_tls *t = tls_of(io);
	int r;

	if (t->state != TLS_OPEN)
		return t->state == TLS_FAILED ? drop(t) : E_AGAIN;
	forget_errors();
	if ((r = SSL_read_ex(t->ssl, p, max, n)) == 1) {
		t->hs.key_updates = 0;
		if (max - *n >= SSL3_RT_MAX_PLAIN_LENGTH)
			read_on(t, p, max, n);
		note_dry(t);
		return 0;
	}
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_WRITE:
		t->read_wants_write = true;
		return E_AGAIN;
	case SSL_ERROR_WANT_READ:
		note_dry(t);
		return E_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return E_EOF;
	default:
		forget_errors();
		return fail_open(t);
	}
}

/*
 * One piece in as many records as go out at once with those before; *n more
 * octets of it are written.  1, or how SSL_write_ex(3) failed.
 */
static int
write_records(struct io_tls *t, struct slice s, int *records, size_t *n)
{
	size_t done = 0, one;
	int r = 1;

	while (r == 1 && done < s.n && *records < WIRE_RECORDS) {
		r = SSL_write_ex(t->ssl, s.p + done, s.n - done, &one);
		if (r == 1) {
			done += one;
			++*records;
		}
	}
	*n += done;
	return r;
}

static int
write_pieces(struct io_tls *t, const struct slice *s, int count, size_t *n)
{
	int records = 0, r = 1;

	*n = 0;
	wire_hold(&t->wire);
	for (int i = 0; i < count && r == 1; i++)
		r = write_records(t, s[i], &records, n);
	wire_let_go(&t->wire);
	if (*n == 0)
		return r;
	/* what came later is told by the next call */
	forget_errors();
	return 1;
}

static int
write_slices(struct io_tls *t, const struct slice *s, int count, size_t *n)
{
	int e, r;

	if (t->state == TLS_HANDSHAKE)
		return E_AGAIN;
	if (t->state == TLS_FAILED)
		return t->err;
	if (t->has_said_goodbye)
		return E_CLOSED;
	if ((e = wire_flush(&t->wire)) != 0)
		return e == E_AGAIN ? e : fail(t, e);
	forget_errors();
	io_expect_more(t->lower, false);
	if (count > 1 || s->n > SSL3_RT_MAX_PLAIN_LENGTH)
		r = write_pieces(t, s, count, n);
	else
		r = SSL_write_ex(t->ssl, s->p, s->n, n);
	if (r == 1) {
		note_dry(t);
		return 0;
	}
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		t->write_wants_read = true;
		set_lower_pause(t);
		return E_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		return E_AGAIN;
	default:
		forget_errors();
		return fail_open(t);
	}
}

static int
tls_write(struct io *io, struct slice s, size_t *n)
{
	return write_slices(tls_of(io), &s, 1, n);
}

static int
tls_write_two(struct io *io, const struct slice s[2], size_t *n)
{
	return write_slices(tls_of(io), s, 2, n);
}

/* close_notify goes where an alert goes: into the wire, unless that is full. */
static void
say_goodbye(struct io_tls *t)
{
	int r;

	if (t->state == TLS_HANDSHAKE) {
		/* the owner gives up, and is not told how it would end */
		task_cancel(&t->start);
		(void)fail(t, E_CANCELLED);
	}
	if (t->state != TLS_OPEN || t->has_said_goodbye)
		return;
	io_expect_more(t->lower, false);
	forget_errors();
	r = SSL_shutdown(t->ssl);
	t->has_said_goodbye = r >= 0 ||
	    SSL_get_error(t->ssl, r) != SSL_ERROR_WANT_WRITE;
	forget_errors();
}

static int
tls_shutdown(struct io *io)
{
	struct io_tls *t = tls_of(io);
	int e;

	if (t->wire.is_shut)
		return 0;
	say_goodbye(t);
	if ((e = wire_flush(&t->wire)) != 0)
		return e;
	if (t->state == TLS_OPEN && !t->has_said_goodbye)
		return tls_shutdown(io);
	if ((e = io_shutdown(t->lower)) == 0)
		t->wire.is_shut = true;
	return e;
}

static void
tls_paused(struct io *io, bool is_paused)
{
	struct io_tls *t = tls_of(io);

	set_lower_pause(t);
	/* what OpenSSL has read ahead does not come from below again */
	if (!is_paused && SSL_has_pending(t->ssl))
		io->pending |= IO_READABLE;
}

static void
tls_close(struct io *io)
{
	struct io_tls *t = tls_of(io);

	task_cancel(&t->start);
	io_close(t->lower);
}

static void
tls_free_io(struct io *io)
{
	struct io_tls *t = tls_of(io);

	SSL_free(t->ssl);
	wire_clear(&t->wire);
	verdict_clear(&t->hs.peer.verdict);
	verdict_clear(&t->hs.from_ticket);
	free(t);
}

static const struct io_ops tls_ops = {
	.name = "tls",
	.read = tls_read,
	.write = tls_write,
	.write_two = tls_write_two,
	.shutdown = tls_shutdown,
	.paused = tls_paused,
	.close = tls_close,
	.free = tls_free_io,
};

struct io *
io_tls_accept(struct io *lower, const struct tls *tls, io_tls_done_fn *on_done,
    void *arg)
{
	struct io_tls *t = mem_new(1, sizeof(*t));
	BIO *bio;

	io_init(&t->io, &tls_ops, lower->loop);
	t->lower = lower;
	t->on_done = on_done;
	t->arg = arg;
	t->hs.tls = tls;
	t->hs.loop = lower->loop;
	t->hs.lower = lower;
	verdict_clear(&t->hs.peer.verdict);
	wire_init(&t->wire, lower);
	if ((t->ssl = SSL_new(tls_entry_ctx(tls))) == NULL)
		mem_abort(__func__);
	bio = wire_bio(&t->wire);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_app_data(t->ssl, &t->hs);
	SSL_set_accept_state(t->ssl);
	io_own(lower, on_lower, t);
	/* bytes may be there already, and nobody told of them */
	task_init(&t->start, on_start, t);
	loop_post_newcomer(lower->loop, &t->start);
	return &t->io;
}

SSL *
io_tls_ssl(const struct io *io)
{
	return tls_of(io)->ssl;
}

const struct tls_peer *
io_tls_peer(const struct io *io)
{
	return &tls_of(io)->hs.peer;
}

int
io_tls_adopt(struct io *io, const struct tls *tls, struct verdict *v)
{
	struct io_tls *t = tls_of(io);

	return hs_judge_again(&t->hs, t->ssl, tls, v);
}

bool
io_tls_is_flushed(const struct io *io)
{
	return buf_len(&tls_of(io)->wire.out) == 0;
}

struct io *
io_tls_lower(const struct io *io)
{
	return tls_of(io)->lower;
}
