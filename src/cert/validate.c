#include "cert/validate.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "cert/reason.h"
#include "cert/x509.h"

/* Level 2: 112 bits of security. */
#define AUTH_LEVEL 2

/* One run; OpenSSL's callback finds it in the store context. */
struct run {
	const struct validate *v;
	struct finding *finding;
};

/* OpenSSL counts the very second of notAfter as past. */
static bool
ends_now(const ASN1_TIME *t, int64_t now)
{
	int64_t at;

	return x509_time(t, &at) && at == now;
}

/* What OpenSSL objects to and we do not, see verify.h. */
static bool
is_forgiven(X509_STORE_CTX *ctx, int64_t now)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
		return true;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return ends_now(X509_get0_notAfter(
				    X509_STORE_CTX_get_current_cert(ctx)),
		    now);
	default:
		return false;
	}
}

/* The certificate that was shown as x's issuer and that OpenSSL passed over,
 * since it cannot be read; or NULL. */
static X509 *
malformed_issuer(X509 *x, STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *o = sk_X509_value(others, i);

		if (x509_is_malformed(o) &&
		    X509_NAME_cmp(X509_get_subject_name(o),
			X509_get_issuer_name(x)) == 0)
			return o;
	}
	return NULL;
}

static int
found(struct finding *f, int err, int x509_err, int depth, X509 *culprit)
{
	*f = (struct finding) { .err = err,
		.x509_err = x509_err,
		.depth = depth > 0 ? depth : 0,
		.culprit = culprit };
	return err;
}

static void
note(struct run *r, int x509_err, int depth, X509 *culprit)
{
	int err = reason_of(x509_err);
	X509 *issuer;

	if (err == E_CERT_UNKNOWN_CA && culprit != NULL &&
	    (issuer = malformed_issuer(culprit, r->v->others)) != NULL) {
		found(r->finding, E_CERT_MALFORMED, x509_err, depth + 1,
		    issuer);
		return;
	}
	/* of a leaf it is said when it may sign certificates and is no CA */
	if (err == E_CERT_NOT_CA && depth == 0)
		err = E_CERT_IS_CA;
	found(r->finding, err, x509_err, depth, culprit);
}

static int
on_finding(int ok, X509_STORE_CTX *ctx)
{
	struct run *r = X509_STORE_CTX_get_app_data(ctx);
	X509 *culprit = X509_STORE_CTX_get_current_cert(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);

	if (ok)
		return 1;
	if (is_forgiven(ctx, r->v->now)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	/* of the chain as a whole: no policy is valid for it */
	if (culprit == NULL) {
		culprit = X509_STORE_CTX_get0_cert(ctx);
		depth = 0;
	}
	/* the first is the reason; returning 0 ends the verification */
	note(r, X509_STORE_CTX_get_error(ctx), depth, culprit);
	return 0;
}

static unsigned long
flags_for(const struct validate *v)
{
	/* policies: those that CAs require count also where we ask for none */
	unsigned long flags = X509_V_FLAG_X509_STRICT |
	    X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_POLICY_CHECK;

	if (v->needs_policy)
		flags |= X509_V_FLAG_EXPLICIT_POLICY;
	return flags;
}

static bool
set_up(X509_STORE_CTX *ctx, struct run *r)
{
	const struct validate *v = r->v;
	X509_VERIFY_PARAM *p;

	if (!X509_STORE_CTX_init(ctx, v->store, v->leaf, v->others))
		return false;
	if (v->ends != NULL)
		X509_STORE_CTX_set0_trusted_stack(ctx, v->ends);
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(p, (int)v->max_depth);
	X509_VERIFY_PARAM_set_auth_level(p, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(p, (time_t)v->now);
	X509_STORE_CTX_set_verify_cb(ctx, on_finding);
	return X509_VERIFY_PARAM_set1_policies(p, v->policies) &&
	    X509_VERIFY_PARAM_set_flags(p, flags_for(v)) &&
	    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_CLIENT) &&
	    X509_VERIFY_PARAM_set_trust(p, X509_TRUST_SSL_CLIENT) &&
	    X509_STORE_CTX_set_app_data(ctx, r);
}

int
validate(const struct validate *v, STACK_OF(X509) **chain, struct finding *f)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct run r = { .v = v, .finding = f };
	int e = 0;

	*f = (struct finding) { 0 };
	*chain = NULL;
	if (ctx == NULL || !set_up(ctx, &r))
		e = found(f, E_CERT_OTHER, X509_V_ERR_OUT_OF_MEM, 0, v->leaf);
	else if (X509_verify_cert(ctx) == 1 &&
	    X509_STORE_CTX_get_error(ctx) == X509_V_OK)
		*chain = X509_STORE_CTX_get1_chain(ctx);
	else if (f->err != 0)
		e = f->err;
	else /* it gave up without a finding */
		e = found(f, E_CERT_OTHER, X509_STORE_CTX_get_error(ctx), 0,
		    v->leaf);
	if (e == 0 && *chain == NULL)
		e = found(f, E_CERT_OTHER, X509_V_ERR_OUT_OF_MEM, 0, v->leaf);
	X509_STORE_CTX_free(ctx);
	return e;
}
