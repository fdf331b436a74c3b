#include "net/cidr.h"

#include <string.h>

#include "base/err.h"

#define IP4_BITS 32
#define IP6_BITS 128
#define MAPPED   12 /* octets in front of an IPv4 address: RFC 4291, 2.5.5.2 */

/* The 16 octets of an address; false: it is none of IP. */
static bool
octets_of(const struct addr *a, unsigned char ip[16])
{
	if (a->sa.sa_family == AF_INET6) {
		memcpy(ip, &a->in6.sin6_addr, 16);
		return true;
	}
	if (a->sa.sa_family != AF_INET)
		return false;
	memset(ip, 0, MAPPED - 2);
	memset(ip + MAPPED - 2, 0xff, 2);
	memcpy(ip + MAPPED, &a->in.sin_addr, 4);
	return true;
}

/* Whether two addresses agree in their first bits. */
static bool
agree(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Whether nothing is set behind the first bits. */
static bool
ends_in_zeros(const unsigned char *ip, unsigned bits)
{
	unsigned char clean[16] = { 0 };

	memcpy(clean, ip, bits / 8);
	if (bits % 8 != 0)
		clean[bits / 8] = ip[bits / 8] &
		    (unsigned char)(0xff00 >> bits % 8);
	return memcmp(clean, ip, sizeof(clean)) == 0;
}

int
cidr_parse(struct slice s, struct cidr *out)
{
	bool has_no_bits = false;
	struct slice ip;
	struct addr a;
	uint64_t bits, max;

	(void)slice_cut(&s, '/', &ip, &has_no_bits);
	if (slice_find(ip, '%') >= 0 || addr_parse_ip(ip, &a) != 0 ||
	    !octets_of(&a, out->ip))
		return E_INVALID;
	max = addr_is_ip6(&a) ? IP6_BITS : IP4_BITS;
	bits = max;
	if (!has_no_bits && (!slice_u64(s, &bits) || bits > max))
		return E_INVALID;
	out->bits = (unsigned)(bits + IP6_BITS - max);
	return ends_in_zeros(out->ip, out->bits) ? 0 : E_INVALID;
}

bool
cidr_has(const struct cidr *c, const struct addr *a)
{
	unsigned char ip[16];

	return octets_of(a, ip) && agree(ip, c->ip, c->bits);
}
