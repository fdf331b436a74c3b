/*
 * Revocation lists: whatever the octets are, reading ends; and what reads them
 * by itself, without OpenSSL, finds the entries that OpenSSL finds.
 */
#include <assert.h>
#include <openssl/x509.h>
#include <stdint.h>

#include "cert/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
compare(const struct crl *c, X509_CRL *all)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(all);

	assert(c->count ==
	    (size_t)(entries == NULL ? 0 : sk_X509_REVOKED_num(entries)));
	for (int i = 0; i < sk_X509_REVOKED_num(entries) && i < 1000; i++) {
		const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(
		    sk_X509_REVOKED_value(entries, i));

		assert(crl_find(c, serial) != CRL_NOT_LISTED);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const unsigned char *p = data;
	struct crl c;
	X509_CRL *all;

	if (crl_parse(slice_of(data, n), &c) == NULL) {
		/* of what does not matter here OpenSSL asks more */
		all = d2i_X509_CRL(NULL, &p, (long)n);
		if (all != NULL)
			compare(&c, all);
		X509_CRL_free(all);
	}
	crl_clear(&c);
	(void)crl_next_update(slice_of(data, n));
	return 0;
}
