/*
 * addr -- where to listen and where to connect: an IP address with a port, or
 * the path of a unix socket.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

#include "base/slice.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_storage storage;
	};
	socklen_t len; /* 0: none */
};

/* "[2001:db8::1]:65535%eth0..." or "unix:" and a path, with the NUL */
#define ADDR_TEXT_MAX 128

/*
 * "127.0.0.1:8443", "[::1]:8443", "*:8443" (every address, IPv6 and IPv4).
 * E_INVALID if it is not like that.  Names are not resolved.
 */
int addr_parse(struct slice, struct addr *);
/* An address without port: "127.0.0.1", "::1"; E_INVALID. */
int addr_parse_ip(struct slice, struct addr *);
/* E_LIMIT: the path is too long for a unix socket. */
int addr_unix(struct slice path, struct addr *);
/* The whole: "127.0.0.1:8443", "[::1]:8443", "unix:/run/x.sock". */
void addr_format(const struct addr *, char out[ADDR_TEXT_MAX]);
/* The address alone: "127.0.0.1", "::1"; "unix:" for a unix socket.  An IPv4
 * client of an IPv6 socket is shown as IPv4. */
void addr_format_ip(const struct addr *, char out[ADDR_TEXT_MAX]);
uint16_t addr_port(const struct addr *);
void addr_set_port(struct addr *, uint16_t);
bool addr_is_ip6(const struct addr *);
/* An IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) becomes what
 * it is. */
void addr_unmap(struct addr *);
bool addr_is_unix(const struct addr *);
bool addr_eq(const struct addr *, const struct addr *);

#endif
