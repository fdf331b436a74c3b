#include "cert/explain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cert/anchor.h"
#include "cert/chain.h"
#include "cert/crls.h"
#include "cert/pem.h"
#include "cert/profile.h"
#include "cert/x509.h"

#define DAY  INT64_C(86400)
#define HOUR INT64_C(3600)

static bool
take(const char *label, struct slice der, STACK_OF(X509) *to)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *x;

	if (!slice_eq(slice_str(label), SL("CERTIFICATE")))
		return true;
	x = d2i_X509(NULL, &p, (long)der.n);
	if (x != NULL && sk_X509_push(to, x))
		return true;
	X509_free(x);
	return false;
}

struct taking {
	STACK_OF(X509) *certs;
	unsigned broken; /* number of the first block that is no certificate */
};

static void
take_block(const struct pem_block *b, void *arg)
{
	struct taking *t = arg;

	if (!take(b->label, b->der, t->certs) && t->broken == 0)
		t->broken = b->number;
}

/* "3 days", "5 hours": how long, for people */
static const char *
how_long(int64_t seconds, char out[32])
{
	if (seconds < 0)
		seconds = -seconds;
	if (seconds >= 2 * DAY)
		(void)snprintf(out, 32, "%lld days",
		    (long long)(seconds / DAY));
	else if (seconds >= 2 * HOUR)
		(void)snprintf(out, 32, "%lld hours",
		    (long long)(seconds / HOUR));
	else
		(void)snprintf(out, 32, "%lld seconds", (long long)seconds);
	return out;
}

static void
add_dates(struct report *r, const char *part, X509 *x, int64_t now)
{
	char begin[CLOCK_RFC3339_LEN], end[CLOCK_RFC3339_LEN], span[32];
	int64_t from, to;

	if (!x509_dates(x, &from, &to)) {
		report_add(r, REPORT_MISS, part, "its dates cannot be read");
		return;
	}
	clock_rfc3339(from * 1000, begin);
	clock_rfc3339(to * 1000, end);
	if (now < from)
		report_add(r, REPORT_MISS, part,
		    "valid from %s to %s: not for another %s", begin, end,
		    how_long(from - now, span));
	else if (now > to)
		report_add(r, REPORT_MISS, part,
		    "valid from %s to %s: expired since %s", begin, end,
		    how_long(now - to, span));
	else
		report_add(r, REPORT_PASS, part,
		    "valid from %s to %s: another %s", begin, end,
		    how_long(to - now, span));
}

static void
add_strength(struct report *r, const char *part, X509 *x, bool is_anchor,
    const struct conf_clients *conf)
{
	const char *flaw = x509_key_flaw(X509_get0_pubkey(x));

	if (flaw == NULL && profile_is_short(conf, x))
		flaw = "an RSA key of fewer bits than min_key_bits";
	if (flaw == NULL && !is_anchor)
		flaw = x509_signature_flaw(x);
	if (flaw != NULL)
		report_add(r, REPORT_MISS, part, "weak: %s", flaw);
	else
		report_add(r, REPORT_PASS, part,
		    "key and signature are strong");
}

/* "clientAuth", "serverAuth, clientAuth"... */
static void
add_purpose(struct report *r, const char *part, X509 *x, bool is_leaf,
    const struct conf_clients *conf)
{
	uint32_t flags = X509_get_extension_flags(x);
	bool is_ca = (flags & EXFLAG_CA) != 0;

	if ((flags & EXFLAG_XKUSAGE) == 0)
		report_add(r,
		    is_leaf && conf->require_eku ? REPORT_MISS : REPORT_PASS,
		    part, "no extendedKeyUsage");
	else if (X509_get_extended_key_usage(x) & XKU_SSL_CLIENT)
		report_add(r, REPORT_PASS, part,
		    "extendedKeyUsage has clientAuth");
	else
		report_add(r, REPORT_MISS, part,
		    "extendedKeyUsage has no clientAuth");
	if (is_leaf == is_ca)
		report_add(r, REPORT_MISS, part,
		    is_ca ? "it is a CA's" : "it is no CA");
}

static void
add_validity(struct report *r, const char *part, X509 *leaf,
    const struct conf_clients *conf)
{
	char most[32];

	if (conf->max_validity_ms > 0)
		report_add(r,
		    profile_is_long(conf, leaf) ? REPORT_MISS : REPORT_PASS,
		    part, "issued for %s than max_validity, %s",
		    profile_is_long(conf, leaf) ? "longer" : "no longer",
		    how_long(conf->max_validity_ms / 1000, most));
}

