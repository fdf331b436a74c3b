#include "cert/crl.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cert/x509.h"
#include "cert/pem.h"
#include "conf/bundle.h"

struct crl_reading {
	const struct conf_file *file;
	STACK_OF(X509) *cas;
	STACK_OF(X509_CRL) *crls;
	int64_t now;
	struct diag *diag;
};

/* The CA that signed it, or NULL. */
static X509 *
issuer_of(X509_CRL *crl, STACK_OF(X509) *cas)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);

		if (X509_NAME_cmp(X509_get_subject_name(ca),
			X509_CRL_get_issuer(crl)) == 0 &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
	}
	return NULL;
}

/* RFC 5280, 5.2.5: lists of which OpenSSL, as we use it, makes nothing. */
static const char *
scope_flaw(X509_CRL *crl)
{
	ISSUING_DIST_POINT *idp;
	const char *flaw = NULL;
	int crit = 0;

	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return "a delta CRL, expected a complete one";
	idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &crit,
	    NULL);
	if (idp == NULL)
		return crit == -1 ? NULL :
				    "a malformed issuing distribution point";
	if (idp->indirectCRL > 0)
		flaw = "an indirect CRL, expected the CA's own";
	else if (idp->onlysomereasons != NULL)
		flaw = "for some reasons only, expected one for all";
	else if (idp->onlyattr > 0)
		flaw = "for attribute certificates only";
	ISSUING_DIST_POINT_free(idp);
	return flaw;
}

static bool
is_understood(X509_EXTENSION *ext)
{
	return !X509_EXTENSION_get_critical(ext) ||
	    OBJ_obj2nid(X509_EXTENSION_get_object(ext)) ==
	    NID_issuing_distribution_point;
}

/*
 * An entry whose meaning is not simply "revoked": removal is for deltas, and
 * what a critical extension changes nobody knows (RFC 5280, 5.3).
 */
static const char *
entry_flaw(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *all = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(all); i++) {
		X509_REVOKED *r = sk_X509_REVOKED_value(all, i);
		ASN1_ENUMERATED *reason;
		long code;

		if (X509_REVOKED_get_ext_by_critical(r, 1, -1) >= 0)
			return "with a critical extension in an entry";
		reason = X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL,
		    NULL);
		code = reason != NULL ? ASN1_ENUMERATED_get(reason) : -1;
		ASN1_ENUMERATED_free(reason);
		if (code == CRL_REASON_REMOVE_FROM_CRL)
			return "with a removal, as only a delta CRL may have";
	}
	return NULL;
}

/* What makes it unusable, or NULL. */
static const char *
flaw_in(X509_CRL *crl)
{
	const char *flaw = scope_flaw(crl);
	int md = NID_undef;
	int64_t t;

	if (flaw != NULL)
		return flaw;
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
		if (!is_understood(X509_CRL_get_ext(crl, i)))
			return "with an unknown critical extension";
	if (!x509_time(X509_CRL_get0_lastUpdate(crl), &t))
		return "with dates that cannot be read";
	if (X509_CRL_get0_nextUpdate(crl) == NULL ||
	    !x509_time(X509_CRL_get0_nextUpdate(crl), &t))
		return "without nextUpdate, so nobody knows when it is out of "
		       "date";
	(void)OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &md, NULL);
	if (md == NID_sha1 || md == NID_md5 || md == NID_sha224)
		return "signed with a digest weaker than SHA-256";
	return entry_flaw(crl);
}

static void
warn_of_dates(const struct crl_reading *r, X509_CRL *crl, const char *issuer)
{
	int64_t from = 0, to = 0;

	(void)x509_time(X509_CRL_get0_lastUpdate(crl), &from);
	(void)x509_time(X509_CRL_get0_nextUpdate(crl), &to);
	if (r->now < from)
		diag_warn(r->diag, r->file->at,
		    "%s: the CRL of \"%s\" is not valid yet: its clients will "
		    "be refused",
		    r->file->file->path, issuer);
	if (r->now > to)
		diag_warn(r->diag, r->file->at,
		    "%s: the CRL of \"%s\" has expired: its clients will be "
		    "refused",
		    r->file->file->path, issuer);
}

