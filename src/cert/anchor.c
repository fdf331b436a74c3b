#include "cert/anchor.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cert/chain.h"
#include "cert/x509.h"

/* What makes it no CA at all, or NULL. */
static const char *
mistake_in(X509 *x)
{
	int64_t from, to;

	if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0 ||
	    !x509_dates(x, &from, &to) || X509_get0_pubkey(x) == NULL)
		return "is malformed";
	if (X509_check_ca(x) != 1)
		return "is no CA, expected basicConstraints with CA:TRUE";
	return NULL;
}

/* What makes it useless, or NULL. */
static const char *
doubt_about(X509 *x, int64_t now)
{
	uint32_t flags = X509_get_extension_flags(x);
	int64_t from, to;

	(void)x509_dates(x, &from, &to);
	if (now > to)
		return "has expired";
	if (now < from)
		return "is not valid yet";
	if ((flags & EXFLAG_CRITICAL) != 0)
		return "has an unknown critical extension";
	if ((flags & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(x) & XKU_SSL_CLIENT) == 0)
		return "is not meant for clients (extendedKeyUsage without "
		       "clientAuth)";
	return x509_key_flaw(X509_get0_pubkey(x)) == NULL ?
	    NULL :
	    "has a key that is too weak";
}

static void
check(const struct conf_file *f, X509 *x, int64_t now, struct diag *d)
{
	const char *wrong = mistake_in(x);
	char *subject = x509_subject(x);

	if (wrong != NULL)
		diag_error(d, f->at, "%s: \"%s\" %s", f->file->path, subject,
		    wrong);
	else if ((wrong = doubt_about(x, now)) != NULL)
		diag_warn(d, f->at,
		    "%s: the CA \"%s\" %s: its clients will be refused",
		    f->file->path, subject, wrong);
	free(subject);
}

struct anchor_reading {
	struct anchors *to;
	const struct conf_file *file;
	const struct conf_trust *trust;
	int64_t now;
	struct diag *diag;
};

/* A key can only be trusted with one thing. */
static void
check_place(struct anchor_reading *r, X509 *x)
{
	const struct anchors *all = r->to;
	char *subject;

	for (int i = 0; i < sk_X509_num(all->cas); i++) {
		if (all->trust[i] == r->trust ||
		    !x509_has_same_key(sk_X509_value(all->cas, i), x))
			continue;
		subject = x509_subject(x);
		diag_error(r->diag, r->file->at,
		    "%s: the CA \"%s\" is in another place already, where it "
		    "is trusted with something else",
		    r->file->file->path, subject);
		free(subject);
		return;
	}
}

/* Takes it over; what is there already is dropped. */
static void
move_new(struct anchor_reading *r, X509 *x)
{
	struct anchors *all = r->to;
	size_t n = (size_t)sk_X509_num(all->cas);

	check_place(r, x);
	for (size_t i = 0; i < n; i++) {
		X509 *other = sk_X509_value(all->cas, (int)i);

		if (X509_cmp(other, x) == 0) {
			X509_free(x);
			return;
		}
		all->has_twins = all->has_twins ||
		    X509_NAME_cmp(X509_get_subject_name(other),
			X509_get_subject_name(x)) == 0;
	}
	all->trust = mem_resize(all->trust, n + 1, sizeof(*all->trust));
	all->trust[n] = r->trust;
	if (!sk_X509_push(all->cas, x))
		mem_abort(__func__);
}

static void
trust(X509 *x)
{
	ASN1_OBJECT *client = OBJ_nid2obj(NID_client_auth);

	if (!X509_add1_trust_object(x, client))
		mem_abort(__func__);
}

/* Notes which certificates are led to a trusted one by their issuers. */
static void
spread(STACK_OF(X509) *cas, bool *leads_up)
{
	int n = sk_X509_num(cas);
	bool moved;

	do {
		moved = false;
		for (int i = 0; i < n * n; i++) {
			int low = i / n, high = i % n;

			if (leads_up[low] || !leads_up[high] ||
			    !x509_is_issued_by(sk_X509_value(cas, low),
				sk_X509_value(cas, high)))
				continue;
			leads_up[low] = moved = true;
		}
	} while (moved);
}

