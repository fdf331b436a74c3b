#include "cert/crl.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cert/asn1.h"
#include "cert/crl_entry.h"
#include "cert/x509.h"

#define NO_CRL "no CRL"

/* Where the parts are, X.690 and RFC 5280, 5.1. */
struct layout {
	struct slice before, after; /* of tbsCertList, around the entries */
	struct slice rest;          /* behind tbsCertList */
	bool has_two_algs;          /* 5.1.1.2: they must be the same */
};

static bool
is_time(unsigned tag)
{
	return tag == V_ASN1_UTCTIME || tag == V_ASN1_GENERALIZEDTIME;
}

static bool
lay_out(struct slice der, struct crl *out, struct layout *l)
{
	struct asn1 whole, tbs, alg, outer, each;
	struct slice s = der, from;

	if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &whole) || s.n > 0)
		return false;
	s = whole.value;
	if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &tbs))
		return false;
	out->tbs = tbs.whole;
	l->rest = s;
	if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &outer))
		return false;
	from = s = tbs.value;
	(void)asn1_take(&s, ASN1_INTEGER_TAG, &each);
	/* signature, issuer, thisUpdate, nextUpdate if there is one */
	if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &alg) ||
	    !asn1_take(&s, ASN1_SEQUENCE_TAG, &each) || !asn1_next(&s, &each) ||
	    !is_time(each.tag))
		return false;
	if (s.n > 0 && is_time((unsigned char)s.p[0]) && !asn1_next(&s, &each))
		return false;
	l->before = slice_first(from, (size_t)(s.p - from.p));
	l->has_two_algs = !slice_eq(alg.whole, outer.whole);
	out->entries = SL("");
	if (asn1_take(&s, ASN1_SEQUENCE_TAG, &each))
		out->entries = each.value;
	l->after = s;
	return true;
}

static void
put_head(struct buf *b, size_t n)
{
	unsigned char head[5] = { ASN1_SEQUENCE_TAG, 0x83,
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	if (n < 0x80) {
		head[1] = (unsigned char)n;
		(void)buf_put(b, slice_of(head, 2));
	} else if (n < 0x100) {
		head[1] = 0x81;
		head[2] = (unsigned char)n;
		(void)buf_put(b, slice_of(head, 3));
	} else if (n < 0x10000) {
		head[1] = 0x82;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)n;
		(void)buf_put(b, slice_of(head, 4));
	} else {
		(void)buf_put(b, slice_of(head, 5));
	}
}

/* Octets of all but the entries; nobody needs as many. */
#define HEAD_MAX (1 << 20)

/* The same CRL without entries, for OpenSSL to decode. */
static X509_CRL *
decode_head(const struct layout *l)
{
	struct buf tbs, whole;
	const unsigned char *p, *end;
	X509_CRL *crl = NULL;

	if (l->before.n > HEAD_MAX || l->after.n > HEAD_MAX ||
	    l->rest.n > HEAD_MAX)
		return NULL;
	buf_init(&tbs, 4 * HEAD_MAX);
	buf_init(&whole, 8 * HEAD_MAX);
	put_head(&tbs, l->before.n + l->after.n);
	(void)buf_put(&tbs, l->before);
	(void)buf_put(&tbs, l->after);
	put_head(&whole, buf_len(&tbs) + l->rest.n);
	(void)buf_put(&whole, buf_slice(&tbs));
	(void)buf_put(&whole, l->rest);
	p = (const unsigned char *)buf_slice(&whole).p;
	end = p + buf_len(&whole);
	crl = d2i_X509_CRL(NULL, &p, (long)buf_len(&whole));
	if (crl != NULL && p != end) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	buf_clear(&tbs);
	buf_clear(&whole);
	return crl;
}

/* RFC 5280, 5.2.3: not negative, 20 octets at most. */
static bool
take_number(const X509_CRL *crl, int nid, unsigned char out[20], bool *has)
{
	int crit = 0;
	ASN1_INTEGER *n = X509_CRL_get_ext_d2i(crl, nid, &crit, NULL);
	size_t len;
	bool good;

	*has = n != NULL;
	if (n == NULL)
		return crit == -1;
	len = (size_t)ASN1_STRING_length(n);
	good = len <= 20 && ASN1_STRING_type(n) == V_ASN1_INTEGER;
	if (good)
		memcpy(out + 20 - len, ASN1_STRING_get0_data(n), len);
	ASN1_INTEGER_free(n);
	return good;
}

