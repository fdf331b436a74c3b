#include "cert/crl_entry.h"

#include <openssl/x509.h>
#include <string.h>

#include "base/mem.h"
#include "cert/asn1.h"

#define BOOLEAN_TAG      0x01
#define OCTET_STRING_TAG 0x04
#define OID_TAG          0x06

/* 2.5.29.21, reasonCode */
#define OID_REASON      SL("\x55\x1d\x15")
#define REMOVE_FROM_CRL 8 /* RFC 5280, 5.3.1 */

struct entry {
	struct slice serial; /* two's complement, as DER has it */
	struct slice whole;
	int reason;       /* -1: none */
	bool is_critical; /* by an extension */
};

/* X.690, 8.3.2: as few octets as can be. */
static bool
is_integer(struct slice s)
{
	unsigned char a = s.n > 0 ? (unsigned char)s.p[0] : 0;
	unsigned char b = s.n > 1 ? (unsigned char)s.p[1] : 0;

	return s.n == 1 ||
	    (s.n > 1 && !(a == 0 && b < 0x80) && !(a == 0xff && b >= 0x80));
}

static bool
take_reason(struct slice value, struct entry *e)
{
	struct asn1 reason;

	if (!asn1_take(&value, ASN1_ENUMERATED_TAG, &reason) || value.n > 0 ||
	    reason.value.n != 1)
		return false;
	e->reason = (unsigned char)reason.value.p[0];
	return true;
}

static bool
take_extension(struct slice s, struct entry *e)
{
	struct asn1 oid, critical, value;

	if (!asn1_take(&s, OID_TAG, &oid))
		return false;
	if (asn1_take(&s, BOOLEAN_TAG, &critical)) {
		if (critical.value.n != 1)
			return false;
		e->is_critical = e->is_critical || critical.value.p[0] != 0;
	}
	if (!asn1_take(&s, OCTET_STRING_TAG, &value) || s.n > 0)
		return false;
	return !slice_eq(oid.value, OID_REASON) || take_reason(value.value, e);
}

static bool
take_entry(struct slice *rest, struct entry *e)
{
	struct asn1 whole, serial, when, all, one;
	struct slice s;

	*e = (struct entry) { .reason = -1 };
	if (!asn1_take(rest, ASN1_SEQUENCE_TAG, &whole))
		return false;
	e->whole = whole.whole;
	s = whole.value;
	if (!asn1_take(&s, ASN1_INTEGER_TAG, &serial) ||
	    !is_integer(serial.value) || !asn1_next(&s, &when) ||
	    (when.tag != V_ASN1_UTCTIME && when.tag != V_ASN1_GENERALIZEDTIME))
		return false;
	e->serial = serial.value;
	if (s.n == 0)
		return true;
	if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &all) || s.n > 0)
		return false;
	for (s = all.value; s.n > 0;)
		if (!asn1_take(&s, ASN1_SEQUENCE_TAG, &one) ||
		    !take_extension(one.value, e))
			return false;
	return true;
}

/* What an entry may not be: what a critical extension changes nobody knows
 * (RFC 5280, 5.3), and removal is for deltas. */
static const char *
flaw_of(const struct crl *c, const struct entry *e)
{
	if (e->is_critical)
		return "with a critical extension in an entry";
	if (e->reason == REMOVE_FROM_CRL && !c->is_delta)
		return "with a removal, as only a delta CRL may have";
	return NULL;
}

/* FNV-1a.  Whoever could make serial numbers collide is the CA. */
static size_t
slot_of(const struct crl *c, struct slice serial)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < serial.n; i++) {
		h ^= (unsigned char)serial.p[i];
		h *= UINT64_C(0x100000001b3);
	}
	return (size_t)(h ^ h >> 32) & (c->slot_count - 1);
}

static uint32_t
slot_at(const struct crl *c, size_t at)
{
	uint32_t slot;

	memcpy(&slot, c->slots + at * sizeof(slot), sizeof(slot));
	return slot;
}

static void
insert(struct crl *c, const struct entry *e)
{
	uint32_t *slots = c->own_slots;
	size_t at = slot_of(c, e->serial);

	while (slots[at] != 0)
		at = (at + 1) & (c->slot_count - 1);
	slots[at] = (uint32_t)(e->whole.p - c->entries.p) + 1;
}

static const char *
look_at_all(struct crl *c)
{
	struct slice rest = c->entries;
	const char *flaw;
	struct entry e;

	for (c->count = 0; rest.n > 0; c->count++)
		if (!take_entry(&rest, &e))
			return "with a malformed entry";
		else if ((flaw = flaw_of(c, &e)) != NULL)
			return flaw;
	return NULL;
}

const char *
crl_entries_index(struct crl *c)
{
	struct slice rest = c->entries;
	const char *flaw = look_at_all(c);
	struct entry e;

	if (flaw != NULL)
		return flaw;
	/* half of them free or more, so that the way is short */
	for (c->slot_count = 16; c->slot_count < 2 * c->count;)
		c->slot_count *= 2;
	c->own_slots = mem_new(c->slot_count, sizeof(uint32_t));
	c->slots = c->own_slots;
	while (rest.n > 0 && take_entry(&rest, &e))
		insert(c, &e);
	return NULL;
}

static enum crl_entry
find(const struct crl *c, struct slice serial)
{
	enum crl_entry found = CRL_NOT_LISTED;
	struct entry e;
	uint32_t slot;

	for (size_t at = slot_of(c, serial), i = 0;
	     i < c->slot_count && (slot = slot_at(c, at)) != 0; i++) {
		struct slice rest = SL("");

		at = (at + 1) & (c->slot_count - 1);
		if (slot <= c->entries.n)
			rest = slice_skip(c->entries, slot - 1);
		if (!take_entry(&rest, &e) || !slice_eq(e.serial, serial))
			continue;
		if (e.reason != REMOVE_FROM_CRL)
			return CRL_REVOKED;
		found = CRL_REMOVED;
	}
	return found;
}

enum crl_entry
crl_find(const struct crl *c, const ASN1_INTEGER *number)
{
	unsigned char *der = NULL;
	int n = i2d_ASN1_INTEGER(number, &der);
	enum crl_entry found = CRL_REVOKED;
	struct asn1 serial;
	struct slice s;

	if (n <= 0)
		mem_abort(__func__);
	s = slice_of(der, (size_t)n);
	/* it always is one; else nobody knows */
	if (asn1_take(&s, ASN1_INTEGER_TAG, &serial))
		found = find(c, serial.value);
	OPENSSL_free(der);
	return found;
}
