#include "tls/wire.h"

#include <assert.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* What is gathered between wire_hold() and wire_let_go(). */
static char held[WIRE_HOLD_MAX];
static size_t held_n;

void
wire_init(struct wire *w, struct io *lower)
{
	*w = (struct wire) { .lower = lower };
	buf_init(&w->out, WIRE_OUT_MAX);
}

void
wire_clear(struct wire *w)
{
	buf_clear(&w->out);
}

int
wire_flush(struct wire *w)
{
	size_t n;
	int e;

	while (buf_len(&w->out) > 0 && w->write_err == 0) {
		e = io_write(w->lower, buf_slice(&w->out), &n);
		if (e == E_AGAIN)
			return e;
		if (e == 0)
			buf_take(&w->out, n);
		else
			w->write_err = e;
	}
	buf_release(&w->out);
	return w->write_err;
}

static int
wire_read(BIO *bio, char *p, size_t max, size_t *n)
{
	struct wire *w = BIO_get_data(bio);
	int e;

	BIO_clear_retry_flags(bio);
	*n = 0;
	if (w->read_err != 0 || w->is_barred || max == 0)
		return 0;
	if ((e = io_read(w->lower, p, max, n)) == 0)
		return 1;
	if (e == E_AGAIN) {
		BIO_set_retry_read(bio);
		return -1;
	}
	w->read_err = e;
	return 0;
}

/* Lower takes what it can of some octets, behind what waits; *n of them. */
static void
pass(struct wire *w, struct slice s, size_t *n)
{
	int e;

	*n = 0;
	while (*n < s.n && wire_flush(w) == 0) {
		size_t done = 0;

		if ((e = io_write(w->lower, slice_skip(s, *n), &done)) != 0) {
			w->write_err = e == E_AGAIN ? 0 : e;
			break;
		}
		*n += done;
	}
	/* the rest waits, if there is room */
	if (w->write_err == 0 && *n < s.n &&
	    buf_put(&w->out, slice_skip(s, *n)))
		*n = s.n;
}

void
wire_hold(struct wire *w)
{
	assert(held_n == 0 && buf_len(&w->out) == 0);
	w->is_held = true;
}

void
wire_let_go(struct wire *w)
{
	size_t n = 0;

	w->is_held = false;
	if (!w->is_shut && w->write_err == 0)
		pass(w, slice_of(held, held_n), &n);
	held_n = 0;
}

static int
wire_write(BIO *bio, const char *p, size_t len, size_t *n)
{
	struct wire *w = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*n = len;
	if (w->is_shut)
		return 1;
	/* never so, by RFC 8446, 5.2; but if it were, nothing may overtake */
	if (w->is_held && len > sizeof(held) - held_n)
		wire_let_go(w);
	if (w->is_held) {
		memcpy(held + held_n, p, len);
		held_n += len;
		return 1;
	}
	pass(w, slice_of(p, len), n);
	if (w->write_err != 0)
		return 0;
	if (*n > 0)
		return 1;
	BIO_set_retry_write(bio);
	return -1;
}

static long
wire_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	struct wire *w = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		(void)wire_flush(w);
		return 1;
	case BIO_CTRL_EOF:
		return w->read_err != 0;
	case BIO_CTRL_WPENDING:
		return (long)buf_len(&w->out);
	default:
		return 0;
	}
}

/* Made once and never freed: a connection may outlive the configuration that
 * its handshake began with. */
static const BIO_METHOD *
method(void)
{
	static BIO_METHOD *m;

	if (m != NULL)
		return m;
	/* no index of its own: there are 127 of those in a process's life */
	m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "io");
	if (m == NULL || !BIO_meth_set_read_ex(m, wire_read) ||
	    !BIO_meth_set_write_ex(m, wire_write) ||
	    !BIO_meth_set_ctrl(m, wire_ctrl))
		mem_abort(__func__);
	return m;
}

BIO *
wire_bio(struct wire *w)
{
	BIO *bio = BIO_new(method());

	if (bio == NULL)
		mem_abort(__func__);
	BIO_set_data(bio, w);
	BIO_set_init(bio, 1);
	return bio;
}