static void
add_certificate(struct report *r, const char *part, X509 *x, int64_t now)
{
	struct slice serial;
	struct arena a;

	arena_init(&a, X509_TEXT_MAX);
	serial = x509_serial(X509_get0_serialNumber(x), &a);
	report_add(r, REPORT_INFO, part, "subject %s",
	    x509_name(X509_get_subject_name(x), &a).p);
	report_add(r, REPORT_INFO, part, "issuer %s",
	    x509_name(X509_get_issuer_name(x), &a).p);
	report_add(r, REPORT_INFO, part, "serial %.*s", SLICE_ARG(serial));
	arena_clear(&a);
	add_dates(r, part, x, now);
}

static void
add_name(struct report *r, const struct san *s)
{
	char text[512];

	san_format(s, text, sizeof(text));
	if (s->flaw != NULL)
		report_add(r, REPORT_MISS, "names", "%s %s: ignored, %s",
		    san_type_name(s->type), text, s->flaw);
	else if (s->is_wildcard)
		report_add(r, REPORT_INFO, "names", "%s %s: a wildcard",
		    san_type_name(s->type), text);
	else
		report_add(r, REPORT_INFO, "names", "%s %s",
		    san_type_name(s->type), text);
}

static void
add_names(struct report *r, const struct ident *who)
{
	report_add(r, REPORT_INFO, "certificate", "sha256 %.*s",
	    SLICE_ARG(who->fingerprint));
	for (size_t i = 0; i < who->san_count; i++)
		add_name(r, &who->sans[i]);
	if (who->other_count > 0)
		report_add(r, REPORT_INFO, "names",
		    "%zu of types that are never identities", who->other_count);
	if (who->san_count + who->other_count == 0)
		report_add(r, REPORT_INFO, "names", "none");
}

/* The certificates that lead from the client's to an anchor, once accepted. */
static void
add_chain(struct report *r, const struct conf_clients *conf,
    const struct ident *who, int64_t now)
{
	for (size_t i = 0; i < who->chain_count; i++) {
		struct slice der = who->chain[i]->bytes;
		bool is_anchor = i + 1 == who->chain_count;
		const char *part = is_anchor ? "anchor" : "issuer";
		const unsigned char *p = (const unsigned char *)der.p;
		X509 *x = d2i_X509(NULL, &p, (long)der.n);

		if (x == NULL)
			continue;
		add_certificate(r, part, x, now);
		add_strength(r, part, x, is_anchor, conf);
		X509_free(x);
	}
}

/* Where a chain may end, for one that does not. */
static void
add_anchors(struct report *r, STACK_OF(X509) *cas)
{
	struct arena a;

	arena_init(&a, X509_TEXT_MAX);
	for (int i = 0; i < sk_X509_num(cas); i++)
		report_add(r, REPORT_INFO, "trusted", "%s",
		    x509_name(X509_get_subject_name(sk_X509_value(cas, i)), &a)
			.p);
	arena_clear(&a);
}

static void
add_crl(struct report *r, const struct crls_item *it, int64_t now)
{
	char issued[CLOCK_RFC3339_LEN], until[CLOCK_RFC3339_LEN], span[32];
	int64_t grace = it->policy->grace_ms / 1000;
	bool is_late = now > it->crl.to;
	struct arena a;

	arena_init(&a, X509_TEXT_MAX);
	clock_rfc3339(it->crl.from * 1000, issued);
	clock_rfc3339(it->crl.to * 1000, until);
	report_add(r,
	    now < it->crl.from || now > it->crl.to + grace ? REPORT_MISS :
							     REPORT_PASS,
	    "crl", "of %s: issued %s, %s old; next one due %s%s%s; %zu revoked",
	    x509_name(X509_get_subject_name(it->ca), &a).p, issued,
	    how_long(now - it->crl.from, span), until,
	    is_late && now <= it->crl.to + grace ?
		", and for a while it counts still" :
		"",
	    it->crl.is_delta ? "; a delta" : "", it->crl.count);
	arena_clear(&a);
}

static bool
is_issuer_of_any(const X509 *ca, STACK_OF(X509) *shown)
{
	for (int i = 0; i < sk_X509_num(shown); i++)
		if (X509_NAME_cmp(X509_get_subject_name(ca),
			X509_get_issuer_name(sk_X509_value(shown, i))) == 0)
			return true;
	return false;
}

