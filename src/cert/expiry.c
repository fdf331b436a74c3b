#include "cert/expiry.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "cert/crl.h"
#include "cert/pem.h"
#include "cert/x509.h"

static void
take_first(int64_t *first, int64_t at)
{
	if (*first == 0 || at < *first)
		*first = at;
}

static void
take_certificate(const struct pem_block *b, void *arg)
{
	const unsigned char *p = (const unsigned char *)b->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)b->der.n);
	int64_t from, to;

	if (x != NULL && x509_dates(x, &from, &to))
		take_first(arg, to);
	X509_free(x);
}

static void
take_crl_der(struct slice der, int64_t *first)
{
	int64_t to = crl_next_update(der);

	if (to != 0)
		take_first(first, to);
}

static void
take_crl(const struct pem_block *b, void *arg)
{
	take_crl_der(b->der, arg);
}

static int64_t
first_of(struct slice pem, pem_block_fn *take)
{
	const char *why;
	int64_t first = 0;

	ERR_set_mark();
	(void)pem_each_in(pem, &why, take, &first);
	ERR_pop_to_mark();
	return first;
}

int64_t
expiry_of_certificates(struct slice pem)
{
	return first_of(pem, take_certificate);
}

int64_t
expiry_of_crls(struct slice bytes)
{
	int64_t first = 0;

	/* DER begins with the tag of a SEQUENCE, which is ASCII "0" */
	if (bytes.n < 2 || bytes.p[0] != 0x30 || (bytes.p[1] & 0x80) == 0)
		return first_of(bytes, take_crl);
	ERR_set_mark();
	take_crl_der(bytes, &first);
	ERR_pop_to_mark();
	return first;
}
