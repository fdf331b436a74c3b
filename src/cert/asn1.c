#include "cert/asn1.h"

#include <stdint.h>

/* X.690, 8.1.3 and 10.1; false unless it is the one way to write it. */
static bool
take_length(struct slice *s, size_t *n)
{
	unsigned char first, octet;
	uint64_t len = 0;
	size_t count;

	if (s->n == 0)
		return false;
	first = (unsigned char)s->p[0];
	*s = slice_skip(*s, 1);
	*n = first;
	if (first < 0x80)
		return true;
	count = first & 0x7f;
	if (count == 0 || count > 4 || count > s->n || s->p[0] == 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		octet = (unsigned char)s->p[i];
		len = len << 8 | octet;
	}
	*s = slice_skip(*s, count);
	*n = (size_t)len;
	return len >= 0x80;
}

bool
asn1_next(struct slice *rest, struct asn1 *out)
{
	struct slice s = *rest;
	size_t n;

	/* 0x1f: the tag goes on in the next octets */
	if (s.n == 0 || (s.p[0] & 0x1f) == 0x1f)
		return false;
	out->tag = (unsigned char)s.p[0];
	s = slice_skip(s, 1);
	if (!take_length(&s, &n) || n > s.n)
		return false;
	out->value = slice_first(s, n);
	out->whole = slice_first(*rest, (size_t)(s.p - rest->p) + n);
	*rest = slice_skip(s, n);
	return true;
}

bool
asn1_take(struct slice *rest, unsigned tag, struct asn1 *out)
{
	struct slice s = *rest;

	if (!asn1_next(&s, out) || out->tag != tag)
		return false;
	*rest = s;
	return true;
}
