#include "tls/sni.h"

#include <openssl/ssl.h>
#include <string.h>

#include "base/err.h"
#include "net/name.h"
#include "tls/hs.h"

/* Takes the next two octets, a length, off the front. */
static bool
take_length(struct slice *s, size_t *n)
{
	const unsigned char *p = (const unsigned char *)s->p;

	if (s->n < 2)
		return false;
	*n = (size_t)p[0] << 8 | p[1];
	*s = slice_skip(*s, 2);
	return true;
}

/*
 * RFC 6066, 3: a list of exactly one name of type host_name, whose octets are
 * not looked at here.  Where the extension stands in the ClientHello is
 * OpenSSL's finding; it applies the same rules again later.
 */
static bool
unwrap(struct slice ext, struct slice *name)
{
	size_t n;

	if (!take_length(&ext, &n) || n != ext.n || ext.n < 1 ||
	    ext.p[0] != TLSEXT_NAMETYPE_host_name)
		return false;
	ext = slice_skip(ext, 1);
	if (!take_length(&ext, &n) || n != ext.n || n == 0)
		return false;
	*name = ext;
	return true;
}

/* Keeps the name, in lower case, for the log also where it is no good. */
static struct slice
keep(struct slice name, char out[HS_SNI_MAX])
{
	size_t n = name.n < HS_SNI_MAX ? name.n : HS_SNI_MAX;

	for (size_t i = 0; i < n; i++)
		out[i] = ascii_lower(name.p[i]);
	return slice_of(out, n);
}

const struct tls_site *
sni_find(const struct tls *tls, struct slice sni)
{
	const struct conf_site *site;
	struct slice name = sni;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (sni.n > 0 && name_check(name, false) != NAME_OK)
		return NULL;
	site = conf_site_for(tls_conf(tls), name);
	return site == NULL ? NULL : tls_site_at(tls, site->index);
}

/*
 * SSL_set_SSL_CTX takes over certificates, ciphers up to TLS 1.2, CA names and
 * callbacks; the rest of what the site means is set here.
 */
static bool
hand_over(SSL *ssl, const struct tls_site *site)
{
	SSL_CTX *ctx = site->ctx;

	if (SSL_set_SSL_CTX(ssl, ctx) != ctx)
		return false;
	SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), NULL);
	(void)SSL_clear_options(ssl,
	    SSL_get_options(ssl) & ~SSL_CTX_get_options(ctx));
	(void)SSL_set_options(ssl, SSL_CTX_get_options(ctx));
	return true;
}

static int
refuse(struct hs *hs, int *alert, int with, int err)
{
	hs->err = err;
	*alert = with;
	return SSL_CLIENT_HELLO_ERROR;
}

/* A second ClientHello must want what the first did (RFC 8446, 4.1.2). */
static bool
is_same(const struct hs *hs, struct slice name)
{
	char again[HS_SNI_MAX];

	return slice_eq(hs->peer.sni, keep(name, again));
}

int
sni_on_hello(SSL *ssl, int *alert, void *arg)
{
	struct hs *hs = SSL_get_app_data(ssl);
	struct slice name = { 0 };
	const unsigned char *p;
	size_t n;

	(void)arg;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) &&
	    !unwrap(slice_of(p, n), &name))
		return refuse(hs, alert, SSL_AD_DECODE_ERROR, E_TLS);
	if (hs->has_hello)
		return is_same(hs, name) ?
		    SSL_CLIENT_HELLO_SUCCESS :
		    refuse(hs, alert, SSL_AD_ILLEGAL_PARAMETER, E_TLS);
	hs->has_hello = true;
	hs->peer.sni = keep(name, hs->sni);
	if (name.n > HS_SNI_MAX ||
	    (hs->site = sni_find(hs->tls, hs->peer.sni)) == NULL)
		return refuse(hs, alert, SSL_AD_UNRECOGNIZED_NAME,
		    E_TLS_NO_SITE);
	hs->peer.site = hs->site->conf;
	if (!hand_over(ssl, hs->site))
		return refuse(hs, alert, SSL_AD_INTERNAL_ERROR, E_INTERNAL);
	hs_begin(hs);
	return SSL_CLIENT_HELLO_SUCCESS;
}
