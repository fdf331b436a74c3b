/*
 * The files that a configuration names.  The first octet says as what they are
 * read: a chain, a key, the clients' CAs, or CRLs of the CAs in the same file.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "cert/anchor.h"
#include "cert/chain.h"
#include "cert/crls.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define NOW INT64_C(1800000000)

static bool
read_as(uint8_t what, const struct conf_file *f, struct diag *d)
{
	const struct conf_files files = { .at = (struct conf_file *)f,
		.count = 1 };
	const struct conf_clients clients = { .ca = files,
		.partial_chain = true };
	struct anchors *anchors;
	const struct conf_clients with_crl = { .crl = files };
	struct anchors none = { .has_twins = false };
	STACK_OF(X509) *chain = NULL;
	struct crls *crls;
	EVP_PKEY *key;

	switch (what % 4) {
	case 0:
		chain = chain_read(f, d);
		break;
	case 1:
		key = key_read(f, d);
		EVP_PKEY_free(key);
		return key != NULL;
	case 2:
		anchors = anchors_read(&clients, NOW, d);
		assert(anchors == NULL || sk_X509_num(anchors->cas) > 0);
		anchors_free(anchors);
		return anchors != NULL;
	default:
		none.cas = sk_X509_new_null();
		crls = crls_read(&with_crl, &none, NOW, d);
		crls_free(crls);
		chain_free(none.cas);
		return crls != NULL;
	}
	for (int i = 0; i < sk_X509_num(chain); i++)
		assert(sk_X509_value(chain, i) != NULL);
	assert(chain == NULL || sk_X509_num(chain) > 0);
	chain_free(chain);
	return chain != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bundle_file file = { .path = "/t/x.pem" };
	const struct conf_file f = { .at = { .file = "t", .line = 1 },
		.file = &file };
	struct diag d;
	bool good;

	if (n == 0)
		return 0;
	file.bytes = slice_of(data + 1, n - 1);
	diag_init(&d);
	good = read_as(data[0], &f, &d);
	/* either it is good, or somebody is told why not */
	assert(good == (d.errors == 0));
	diag_clear(&d);
	assert(ERR_peek_error() == 0);
	return 0;
}
