#include "cert/crls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cert/crl_store.h"
#include "cert/pem.h"
#include "cert/x509.h"

struct crls {
	const struct conf_clients *conf;
	const struct anchors *anchors;
	struct crls_item *items;
	size_t count;
};

struct crl_reading {
	struct crls *to;
	const struct conf_file *file;
	int64_t now;
	struct diag *diag;
};

/* The CA that signed it, or NULL. */
static X509 *
signer_of(const struct crl *crl, STACK_OF(X509) *cas)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);

		if (X509_NAME_cmp(X509_get_subject_name(ca),
			X509_CRL_get_issuer(crl->head)) == 0 &&
		    crl_is_signed_by(crl, ca))
			return ca;
	}
	return NULL;
}

static bool
is_same_ca(const X509 *a, const X509 *b)
{
	return a == b ||
	    (X509_NAME_cmp(X509_get_subject_name(a),
		 X509_get_subject_name(b)) == 0 &&
		x509_has_same_key(a, b));
}

static void
add_item(struct crl_reading *r, struct crl *crl, X509 *ca, struct slice *own)
{
	struct crls *to = r->to;

	to->items = mem_resize(to->items, to->count + 1, sizeof(*to->items));
	to->items[to->count++] = (struct crls_item) { .crl = *crl,
		.ca = ca,
		.file = r->file,
		.own = own->n > 0 ? (void *)own->p : NULL };
	*crl = (struct crl) { .count = 0 };
	*own = SL("");
}

/* Whether it is good, and who signed it. */
static X509 *
check(struct crl_reading *r, const struct crl *crl, const char *flaw)
{
	const char *path = r->file->file->path;
	struct arena a;
	X509 *ca = NULL;
	char *name;

	arena_init(&a, X509_TEXT_MAX);
	name = arena_str(&a, x509_name(X509_CRL_get_issuer(crl->head), &a));
	if (flaw == NULL)
		ca = signer_of(crl, r->to->anchors->cas);
	if (flaw != NULL) {
		diag_error(r->diag, r->file->at, "%s: the CRL of \"%s\" is %s",
		    path, name, flaw);
	} else if (ca == NULL) {
		diag_error(r->diag, r->file->at,
		    "%s: none of the site's CAs signed the CRL of \"%s\", "
		    "expected that CA in clients.ca",
		    path, name);
	} else if ((X509_get_key_usage(ca) & KU_CRL_SIGN) == 0) {
		diag_error(r->diag, r->file->at,
		    "%s: the CA \"%s\" may not sign CRLs, expected keyUsage "
		    "with cRLSign",
		    path, name);
		ca = NULL;
	}
	arena_clear(&a);
	return ca;
}

/* own: the octets, if they are to be kept; taken over. */
static void
read_der(struct crl_reading *r, struct slice der, struct slice own,
    unsigned number)
{
	struct crl crl;
	const char *flaw = crl_parse(der, &crl);
	X509 *ca;

	if (crl.head == NULL)
		diag_error(r->diag, r->file->at, "%s: block %u is no CRL",
		    r->file->file->path, number);
	else if ((ca = check(r, &crl, flaw)) != NULL)
		add_item(r, &crl, ca, &own);
	crl_clear(&crl);
	if (own.n > 0)
		free((void *)own.p);
}

static void
take_crl(const struct pem_block *b, void *arg)
{
	struct crl_reading *r = arg;
	struct slice own;

	if (!slice_eq(slice_str(b->label), SL("X509 CRL"))) {
		diag_error(r->diag, r->file->at,
		    "%s: block %u is \"%s\", expected only \"X509 CRL\"",
		    r->file->file->path, b->number, b->label);
		return;
	}
	own = slice_of(mem_strndup(b->der.p, b->der.n), b->der.n);
	read_der(r, own, own, b->number);
}

/* The CA with that key whose name the CRL has, or NULL. */
static X509 *
signer_by_key(const struct crl_stored *s, STACK_OF(X509) *cas)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);
		unsigned char key[CRL_STORE_KEY_LEN];

		if (X509_NAME_cmp(X509_get_subject_name(ca),
			X509_CRL_get_issuer(s->crl.head)) == 0 &&
		    x509_spki_sha256(ca, key) &&
		    memcmp(key, s->signer, sizeof(key)) == 0)
			return ca;
	}
	return NULL;
}

/* False, always. */
static bool
drop_from(struct crls *c, size_t count)
{
	while (c->count > count)
		crl_clear(&c->items[--c->count].crl);
	return false;
}

