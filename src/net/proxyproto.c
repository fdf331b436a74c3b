#include "net/proxyproto.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/err.h"

#define V1_MAX  107 /* 2.1: octets, with the end of the line */
#define V2_HEAD 16  /* signature, version and command, family, length */

static const struct slice v1_start = SLICE("PROXY ");
static const struct slice v2_start = SLICE("\r\n\r\n\0\r\nQUIT\n");

static size_t
get16(struct slice s)
{
	return (size_t)(unsigned char)s.p[0] << 8 | (unsigned char)s.p[1];
}

static uint32_t
get32(struct slice s)
{
	return (uint32_t)get16(s) << 16 | (uint32_t)get16(slice_skip(s, 2));
}

/* 2.1: decimal, without leading zeros. */
static bool
read_port(struct slice s, struct addr *a)
{
	uint64_t port;

	if ((s.n > 1 && s.p[0] == '0') || !slice_u64(s, &port) ||
	    port > UINT16_MAX)
		return false;
	addr_set_port(a, (uint16_t)port);
	return true;
}

/* "TCP4 192.0.2.1 192.0.2.2 56324 443": four more words than the first. */
static int
read_tcp(struct slice line, bool is_ip6, struct proxyproto *p)
{
	struct slice words[5];
	bool at_end = false;
	size_t n = 0;

	while (n < 5 && slice_cut(&line, ' ', &words[n], &at_end))
		n++;
	if (n < 5 || !at_end)
		return E_PROXY_HEADER;
	for (size_t i = 1; i < 3; i++)
		if ((slice_find(words[i], ':') >= 0) != is_ip6 ||
		    slice_find(words[i], '%') >= 0)
			return E_PROXY_HEADER;
	if (addr_parse_ip(words[1], &p->from) != 0 ||
	    addr_parse_ip(words[2], &p->to) != 0 ||
	    !read_port(words[3], &p->from) || !read_port(words[4], &p->to))
		return E_PROXY_HEADER;
	p->has_addrs = true;
	return 0;
}

static int
read_v1(struct slice in, struct proxyproto *p, size_t *n)
{
	ptrdiff_t end = slice_find(slice_first(in,
				       in.n < V1_MAX ? in.n : V1_MAX),
	    '\n');
	struct slice line;

	if (end < 0)
		return in.n < V1_MAX ? E_AGAIN : E_PROXY_HEADER;
	line = slice_first(in, (size_t)end);
	if (!slice_ends(line, SL("\r")))
		return E_PROXY_HEADER;
	line = slice_skip(slice_first(line, line.n - 1), v1_start.n);
	*n = (size_t)end + 1;
	/* whatever follows means nothing then */
	if (slice_eq(line, SL("UNKNOWN")) || slice_starts(line, SL("UNKNOWN ")))
		return slice_find(line, '\r') < 0 ? 0 : E_PROXY_HEADER;
	if (slice_starts(line, SL("TCP4 ")))
		return read_tcp(line, false, p);
	if (slice_starts(line, SL("TCP6 ")))
		return read_tcp(line, true, p);
	return E_PROXY_HEADER;
}

static void
set_addr(struct addr *a, int family, struct slice ip, struct slice port)
{
	*a = (struct addr) { .len = family == AF_INET6 ? sizeof(a->in6) :
							 sizeof(a->in) };
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET6)
		memcpy(&a->in6.sin6_addr, ip.p, ip.n);
	else
		memcpy(&a->in.sin_addr, ip.p, ip.n);
	addr_set_port(a, (uint16_t)get16(port));
}

