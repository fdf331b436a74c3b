#include "cert/chain.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/x509.h"
#include "cert/pem.h"

#define DAY (24 * 3600) /* seconds */

struct reading {
	const struct conf_file *file;
	struct diag *diag;
	STACK_OF(X509) *certs;
	unsigned keys;
	bool is_encrypted;
};

static void
take_certificate(const struct pem_block *b, void *arg)
{
	const unsigned char *p = (const unsigned char *)b->der.p;
	struct reading *r = arg;
	X509 *x;

	if (slice_eq(slice_str(b->label), SL("CERTIFICATE")) == false) {
		diag_error(r->diag, r->file->at,
		    "%s: block %u is \"%s\", expected only \"CERTIFICATE\"",
		    r->file->file->path, b->number, b->label);
		return;
	}
	x = d2i_X509(NULL, &p, (long)b->der.n);
	if (x == NULL || p != (const unsigned char *)b->der.p + b->der.n) {
		diag_error(r->diag, r->file->at,
		    "%s: block %u is no X.509 certificate", r->file->file->path,
		    b->number);
		X509_free(x);
		return;
	}
	if (!sk_X509_push(r->certs, x))
		mem_abort(__func__);
}

STACK_OF(X509) *
chain_read(const struct conf_file *f, struct diag *d)
{
	struct reading r = { .file = f, .diag = d };
	size_t before = d->errors;

	if ((r.certs = sk_X509_new_null()) == NULL)
		mem_abort(__func__);
	ERR_set_mark();
	if (pem_each(f, d, take_certificate, &r) && d->errors == before &&
	    sk_X509_num(r.certs) == 0)
		diag_error(d, f->at,
		    "%s: holds no certificate, expected PEM with "
		    "\"-----BEGIN CERTIFICATE-----\"",
		    f->file->path);
	ERR_pop_to_mark();
	if (d->errors == before)
		return r.certs;
	chain_free(r.certs);
	return NULL;
}

void
chain_free(STACK_OF(X509) *chain)
{
	sk_X509_pop_free(chain, X509_free);
}

static void
count_key(const struct pem_block *b, void *arg)
{
	struct slice label = slice_str(b->label);
	struct reading *r = arg;

	if (!slice_ends(label, SL("PRIVATE KEY")))
		return;
	r->keys++;
	if (b->is_encrypted || slice_starts(label, SL("ENCRYPTED")))
		r->is_encrypted = true;
}

/* Nobody is asked for a password, whatever the key looks like. */
static int
no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static EVP_PKEY *
decode_key(struct slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = NULL;

	ERR_set_mark();
	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	ERR_pop_to_mark();
	BIO_free(bio);
	return key;
}

EVP_PKEY *
key_read(const struct conf_file *f, struct diag *d)
{
	struct reading r = { .file = f, .diag = d };
	const char *path = f->file->path;
	EVP_PKEY *key;

	if (!pem_each(f, d, count_key, &r))
		return NULL;
	if (r.keys != 1) {
		diag_error(d, f->at,
		    "%s: holds %s private key, expected exactly one, in PEM",
		    path, r.keys == 0 ? "no" : "more than one");
		return NULL;
	}
	if (r.is_encrypted) {
		diag_error(d, f->at,
		    "%s: the private key is encrypted, expected one without "
		    "password",
		    path);
		return NULL;
	}
	if ((key = decode_key(f->file->bytes)) == NULL)
		diag_error(d, f->at,
		    "%s: the private key cannot be decoded, expected RSA, EC "
		    "or Ed25519",
		    path);
	return key;
}

int64_t
chain_days_left(STACK_OF(X509) *chain, int64_t now)
{
	int64_t first = INT64_MAX, from, to, left;

	for (int i = 0; i < sk_X509_num(chain); i++)
		if (x509_dates(sk_X509_value(chain, i), &from, &to) &&
		    to < first)
			first = to;
	/* rounded down, so that the second after notAfter is already -1 */
	left = first - now;
	return left >= 0 ? left / DAY : -1 - (-left - 1) / DAY;
}
