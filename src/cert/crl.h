/*
 * crl -- one revocation list: what it says of itself, and whom it lists.
 *
 * A CRL may have a million entries, so they are not decoded into objects: they
 * stay where they are, in DER, and an index of eight to sixteen octets for
 * each leads to them.  What stands around them is decoded by OpenSSL.
 */
#ifndef CERT_CRL_H
#define CERT_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct ISSUING_DIST_POINT_st;
struct asn1_string_st;
struct X509_crl_st;
struct x509_st;

struct crl {
	struct slice der;                  /* borrowed */
	struct slice tbs;                  /* within: what is signed */
	struct slice entries;              /* likewise */
	struct X509_crl_st *head;          /* all but the entries */
	struct ISSUING_DIST_POINT_st *idp; /* NULL: it has none */
	struct slice scope;                /* the same in DER; in head */
	bool is_delta;
	bool has_number;
	unsigned char number[20]; /* big-endian, RFC 5280, 5.2.3 */
	unsigned char base[20];   /* of a delta: BaseCRLNumber, 5.2.4 */
	int64_t from, to;         /* thisUpdate, nextUpdate */
	size_t count;             /* of entries */
	const char *slots; /* uint32_t each, where they are, plus 1; 0: free;
			    * at any address */
	void *own_slots;   /* the same, unless they are borrowed */
	size_t slot_count; /* a power of two */
};

/*
 * Reads one CRL; the octets must outlive it.  NULL if it can be used, or what
 * is wrong: "indirect" and the like, after "the CRL is".  *out is to be
 * cleared by crl_clear() in any case; its head is NULL if this is no CRL.
 */
const char *crl_parse(struct slice der, struct crl *out);
void crl_clear(struct crl *);

/* The same of what crl_parse found good, with the index that it made, which is
 * borrowed: the entries are not looked at.  False: it is something else. */
bool crl_restore(struct slice der, const char *slots, size_t slot_count,
    size_t count, struct crl *out);

/* Its nextUpdate, without a look at the entries; 0: there is none. */
int64_t crl_next_update(struct slice der);

/* Whether the key of the CA signed it; slow. */
bool crl_is_signed_by(const struct crl *, struct x509_st *ca);

/* RFC 5280, 5.2.5: whether it is for certificates like this one of its CA's;
 * is_ca: as that says itself. */
bool crl_covers(const struct crl *, struct x509_st *, bool is_ca);

enum crl_entry {
	CRL_NOT_LISTED,
	CRL_REMOVED, /* in a delta: no longer revoked */
	CRL_REVOKED, /* for whatever reason, certificateHold too */
};

/* What it says of a serial number (OpenSSL's ASN1_INTEGER); it takes the same
 * time however long the list is. */
enum crl_entry crl_find(const struct crl *, const struct asn1_string_st *);

/* <0, 0, >0: a is older, as old, newer; by number, else by date. */
int crl_compare_age(const struct crl *a, const struct crl *b);

#endif
