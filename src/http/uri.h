/*
 * uri -- what a request is for: authorities and URIs (RFC 3986, RFC 9110).
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* host[:port], RFC 9110, 7.2.  The slices lie within the input. */
struct authority {
	struct slice host; /* as given; an IPv6 address without brackets */
	uint16_t port;     /* 0: none given */
	bool is_ip6;
	bool is_ip4;
};

/*
 * Parses host[:port]; E_HTTP_HOST when it is empty or not well-formed.
 * Userinfo, comma, white space, percent-encoding and control characters are
 * refused: a reg-name here is letters, digits, "-", "." and "_", in labels
 * that are not empty, and perhaps a dot at the end.  So are a colon without
 * port, port 0, and what only some take for an IPv4 address ("127.1").
 */
int authority_parse(struct slice, struct authority *);
/*
 * The host as it is compared: lower case, without one trailing dot; at most
 * 253 octets.  E_HTTP_HOST when it is too long.  *n gets the length.
 */
#define HOST_MAX 254
int authority_host(const struct authority *, char out[HOST_MAX], size_t *n);

/* A URI with a scheme, split; no part is decoded (RFC 3986, appendix B). */
struct uri {
	struct slice scheme;    /* "https" */
	struct slice authority; /* may hold userinfo; empty if none */
	struct slice path;      /* may be empty */
	struct slice query;     /* without "?" */
	struct slice fragment;  /* without "#" */
	bool has_authority;     /* "//" was there */
	bool has_query;
	bool has_fragment;
};

/*
 * Splits an absolute URI; E_INVALID when the scheme is missing or an octet
 * stands where RFC 3986 allows none (all of 0x00-0x20, 0x7f-0xff, and
 * "<>\"{}|\\^`"; "%" must be followed by two hexadecimal digits; "[" and "]"
 * belong to the authority alone; one "#").
 */
int uri_parse(struct slice, struct uri *);

#endif