/* Those whose issuer is in the chain, or issued the leaf. */
static void
add_crls(struct report *r, const struct crls *crls, STACK_OF(X509) *shown,
    int64_t now)
{
	size_t count = 0;

	for (size_t i = 0; i < crls_count(crls); i++) {
		if (!is_issuer_of_any(crls_at(crls, i)->ca, shown))
			continue;
		add_crl(r, crls_at(crls, i), now);
		count++;
	}
	if (crls_count(crls) == 0)
		report_add(r, REPORT_INFO, "crl",
		    "the site has none: revocation is not checked");
	else if (count == 0)
		report_add(r, REPORT_MISS, "crl", "none of these issuers");
}

/* The files once more, since a verifier does not show what it is made of. */
static void
add_files(struct report *r, const struct conf_clients *conf,
    const struct verdict *v, STACK_OF(X509) *shown, int64_t now)
{
	struct diag d;
	struct anchors *anchors;
	struct crls *crls = NULL;

	diag_init(&d);
	anchors = anchors_read(conf, now, &d);
	if (anchors != NULL)
		crls = crls_read(conf, anchors, now, &d);
	if (anchors != NULL && v->err != 0)
		add_anchors(r, anchors->cas);
	if (crls != NULL)
		add_crls(r, crls, shown, now);
	crls_free(crls);
	anchors_free(anchors);
	diag_clear(&d);
}

/* What `trust:` makes of the names. */
static void
add_bounds(struct report *r, const struct verdict *v)
{
	char text[512];

	if (v->outside != NULL) {
		san_format(v->outside, text, sizeof(text));
		report_add(r, REPORT_MISS, "trust",
		    "%s %s: no name that its CA may vouch for",
		    san_type_name(v->outside->type), text);
	} else if (v->err == 0 && v->ident->is_bound) {
		report_add(r, REPORT_PASS, "trust",
		    "its CA may vouch for each of these names, and for no "
		    "subject, issuer or serial");
	}
}

static void
add_verdict(struct report *r, const struct verdict *v)
{
	const char *openssl = verdict_openssl(v);

	if (v->err == 0) {
		report_add(r, REPORT_PASS, "handshake",
		    "the chain is accepted");
		return;
	}
	report_add(r, REPORT_FAIL, "handshake", "%s: %s", err_slug(v->err),
	    err_text(v->err));
	report_add(r, REPORT_INFO, "handshake", "at depth %u%s%.*s", v->depth,
	    v->culprit.n > 0 ? ": " : "", SLICE_ARG(v->culprit));
	if (openssl != NULL)
		report_add(r, REPORT_INFO, "handshake", "OpenSSL: %s", openssl);
}

static void
judge(const struct conf_clients *conf, const struct verifier *v,
    STACK_OF(X509) *shown, int64_t now, struct report *r, struct verdict *out)
{
	STACK_OF(X509) *others = sk_X509_dup(shown);
	X509 *leaf = sk_X509_shift(others);

	(void)verifier_judge(v, leaf, others, now, out);
	add_certificate(r, "certificate", leaf, now);
	add_strength(r, "certificate", leaf, false, conf);
	add_purpose(r, "certificate", leaf, true, conf);
	add_validity(r, "certificate", leaf, conf);
	add_names(r, out->ident);
	if (out->err == 0)
		add_chain(r, conf, out->ident, now);
	for (int i = 0; i < sk_X509_num(others) && out->err != 0; i++) {
		add_certificate(r, "shown", sk_X509_value(others, i), now);
		add_purpose(r, "shown", sk_X509_value(others, i), false, conf);
	}
	add_bounds(r, out);
	add_files(r, conf, out, shown, now);
	add_verdict(r, out);
	sk_X509_free(others);
}

int
explain_chain(const struct conf_clients *conf, const struct verifier *v,
    struct slice pem, int64_t now, struct report *r, struct verdict *out)
{
	struct taking t = { .certs = sk_X509_new_null() };
	const char *why;
	int e = 0;

	if (t.certs == NULL)
		mem_abort(__func__);
	*out = (struct verdict) { .err = E_CERT_NONE };
	ERR_set_mark();
	(void)pem_each_in(pem, &why, take_block, &t);
	if (t.broken > 0)
		why = "a block of the file is no certificate";
	else if (why == NULL && sk_X509_num(t.certs) == 0)
		why = "it holds no certificate in PEM";
	if (why != NULL) {
		report_add(r, REPORT_FAIL, "certificate", "%s", why);
		e = E_INVALID;
	} else {
		judge(conf, v, t.certs, now, r, out);
	}
	ERR_pop_to_mark();
	chain_free(t.certs);
	return e;
}
