#include "net/addr.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define UNIX_PATH_AT offsetof(struct sockaddr_un, sun_path)

static void
set_ip4(struct addr *a, struct in_addr ip, uint16_t port)
{
	*a = (struct addr) { .len = sizeof(a->in) };
	a->in.sin_family = AF_INET;
	a->in.sin_addr = ip;
	a->in.sin_port = htons(port);
}

static void
set_ip6(struct addr *a, const struct in6_addr *ip, uint16_t port)
{
	*a = (struct addr) { .len = sizeof(a->in6) };
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_addr = *ip;
	a->in6.sin6_port = htons(port);
}

static int
parse_port(struct slice s, uint16_t *port)
{
	uint64_t v;

	if (s.n > 5 || !slice_u64(s, &v) || v > UINT16_MAX)
		return E_INVALID;
	*port = (uint16_t)v;
	return 0;
}

/* "::1", or "fe80::1%2" with the number of an interface. */
static int
parse_ip6(struct slice s, struct addr *a)
{
	char text[INET6_ADDRSTRLEN];
	ptrdiff_t zone = slice_find(s, '%');
	uint64_t scope = 0;
	struct in6_addr ip;

	if (zone >= 0) {
		if (!slice_u64(slice_skip(s, (size_t)zone + 1), &scope) ||
		    scope == 0 || scope > UINT32_MAX)
			return E_INVALID;
		s = slice_first(s, (size_t)zone);
	}
	if (s.n >= sizeof(text) || slice_find(s, '\0') >= 0)
		return E_INVALID;
	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(s));
	if (inet_pton(AF_INET6, text, &ip) != 1)
		return E_INVALID;
	set_ip6(a, &ip, 0);
	a->in6.sin6_scope_id = (uint32_t)scope;
	return 0;
}

static int
parse_ip4(struct slice s, struct addr *a)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr ip;

	if (s.n >= sizeof(text) || slice_find(s, '\0') >= 0)
		return E_INVALID;
	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(s));
	if (inet_pton(AF_INET, text, &ip) != 1)
		return E_INVALID;
	set_ip4(a, ip, 0);
	return 0;
}

int
addr_parse_ip(struct slice s, struct addr *a)
{
	return slice_find(s, ':') >= 0 ? parse_ip6(s, a) : parse_ip4(s, a);
}

/* Cuts "[::1]:80" and "127.0.0.1:80" in two; the brackets go. */
static int
split(struct slice s, struct slice *host, struct slice *port, bool *is_ip6)
{
	ptrdiff_t at;

	*is_ip6 = slice_starts(s, SL("["));
	if (*is_ip6) {
		s = slice_skip(s, 1);
		at = slice_find(s, ']');
	} else {
		at = slice_find(s, ':');
	}
	if (at < 0)
		return E_INVALID;
	*host = slice_first(s, (size_t)at);
	*port = slice_skip(s, (size_t)at);
	if (*is_ip6)
		*port = slice_skip(*port, 1);
	if (!slice_starts(*port, SL(":")))
		return E_INVALID;
	*port = slice_skip(*port, 1);
	return 0;
}

int
addr_parse(struct slice s, struct addr *a)
{
	struct slice host, port_text;
	uint16_t port;
	bool is_ip6;
	int e;

	if ((e = split(s, &host, &port_text, &is_ip6)) != 0 ||
	    (e = parse_port(port_text, &port)) != 0)
		return e;
	if (!is_ip6 && slice_eq(host, SL("*"))) {
		set_ip6(a, &in6addr_any, port);
		return 0;
	}
	if ((e = is_ip6 ? parse_ip6(host, a) : parse_ip4(host, a)) != 0)
		return e;
	addr_set_port(a, port);
	return 0;
}

int
addr_unix(struct slice path, struct addr *a)
{
	if (path.n == 0 || slice_find(path, '\0') >= 0)
		return E_INVALID;
	if (path.n >= sizeof(a->un.sun_path))
		return E_LIMIT;
	*a = (struct addr) { 0 };
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path.p, path.n);
	a->len = (socklen_t)(UNIX_PATH_AT + path.n + 1);
	return 0;
}

