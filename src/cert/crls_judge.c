#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/err.h"
#include "cert/crls_int.h"
#include "cert/x509.h"

bool
crls_is_same_ca(const X509 *a, const X509 *b)
{
	return a == b ||
	    (X509_NAME_cmp(X509_get_subject_name(a),
		 X509_get_subject_name(b)) == 0 &&
		x509_has_same_key(a, b));
}

int64_t
crls_end_of(const struct crls_item *it)
{
	return it->crl.to + it->policy->grace_ms / 1000;
}

bool
crls_are_rivals(const struct crls_item *a, const struct crls_item *b)
{
	return crls_is_same_ca(a->ca, b->ca) &&
	    slice_eq(a->crl.scope, b->crl.scope);
}

bool
crls_builds_on(const struct crls_item *delta, const struct crls_item *base)
{
	return crls_are_rivals(delta, base) && !base->crl.is_delta &&
	    base->crl.has_number &&
	    memcmp(delta->crl.base, base->crl.number,
		sizeof(delta->crl.base)) <= 0;
}

/* One certificate, and what is to be known of it. */
struct question {
	const struct crls *crls;
	X509 *x, *issuer;
	bool is_ca;
	const struct conf_revocation *policy;
	int64_t now;
};

static bool
is_for(const struct question *q, const struct crls_item *it)
{
	return crls_is_same_ca(it->ca, q->issuer) &&
	    crl_covers(&it->crl, q->x, q->is_ca);
}

/* Whether another is in force in its place. */
static bool
is_superseded(const struct question *q, const struct crls_item *it)
{
	const struct crls *c = q->crls;

	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *o = &c->items[i];

		if (o != it && o->crl.is_delta == it->crl.is_delta &&
		    o->crl.from <= q->now && crls_are_rivals(o, it) &&
		    crl_compare_age(&o->crl, &it->crl) > 0)
			return true;
	}
	return false;
}

static bool
has_expired(const struct question *q, const struct crl *crl)
{
	return q->now > crl->to + q->policy->grace_ms / 1000;
}

/* The newest delta that says what has become of a complete list since. */
static const struct crl *
delta_for(const struct question *q, const struct crls_item *base)
{
	const struct crls *c = q->crls;
	const struct crl *best = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *o = &c->items[i];

		if (o->crl.is_delta && o->crl.from <= q->now &&
		    crls_builds_on(o, base) &&
		    memcmp(o->crl.number, base->crl.number,
			sizeof(o->crl.number)) > 0 &&
		    (best == NULL || crl_compare_age(&o->crl, best) > 0))
			best = &o->crl;
	}
	return best;
}

/* A list and its delta: 0, or what they say. */
static int
ask(const struct question *q, const struct crls_item *it)
{
	const struct crl *delta = delta_for(q, it);
	enum crl_entry entry = CRL_NOT_LISTED;

	if (delta != NULL)
		entry = crl_find(delta, X509_get0_serialNumber(q->x));
	/* who is taken off a list is so as long as the delta holds */
	if (entry == CRL_NOT_LISTED ||
	    (entry == CRL_REMOVED && has_expired(q, delta)))
		entry = crl_find(&it->crl, X509_get0_serialNumber(q->x));
	if (entry == CRL_REVOKED)
		return E_CERT_REVOKED;
	return has_expired(q, &it->crl) ? E_CERT_CRL_EXPIRED : 0;
}

/* 0: one list says that it is not revoked, and none that it is. */
static int
judge(const struct question *q)
{
	const struct crls *c = q->crls;
	int found = E_CERT_CRL_MISSING, e;
	bool is_good = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *it = &c->items[i];

		if (it->crl.is_delta || !crls_is_same_ca(it->ca, q->issuer))
			continue;
		if (!is_for(q, it)) {
			if (found == E_CERT_CRL_MISSING)
				found = E_CERT_CRL_BAD;
			continue;
		}
		if (q->now < it->crl.from) {
			found = E_CERT_CRL_NOT_YET;
			continue;
		}
		if (is_superseded(q, it))
			continue;
		if ((e = ask(q, it)) == E_CERT_REVOKED)
			return e;
		is_good = is_good || e == 0;
		if (e != 0)
			found = e;
	}
	if (is_good)
		return 0;
	/* none covers it */
	if (q->policy->allow_missing &&
	    (found == E_CERT_CRL_MISSING || found == E_CERT_CRL_BAD))
		return 0;
	return found;
}

/* The policy for what chain[i] issued: that of the first one from there on up
 * that is listed. */
static const struct conf_revocation *
policy_above(const struct crls *c, STACK_OF(X509) *chain, int i)
{
	int n = sk_X509_num(chain);

	if (c->conf->trust_count == 0)
		return &c->conf->revocation;
	while (i < n - 1 && !anchors_have(c->anchors, sk_X509_value(chain, i)))
		i++;
	return crls_policy(c, sk_X509_value(chain, i));
}

int
crls_judge(const struct crls *c, STACK_OF(X509) *chain, int64_t now, int *depth)
{
	int n = sk_X509_num(chain), e = 0;

	/* an anchor is not revoked but taken out of the file */
	for (*depth = 0; *depth < n - 1 && c->count > 0; ++*depth) {
		const struct question q = { .crls = c,
			.x = sk_X509_value(chain, *depth),
			.issuer = sk_X509_value(chain, *depth + 1),
			.is_ca = *depth > 0,
			.policy = policy_above(c, chain, *depth + 1),
			.now = now };

		if (*depth > 0 && q.policy->leaf_only)
			continue;
		if ((e = judge(&q)) != 0)
			return e;
	}
	return 0;
}

static void
narrow(int64_t begins, int64_t now, int64_t *from, int64_t *until)
{
	if (begins <= now && begins > *from)
		*from = begins;
	if (begins > now && begins - 1 < *until)
		*until = begins - 1;
}

void
crls_span(const struct crls *c, int64_t now, int64_t *from, int64_t *until)
{
	*from = INT64_MIN;
	*until = INT64_MAX;
	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *it = &c->items[i];

		narrow(it->crl.from, now, from, until);
		narrow(it->crl.to + 1, now, from, until);
		narrow(crls_end_of(it) + 1, now, from, until);
	}
}
