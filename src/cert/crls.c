#include "cert/crls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cert/crl_store.h"
#include "cert/crls_int.h"
#include "cert/pem.h"
#include "cert/x509.h"

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

const struct conf_revocation *
crls_policy(const struct crls *c, X509 *ca)
{
	const struct conf_trust *t = anchors_trust(c->anchors, ca);

	return t != NULL && t->revocation.at.line > 0 ? &t->revocation :
							&c->conf->revocation;
}

static void
add_item(struct crl_reading *r, struct crl *crl, X509 *ca, struct slice *own)
{
	struct crls *to = r->to;

	to->items = mem_resize(to->items, to->count + 1, sizeof(*to->items));
	to->items[to->count++] = (struct crls_item) { .crl = *crl,
		.ca = ca,
		.file = r->file,
		.policy = crls_policy(to, ca),
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

static const char *
doubt_about(const struct crls *c, const struct crls_item *it, int64_t now)
{
	bool has_base = !it->crl.is_delta;

	for (size_t i = 0; i < c->count; i++) {
		const struct crls_item *other = &c->items[i];

		if (other != it && crls_are_rivals(it, other) &&
		    it->crl.is_delta == other->crl.is_delta &&
		    other->crl.from <= now &&
		    crl_compare_age(&it->crl, &other->crl) < 0)
			return "is older than another one: it counts for "
			       "nothing";
		has_base = has_base || crls_builds_on(it, other);
	}
	if (!has_base)
		return "is a delta, and what it builds on is not here: it "
		       "counts for nothing";
	if (now < it->crl.from)
		return "is not valid yet: its clients will be refused";
	if (now <= it->crl.to)
		return NULL;
	return now <= crls_end_of(it) ?
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
		    (!crls_is_same_ca(ca, c->items[j].ca) ||
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
