/*
 * What a client's certificate says of it: a whole certificate in DER, or the
 * octets of its subjectAltName.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "cert/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A certificate without extensions, made once. */
static X509 *
bare(void)
{
	static X509 *x;
	EVP_PKEY *key;

	if (x != NULL)
		return x;
	key = EVP_EC_gen("P-256");
	x = X509_new();
	assert(X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL);
	assert(X509_gmtime_adj(X509_getm_notAfter(x), 60) != NULL);
	assert(X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256()));
	EVP_PKEY_free(key);
	return x;
}

/* The same with this extension. */
static X509 *
certificate_with(const uint8_t *p, size_t n)
{
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	X509 *x = X509_dup(bare());
	X509_EXTENSION *ext;

	assert(ASN1_OCTET_STRING_set(s, p, (int)n));
	ext = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, s);
	assert(ext != NULL && X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(s);
	return x;
}

/* A name that counts holds nothing that a C string, a log or a header could
 * take for something else. */
static void
check_san(const struct ident *id, const struct san *san)
{
	const struct conf_term terms[] = {
		{ .type = TERM_DNS, .value = san->value },
		{ .type = TERM_URI, .value = san->value },
	};
	struct match_by by;
	char text[256];

	san_format(san, text, sizeof(text));
	for (const char *c = text; *c != '\0'; c++)
		assert(*c >= 0x20 && *c < 0x7f);
	assert(!san->is_wildcard || (san->type == SAN_DNS && !san->flaw));
	for (size_t i = 0; i < san->value.n && san->flaw == NULL; i++)
		assert(san->type == SAN_IP ||
		    (san->value.p[i] > 0x20 && san->value.p[i] < 0x7f));
	for (int i = 0; i < 2; i++)
		if (match_term(id, &terms[i], MATCH_STRICT, &by) == MATCH_YES)
			assert(by.san->flaw == NULL && !by.san->is_wildcard &&
			    by.san->type == (i == 0 ? SAN_DNS : SAN_URI));
	if (san->flaw == NULL && san->type == SAN_URI)
		assert(
		    match_term(id, &terms[1], MATCH_STRICT, &by) == MATCH_YES);
}

static void
check_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		assert(s.p[i] >= 0x20 && s.p[i] < 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const unsigned char *p = data;
	X509 *x = d2i_X509(NULL, &p, (long)n);
	struct ident *id;
	int e;

	if (x == NULL)
		x = certificate_with(data, n);
	e = ident_read(x, &id);
	assert(e == 0 || e == E_CERT_MALFORMED || e == E_CERT_SANS_MANY);
	assert(id->san_count + id->other_count <= IDENT_SANS_MAX);
	check_text(id->subject);
	check_text(id->issuer);
	check_text(id->serial);
	for (size_t i = 0; i < id->san_count; i++)
		check_san(id, &id->sans[i]);
	ident_unref(id);
	X509_free(x);
	ERR_clear_error();
	return 0;
}
