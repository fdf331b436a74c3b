#include "http/h1_start.h"

#include "base/err.h"
#include "http/h1_lines.h"
#include "http/span.h"
#include "http/uri.h"

#define VERSION_LEN 8 /* "HTTP/1.1" */

/* "HTTP/1.0" or "HTTP/1.1" at the start of s. */
static int
parse_version(struct slice s, enum http_version *version)
{
	if (s.n < VERSION_LEN || !slice_starts(s, SL("HTTP/")) ||
	    !ascii_is_digit(s.p[5]) || s.p[6] != '.' || !ascii_is_digit(s.p[7]))
		return E_HTTP_LINE;
	if (s.p[5] != '1' || s.p[7] > '1')
		return E_HTTP_VERSION;
	*version = s.p[7] == '1' ? HTTP_11 : HTTP_10;
	return 0;
}

/*
 * RFC 9112, 3.2.2: scheme "://" authority and what follows.  The authority
 * takes the place of Host (3.2.2), so it must stand up to the same test.
 */
static int
parse_absolute(struct msg *msg, struct slice target)
{
	struct authority a;
	struct slice rest;
	size_t n = 0;

	if (target.n >= 7 &&
	    slice_caseeq(slice_first(target, 7), SL("http://"))) {
		msg->scheme = SL("http");
		rest = slice_skip(target, 7);
	} else if (target.n >= 8 &&
	    slice_caseeq(slice_first(target, 8), SL("https://"))) {
		msg->scheme = SL("https");
		rest = slice_skip(target, 8);
	} else {
		return E_HTTP_TARGET;
	}
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	msg->authority = slice_first(rest, n);
	rest = slice_skip(rest, n);
	/* an empty path is "/", but for OPTIONS it is "*" (3.2.4) */
	if (rest.n == 0)
		msg->path = msg->method == METHOD_OPTIONS ? SL("*") : SL("/");
	else if (rest.p[0] == '?')
		msg->path = arena_printf(&msg->arena, "/%.*s", SLICE_ARG(rest));
	else
		msg->path = rest;
	return authority_parse(msg->authority, &a);
}

/* RFC 9112, 3.2.3: host and port, and the port must be there. */
static int
parse_authority_form(struct msg *msg, struct slice target)
{
	struct authority a;

	if (authority_parse(target, &a) != 0 || a.port == 0)
		return E_HTTP_TARGET;
	msg->authority = target;
	msg->path = slice_first(target, 0);
	return 0;
}

/* One of the four forms of RFC 9112, 3.2; the method tells which may be. */
static int
parse_target(struct msg *msg, struct slice target)
{
	if (msg->method == METHOD_CONNECT)
		return parse_authority_form(msg, target);
	if (target.p[0] == '/') {
		msg->path = target;
		return 0;
	}
	if (slice_eq(target, SL("*"))) {
		msg->path = target;
		return msg->method == METHOD_OPTIONS ? 0 : E_HTTP_TARGET;
	}
	return parse_absolute(msg, target);
}

int
h1_start_request(struct msg *msg, struct slice *rest)
{
	struct slice target, s = *rest;
	size_t n = octet_span(s, OCTET_TOKEN);
	int e;

	if (n == 0 || s.p[n] != ' ')
		return octet_is_blank(s.p[n]) || s.p[n] == '\r' ? E_HTTP_LINE :
								  E_HTTP_METHOD;
	msg->method_name = slice_first(s, n);
	msg->method = http_method_of(msg->method_name);
	s = slice_skip(s, n + 1);

	n = octet_span(s, OCTET_TARGET);
	target = slice_first(s, n);
	if (n == 0 || s.p[n] != ' ')
		return octet_is_blank(s.p[n]) || s.p[n] == '\r' ? E_HTTP_LINE :
								  E_HTTP_TARGET;
	s = slice_skip(s, n + 1);

	/* the version first: "PRI * HTTP/2.0" has no target that we know */
	if ((e = parse_version(s, &msg->version)) != 0)
		return e;
	s = slice_skip(s, VERSION_LEN);
	if (!slice_starts(s, SL("\r\n")))
		return E_HTTP_LINE;
	*rest = slice_skip(s, 2);
	return parse_target(msg, target);
}

int
h1_start_response(struct msg *msg, struct slice *rest)
{
	struct slice s = *rest;
	uint64_t status;
	size_t n;
	int e;

	if ((e = parse_version(s, &msg->version)) != 0)
		return e;
	s = slice_skip(s, VERSION_LEN);
	if (s.p[0] != ' ')
		return E_HTTP_LINE;
	s = slice_skip(s, 1);
	if (s.n < 4 || !slice_u64(slice_first(s, 3), &status) ||
	    (s.p[3] != ' ' && s.p[3] != '\r') || status < 100 || status > 599)
		return E_HTTP_STATUS;
	msg->status = (unsigned)status;
	/* some leave the SP out where there is no reason */
	s = slice_skip(s, s.p[3] == ' ' ? 4 : 3);
	n = span_value(s);
	if (s.p[n] != '\r' || s.p[n + 1] != '\n')
		return E_HTTP_LINE;
	msg->reason = slice_first(s, n);
	*rest = slice_skip(s, n + 2);
	return 0;
}