/* 2.2: the addresses in front of the TLVs; how many octets that were. */
static int
read_addrs(unsigned char kind, struct slice s, struct proxyproto *p,
    size_t *taken)
{
	int family = AF_INET;
	size_t n = 4;

	switch (kind) {
	case 0x00: /* UNSPEC; with or without a protocol */
	case 0x01:
		*taken = 0;
		return 0;
	case 0x11: /* TCP over IPv4 */
		break;
	case 0x21: /* TCP over IPv6 */
		family = AF_INET6;
		n = 16;
		break;
	case 0x31: /* a unix socket, with two names of 108 octets */
		*taken = 216;
		return s.n < *taken ? E_PROXY_HEADER : 0;
	default:
		return E_PROXY_HEADER;
	}
	*taken = 2 * n + 4;
	if (s.n < *taken)
		return E_PROXY_HEADER;
	set_addr(&p->from, family, slice_first(s, n), slice_skip(s, 2 * n));
	set_addr(&p->to, family, slice_first(slice_skip(s, n), n),
	    slice_skip(s, 2 * n + 2));
	p->has_addrs = true;
	return 0;
}

/* 2.2.3: over the whole header, with zeros in place of the checksum. */
static bool
is_sum_right(struct slice header, struct slice sum)
{
	size_t before = (size_t)(sum.p - header.p);
	uint32_t crc;

	if (sum.n != 4)
		return false;
	crc = crc32c(0, slice_first(header, before));
	crc = crc32c(crc, SL("\0\0\0\0"));
	crc = crc32c(crc, slice_skip(header, before + sum.n));
	return crc == get32(sum);
}

static int
read_tlvs(struct slice header, struct slice rest)
{
	while (rest.n > 0) {
		size_t n = rest.n < 3 ? rest.n : get16(slice_skip(rest, 1));

		if (rest.n < 3 || n > rest.n - 3)
			return E_PROXY_HEADER;
		if (rest.p[0] == PP2_CRC32C &&
		    !is_sum_right(header, slice_first(slice_skip(rest, 3), n)))
			return E_PROXY_HEADER;
		rest = slice_skip(rest, 3 + n);
	}
	return 0;
}

static int
read_v2(struct slice in, struct proxyproto *p, size_t *n)
{
	struct slice rest;
	size_t taken;
	int e;

	if (in.n > v2_start.n && in.p[v2_start.n] != 0x20 &&
	    in.p[v2_start.n] != 0x21)
		return E_PROXY_HEADER;
	if (in.n < V2_HEAD)
		return E_AGAIN;
	*n = V2_HEAD + get16(slice_skip(in, V2_HEAD - 2));
	if (in.n < *n)
		return E_AGAIN;
	in = slice_first(in, *n);
	rest = slice_skip(in, V2_HEAD);
	/* LOCAL: whatever else it says is to be ignored */
	if (in.p[v2_start.n] == 0x20)
		return 0;
	e = read_addrs((unsigned char)in.p[v2_start.n + 1], rest, p, &taken);
	/* UNSPEC has addresses of a length that nobody knows, or none */
	if (e != 0 || taken == 0)
		return e;
	return read_tlvs(in, slice_skip(rest, taken));
}

/* Whether in begins like this one, as far as it goes. */
static bool
begins(struct slice in, struct slice start)
{
	size_t n = in.n < start.n ? in.n : start.n;

	return slice_eq(slice_first(in, n), slice_first(start, n));
}

int
proxyproto_read(struct slice in, struct proxyproto *p, size_t *n)
{
	*p = (struct proxyproto) { 0 };
	if (in.n == 0)
		return E_AGAIN;
	if (begins(in, v1_start))
		return in.n < v1_start.n ? E_AGAIN : read_v1(in, p, n);
	if (begins(in, v2_start))
		return read_v2(in, p, n);
	return E_PROXY_HEADER;
}

/* A part of a header: what does not fit into 16 bits is full. */
struct part {
	struct buf buf;
	bool is_full;
};

static void
part_init(struct part *o)
{
	buf_init(&o->buf, UINT16_MAX);
	o->is_full = false;
}

static void
put(struct part *o, struct slice s)
{
	o->is_full = o->is_full || !buf_put(&o->buf, s);
}

