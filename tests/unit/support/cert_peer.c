#include "support/cert_peer.h"

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

const struct cert_spec cert_web = { .cn = "web" };

static const struct cert_spec ca_specs[] = {
	{ .cn = "root", .is_ca = true, .variant = 1 },
	{ .cn = "other", .is_ca = true, .variant = 3 },
};

static void
add(struct cert_server *s, const char *path,
    void (*pem)(struct buf *, const struct cert *), const struct cert *c)
{
	struct buf b;

	buf_init(&b, 65536);
	pem(&b, c);
	bundle_add(s->bundle, path, buf_slice(&b));
	buf_clear(&b);
}

static void
add_server(struct cert_server *s, const struct cert *ca,
    const struct cert_spec *spec, const char *pem, const char *key)
{
	struct cert c = cert_make(spec, ca);

	add(s, pem, cert_pem, &c);
	add(s, key, cert_key_pem, &c);
	cert_clear(&c);
}

static void
add_files(struct cert_server *s, const char *ca_pem)
{
	static const struct cert_spec a = { .cn = "a",
		.eku = "serverAuth",
		.san = "DNS:a.example,DNS:*.w.example" };
	static const struct cert_spec b = { .cn = "b",
		.eku = "serverAuth",
		.san = "DNS:b.example,DNS:a.example",
		.key = KEY_RSA2048 };
	static const struct cert_spec any = { .cn = "any",
		.eku = "serverAuth",
		.key = KEY_ED25519 };
	struct cert root = cert_make(&ca_specs[0], NULL);
	struct cert other = cert_make(&ca_specs[1], NULL);

	if (ca_pem == NULL)
		add(s, "ca.pem", cert_pem, &root);
	add(s, "other.pem", cert_pem, &other);
	add_server(s, &root, &a, "a.pem", "a.key");
	add_server(s, &root, &b, "b.pem", "b.key");
	add_server(s, &root, &any, "any.pem", "any.key");
	cert_clear(&root);
	cert_clear(&other);
}

void
cert_server_init_with(struct cert_server *s, const char *yaml,
    const char *ca_pem, const char *crl_pem)
{
	*s = (struct cert_server) { 0 };
	loop_init_virtual(&s->loop, 1000, CERT_NOW * 1000);
	diag_init(&s->diag);
	s->bundle = bundle_from_memory("/t/c.yaml", slice_str(yaml));
	add_files(s, ca_pem);
	if (ca_pem != NULL)
		bundle_add(s->bundle, "ca.pem", slice_str(ca_pem));
	if (crl_pem != NULL)
		bundle_add(s->bundle, "crl.pem", slice_str(crl_pem));
	if (conf_load(s->bundle, &s->diag, &s->conf) == 0)
		s->tls = tls_new(s->conf, CERT_NOW, &s->diag);
}

void
cert_server_init(struct cert_server *s, const char *yaml)
{
	cert_server_init_with(s, yaml, NULL, NULL);
	ck_assert_msg(s->tls != NULL, "%s",
	    s->diag.count > 0 ? s->diag.entries[0].text : "?");
}

void
cert_server_clear(struct cert_server *s)
{
	tls_free(s->tls);
	conf_free(s->conf);
	bundle_free(s->bundle);
	diag_clear(&s->diag);
	loop_clear(&s->loop);
}

static void
on_done(void *arg, int err, const char *openssl)
{
	struct cert_peer *p = arg;

	ck_assert_msg(!p->is_done, "done twice");
	p->is_done = true;
	p->err = err;
	if (openssl != NULL)
		snprintf(p->openssl, sizeof(p->openssl), "%s", openssl);
	/* as an owner does after a failure */
	if (err != 0 && !io_tls_peer(p->io)->is_refused)
		(void)io_shutdown(p->io);
}

static void
on_info(const SSL *ssl, int where, int value)
{
	struct cert_peer *p = SSL_get_app_data(ssl);

	if ((where & SSL_CB_ALERT) == 0)
		return;
	if ((where & SSL_CB_READ) != 0)
		p->alert = value & 0xff;
	else
		p->sent_alert = value & 0xff;
}

