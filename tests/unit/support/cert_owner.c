#include "support/cert_owner.h"

#include <check.h>

#include "base/err.h"

static void
read_some(struct cert_owner *o)
{
	char piece[50000];
	size_t max = o->max != 0 ? o->max : sizeof(piece), n;
	int e;

	do {
		e = io_read(o->io, piece, max, &n);
		if (e == 0)
			ck_assert(buf_put(&o->in, slice_of(piece, n)));
		else if (e != E_AGAIN)
			o->read_err = e;
	} while (e == 0 && !o->stops && o->io->paused == 0);
}

void
cert_owner_write(struct cert_owner *o)
{
	size_t n;
	int e = 0;

	while (buf_len(&o->out) > 0 && e == 0) {
		e = io_write(o->io, buf_slice(&o->out), &n);
		if (e == 0)
			buf_take(&o->out, n);
		else if (e != E_AGAIN)
			o->write_err = e;
	}
}

void
cert_owner_shutdown(struct cert_owner *o)
{
	o->shut = io_shutdown(o->io);
	o->wants_shutdown = o->shut == E_AGAIN;
}

static void
on_event(struct io *io, unsigned events, void *arg)
{
	struct cert_owner *o = arg;

	ck_assert_ptr_eq(io, o->io);
	o->events |= events;
	if ((events & IO_READABLE) != 0) {
		o->reads++;
		ck_assert_uint_eq(io->paused, 0);
		if (o->read_err == 0)
			read_some(o);
	}
	if ((events & IO_WRITABLE) != 0) {
		cert_owner_write(o);
		if (o->wants_shutdown)
			cert_owner_shutdown(o);
	}
}

void
cert_owner_init(struct cert_owner *o, struct cert_peer *p)
{
	*o = (struct cert_owner) { .io = p->io };
	buf_init(&o->in, 64 << 20);
	buf_init(&o->out, 64 << 20);
	io_own(p->io, on_event, o);
}

void
cert_owner_clear(struct cert_owner *o)
{
	buf_clear(&o->in);
	buf_clear(&o->out);
}

void
cert_open(struct cert_server *s, struct cert_peer *p, struct cert_owner *o,
    const struct cert_peer_params *params)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);
	struct cert_peer_params with = *params;

	with.leaf = &web;
	with.sni = "a.example";
	cert_server_init(s,
	    CERT_LISTENERS "sites:\n" CERT_SITE("a.example", "a", "ca.pem"));
	cert_peer_init(p, s, &with);
	cert_peer_run(p);
	ck_assert(p->is_done && p->is_connected);
	ck_assert_int_eq(p->err, 0);
	cert_owner_init(o, p);
	loop_advance(&s->loop, 1);
	cert_clear(&web);
	cert_clear(&ca);
}

void
cert_close(struct cert_server *s, struct cert_peer *p, struct cert_owner *o)
{
	cert_peer_clear(p);
	cert_owner_clear(o);
	cert_server_clear(s);
}

/* A sequence that repeats after 2^32 steps. */
static unsigned char
octet(unsigned *state)
{
	*state = *state * 1664525 + 1013904223;
	return (unsigned char)(*state >> 24);
}

void
cert_fill(struct buf *b, size_t n)
{
	unsigned state = 1;
	char *p = buf_want(b, n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)octet(&state);
	buf_added(b, n);
}

bool
cert_is_filled(const struct buf *b, size_t n)
{
	struct slice s = buf_slice(b);
	unsigned state = 1;

	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s.p[i] != octet(&state))
			return false;
	return true;
}