/* False: there is nothing, or not for a site with these CAs. */
static bool
restore_file(struct crl_reading *r)
{
	struct slice rest = r->file->file->made, own = SL("");
	size_t before = r->to->count;
	struct crl_stored s;
	X509 *ca;

	while (rest.n > 0 && crl_store_take(&rest, r->file->file->bytes, &s)) {
		ca = signer_by_key(&s, r->to->anchors->cas);
		if (ca != NULL)
			add_item(r, &s.crl, ca, &own);
		crl_clear(&s.crl);
		if (ca == NULL)
			return drop_from(r->to, before);
	}
	return (rest.n == 0 && r->to->count > before) ||
	    drop_from(r->to, before);
}

static void
read_file(struct crl_reading *r)
{
	struct slice bytes = r->file->file->bytes;
	size_t errors = r->diag->errors, before = r->to->count;

	if (restore_file(r))
		return;
	/* DER begins with the tag of a SEQUENCE, which is ASCII "0" */
	if (bytes.n > 2 && bytes.p[0] == 0x30 && (bytes.p[1] & 0x80) != 0)
		read_der(r, bytes, SL(""), 1);
	else if (!pem_each(r->file, r->diag, take_crl, r))
		return;
	if (r->diag->errors == errors && r->to->count == before)
		diag_error(r->diag, r->file->at,
		    "%s: holds no CRL, expected PEM with "
		    "\"-----BEGIN X509 CRL-----\", or DER",
		    r->file->file->path);
}

const struct conf_revocation *
crls_policy(const struct crls *c, X509 *ca)
{
	const struct conf_trust *t = anchors_trust(c->anchors, ca);

	return t != NULL && t->revocation.at.line > 0 ? &t->revocation :
							&c->conf->revocation;
}

static int64_t
grace(const struct crls *c, const struct crls_item *i)
{
	return crls_policy(c, i->ca)->grace_ms / 1000;
}

/* Same signer, same scope: one takes the place of the other. */
static bool
are_rivals(const struct crls_item *a, const struct crls_item *b)
{
	return is_same_ca(a->ca, b->ca) && slice_eq(a->crl.scope, b->crl.scope);
}

/* RFC 5280, 5.2.4: what the delta is to be added to. */
static bool
builds_on(const struct crls_item *delta, const struct crls_item *base)
{
	return are_rivals(delta, base) && !base->crl.is_delta &&
	    base->crl.has_number &&
	    memcmp(delta->crl.base, base->crl.number,
		sizeof(delta->crl.base)) <= 0;
}

static const char *
doubt_about(const struct crls *c, const struct crls_item *it, int64_t now)
{
	bool has_base = !it->crl.is_delta;

	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *other = &c->items[i];

		if (other != it && are_rivals(it, other) &&
		    it->crl.is_delta == other->crl.is_delta &&
		    other->crl.from <= now &&
		    crl_compare_age(&it->crl, &other->crl) < 0)
			return "is older than another one: it counts for "
			       "nothing";
		has_base = has_base || builds_on(it, other);
	}
	if (!has_base)
		return "is a delta, and what it builds on is not here: it "
		       "counts for nothing";
	if (now < it->crl.from)
		return "is not valid yet: its clients will be refused";
	if (now <= it->crl.to)
		return NULL;
	return now <= it->crl.to + grace(c, it) ?
	    "has expired: it decides for a while still" :
	    "has expired: its clients will be refused";
}

static void
warn(const struct crls *c, int64_t now, struct diag *d)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *it = &c->items[i];
		const char *doubt = doubt_about(c, it, now);
		char *issuer;

		if (doubt == NULL)
			continue;
		issuer = x509_subject(it->ca);
		diag_warn(d, it->file->at, "%s: the CRL of \"%s\" %s",
		    it->file->file->path, issuer, doubt);
		free(issuer);
	}
}

/* Once there are CRLs, every CA on the way needs one. */
static void
warn_of_missing(const struct crls *c, struct diag *d)
{
	for (int i = 0; i < sk_X509_num(c->anchors->cas); i++) {
		X509 *ca = sk_X509_value(c->anchors->cas, i);
		char *subject;
		size_t j = 0;

		while (j < c->count &&
		    (!is_same_ca(ca, c->items[j].ca) ||
			c->items[j].crl.is_delta))
			j++;
		if (j < c->count || crls_policy(c, ca)->allow_missing)
			continue;
		subject = x509_subject(ca);
		diag_warn(d, c->conf->crl.at[0].at,
		    "there is no CRL of the CA \"%s\": what it issued will be "
		    "refused",
		    subject);
		free(subject);
	}
}

