#include "cert/library.h"

#include <openssl/conf.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>

#include "base/mem.h"
#include "base/slice.h"

#define CHOSEN_MAX 64

/* What is offered of one operation; the last one is empty. */
struct chosen {
	OSSL_ALGORITHM at[CHOSEN_MAX + 1];
	size_t count;
};

/* The default provider, in a library context of its own. */
static struct {
	OSSL_LIB_CTX *ctx;
	OSSL_PROVIDER *provider;
	OSSL_PROVIDER *wrapper; /* as long as the process lives */
	struct chosen decoders;
	struct chosen keys;
	struct chosen ciphers;
} inner;

struct names {
	const struct slice *at;
	size_t count;
};
#define NAMES(list) \
	{ \
		list, sizeof(list) / sizeof((list)[0]) \
	}

/* What a certificate has its public key in.  Private keys are read without any
 * decoder, by what OpenSSL had before there were any. */
#define FORM "structure=SubjectPublicKeyInfo"

/* The kinds of key that certificates may have (cert/x509.h), and DER, which
 * leads to them. */
static const struct slice decoder_list[] = { SLICE("RSA"), SLICE("RSA-PSS"),
	SLICE("EC"), SLICE("ED25519"), SLICE("ED448"), SLICE("DER") };
static const struct names decoder_names = NAMES(decoder_list);

/* The same, the groups of TLS, and what its key derivation is done with. */
static const struct slice key_list[] = { SLICE("RSA"), SLICE("RSA-PSS"),
	SLICE("EC"), SLICE("ED25519"), SLICE("ED448"), SLICE("X25519"),
	SLICE("X448"), SLICE("DH"), SLICE("HKDF"), SLICE("TLS1-PRF"),
	SLICE("HMAC") };
static const struct names key_names = NAMES(key_list);

/* All that cipher suites of TLS 1.2 and 1.3 are made of, and what tickets and
 * random numbers need. */
static const struct slice cipher_list[] = { SLICE("AES-128-GCM"),
	SLICE("AES-256-GCM"), SLICE("AES-128-CCM"), SLICE("AES-256-CCM"),
	SLICE("AES-128-CBC"), SLICE("AES-256-CBC"), SLICE("AES-128-CTR"),
	SLICE("AES-256-CTR"), SLICE("AES-128-ECB"), SLICE("AES-256-ECB"),
	SLICE("AES-128-CBC-HMAC-SHA1"), SLICE("AES-256-CBC-HMAC-SHA1"),
	SLICE("AES-128-CBC-HMAC-SHA256"), SLICE("AES-256-CBC-HMAC-SHA256"),
	SLICE("ChaCha20-Poly1305"), SLICE("ChaCha20"), SLICE("ARIA-128-GCM"),
	SLICE("ARIA-256-GCM"), SLICE("CAMELLIA-128-CBC"),
	SLICE("CAMELLIA-256-CBC"), SLICE("NULL") };
static const struct names cipher_names = NAMES(cipher_list);

/* names: "RSA:rsaEncryption:1.2.840.113549.1.1.1". */
static bool
has_name(struct slice names, const struct names *wanted)
{
	struct slice name;
	bool at_end = false;

	while (slice_cut(&names, ':', &name, &at_end))
		for (size_t i = 0; i < wanted->count; i++)
			if (slice_eq(name, wanted->at[i]))
				return true;
	return false;
}

/* false: there is none, or more than we have room for. */
static bool
choose(struct chosen *c, int operation, const struct names *wanted)
{
	const OSSL_ALGORITHM *a;
	int no_cache;

	a = OSSL_PROVIDER_query_operation(inner.provider, operation, &no_cache);
	for (; a != NULL && a->algorithm_names != NULL; a++) {
		if (!has_name(slice_str(a->algorithm_names), wanted) ||
		    (operation == OSSL_OP_DECODER &&
			strstr(a->property_definition, FORM) == NULL))
			continue;
		if (c->count == CHOSEN_MAX)
			return false;
		c->at[c->count++] = *a;
	}
	return c->count > 0;
}

