#include "cert/verify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/anchor.h"
#include "cert/chain.h"
#include "cert/crl.h"
#include "cert/x509.h"
#include "cert/profile.h"
#include "cert/reason.h"
#include "cert/vcache.h"

/* Level 2: 112 bits of security. */
#define AUTH_LEVEL 2

struct verifier {
	const struct conf_clients *conf; /* borrowed: the snapshot's */
	X509_STORE *store;
	STACK_OF(X509_NAME) *ca_names;
	STACK_OF(ASN1_OBJECT) *policies; /* any of which will do */
	bool has_crls;
	int64_t valid_from;      /* the latest thisUpdate; 0: none */
	int64_t valid_until;     /* the earliest nextUpdate; 0: none */
	struct vcache *cache;    /* NULL: it is switched off */
	struct der_pool *chains; /* what is kept of those accepted */
};

/* One judgement; OpenSSL's callback finds it in the store context. */
struct judging {
	int64_t now;
	STACK_OF(X509) *others;
	struct verdict *verdict;
};

static bool
fill(struct verifier *v, STACK_OF(X509) *cas, STACK_OF(X509_CRL) *crls)
{
	v->has_crls = sk_X509_CRL_num(crls) > 0;
	v->store = X509_STORE_new();
	v->ca_names = sk_X509_NAME_new_null();
	if (v->store == NULL || v->ca_names == NULL)
		return false;
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);
		X509_NAME *name = X509_NAME_dup(X509_get_subject_name(ca));

		if (!X509_STORE_add_cert(v->store, ca) || name == NULL ||
		    !sk_X509_NAME_push(v->ca_names, name)) {
			X509_NAME_free(name);
			return false;
		}
	}
	for (int i = 0; i < sk_X509_CRL_num(crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(crls, i);
		int64_t start, end;

		if (!X509_STORE_add_crl(v->store, crl))
			return false;
		if (x509_time(X509_CRL_get0_lastUpdate(crl), &start) &&
		    start > v->valid_from)
			v->valid_from = start;
		if (x509_time(X509_CRL_get0_nextUpdate(crl), &end) &&
		    (v->valid_until == 0 || end < v->valid_until))
			v->valid_until = end;
	}
	return true;
}

static void
add_policy(STACK_OF(ASN1_OBJECT) *all, ASN1_OBJECT *policy)
{
	if (policy == NULL || !sk_ASN1_OBJECT_push(all, policy))
		mem_abort(__func__);
}

/* The schema has seen that they are OIDs.  Where none is asked for any will do:
 * to OpenSSL no list means none at all, if a CA requires one. */
static STACK_OF(ASN1_OBJECT) *
policies_of(const struct conf_clients *conf)
{
	STACK_OF(ASN1_OBJECT) *all = sk_ASN1_OBJECT_new_null();

	if (all == NULL)
		mem_abort(__func__);
	for (size_t i = 0; i < conf->policy_count; i++) {
		char *text = mem_strndup(conf->policies[i].p,
		    conf->policies[i].n);

		add_policy(all, OBJ_txt2obj(text, 1));
		free(text);
	}
	if (conf->policy_count == 0)
		add_policy(all, OBJ_dup(OBJ_nid2obj(NID_any_policy)));
	return all;
}

struct verifier *
verifier_new(const struct conf_clients *conf, int64_t now, struct diag *d)
{
	struct verifier *v = mem_new(1, sizeof(*v));
	STACK_OF(X509) *cas = anchors_read(&conf->ca, conf->partial_chain, now,
	    d);
	STACK_OF(X509_CRL) *crls = NULL;
	bool good;

	v->chains = der_pool_new();
	v->policies = policies_of(conf);
	v->conf = conf;
	/* without CAs nobody can say whose the CRLs are */
	if (cas != NULL)
		crls = crls_read(&conf->crl, cas, now, d);
	if (conf->cache > 0)
		v->cache = vcache_new(conf->cache);
	good = cas != NULL && crls != NULL;
	if (good && !fill(v, cas, crls)) {
		diag_error(d, conf->at, "OpenSSL refuses the CAs or CRLs: %s",
		    ERR_reason_error_string(ERR_get_error()));
		good = false;
	}
	chain_free(cas);
	crls_free(crls);
	if (good)
		return v;
	verifier_free(v);
	return NULL;
}