/*
 * Chains may end where no listed certificate leads further up.  Self-signed
 * ones are such to OpenSSL already; two that issued each other would lead
 * nowhere, so whatever leads to no end is made one.
 */
static void
set_ends(STACK_OF(X509) *cas)
{
	int n = sk_X509_num(cas);
	bool *leads_up = mem_new((size_t)n + 1, sizeof(*leads_up));

	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(cas, i);
		bool has_issuer = false;

		for (int j = 0; j < n && !has_issuer; j++)
			has_issuer = j != i &&
			    x509_is_issued_by(x, sk_X509_value(cas, j));
		leads_up[i] = X509_self_signed(x, 1) == 1 || !has_issuer;
		if (leads_up[i])
			trust(x);
	}
	spread(cas, leads_up);
	for (int i = 0; i < n; i++)
		if (!leads_up[i])
			trust(sk_X509_value(cas, i));
	free(leads_up);
}

/* The same for self-signed ones alone; false: there is none. */
static bool
set_roots(STACK_OF(X509) *cas)
{
	bool has_root = false;

	for (int i = 0; i < sk_X509_num(cas); i++) {
		if (X509_self_signed(sk_X509_value(cas, i), 1) != 1)
			continue;
		trust(sk_X509_value(cas, i));
		has_root = true;
	}
	return has_root;
}

/* False: a file could not be read, as was told. */
static bool
read_files(struct anchor_reading *r, const struct conf_files *files)
{
	bool is_good = true;
	X509 *x;

	for (size_t i = 0; i < files->count; i++) {
		STACK_OF(X509) *some = NULL;

		r->file = &files->at[i];
		if (conf_file_is_read(r->file))
			some = chain_read(r->file, r->diag);
		else
			is_good = false;
		for (int j = 0; j < sk_X509_num(some); j++)
			check(r->file, sk_X509_value(some, j), r->now, r->diag);
		while (some != NULL && (x = sk_X509_shift(some)) != NULL)
			move_new(r, x);
		chain_free(some);
	}
	return is_good;
}

struct anchors *
anchors_read(const struct conf_clients *conf, int64_t now, struct diag *d)
{
	struct anchors *all = mem_new(1, sizeof(*all));
	struct anchor_reading r = { .to = all, .now = now, .diag = d };
	const struct conf_files *files;
	size_t before = d->errors;
	bool is_good = conf->ca.count + conf->trust_count > 0;

	if ((all->cas = sk_X509_new_null()) == NULL)
		mem_abort(__func__);
	ERR_set_mark();
	is_good = read_files(&r, &conf->ca) && is_good;
	for (size_t i = 0; i < conf->trust_count; i++) {
		r.trust = &conf->trust[i];
		is_good = read_files(&r, &r.trust->ca) && is_good;
	}
	is_good = is_good && d->errors == before;
	if (is_good && conf->partial_chain)
		set_ends(all->cas);
	else if (is_good && !set_roots(all->cas)) {
		files = conf->ca.count > 0 ? &conf->ca : &conf->trust[0].ca;
		diag_error(d, files->at[0].at,
		    "none of these CAs is self-signed, and with "
		    "partial_chain: false no chain may end at another");
		is_good = false;
	}
	ERR_pop_to_mark();
	if (is_good)
		return all;
	anchors_free(all);
	return NULL;
}

void
anchors_free(struct anchors *all)
{
	if (all == NULL)
		return;
	chain_free(all->cas);
	free(all->trust);
	free(all);
}

const struct conf_trust *
anchors_trust(const struct anchors *all, X509 *ca)
{
	for (int i = 0; i < sk_X509_num(all->cas); i++)
		if (all->trust[i] != NULL &&
		    x509_has_same_key(sk_X509_value(all->cas, i), ca))
			return all->trust[i];
	return NULL;
}

bool
anchors_have(const struct anchors *all, X509 *ca)
{
	for (int i = 0; i < sk_X509_num(all->cas); i++)
		if (x509_has_same_key(sk_X509_value(all->cas, i), ca))
			return true;
	return false;
}

bool
anchor_is_end(X509 *x)
{
	return X509_check_trust(x, X509_TRUST_SSL_CLIENT,
		   X509_TRUST_NO_SS_COMPAT) == X509_TRUST_TRUSTED;
}
