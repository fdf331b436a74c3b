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
#include "cert/crls.h"
#include "cert/paths.h"
#include "cert/profile.h"
#include "cert/reason.h"
#include "cert/validate.h"
#include "cert/vcache.h"
#include "cert/vouch.h"
#include "cert/x509.h"

struct verifier {
	const struct conf_clients *conf; /* borrowed: the snapshot's */
	struct anchors *anchors;
	X509_STORE *store; /* of them */
	STACK_OF(X509_NAME) *ca_names;
	STACK_OF(ASN1_OBJECT) *policies; /* any of which will do */
	struct crls *crls;
	struct vcache *cache;    /* NULL: it is switched off */
	struct der_pool *chains; /* what is kept of those accepted */
};

static bool
fill(struct verifier *v)
{
	STACK_OF(X509) *cas = v->anchors->cas;

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
	bool good;

	v->chains = der_pool_new();
	v->policies = policies_of(conf);
	v->conf = conf;
	v->anchors = anchors_read(conf, now, d);
	/* without CAs nobody can say whose the CRLs are */
	if (v->anchors != NULL)
		v->crls = crls_read(conf, v->anchors, now, d);
	if (conf->cache > 0)
		v->cache = vcache_new(conf->cache);
	good = v->anchors != NULL && v->crls != NULL;
	if (good && !fill(v)) {
		diag_error(d, conf->at, "OpenSSL refuses the CAs: %s",
		    ERR_reason_error_string(ERR_get_error()));
		good = false;
	}
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
	crls_free(v->crls);
	anchors_free(v->anchors);
	sk_X509_NAME_pop_free(v->ca_names, X509_NAME_free);
	sk_ASN1_OBJECT_pop_free(v->policies, ASN1_OBJECT_free);
	der_pool_unref(v->chains);
	free(v);
}

int64_t
verifier_valid_until(const struct verifier *v, int64_t now)
{
	int64_t from, until;

	crls_span(v->crls, now, &from, &until);
	return until;
}

const struct crls *
verifier_crls(const struct verifier *v)
{
	return v->crls;
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

/* What the names of the client are held to by the operator. */
static int
judge_names(const struct verifier *v, STACK_OF(X509) *chain,
    struct verdict *out)
{
	out->ident->is_bound = false;
	for (int i = 1; i < sk_X509_num(chain) && v->conf->trust_count > 0;
	     i++) {
		const struct conf_trust *t = anchors_trust(v->anchors,
		    sk_X509_value(chain, i));

		if (t == NULL)
			continue;
		out->outside = vouch_outside(&t->names, out->ident);
		if (out->outside != NULL)
			return E_CERT_NAME_CONSTRAINT;
		out->ident->is_bound = true;
	}
	return 0;
}

/* What OpenSSL accepted, once more by our own rules. */
static int
judge_chain(const struct verifier *v, STACK_OF(X509) *chain, int64_t now,
    struct verdict *out)
{
	struct profile_span span;
	int e, depth;

	if ((e = profile_judge(v->conf, chain, now, &depth, &span)) == 0 &&
	    !vouch_constraints(chain, out->ident, &depth))
		e = E_CERT_NAME_CONSTRAINT;
	if (e != 0)
		return refuse(out, e, 0, depth, sk_X509_value(chain, depth));
	if ((e = judge_names(v, chain, out)) != 0)
		return refuse(out, e, 0, 0, sk_X509_value(chain, 0));
	if ((e = crls_judge(v->crls, chain, now, &depth)) != 0)
		return refuse(out, e, 0, depth, sk_X509_value(chain, depth));
	out->not_before = span.not_before;
	out->not_after = span.not_after;
	ident_keep(out->ident, v->chains, chain, v->conf->keeps_leaf);
	return 0;
}

/* One run, to any end or to those alone. */
static int
attempt(const struct verifier *v, const struct paths_from *from,
    STACK_OF(X509) *ends, struct verdict *out)
{
	const struct validate run = { .store = v->store,
		.policies = v->policies,
		.needs_policy = v->conf->policy_count > 0,
		.max_depth = v->conf->max_depth,
		.now = from->now,
		.leaf = from->leaf,
		.others = from->others,
		.ends = ends };
	STACK_OF(X509) *chain;
	struct finding f;

	if (validate(&run, &chain, &f) != 0)
		return refuse(out, f.err, f.x509_err, f.depth, f.culprit);
	(void)judge_chain(v, chain, from->now, out);
	chain_free(chain);
	return out->err;
}

/* Whether the leaf is to blame, so that no other path can help. */
static bool
is_final(const struct verdict *out)
{
	switch (out->err) {
	case E_CERT_IS_CA:
	case E_CERT_VALIDITY:
	case E_CERT_OTHER:
		return true;
	case E_CERT_EXPIRED:
	case E_CERT_NOT_YET:
	case E_CERT_WEAK:
	case E_CERT_PURPOSE:
	case E_CERT_CRITICAL:
	case E_CERT_MALFORMED:
		return out->depth == 0;
	default:
		return false;
	}
}

/* Another path than OpenSSL's. */
struct detour {
	const struct verifier *v;
	const struct paths_from *from;
	struct verdict *out;
};

static bool
on_path(STACK_OF(X509) *path, void *arg)
{
	const struct detour *d = arg;
	struct verdict found = { .ident = d->out->ident };
	struct paths_from from = *d->from;
	STACK_OF(X509) *ends = sk_X509_new_null();

	from.others = sk_X509_dup(path);
	if (ends == NULL || from.others == NULL ||
	    !sk_X509_push(ends, sk_X509_pop(from.others)))
		mem_abort(__func__);
	if (attempt(d->v, &from, ends, &found) == 0)
		*d->out = found;
	sk_X509_free(ends);
	sk_X509_free(from.others);
	return d->out->err == 0;
}

/* The first path gives the reason, if there is no good one. */
static void
judge_paths(const struct verifier *v, const struct paths_from *from,
    struct verdict *out)
{
	struct detour detour = { .v = v, .from = from, .out = out };

	if (attempt(v, from, NULL, out) != 0 && !is_final(out) &&
	    paths_are_several(from))
		paths_each(from, on_path, &detour);
}

static int
judge(const struct verifier *v, X509 *leaf, STACK_OF(X509) *others, int64_t now,
    struct verdict *out)
{
	const struct paths_from from = { .leaf = leaf,
		.others = others,
		.anchors = v->anchors,
		.max_depth = v->conf->max_depth,
		.now = now };
	int e;

	*out = (struct verdict) { .err = 0 };
	ERR_set_mark();
	e = ident_read(leaf, &out->ident);
	if (e == 0 && x509_is_malformed(leaf))
		e = E_CERT_MALFORMED;
	if (e != 0)
		(void)refuse(out, e, 0, 0, leaf);
	else if (sk_X509_num(others) > VERIFY_OTHERS_MAX)
		(void)refuse(out, E_CERT_DEPTH, X509_V_ERR_CERT_CHAIN_TOO_LONG,
		    0, leaf);
	else
		judge_paths(v, &from, out);
	ERR_pop_to_mark();
	return out->err;
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
remember(const struct verifier *v, const unsigned char *key, int64_t now,
    const struct verdict *found)
{
	struct vcache_entry e = { .ident = found->ident,
		.not_before = found->not_before,
		.not_after = found->not_after,
		.from = found->not_before,
		.until = found->not_after };
	int64_t from, until;

	/* what the CRLs say holds while they do */
	crls_span(v->crls, now, &from, &until);
	if (from > e.from)
		e.from = from;
	if (until < e.until)
		e.until = until;
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
		remember(v, key, now, out);
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