static void
put_number(struct part *o, size_t octets, uint32_t v)
{
	char p[4];

	for (size_t i = octets; i > 0; v >>= 8)
		p[--i] = (char)v;
	put(o, slice_of(p, octets));
}

static void
put_tlv(struct part *o, enum proxyproto_type type, struct slice value)
{
	if (value.n == 0)
		return;
	o->is_full = o->is_full || value.n > UINT16_MAX;
	put_number(o, 1, type);
	put_number(o, 2, (uint32_t)value.n);
	put(o, value);
}

static void
put_ssl(struct part *o, const struct proxyproto_say *say)
{
	struct part ssl;

	part_init(&ssl);
	put_number(&ssl, 1, say->client);
	put_number(&ssl, 4, say->is_verified ? 0 : 1);
	for (size_t i = 0; i < say->ssl_count; i++)
		put_tlv(&ssl, say->ssl[i].type, say->ssl[i].value);
	put_tlv(o, PP2_SSL, buf_slice(&ssl.buf));
	o->is_full = o->is_full || ssl.is_full;
	buf_clear(&ssl.buf);
}

static struct slice
ip_of(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET6)
		return slice_of(&a->in6.sin6_addr, 16);
	return slice_of(&a->in.sin_addr, 4);
}

/* What octet 14 of the header says. */
static unsigned
kind_of(const struct addr *from, const struct addr *to)
{
	if (from->sa.sa_family == AF_INET && to->sa.sa_family == AF_INET)
		return 0x11;
	if (from->sa.sa_family == AF_INET6 && to->sa.sa_family == AF_INET6)
		return 0x21;
	return 0x00;
}

static unsigned
put_addrs(struct part *o, struct addr from, struct addr to)
{
	unsigned kind;

	/* a client of IPv4 on a socket for both */
	addr_unmap(&from);
	addr_unmap(&to);
	if ((kind = kind_of(&from, &to)) == 0)
		return kind;
	put(o, ip_of(&from));
	put(o, ip_of(&to));
	put_number(o, 2, addr_port(&from));
	put_number(o, 2, addr_port(&to));
	return kind;
}

/* The first 16 octets, the rest with the head of the checksum, the checksum:
 * 2.2.3. */
static int
write_header(struct buf *b, unsigned kind, struct slice rest)
{
	static const struct slice no_sum = SLICE("\0\0\0\0");
	struct part head, sum;
	uint32_t crc;
	int e = E_LIMIT;

	part_init(&head);
	part_init(&sum);
	put(&head, v2_start);
	put_number(&head, 1, 0x21); /* version 2, PROXY */
	put_number(&head, 1, kind);
	put_number(&head, 2, (uint32_t)(rest.n + no_sum.n));
	crc = crc32c(crc32c(0, buf_slice(&head.buf)), rest);
	put_number(&sum, 4, crc32c(crc, no_sum));
	if (V2_HEAD + rest.n + no_sum.n <= buf_room(b) &&
	    buf_put(b, buf_slice(&head.buf)) && buf_put(b, rest) &&
	    buf_put(b, buf_slice(&sum.buf)))
		e = 0;
	buf_clear(&head.buf);
	buf_clear(&sum.buf);
	return e;
}

int
proxyproto_write(struct buf *b, const struct proxyproto_say *say)
{
	struct part rest;
	unsigned kind;
	int e = E_LIMIT;

	part_init(&rest);
	kind = put_addrs(&rest, *say->from, *say->to);
	for (size_t i = 0; i < say->tlv_count; i++)
		put_tlv(&rest, say->tlvs[i].type, say->tlvs[i].value);
	if (say->client != 0)
		put_ssl(&rest, say);
	put_number(&rest, 1, PP2_CRC32C);
	put_number(&rest, 2, 4);
	if (!rest.is_full && buf_len(&rest.buf) <= UINT16_MAX - 4)
		e = write_header(b, kind, buf_slice(&rest.buf));
	buf_clear(&rest.buf);
	return e;
}