/* The path of a unix socket; empty for one that is not bound to a file. */
static struct slice
unix_path(const struct addr *a)
{
	size_t max = a->len > UNIX_PATH_AT ? a->len - UNIX_PATH_AT : 0;

	if (max > sizeof(a->un.sun_path))
		max = sizeof(a->un.sun_path);
	return slice_of(a->un.sun_path, strnlen(a->un.sun_path, max));
}

/* Whether it is ::ffff:a.b.c.d, as an IPv6 socket shows an IPv4 peer. */
static bool
is_mapped(const struct addr *a)
{
	return addr_is_ip6(a) && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
}

void
addr_unmap(struct addr *a)
{
	struct in_addr ip;

	if (!is_mapped(a))
		return;
	memcpy(&ip, &a->in6.sin6_addr.s6_addr[12], sizeof(ip));
	set_ip4(a, ip, addr_port(a));
}

static void
format_ip6(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
	if (a->in6.sin6_scope_id != 0)
		snprintf(out, ADDR_TEXT_MAX, "%s%%%u", text,
		    (unsigned)a->in6.sin6_scope_id);
	else
		snprintf(out, ADDR_TEXT_MAX, "%s", text);
}

static void
format_ip4(const void *ip, char out[ADDR_TEXT_MAX])
{
	out[0] = '\0';
	(void)inet_ntop(AF_INET, ip, out, ADDR_TEXT_MAX);
}

void
addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	if (a->len == 0)
		snprintf(out, ADDR_TEXT_MAX, "none");
	else if (addr_is_unix(a))
		snprintf(out, ADDR_TEXT_MAX, "unix:");
	else if (is_mapped(a))
		format_ip4(&a->in6.sin6_addr.s6_addr[12], out);
	else if (addr_is_ip6(a))
		format_ip6(a, out);
	else
		format_ip4(&a->in.sin_addr, out);
}

void
addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];

	if (a->len != 0 && addr_is_unix(a)) {
		snprintf(out, ADDR_TEXT_MAX, "unix:%.*s",
		    SLICE_ARG(unix_path(a)));
		return;
	}
	addr_format_ip(a, ip);
	if (a->len == 0)
		snprintf(out, ADDR_TEXT_MAX, "%.*s", ADDR_TEXT_MAX - 1, ip);
	else if (addr_is_ip6(a) && !is_mapped(a))
		snprintf(out, ADDR_TEXT_MAX, "[%.100s]:%u", ip,
		    (unsigned)addr_port(a));
	else
		snprintf(out, ADDR_TEXT_MAX, "%.100s:%u", ip,
		    (unsigned)addr_port(a));
}

uint16_t
addr_port(const struct addr *a)
{
	if (a->len == 0 || addr_is_unix(a))
		return 0;
	return ntohs(addr_is_ip6(a) ? a->in6.sin6_port : a->in.sin_port);
}

void
addr_set_port(struct addr *a, uint16_t port)
{
	if (a->len == 0 || addr_is_unix(a))
		return;
	if (addr_is_ip6(a))
		a->in6.sin6_port = htons(port);
	else
		a->in.sin_port = htons(port);
}

bool
addr_is_ip6(const struct addr *a)
{
	return a->len > 0 && a->sa.sa_family == AF_INET6;
}

bool
addr_is_unix(const struct addr *a)
{
	return a->len > 0 && a->sa.sa_family == AF_UNIX;
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	if (a->len == 0 || b->len == 0)
		return a->len == b->len;
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (addr_is_unix(a))
		return slice_eq(unix_path(a), unix_path(b));
	if (addr_port(a) != addr_port(b))
		return false;
	if (!addr_is_ip6(a))
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr) &&
	    a->in6.sin6_scope_id == b->in6.sin6_scope_id;
}
