#include "cert/x509.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/mem.h"

#define SERIAL_MAX 64 /* octets; RFC 5280, 4.1.2.2 allows 20 */

#define RSA_BITS_MIN 2048

bool
x509_time(const ASN1_TIME *t, int64_t *out)
{
	/* the two forms of RFC 5280 and no other that ASN.1 allows */
	int digits = ASN1_STRING_type(t) == V_ASN1_UTCTIME ? 12 : 14;
	struct tm tm;

	if (ASN1_STRING_length(t) != digits + 1 || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

bool
x509_dates(const X509 *x, int64_t *not_before, int64_t *not_after)
{
	return x509_time(X509_get0_notBefore(x), not_before) &&
	    x509_time(X509_get0_notAfter(x), not_after);
}

struct slice
x509_name(const X509_NAME *name, struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct slice s = SL("(unreadable)");
	char *p;
	long n;

	/* octets outside ASCII and controls come out escaped */
	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0 &&
	    (n = BIO_get_mem_data(bio, &p)) >= 0)
		s = slice_of(p, (size_t)n);
	if (s.n > X509_TEXT_MAX)
		s = arena_printf(a, "%.*s...", X509_TEXT_MAX, s.p);
	else
		s = arena_copy(a, s);
	BIO_free(bio);
	return s;
}

struct slice
x509_hex(const unsigned char *p, size_t n, struct arena *a)
{
	static const char digit[] = "0123456789abcdef";
	char *out = arena_bytes(a, 2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = '\0';
	return slice_of(out, 2 * n);
}

struct slice
x509_serial(const ASN1_INTEGER *serial, struct arena *a)
{
	size_t n = (size_t)ASN1_STRING_length(serial);
	bool is_cut = n > SERIAL_MAX;
	struct slice hex;

	hex = x509_hex(ASN1_STRING_get0_data(serial), is_cut ? SERIAL_MAX : n,
	    a);
	if (is_cut || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		return arena_printf(a, "%s%.*s%s",
		    ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? "-" : "",
		    SLICE_ARG(hex), is_cut ? "..." : "");
	return hex;
}

bool
x509_spki_sha256(const X509 *x, unsigned char out[32])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	bool good = n > 0 &&
	    EVP_Digest(der, (size_t)n, out, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return good;
}

/* The same octets, whatever the algorithm; or the same key, however a point of
 * its curve is written. */
bool
x509_has_same_key(const X509 *a, const X509 *b)
{
	const ASN1_BIT_STRING *p = X509_get0_pubkey_bitstr(a);
	const ASN1_BIT_STRING *q = X509_get0_pubkey_bitstr(b);
	EVP_PKEY *k = X509_get0_pubkey(a), *l = X509_get0_pubkey(b);

	return ASN1_STRING_cmp(p, q) == 0 ||
	    (k != NULL && l != NULL && EVP_PKEY_eq(k, l) == 1);
}

char *
x509_subject(const X509 *x)
{
	struct arena a;
	char *s;

	arena_init(&a, X509_TEXT_MAX);
	s = mem_strdup(x509_name(X509_get_subject_name(x), &a).p);
	arena_clear(&a);
	return s;
}

bool
x509_is_malformed(X509 *x)
{
	return (X509_get_extension_flags(x) & EXFLAG_INVALID) != 0;
}

bool
x509_is_issued_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool is;

	ERR_set_mark();
	is = X509_check_issued(issuer, x) == X509_V_OK && key != NULL &&
	    X509_verify(x, key) == 1;
	ERR_pop_to_mark();
	return is;
}

static const char *
curve_flaw(EVP_PKEY *key)
{
	char group[32] = "";
	int nid;

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		return "an elliptic curve without name";
	nid = OBJ_sn2nid(group);
	if (nid != NID_X9_62_prime256v1 && nid != NID_secp384r1 &&
	    nid != NID_secp521r1)
		return "an elliptic curve other than P-256, P-384 and P-521";
	return NULL;
}

const char *
x509_key_flaw(EVP_PKEY *key)
{
	if (key == NULL)
		return "an unknown kind of key";
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return EVP_PKEY_get_bits(key) < RSA_BITS_MIN ?
		    "an RSA key of fewer than 2048 bits" :
		    NULL;
	case EVP_PKEY_EC:
		return curve_flaw(key);
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return NULL;
	default:
		return "an outdated kind of key";
	}
}

const char *
x509_signature_flaw(X509 *x)
{
	int md = NID_undef, bits = 0;

	ERR_set_mark();
	if (!X509_get_signature_info(x, &md, NULL, &bits, NULL))
		bits = 0;
	ERR_pop_to_mark();
	/* Ed25519 and Ed448 have no digest of their own choice */
	if (bits < 112 || md == NID_sha224 || md == NID_sha512_224 ||
	    md == NID_sha3_224)
		return "a signature with a digest weaker than SHA-256";
	return NULL;
}
