#include "cert/crl_ages.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cert/x509.h"

#define ID_LEN 32

/* Of the lists that one takes the place of the other. */
struct crl_age {
	unsigned char id[ID_LEN];
	struct crl seen; /* only what crl_compare_age looks at */
};

struct crl_ages {
	struct crl_age *at;
	size_t count;
};

struct crl_ages *
crl_ages_new(void)
{
	return mem_new(1, sizeof(struct crl_ages));
}

void
crl_ages_free(struct crl_ages *a)
{
	if (a == NULL)
		return;
	free(a->at);
	free(a);
}

/* Issuer, key, scope and kind; lengths in front. */
static void
identify(const struct crls_item *it, unsigned char id[ID_LEN])
{
	unsigned char spki[ID_LEN];
	unsigned char kind = it->crl.is_delta;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint64_t n = it->crl.scope.n;
	unsigned char *name = NULL;
	int len = i2d_X509_NAME(X509_get_subject_name(it->ca), &name);

	if (md == NULL || len <= 0 || !x509_spki_sha256(it->ca, spki) ||
	    !EVP_DigestInit_ex(md, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(md, spki, sizeof(spki)) ||
	    !EVP_DigestUpdate(md, &kind, 1) ||
	    !EVP_DigestUpdate(md, &n, sizeof(n)) ||
	    !EVP_DigestUpdate(md, it->crl.scope.p, it->crl.scope.n) ||
	    !EVP_DigestUpdate(md, name, (size_t)len) ||
	    !EVP_DigestFinal_ex(md, id, NULL))
		mem_abort(__func__);
	OPENSSL_free(name);
	EVP_MD_CTX_free(md);
}

static struct crl_age *
find(const struct crl_ages *a, const unsigned char id[ID_LEN])
{
	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->at[i].id, id, ID_LEN) == 0)
			return &a->at[i];
	return NULL;
}

static void
note(struct crl_ages *a, const unsigned char id[ID_LEN], const struct crl *c)
{
	struct crl_age *at = find(a, id);

	if (at != NULL && crl_compare_age(c, &at->seen) <= 0)
		return;
	if (at == NULL) {
		a->at = mem_resize(a->at, a->count + 1, sizeof(*a->at));
		at = &a->at[a->count++];
		memcpy(at->id, id, ID_LEN);
	}
	at->seen = (struct crl) { .has_number = c->has_number,
		.from = c->from };
	memcpy(at->seen.number, c->number, sizeof(c->number));
}

void
crl_ages_add(struct crl_ages *a, const struct crls *crls, int64_t now)
{
	unsigned char id[ID_LEN];

	for (size_t i = 0; i < crls_count(crls); i++) {
		const struct crls_item *it = crls_at(crls, i);

		if (it->crl.from > now)
			continue;
		identify(it, id);
		note(a, id, &it->crl);
	}
}

void
crl_ages_merge(struct crl_ages *a, const struct crl_ages *other)
{
	for (size_t i = 0; other != NULL && i < other->count; i++)
		note(a, other->at[i].id, &other->at[i].seen);
}

/* "number 2a", or its date where one has none. */
static const char *
describe(const struct crl *c, bool by_number, struct arena *a)
{
	char text[CLOCK_RFC3339_LEN];
	size_t at = 0;

	if (by_number) {
		while (at + 1 < sizeof(c->number) && c->number[at] == 0)
			at++;
		return arena_printf(a, "number 0x%s",
		    x509_hex(c->number + at, sizeof(c->number) - at, a).p)
		    .p;
	}
	clock_rfc3339(c->from * 1000, text);
	return arena_printf(a, "of %s", text).p;
}

static void
say_older(const struct crls_item *it, const struct crl *seen, struct diag *d)
{
	bool by_number = it->crl.has_number && seen->has_number;
	char *issuer = x509_subject(it->ca);
	struct arena a;

	arena_init(&a, 256);
	diag_error(d, it->file->at,
	    "%s: the CRL of \"%s\" (%s) is older than the one in force (%s), "
	    "which it cannot replace",
	    it->file->file->path, issuer, describe(&it->crl, by_number, &a),
	    describe(seen, by_number, &a));
	arena_clear(&a);
	free(issuer);
}

void
crl_ages_check(const struct crl_ages *before, const struct crls *crls,
    int64_t now, struct diag *d)
{
	struct crl_ages *all;
	unsigned char id[ID_LEN];

	if (before == NULL)
		return;
	/* the newest of several counts */
	all = crl_ages_new();
	crl_ages_add(all, crls, now);
	for (size_t i = 0; i < crls_count(crls); i++) {
		const struct crls_item *it = crls_at(crls, i);
		const struct crl_age *seen, *best;

		identify(it, id);
		seen = find(before, id);
		best = find(all, id);
		if (seen != NULL && best != NULL &&
		    crl_compare_age(&best->seen, &seen->seen) < 0 &&
		    crl_compare_age(&it->crl, &best->seen) == 0)
			say_older(it, &seen->seen, d);
	}
	crl_ages_free(all);
}
