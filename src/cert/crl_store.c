#include "cert/crl_store.h"

#include <string.h>

#define SLOT_LEN sizeof(uint32_t)

size_t
crl_store_size(const struct crl *c, bool is_file)
{
	return sizeof(struct crl_record) + (is_file ? 0 : c->der.n) +
	    c->slot_count * SLOT_LEN;
}

char *
crl_store_put(char *p, const struct crl *c, bool is_file,
    const unsigned char signer[CRL_STORE_KEY_LEN])
{
	struct crl_record r = { .der_len = is_file ? 0 : c->der.n,
		.count = c->count,
		.slot_count = c->slot_count };

	memcpy(r.signer, signer, sizeof(r.signer));
	memcpy(p, &r, sizeof(r));
	p += sizeof(r);
	memcpy(p, c->der.p, r.der_len);
	p += r.der_len;
	memcpy(p, c->slots, c->slot_count * SLOT_LEN);
	return p + c->slot_count * SLOT_LEN;
}

bool
crl_store_take(struct slice *rest, struct slice file, struct crl_stored *out)
{
	struct slice s = *rest, der = file;
	struct crl_record r;

	*out = (struct crl_stored) { .crl = { .count = 0 } };
	if (s.n < sizeof(r))
		return false;
	memcpy(&r, s.p, sizeof(r));
	s = slice_skip(s, sizeof(r));
	if (r.der_len > s.n)
		return false;
	if (r.der_len > 0) {
		der = slice_first(s, r.der_len);
		s = slice_skip(s, r.der_len);
	}
	if (r.slot_count == 0 || (r.slot_count & (r.slot_count - 1)) != 0 ||
	    r.slot_count > s.n / SLOT_LEN || r.count >= r.slot_count)
		return false;
	memcpy(out->signer, r.signer, sizeof(out->signer));
	*rest = slice_skip(s, r.slot_count * SLOT_LEN);
	return crl_restore(der, s.p, r.slot_count, r.count, &out->crl);
}
