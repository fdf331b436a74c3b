#include "cert/profile.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "cert/x509.h"

/* RSA alone is measured in bits; curves are good or not by their names. */
bool
profile_is_short(const struct conf_clients *conf, X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	int id = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;

	return (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS) &&
	    EVP_PKEY_get_bits(key) < (int)conf->min_key_bits;
}

/* Both ends count (RFC 5280, 4.1.2.5), but who issues for a day means their
 * difference. */
bool
profile_is_long(const struct conf_clients *conf, X509 *x)
{
	int64_t from, to;

	return conf->max_validity_ms > 0 && x509_dates(x, &from, &to) &&
	    to - from > conf->max_validity_ms / 1000;
}

static bool
is_weak(const struct conf_clients *conf, X509 *x, bool is_anchor)
{
	return x509_key_flaw(X509_get0_pubkey(x)) != NULL ||
	    profile_is_short(conf, x) ||
	    (!is_anchor && x509_signature_flaw(x) != NULL);
}

/* 0, or how any certificate of the chain fails. */
static int
judge_link(const struct conf_clients *conf, X509 *x, bool is_anchor,
    int64_t now, struct profile_span *span)
{
	int64_t from, to;

	if (!x509_dates(x, &from, &to))
		return E_CERT_MALFORMED;
	if (now < from)
		return E_CERT_NOT_YET;
	if (now > to)
		return E_CERT_EXPIRED;
	if (is_weak(conf, x, is_anchor))
		return E_CERT_WEAK;
	/* without the extension this has every bit set */
	if ((X509_get_extended_key_usage(x) & XKU_SSL_CLIENT) == 0)
		return E_CERT_PURPOSE;
	if (span->not_after == 0 || to < span->not_after)
		span->not_after = to;
	if (from > span->not_before)
		span->not_before = from;
	return 0;
}

/* 0, or how a leaf fails. */
static int
judge_leaf(const struct conf_clients *conf, X509 *leaf)
{
	uint32_t flags = X509_get_extension_flags(leaf);

	if ((flags & EXFLAG_CA) != 0 || X509_check_ca(leaf) != 0)
		return E_CERT_IS_CA;
	if (conf->require_eku && (flags & EXFLAG_XKUSAGE) == 0)
		return E_CERT_PURPOSE;
	if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
		return E_CERT_PURPOSE;
	return profile_is_long(conf, leaf) ? E_CERT_VALIDITY : 0;
}

int
profile_judge(const struct conf_clients *conf, STACK_OF(X509) *chain,
    int64_t now, int *depth, struct profile_span *span)
{
	int n = sk_X509_num(chain), e;

	*span = (struct profile_span) { 0 };
	for (*depth = 0; *depth < n; ++*depth)
		if ((e = judge_link(conf, sk_X509_value(chain, *depth),
			 *depth == n - 1, now, span)) != 0)
			return e;
	*depth = 0;
	return judge_leaf(conf, sk_X509_value(chain, 0));
}