void
verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	vcache_free(v->cache);
	X509_STORE_free(v->store);
	sk_X509_NAME_pop_free(v->ca_names, X509_NAME_free);
	sk_ASN1_OBJECT_pop_free(v->policies, ASN1_OBJECT_free);
	der_pool_unref(v->chains);
	free(v);
}

int64_t
verifier_valid_until(const struct verifier *v)
{
	return v->valid_until;
}

STACK_OF(X509_NAME) *
verifier_ca_names(const struct verifier *v)
{
	return v->ca_names;
}

static int
refuse(struct verdict *out, int err, int x509_err, int depth, X509 *culprit)
{
	out->err = err;
	out->x509_err = x509_err;
	out->depth = depth > 0 ? (unsigned)depth : 0;
	if (culprit != NULL)
		out->culprit = x509_name(X509_get_subject_name(culprit),
		    &out->ident->arena);
	return err;
}

/* OpenSSL counts the very second of notAfter, or nextUpdate, as past. */
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
	int anchor = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

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
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return ends_now(X509_CRL_get0_nextUpdate(
				    X509_STORE_CTX_get0_current_crl(ctx)),
		    now);
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		/* an anchor is not revoked but taken out of the file; only
		 * one whose issuer is not listed has no CRL here */
		return X509_STORE_CTX_get_error_depth(ctx) == anchor;
	default:
		return false;
	}
}

static bool
is_malformed(X509 *x)
{
	return (X509_get_extension_flags(x) & EXFLAG_INVALID) != 0;
}

/* The certificate that was shown as x's issuer and that OpenSSL passed over,
 * since it cannot be read; or NULL. */
static X509 *
malformed_issuer(X509 *x, STACK_OF(X509) *others)
{
	for (int i = 0; i < sk_X509_num(others); i++) {
		X509 *o = sk_X509_value(others, i);

		if (is_malformed(o) &&
		    X509_NAME_cmp(X509_get_subject_name(o),
			X509_get_issuer_name(x)) == 0)
			return o;
	}
	return NULL;
}

static void
note(struct judging *j, int x509_err, int depth, X509 *culprit)
{
	int err = reason_of(x509_err);
	X509 *issuer;

	if (err == E_CERT_UNKNOWN_CA && culprit != NULL &&
	    (issuer = malformed_issuer(culprit, j->others)) != NULL) {
		refuse(j->verdict, E_CERT_MALFORMED, x509_err, depth + 1,
		    issuer);
		return;
	}
	/* of a leaf it is said when it may sign certificates and is no CA */
	if (err == E_CERT_NOT_CA && depth == 0)
		err = E_CERT_IS_CA;
	refuse(j->verdict, err, x509_err, depth, culprit);
}

static int
on_finding(int ok, X509_STORE_CTX *ctx)
{
	struct judging *j = X509_STORE_CTX_get_app_data(ctx);
	X509 *culprit = X509_STORE_CTX_get_current_cert(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);

	if (ok)
		return 1;
	if (is_forgiven(ctx, j->now)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	/* of the chain as a whole: no policy is valid for it */
	if (culprit == NULL) {
		culprit = X509_STORE_CTX_get0_cert(ctx);
		depth = 0;
	}
	/* the first is the reason; returning 0 ends the verification */
	note(j, X509_STORE_CTX_get_error(ctx), depth, culprit);
	return 0;
}

/* What OpenSSL accepted, once more by our own rules. */
static int
judge_chain(const struct verifier *v, STACK_OF(X509) *chain, int64_t now,
    struct verdict *out)
{
	struct profile_span span;
	int e, depth;

	if ((e = profile_judge(v->conf, chain, now, &depth, &span)) != 0)
		return refuse(out, e, 0, depth, sk_X509_value(chain, depth));
	out->not_before = span.not_before;
	out->not_after = span.not_after;
	return 0;
}

static bool
set_up(const struct verifier *v, X509_STORE_CTX *ctx, X509 *leaf,
    STACK_OF(X509) *others, struct judging *j)
{
	/* policies: those that CAs require count also where we ask for none */
	unsigned long flags = X509_V_FLAG_X509_STRICT |
	    X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_POLICY_CHECK;
	X509_VERIFY_PARAM *p;

	if (!X509_STORE_CTX_init(ctx, v->store, leaf, others))
		return false;
	if (v->has_crls)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(p, (int)v->conf->max_depth);
	X509_VERIFY_PARAM_set_auth_level(p, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(p, (time_t)j->now);
	X509_STORE_CTX_set_verify_cb(ctx, on_finding);
	if (v->conf->policy_count > 0)
		flags |= X509_V_FLAG_EXPLICIT_POLICY;
	return X509_VERIFY_PARAM_set1_policies(p, v->policies) &&
	    X509_VERIFY_PARAM_set_flags(p, flags) &&
	    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_CLIENT) &&
	    X509_VERIFY_PARAM_set_trust(p, X509_TRUST_SSL_CLIENT) &&
	    X509_STORE_CTX_set_app_data(ctx, j);
}

static int
verify(const struct verifier *v, X509 *leaf, STACK_OF(X509) *others,
    struct judging *j)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int e;

	if (ctx == NULL || !set_up(v, ctx, leaf, others, j)) {
		e = refuse(j->verdict, E_CERT_OTHER, X509_V_ERR_OUT_OF_MEM, 0,
		    leaf);
	} else if (X509_verify_cert(ctx) == 1 &&
	    X509_STORE_CTX_get_error(ctx) == X509_V_OK) {
		e = judge_chain(v, X509_STORE_CTX_get0_chain(ctx), j->now,
		    j->verdict);
		if (e == 0)
			ident_keep(j->verdict->ident, v->chains,
			    X509_STORE_CTX_get0_chain(ctx),
			    v->conf->keeps_leaf);
	} else if (j->verdict->err != 0) {
		e = j->verdict->err;
	} else {
		/* it gave up without a finding */
		e = refuse(j->verdict, E_CERT_OTHER,
		    X509_STORE_CTX_get_error(ctx), 0, leaf);
	}
	X509_STORE_CTX_free(ctx);
	return e;
}