static const char *
take_numbers(struct crl *c)
{
	bool has_base;

	if (!take_number(c->head, NID_crl_number, c->number, &c->has_number))
		return "with a malformed CRL number";
	if (!take_number(c->head, NID_delta_crl, c->base, &has_base))
		return "a delta CRL with a malformed base";
	c->is_delta = has_base;
	return has_base && !c->has_number ? "a delta CRL without number" : NULL;
}

/* RFC 5280, 5.2.5: what is for less than a whole kind of certificates, or for
 * those of others. */
static const char *
take_scope(struct crl *c)
{
	int at = X509_CRL_get_ext_by_NID(c->head,
	    NID_issuing_distribution_point, -1);
	const ASN1_OCTET_STRING *value;

	if (at < 0)
		return NULL;
	c->idp = X509_CRL_get_ext_d2i(c->head, NID_issuing_distribution_point,
	    NULL, NULL);
	if (c->idp == NULL)
		return "with a malformed issuing distribution point";
	value = X509_EXTENSION_get_data(X509_CRL_get_ext(c->head, at));
	c->scope = slice_of(ASN1_STRING_get0_data(value),
	    (size_t)ASN1_STRING_length(value));
	if (c->idp->indirectCRL > 0)
		return "an indirect CRL, expected the CA's own";
	if (c->idp->onlysomereasons != NULL)
		return "for some reasons only, expected one for all";
	if (c->idp->onlyattr > 0)
		return "for attribute certificates only";
	return c->idp->onlyuser > 0 && c->idp->onlyCA > 0 ?
	    "for no certificates at all" :
	    NULL;
}

static bool
is_understood(X509_EXTENSION *ext)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(ext));

	return !X509_EXTENSION_get_critical(ext) ||
	    nid == NID_issuing_distribution_point || nid == NID_delta_crl;
}

static const char *
take_dates(struct crl *c)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(c->head);

	if (!x509_time(X509_CRL_get0_lastUpdate(c->head), &c->from))
		return "with dates that cannot be read";
	if (next == NULL || !x509_time(next, &c->to))
		return "without nextUpdate, so nobody knows when it is out of "
		       "date";
	return NULL;
}

/* Of RSASSA-PSS it stands in the parameters, and is SHA-1 if it does not (RFC
 * 4055, 3.1). */
static int
pss_digest(const X509_ALGOR *alg)
{
	RSA_PSS_PARAMS *pss = NULL;
	const void *value;
	int type, md = NID_sha1;

	X509_ALGOR_get0(NULL, &type, &value, alg);
	if (type == V_ASN1_SEQUENCE)
		pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (pss != NULL && pss->hashAlgorithm != NULL)
		md = OBJ_obj2nid(pss->hashAlgorithm->algorithm);
	RSA_PSS_PARAMS_free(pss);
	return md;
}

static bool
is_weakly_signed(const X509_CRL *head)
{
	const X509_ALGOR *alg;
	int nid = X509_CRL_get_signature_nid(head), md = NID_undef;

	X509_CRL_get0_signature(head, NULL, &alg);
	if (nid == NID_rsassaPss)
		md = pss_digest(alg);
	else
		(void)OBJ_find_sigid_algs(nid, &md, NULL);
	return md == NID_sha1 || md == NID_md5 || md == NID_sha224 ||
	    md == NID_sha512_224 || md == NID_sha3_224;
}

static const char *
take_head(struct crl *c)
{
	const char *flaw;

	if ((flaw = take_scope(c)) != NULL || (flaw = take_numbers(c)) != NULL)
		return flaw;
	for (int i = 0; i < X509_CRL_get_ext_count(c->head); i++)
		if (!is_understood(X509_CRL_get_ext(c->head, i)))
			return "with an unknown critical extension";
	if ((flaw = take_dates(c)) != NULL)
		return flaw;
	if (is_weakly_signed(c->head))
		return "signed with a digest weaker than SHA-256";
	return NULL;
}

