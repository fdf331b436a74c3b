#include "http/uri.h"

#include <arpa/inet.h>

#include "base/err.h"
#include "http/octet.h"

/* Five digits hold every port. */
#define PORT_DIGITS 5

static bool
parse_port(struct slice s, uint16_t *port)
{
	uint64_t v;

	if (s.n > PORT_DIGITS || !slice_u64(s, &v) || v == 0 || v > UINT16_MAX)
		return false;
	*port = (uint16_t)v;
	return true;
}

/* inet_pton wants a string; family is AF_INET or AF_INET6. */
static bool
is_address(int family, struct slice s)
{
	unsigned char addr[sizeof(struct in6_addr)];
	char str[INET6_ADDRSTRLEN];

	if (s.n >= sizeof(str))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\0')
			return false;
		str[i] = s.p[i];
	}
	str[s.n] = '\0';
	return inet_pton(family, str, addr) == 1;
}

static bool
is_number(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* The label at the end, or before a dot at the end. */
static struct slice
last_label(struct slice s)
{
	size_t start;

	if (s.p[s.n - 1] == '.')
		s.n--;
	for (start = s.n; start > 0 && s.p[start - 1] != '.'; start--)
		;
	return slice_skip(s, start);
}

/*
 * A reg-name: labels that are not empty, perhaps one dot at the end.  A last
 * label of digits makes it an IPv4 address for some and a name for others
 * ("127.1", "1.2.3.4."), so it must be the one spelling that all agree on.
 */
static bool
is_name(struct slice s, bool *is_ip4)
{
	bool is_empty = true; /* the label so far */

	for (size_t i = 0; i < s.n; i++) {
		bool is_dot = s.p[i] == '.';

		if (!octet_is(s.p[i], OCTET_HOST) || (is_dot && is_empty))
			return false;
		is_empty = is_dot;
	}
	if (s.n == 0)
		return false;
	*is_ip4 = is_number(last_label(s));
	return !*is_ip4 || is_address(AF_INET, s);
}

int
authority_parse(struct slice s, struct authority *a)
{
	struct slice port;
	ptrdiff_t end;

	*a = (struct authority) { 0 };
	if (s.n > 0 && s.p[0] == '[') {
		end = slice_find(s, ']');
		if (end < 0)
			return E_HTTP_HOST;
		a->host = slice_skip(slice_first(s, (size_t)end), 1);
		a->is_ip6 = true;
		if (!is_address(AF_INET6, a->host))
			return E_HTTP_HOST;
		port = slice_skip(s, (size_t)end + 1);
	} else {
		end = slice_find(s, ':');
		a->host = slice_first(s, end < 0 ? s.n : (size_t)end);
		if (!is_name(a->host, &a->is_ip4))
			return E_HTTP_HOST;
		port = slice_skip(s, a->host.n);
	}
	if (port.n == 0)
		return 0;
	if (port.p[0] != ':' || !parse_port(slice_skip(port, 1), &a->port))
		return E_HTTP_HOST;
	return 0;
}

int
authority_host(const struct authority *a, char out[HOST_MAX], size_t *n)
{
	struct slice h = a->host;

	if (!a->is_ip6 && h.n > 0 && h.p[h.n - 1] == '.')
		h.n--;
	if (h.n >= HOST_MAX)
		return E_HTTP_HOST;
	for (size_t i = 0; i < h.n; i++)
		out[i] = ascii_lower(h.p[i]);
	out[h.n] = '\0';
	*n = h.n;
	return 0;
}

/* Only octets of RFC 3986, and "%" only before two hexadecimal digits. */
static bool
is_uri_octets(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!octet_is(s.p[i], OCTET_URI))
			return false;
		if (s.p[i] != '%')
			continue;
		if (s.n - i < 3 || ascii_hex(s.p[i + 1]) < 0 ||
		    ascii_hex(s.p[i + 2]) < 0)
			return false;
	}
	return true;
}

static bool
is_scheme(struct slice s)
{
	if (s.n == 0 || !ascii_is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '-' &&
		    s.p[i] != '.')
			return false;
	return true;
}

/* Cuts s at the first c: true, and *after is what follows it. */
static bool
split(struct slice *s, char c, struct slice *after)
{
	ptrdiff_t at = slice_find(*s, c);

	if (at < 0)
		return false;
	*after = slice_skip(*s, (size_t)at + 1);
	*s = slice_first(*s, (size_t)at);
	return true;
}

static bool
has_bracket(struct slice s)
{
	return slice_find(s, '[') >= 0 || slice_find(s, ']') >= 0;
}

int
uri_parse(struct slice s, struct uri *u)
{
	struct slice rest;
	ptrdiff_t slash;

	*u = (struct uri) { .scheme = s };
	if (!is_uri_octets(s) || !split(&u->scheme, ':', &rest) ||
	    !is_scheme(u->scheme))
		return E_INVALID;
	/* from the end: a "?" in the fragment is not the query's */
	u->has_fragment = split(&rest, '#', &u->fragment);
	u->has_query = split(&rest, '?', &u->query);
	u->has_authority = slice_starts(rest, SL("//"));
	if (u->has_authority) {
		u->authority = slice_skip(rest, 2);
		slash = slice_find(u->authority, '/');
		if (slash >= 0)
			u->authority = slice_first(u->authority, (size_t)slash);
		rest = slice_skip(rest, 2 + u->authority.n);
	}
	u->path = rest;
	if (has_bracket(u->path) || has_bracket(u->query) ||
	    has_bracket(u->fragment) || slice_find(u->fragment, '#') >= 0)
		return E_INVALID;
	return 0;
}
