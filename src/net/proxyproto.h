/*
 * proxyproto -- the PROXY protocol: what a proxy says of a connection before
 * the first octet of it (proxy-protocol.txt by Willy Tarreau, 2.1 and 2.2).
 *
 * Both versions are read, the second is written.  Bytes in, bytes out.
 */
#ifndef NET_PROXYPROTO_H
#define NET_PROXYPROTO_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"
#include "net/addr.h"

/* 2.2: 16 octets and a length of 16 bits; the first version has at most 107 */
#define PROXYPROTO_MAX (16 + 65535)

struct proxyproto {
	/* who connected to whom; not there if the proxy says nothing of it:
	 * LOCAL, UNKNOWN, or a family that is not IP */
	bool has_addrs;
	struct addr from;
	struct addr to;
};

/*
 * Reads the header at the start of in.  0: *n is its length, what follows is
 * the connection's.  E_AGAIN: there must be more.  E_PROXY_HEADER: it is
 * malformed, or something else.  Nothing is lenient: the checksum is verified
 * where there is one, TLVs must fill their space, numbers are plain.
 */
int proxyproto_read(struct slice in, struct proxyproto *, size_t *n);

/* 2.2.1 to 2.2.8: types of TLVs */
enum proxyproto_type {
	PP2_ALPN = 0x01,
	PP2_AUTHORITY = 0x02,
	PP2_CRC32C = 0x03,
	PP2_UNIQUE_ID = 0x05, /* at most 128 octets */
	PP2_SSL = 0x20,
	/* within PP2_SSL */
	PP2_SSL_VERSION = 0x21,
	PP2_SSL_CN = 0x22,
	PP2_SSL_CIPHER = 0x23,
	PP2_SSL_SIG_ALG = 0x24, /* of our own certificate, like the next */
	PP2_SSL_KEY_ALG = 0x25,
	PP2_SSL_GROUP = 0x26,
	PP2_SSL_CLIENT_CERT = 0x28, /* DER */
};

/* Bits of PP2_SSL's first octet. */
enum proxyproto_client {
	PP2_CLIENT_SSL = 1,
	PP2_CLIENT_CERT_CONN = 2, /* shown on this connection */
	PP2_CLIENT_CERT_SESS = 4, /* shown in the session at least once */
};

/* One TLV; one that is empty is left out. */
struct proxyproto_tlv {
	enum proxyproto_type type;
	struct slice value;
};

/* What is said of a connection. */
struct proxyproto_say {
	const struct addr *from;
	const struct addr *to;
	const struct proxyproto_tlv *tlvs;
	size_t tlv_count;
	unsigned client;  /* enum proxyproto_client, a set; 0: no PP2_SSL */
	bool is_verified; /* a certificate was shown, and is good */
	const struct proxyproto_tlv *ssl;
	size_t ssl_count;
};

/*
 * Appends a header of the second version for a stream: PROXY, the addresses
 * (UNSPEC if they are not of one family of IP), TLVs, PP2_SSL, PP2_CRC32C.
 * E_LIMIT, and nothing is appended, if it does not fit into buf or into 16
 * bits.
 */
int proxyproto_write(struct buf *, const struct proxyproto_say *);

#endif