static void
note_error(struct cert_peer *p, int r)
{
	switch (SSL_get_error(p->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		break;
	case SSL_ERROR_ZERO_RETURN:
		p->has_goodbye = true;
		break;
	default:
		if (p->failed == 0)
			p->failed = ERR_GET_REASON(ERR_peek_error()) != 0 ?
			    ERR_GET_REASON(ERR_peek_error()) :
			    -1;
	}
	ERR_clear_error();
}

/* From the wire into OpenSSL; false: nothing moved. */
static bool
pump_in(struct cert_peer *p)
{
	char piece[16384];
	bool moved = false;
	size_t n;
	int e;

	while (!p->has_eof && !p->is_paused) {
		e = io_read(p->wire, piece, sizeof(piece), &n);
		if (e == E_AGAIN)
			break;
		moved = true;
		if (e != 0) {
			p->has_eof = true;
			BIO_set_mem_eof_return(SSL_get_rbio(p->ssl), 0);
			break;
		}
		BIO_write(SSL_get_rbio(p->ssl), piece, (int)n);
	}
	return moved;
}

static bool
pump_out(struct cert_peer *p)
{
	BIO *bio = SSL_get_wbio(p->ssl);
	bool moved = false;
	char *data;
	size_t n;
	long len;

	while (!p->has_left && (len = BIO_get_mem_data(bio, &data)) > 0) {
		char sink[16384];

		if (io_write(p->wire, slice_of(data, (size_t)len), &n) != 0)
			break;
		moved = true;
		for (size_t done = 0; done < n;) {
			size_t some = n - done < sizeof(sink) ? n - done :
								sizeof(sink);

			done += (size_t)BIO_read(bio, sink, (int)some);
		}
	}
	return moved;
}

static bool
pump_content(struct cert_peer *p)
{
	char piece[16384];
	bool moved = false;
	size_t n;
	int r;

	while (p->failed == 0 && !p->has_goodbye) {
		if ((r = SSL_read_ex(p->ssl, piece, sizeof(piece), &n)) != 1) {
			note_error(p, r);
			break;
		}
		moved = true;
		ck_assert(buf_put(&p->in, slice_of(piece, n)));
	}
	/* not more than a few records at a time into the BIO */
	while (p->failed == 0 && buf_len(&p->out) > 0 &&
	    BIO_pending(SSL_get_wbio(p->ssl)) < 65536) {
		struct slice s = buf_slice(&p->out);

		if ((r = SSL_write_ex(p->ssl, s.p, s.n < 16384 ? s.n : 16384,
			 &n)) != 1) {
			note_error(p, r);
			break;
		}
		moved = true;
		buf_take(&p->out, n);
	}
	return moved;
}

void
cert_peer_pump(struct cert_peer *p)
{
	bool moved = true;
	int r;

	while (moved) {
		moved = pump_in(p);
		if (!p->is_connected && p->failed == 0) {
			ERR_clear_error();
			if ((r = SSL_do_handshake(p->ssl)) == 1)
				p->is_connected = moved = true;
			else
				note_error(p, r);
		}
		if (p->is_connected)
			moved = pump_content(p) || moved;
		moved = pump_out(p) || moved;
	}
}

static void
on_wire(struct io *io, unsigned events, void *arg)
{
	(void)io;
	(void)events;
	cert_peer_pump(arg);
}

static int
no_check(X509_STORE_CTX *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	return 1;
}

static void
set_up(struct cert_peer *p, const struct cert_peer_params *q)
{
	p->ctx = SSL_CTX_new(TLS_client_method());
	/* a client may hold weak keys: ours must refuse them */
	SSL_CTX_set_security_level(p->ctx, 0);
	SSL_CTX_set_cert_verify_callback(p->ctx, no_check, NULL);
	SSL_CTX_set_info_callback(p->ctx, on_info);
	ck_assert(SSL_CTX_set_min_proto_version(p->ctx, q->version));
	ck_assert(SSL_CTX_set_max_proto_version(p->ctx, q->version));
	if (q->leaf != NULL)
		ck_assert(SSL_CTX_use_cert_and_key(p->ctx, q->leaf->x,
		    q->leaf->key, q->chain, 1));
	if (q->groups != NULL)
		ck_assert(SSL_CTX_set1_groups_list(p->ctx, q->groups));
	if (q->ciphers != NULL)
		ck_assert(SSL_CTX_set_cipher_list(p->ctx, q->ciphers));
	if (q->alpn != NULL)
		ck_assert(SSL_CTX_set_alpn_protos(p->ctx,
			      (const unsigned char *)q->alpn,
			      (unsigned)strlen(q->alpn)) == 0);
	p->ssl = SSL_new(p->ctx);
	SSL_set_app_data(p->ssl, p);
	SSL_set_bio(p->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(p->ssl), -1);
	if (q->sni != NULL)
		ck_assert(SSL_set_tlsext_host_name(p->ssl, q->sni));
	SSL_set_connect_state(p->ssl);
}

void
cert_peer_init(struct cert_peer *p, struct cert_server *s,
    const struct cert_peer_params *q)
{
	struct io *ends[2];

	*p = (struct cert_peer) { .server = s, .alert = -1, .sent_alert = -1 };
	buf_init(&p->in, 64 << 20);
	buf_init(&p->out, 64 << 20);
	io_mem_pair(&s->loop, q->capacity != 0 ? q->capacity : 65536, ends);
	if (q->step != 0) {
		io_mem_set_step(ends[0], q->step);
		io_mem_set_step(ends[1], q->step);
	}
	p->wire = ends[1];
	set_up(p, q);
	io_own(p->wire, on_wire, p);
	p->io = io_tls_accept(ends[0], s->tls, on_done, p);
}

void
cert_peer_run(struct cert_peer *p)
{
	cert_peer_pump(p);
	loop_advance(&p->server->loop, 1);
}

void
cert_peer_goodbye(struct cert_peer *p)
{
	SSL_shutdown(p->ssl);
	ERR_clear_error();
	cert_peer_pump(p);
	p->has_left = true;
	(void)io_shutdown(p->wire);
}

void
cert_peer_clear(struct cert_peer *p)
{
	io_close(p->io);
	io_close(p->wire);
	loop_turn(&p->server->loop, false);
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	buf_clear(&p->in);
	buf_clear(&p->out);
}
