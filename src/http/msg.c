#include "http/msg.h"

#include <stdarg.h>

/* Holds a small head and what a gateway adds to it.  With what the arena adds
 * it is no more than glibc keeps at hand for a thread, which is 1,032 octets. */
#define MSG_BLOCK 992

static const struct slice methods[] = {
	[METHOD_OTHER] = SLICE(""),
	[METHOD_GET] = SLICE("GET"),
	[METHOD_HEAD] = SLICE("HEAD"),
	[METHOD_POST] = SLICE("POST"),
	[METHOD_PUT] = SLICE("PUT"),
	[METHOD_DELETE] = SLICE("DELETE"),
	[METHOD_CONNECT] = SLICE("CONNECT"),
	[METHOD_OPTIONS] = SLICE("OPTIONS"),
	[METHOD_TRACE] = SLICE("TRACE"),
	[METHOD_PATCH] = SLICE("PATCH"),
};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

/* The HTTP Status Code Registry, as of RFC 9110. */
static const struct {
	unsigned status;
	const char *text;
} statuses[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 208, "Already Reported" },
	{ 226, "IM Used" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 506, "Variant Also Negotiates" },
	{ 507, "Insufficient Storage" },
	{ 508, "Loop Detected" },
	{ 511, "Network Authentication Required" },
};

void
msg_init(struct msg *m)
{
	*m = (struct msg) { 0 };
	arena_init(&m->arena, MSG_BLOCK);
}

void
msg_clear(struct msg *m)
{
	arena_clear(&m->arena);
	fields_clear(&m->fields);
	fields_clear(&m->trailers);
	msg_init(m);
}

void
msg_reset(struct msg *m)
{
	struct fields fields = m->fields, trailers = m->trailers;
	struct arena arena = m->arena;

	arena_reset(&arena);
	fields_reset(&fields);
	fields_reset(&trailers);
	*m = (struct msg) { .arena = arena,
		.fields = fields,
		.trailers = trailers };
}

void
msg_add(struct msg *m, struct slice name, struct slice value)
{
	name = arena_copy(&m->arena, name);
	value = arena_copy(&m->arena, value);
	fields_add(&m->fields, name, value);
}

void
msg_addf(struct msg *m, struct slice name, const char *fmt, ...)
{
	struct slice value;
	va_list ap;

	va_start(ap, fmt);
	value = arena_vprintf(&m->arena, fmt, ap);
	va_end(ap);
	fields_add(&m->fields, arena_copy(&m->arena, name), value);
}

void
msg_set_method(struct msg *m, struct slice name)
{
	m->method = http_method_of(name);
	m->method_name = arena_copy(&m->arena, name);
}

/* Methods are case-sensitive: RFC 9110, 9.1. */
enum http_method
http_method_of(struct slice name)
{
	for (unsigned i = METHOD_OTHER + 1; i < METHOD_COUNT; i++)
		if (slice_eq(name, methods[i]))
			return (enum http_method)i;
	return METHOD_OTHER;
}

struct slice
http_method_name(enum http_method m)
{
	return methods[m];
}

bool
http_method_is_idempotent(enum http_method m)
{
	switch (m) {
	case METHOD_GET:
	case METHOD_HEAD:
	case METHOD_PUT:
	case METHOD_DELETE:
	case METHOD_OPTIONS:
	case METHOD_TRACE:
		return true;
	case METHOD_OTHER:
	case METHOD_POST:
	case METHOD_CONNECT:
	case METHOD_PATCH:
		return false;
	}
	return false;
}

const char *
http_status_text(unsigned status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "";
}

bool
http_response_is_bare(enum http_method request, unsigned status)
{
	return request == METHOD_HEAD || status / 100 == 1 || status == 204 ||
	    status == 304;
}