struct crls *
crls_read(const struct conf_clients *conf, const struct anchors *anchors,
    int64_t now, struct diag *d)
{
	struct crls *c = mem_new(1, sizeof(*c));
	struct crl_reading r = { .to = c, .now = now, .diag = d };
	size_t before = d->errors;
	bool is_good = true;

	c->conf = conf;
	c->anchors = anchors;
	ERR_set_mark();
	for (size_t i = 0; i < conf->crl.count; i++) {
		r.file = &conf->crl.at[i];
		if (conf_file_is_read(r.file))
			read_file(&r);
		else
			is_good = false;
	}
	ERR_pop_to_mark();
	if (!is_good || d->errors > before) {
		crls_free(c);
		return NULL;
	}
	if (conf->crl.count > 0) {
		warn(c, now, d);
		warn_of_missing(c, d);
	}
	return c;
}

void
crls_free(struct crls *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++) {
		crl_clear(&c->items[i].crl);
		free(c->items[i].own);
	}
	free(c->items);
	free(c);
}

size_t
crls_count(const struct crls *c)
{
	return c->count;
}

const struct crls_item *
crls_at(const struct crls *c, size_t i)
{
	return &c->items[i];
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
	return is_same_ca(it->ca, q->issuer) &&
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
		    o->crl.from <= q->now && are_rivals(o, it) &&
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
		    builds_on(o, base) &&
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

		if (it->crl.is_delta || !is_same_ca(it->ca, q->issuer))
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

/* The policy for what chain[i] issued: its own, or that of the first one above
 * that is listed. */
static const struct conf_revocation *
policy_above(const struct crls *c, STACK_OF(X509) *chain, int i)
{
	for (; i < sk_X509_num(chain); i++) {
		const struct conf_revocation *p = crls_policy(c,
		    sk_X509_value(chain, i));

		if (p != &c->conf->revocation)
			return p;
	}
	return &c->conf->revocation;
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

/* Whose policy counts is for the chain to say: each may. */
static void
narrow_by_grace(const struct crls *c, int64_t to, int64_t now, int64_t *from,
    int64_t *until)
{
	const struct conf_clients *conf = c->conf;

	narrow(to + conf->revocation.grace_ms / 1000 + 1, now, from, until);
	for (size_t i = 0; i < conf->trust_count; i++)
		narrow(to + conf->trust[i].revocation.grace_ms / 1000 + 1, now,
		    from, until);
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
		narrow_by_grace(c, it->crl.to, now, from, until);
	}
}

/* Of the items from begin on, how many are of the same file. */
static size_t
count_of_file(const struct crls *c, size_t begin)
{
	size_t end = begin;

	while (end < c->count &&
	    c->items[end].file->file == c->items[begin].file->file)
		end++;
	return end - begin;
}

static void
save_file(const struct crls_item *it, size_t n, struct bundle *b)
{
	const struct bundle_file *f = it->file->file;
	size_t size = 0;
	char *made, *p;

	for (size_t i = 0; i < n; i++)
		size += crl_store_size(&it[i].crl,
		    it[i].crl.der.p == f->bytes.p);
	made = p = mem_new(size, 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char key[CRL_STORE_KEY_LEN];

		if (!x509_spki_sha256(it[i].ca, key))
			mem_abort(__func__);
		p = crl_store_put(p, &it[i].crl, it[i].crl.der.p == f->bytes.p,
		    key);
	}
	bundle_keep(b, f, slice_of(made, size));
}

void
crls_save(const struct crls *c, struct bundle *b)
{
	for (size_t i = 0, n; i < c->count; i += n) {
		n = count_of_file(c, i);
		if (c->items[i].file->file->made.n == 0)
			save_file(&c->items[i], n, b);
	}
}

void
crls_digest(const struct crls *c, EVP_MD_CTX *md)
{
	for (size_t i = 0; i < c->count; i++) {
		unsigned char *der = NULL;
		int n = i2d_X509_CRL(c->items[i].crl.head, &der);

		/* the signature is over the entries */
		if (n <= 0 || !EVP_DigestUpdate(md, &n, sizeof(n)) ||
		    !EVP_DigestUpdate(md, der, (size_t)n))
			mem_abort(__func__);
		OPENSSL_free(der);
	}
}
