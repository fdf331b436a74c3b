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

/* Moves them over; what is there already is dropped. */
static void
move_new(STACK_OF(X509) *to, STACK_OF(X509) *from)
{
	X509 *x;

	while ((x = sk_X509_shift(from)) != NULL) {
		int i = 0;

		while (i < sk_X509_num(to) &&
		    X509_cmp(sk_X509_value(to, i), x) != 0)
			i++;
		if (i < sk_X509_num(to))
			X509_free(x);
		else if (!sk_X509_push(to, x))
			mem_abort(__func__);
	}
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

STACK_OF(X509) *
anchors_read(const struct conf_files *files, bool partial_chain, int64_t now,
    struct diag *d)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	size_t before = d->errors;
	bool is_good = files->count > 0;

	if (all == NULL)
		mem_abort(__func__);
	ERR_set_mark();
	for (size_t i = 0; i < files->count; i++) {
		const struct conf_file *f = &files->at[i];
		STACK_OF(X509) *some = NULL;

		if (conf_file_is_read(f))
			some = chain_read(f, d);
		else
			is_good = false;
		for (int j = 0; j < sk_X509_num(some); j++)
			check(f, sk_X509_value(some, j), now, d);
		if (some != NULL)
			move_new(all, some);
		chain_free(some);
	}
	is_good = is_good && d->errors == before;
	if (is_good && partial_chain)
		set_ends(all);
	else if (is_good && !set_roots(all)) {
		diag_error(d, files->at[0].at,
		    "none of these CAs is self-signed, and with "
		    "partial_chain: false no chain may end at another");
		is_good = false;
	}
	ERR_pop_to_mark();
	if (is_good)
		return all;
	chain_free(all);
	return NULL;
}