/* All but the entries. */
static const char *
parse_head(struct slice der, struct crl *out)
{
	struct layout l;

	*out = (struct crl) { .der = der };
	if (!lay_out(der, out, &l) || (out->head = decode_head(&l)) == NULL)
		return NO_CRL;
	/* OpenSSL sees entries where there are none to us: not DER */
	if (sk_X509_REVOKED_num(X509_CRL_get_REVOKED(out->head)) > 0)
		return "with a malformed list";
	if (l.has_two_algs)
		return "with two signature algorithms";
	return take_head(out);
}

const char *
crl_parse(struct slice der, struct crl *out)
{
	const char *flaw = parse_head(der, out);

	return flaw != NULL ? flaw : crl_entries_index(out);
}

bool
crl_restore(struct slice der, const char *slots, size_t slot_count,
    size_t count, struct crl *out)
{
	bool is_good = parse_head(der, out) == NULL;

	out->slots = slots;
	out->slot_count = slot_count;
	out->count = count;
	if (!is_good)
		crl_clear(out);
	return is_good;
}

int64_t
crl_next_update(struct slice der)
{
	struct crl c = { .der = der };
	struct layout l;
	int64_t to = 0;

	if (lay_out(der, &c, &l) && (c.head = decode_head(&l)) != NULL &&
	    (X509_CRL_get0_nextUpdate(c.head) == NULL ||
		!x509_time(X509_CRL_get0_nextUpdate(c.head), &to)))
		to = 0;
	crl_clear(&c);
	return to;
}

void
crl_clear(struct crl *c)
{
	X509_CRL_free(c->head);
	ISSUING_DIST_POINT_free(c->idp);
	free(c->own_slots);
	*c = (struct crl) { .count = 0 };
}

bool
crl_is_signed_by(const struct crl *c, X509 *ca)
{
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *alg;
	EVP_PKEY *key = X509_get0_pubkey(ca);
	/* as ASN1_STRINGs of that type are: header and all, and only read */
	ASN1_STRING tbs = { .type = V_ASN1_SEQUENCE,
		.data = (unsigned char *)c->tbs.p,
		.length = (int)c->tbs.n };
	bool is;

	X509_CRL_get0_signature(c->head, &signature, &alg);
	ERR_set_mark();
	is = key != NULL &&
	    ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), alg, signature,
		&tbs, key) == 1;
	ERR_pop_to_mark();
	return is;
}

static bool
have_common_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (int j = 0; j < sk_GENERAL_NAME_num(b); j++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i),
				sk_GENERAL_NAME_value(b, j)) == 0)
				return true;
	return false;
}

/* A name that is told relative to the CA's is not compared: it fits nothing. */
static bool
is_at_point(const struct crl *c, X509 *x)
{
	const DIST_POINT_NAME *want = c->idp->distpoint;
	CRL_DIST_POINTS *points;
	bool is = false;

	if (want->type != 0)
		return false;
	points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
	for (int i = 0; i < sk_DIST_POINT_num(points) && !is; i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);

		is = p->CRLissuer == NULL && p->reasons == NULL &&
		    p->distpoint != NULL && p->distpoint->type == 0 &&
		    have_common_name(want->name.fullname,
			p->distpoint->name.fullname);
	}
	CRL_DIST_POINTS_free(points);
	return is;
}

bool
crl_covers(const struct crl *c, X509 *x, bool is_ca)
{
	if (c->idp == NULL)
		return true;
	if ((c->idp->onlyuser > 0 && is_ca) || (c->idp->onlyCA > 0 && !is_ca))
		return false;
	return c->idp->distpoint == NULL || is_at_point(c, x);
}

int
crl_compare_age(const struct crl *a, const struct crl *b)
{
	int by_number = memcmp(a->number, b->number, sizeof(a->number));

	if (a->has_number && b->has_number && by_number != 0)
		return by_number;
	return a->from < b->from ? -1 : a->from > b->from;
}