/* Takes the CRL over if it is good. */
static void
add(struct crl_reading *r, X509_CRL *crl)
{
	const char *path = r->file->file->path, *flaw = flaw_in(crl);
	char *name = NULL;
	struct arena a;
	X509 *ca;

	arena_init(&a, X509_TEXT_MAX);
	name = arena_str(&a, x509_name(X509_CRL_get_issuer(crl), &a));
	ca = issuer_of(crl, r->cas);
	if (flaw != NULL)
		diag_error(r->diag, r->file->at, "%s: the CRL of \"%s\" is %s",
		    path, name, flaw);
	else if (ca == NULL)
		diag_error(r->diag, r->file->at,
		    "%s: none of the site's CAs signed the CRL of \"%s\", "
		    "expected that CA in clients.ca",
		    path, name);
	else if (((X509_get_key_usage(ca) & KU_CRL_SIGN) == 0))
		diag_error(r->diag, r->file->at,
		    "%s: the CA \"%s\" may not sign CRLs, expected keyUsage "
		    "with cRLSign",
		    path, name);
	else {
		warn_of_dates(r, crl, name);
		if (!X509_CRL_up_ref(crl) || !sk_X509_CRL_push(r->crls, crl))
			mem_abort(__func__);
	}
	arena_clear(&a);
}

static void
read_der(struct crl_reading *r, struct slice der, unsigned number)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);

	if (crl != NULL && p == (const unsigned char *)der.p + der.n)
		add(r, crl);
	else
		diag_error(r->diag, r->file->at, "%s: block %u is no CRL",
		    r->file->file->path, number);
	X509_CRL_free(crl);
}

static void
take_crl(const struct pem_block *b, void *arg)
{
	struct crl_reading *r = arg;

	if (slice_eq(slice_str(b->label), SL("X509 CRL")))
		read_der(r, b->der, b->number);
	else
		diag_error(r->diag, r->file->at,
		    "%s: block %u is \"%s\", expected only \"X509 CRL\"",
		    r->file->file->path, b->number, b->label);
}

static void
read_file(struct crl_reading *r)
{
	struct slice bytes = r->file->file->bytes;
	int before = sk_X509_CRL_num(r->crls);
	size_t errors = r->diag->errors;

	/* DER begins with the tag of a SEQUENCE, which is ASCII "0" */
	if (r->file->file->sys_errno == 0 && bytes.n > 2 &&
	    bytes.p[0] == 0x30 && (bytes.p[1] & 0x80) != 0)
		read_der(r, bytes, 1);
	else if (!pem_each(r->file, r->diag, take_crl, r))
		return;
	if (r->diag->errors == errors && sk_X509_CRL_num(r->crls) == before)
		diag_error(r->diag, r->file->at,
		    "%s: holds no CRL, expected PEM with "
		    "\"-----BEGIN X509 CRL-----\", or DER",
		    r->file->file->path);
}

/* Once there are CRLs, every CA on the way needs one. */
static void
warn_of_missing(const struct conf_files *files, STACK_OF(X509) *cas,
    STACK_OF(X509_CRL) *crls, struct diag *d)
{
	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);
		char *subject;
		int j = 0;

		while (j < sk_X509_CRL_num(crls) &&
		    X509_NAME_cmp(X509_get_subject_name(ca),
			X509_CRL_get_issuer(sk_X509_CRL_value(crls, j))) != 0)
			j++;
		if (j < sk_X509_CRL_num(crls))
			continue;
		subject = x509_subject(ca);
		diag_warn(d, files->at[0].at,
		    "there is no CRL of the CA \"%s\": what it issued will be "
		    "refused",
		    subject);
		free(subject);
	}
}

STACK_OF(X509_CRL) *
crls_read(const struct conf_files *files, STACK_OF(X509) *cas, int64_t now,
    struct diag *d)
{
	struct crl_reading r = { .cas = cas, .now = now, .diag = d };
	size_t before = d->errors;
	bool is_good = true;

	if ((r.crls = sk_X509_CRL_new_null()) == NULL)
		mem_abort(__func__);
	ERR_set_mark();
	for (size_t i = 0; i < files->count; i++) {
		r.file = &files->at[i];
		if (conf_file_is_read(r.file))
			read_file(&r);
		else
			is_good = false;
	}
	ERR_pop_to_mark();
	is_good = is_good && d->errors == before;
	if (is_good && files->count > 0)
		warn_of_missing(files, cas, r.crls, d);
	if (is_good)
		return r.crls;
	crls_free(r.crls);
	return NULL;
}

void
crls_free(STACK_OF(X509_CRL) *crls)
{
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
}
