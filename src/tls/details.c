#include "tls/details.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls/io_tls.h"

/* "RSA2048": the kind and the size. */
static struct slice
key_alg(X509 *cert, struct arena *a)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *kind;

	if (key == NULL)
		return SL("");
	kind = EVP_PKEY_get0_type_name(key);
	return arena_printf(a, "%s%d", kind != NULL ? kind : "",
	    EVP_PKEY_get_bits(key));
}

static void
read_ours(SSL *ssl, struct arena *a, struct tls_details *d)
{
	X509 *cert = SSL_get_certificate(ssl);

	if (cert == NULL)
		return;
	d->sig_alg = slice_str(OBJ_nid2sn(X509_get_signature_nid(cert)));
	d->key_alg = key_alg(cert, a);
}

/* The most specific of them, which is the last one; length by length, for a
 * NUL in it must not cut it. */
static struct slice
common_name(const X509_NAME *name, struct arena *a)
{
	struct slice out = { 0 };
	int last = -1, next;
	unsigned char *utf8;
	int n;

	while ((next = X509_NAME_get_index_by_NID(name, NID_commonName,
		    last)) >= 0)
		last = next;
	if (last < 0)
		return out;
	n = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	if (n < 0)
		return out;
	out = arena_copy(a, slice_of(utf8, (size_t)n));
	OPENSSL_free(utf8);
	return out;
}

static struct slice
der_of(const X509 *cert, struct arena *a)
{
	struct slice out = { 0 };
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	if (n > 0)
		out = arena_copy(a, slice_of(der, (size_t)n));
	OPENSSL_free(der);
	return out;
}

void
tls_details(const struct io *io, struct arena *a, struct tls_details *d)
{
	SSL *ssl = io_tls_ssl(io);
	X509 *client = SSL_get0_peer_certificate(ssl);

	*d = (struct tls_details) { 0 };
	read_ours(ssl, a, d);
	if (client == NULL)
		return;
	d->common_name = common_name(X509_get_subject_name(client), a);
	d->client_cert = der_of(client, a);
}