static int
judge(const struct verifier *v, X509 *leaf, STACK_OF(X509) *others, int64_t now,
    struct verdict *out)
{
	struct judging j = { .now = now, .others = others, .verdict = out };
	int e;

	*out = (struct verdict) { .err = 0 };
	ERR_set_mark();
	e = ident_read(leaf, &out->ident);
	if (e == 0 && is_malformed(leaf))
		e = E_CERT_MALFORMED;
	if (e != 0)
		e = refuse(out, e, 0, 0, leaf);
	else if (sk_X509_num(others) > VERIFY_OTHERS_MAX)
		e = refuse(out, E_CERT_DEPTH, X509_V_ERR_CERT_CHAIN_TOO_LONG, 0,
		    leaf);
	else
		e = verify(v, leaf, others, &j);
	ERR_pop_to_mark();
	return e;
}

/* Accepted before, and good still. */
static bool
recall(const struct verifier *v, const unsigned char *key, int64_t now,
    struct verdict *out)
{
	const struct vcache_entry *e = vcache_get(v->cache, key, now);

	if (e == NULL)
		return false;
	*out = (struct verdict) { .ident = ident_ref(e->ident),
		.not_before = e->not_before,
		.not_after = e->not_after };
	return true;
}

static void
remember(const struct verifier *v, const unsigned char *key,
    const struct verdict *found)
{
	struct vcache_entry e = { .ident = found->ident,
		.not_before = found->not_before,
		.not_after = found->not_after,
		.from = found->not_before,
		.until = found->not_after };

	/* what the CRLs say holds while they do */
	if (v->valid_from > e.from)
		e.from = v->valid_from;
	if (v->valid_until != 0 && v->valid_until < e.until)
		e.until = v->valid_until;
	vcache_put(v->cache, key, &e);
}

int
verifier_judge(const struct verifier *v, X509 *leaf, STACK_OF(X509) *others,
    int64_t now, struct verdict *out)
{
	unsigned char key[VCACHE_KEY_LEN];
	bool has_key;

	*out = (struct verdict) { .err = E_CERT_NONE };
	if (leaf == NULL)
		return E_CERT_NONE;
	has_key = v->cache != NULL && vcache_key(leaf, others, key);
	if (has_key && recall(v, key, now, out))
		return 0;
	if (judge(v, leaf, others, now, out) == 0 && has_key)
		remember(v, key, out);
	return out->err;
}

void
verdict_clear(struct verdict *v)
{
	ident_unref(v->ident);
	*v = (struct verdict) { .err = E_CERT_NONE };
}

int
verdict_x509_err(const struct verdict *v)
{
	return reason_alert(v->err);
}

const char *
verdict_openssl(const struct verdict *v)
{
	return v->x509_err == X509_V_OK ?
	    NULL :
	    X509_verify_cert_error_string(v->x509_err);
}