static const OSSL_ALGORITHM *
on_query(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	if (operation == OSSL_OP_DECODER)
		return inner.decoders.at;
	if (operation == OSSL_OP_KEYMGMT)
		return inner.keys.at;
	if (operation == OSSL_OP_CIPHER)
		return inner.ciphers.at;
	return OSSL_PROVIDER_query_operation(inner.provider, operation,
	    no_cache);
}

static int
on_get_params(void *provctx, OSSL_PARAM params[])
{
	(void)provctx;
	return OSSL_PROVIDER_get_params(inner.provider, params);
}

static const OSSL_PARAM *
on_gettable_params(void *provctx)
{
	(void)provctx;
	return OSSL_PROVIDER_gettable_params(inner.provider);
}

/* TLS asks for its groups by this. */
static int
on_get_capabilities(void *provctx, const char *capability, OSSL_CALLBACK *cb,
    void *arg)
{
	(void)provctx;
	return OSSL_PROVIDER_get_capabilities(inner.provider, capability, cb,
	    arg);
}

static const OSSL_DISPATCH dispatch[] = {
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))on_query },
	{ OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))on_get_params },
	{ OSSL_FUNC_PROVIDER_GETTABLE_PARAMS,
	    (void (*)(void))on_gettable_params },
	{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES,
	    (void (*)(void))on_get_capabilities },
	{ 0, NULL },
};

/* What implements the algorithms gets the context that it knows. */
static int
on_load(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **provctx)
{
	(void)handle;
	(void)in;
	*out = dispatch;
	*provctx = OSSL_PROVIDER_get0_provider_ctx(inner.provider);
	return 1;
}

static int
count_one(OSSL_PROVIDER *provider, void *arg)
{
	(void)provider;
	++*(unsigned *)arg;
	return 1;
}

/*
 * Whether OpenSSL's configuration activates providers, as for FIPS: found out
 * in a context of its own, where the null provider keeps OpenSSL from taking
 * its default.
 */
static bool
is_configured(void)
{
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *null = OSSL_PROVIDER_load(ctx, "null");
	char *path = CONF_get1_default_config_file();
	unsigned count = 0;

	if (ctx == NULL || null == NULL || path == NULL)
		mem_abort("OpenSSL cannot be loaded");
	(void)OSSL_LIB_CTX_load_config(ctx, path); /* it may not be there */
	(void)OSSL_PROVIDER_do_all(ctx, count_one, &count);
	ERR_clear_error();
	OPENSSL_free(path);
	(void)OSSL_PROVIDER_unload(null);
	OSSL_LIB_CTX_free(ctx);
	return count > 1;
}

bool
library_init(void)
{
	if (is_configured())
		return false;
	inner.ctx = OSSL_LIB_CTX_new();
	if (inner.ctx == NULL ||
	    (inner.provider = OSSL_PROVIDER_load(inner.ctx, "default")) == NULL)
		return false;
	if (!choose(&inner.decoders, OSSL_OP_DECODER, &decoder_names) ||
	    !choose(&inner.keys, OSSL_OP_KEYMGMT, &key_names) ||
	    !choose(&inner.ciphers, OSSL_OP_CIPHER, &cipher_names) ||
	    OSSL_PROVIDER_add_builtin(NULL, "sallyport", on_load) != 1)
		return false;
	inner.wrapper = OSSL_PROVIDER_load(NULL, "sallyport");
	return inner.wrapper != NULL;
}

/* Up to CVE-2024-6119, of otherName; later series begin without it. */
static const struct {
	unsigned major, minor, patch;
	const char *name;
} mended[] = { { 3, 0, 15, "3.0.15" }, { 3, 1, 7, "3.1.7" },
	{ 3, 2, 3, "3.2.3" }, { 3, 3, 2, "3.3.2" } };

const char *
library_overdue(void)
{
	/* openssl/opensslv.h: 0xMNN00PP0 */
	unsigned long v = OpenSSL_version_num();

	for (size_t i = 0; i < sizeof(mended) / sizeof(mended[0]); i++)
		if (v >> 28 == mended[i].major &&
		    (v >> 20 & 0xff) == mended[i].minor &&
		    (v >> 4 & 0xff) < mended[i].patch)
			return mended[i].name;
	return NULL;
}
