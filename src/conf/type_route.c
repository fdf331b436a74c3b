/*
 * type_route -- what makes a route: path, methods, who may, where to.
 */
#include <string.h>

#include "conf/schema.h"
#include "http/field.h"
#include "http/path.h"

#define PATH_MAX_OCTETS 1024 /* of a route; longer ones are a mistake */

/* A path in its normal form, or the empty slice after a mistake. */
static struct slice
read_path(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node)
{
	const struct slice none = { 0 };
	char normal[PATH_MAX_OCTETS];
	size_t n;

	if (!schema_is_text(in, row, node))
		return none;
	if (!slice_starts(node->text, SL("/")) ||
	    slice_find(node->text, '?') >= 0) {
		schema_expected(in, node, row->type->what);
		return none;
	}
	if (path_normalise(node->text, normal, sizeof(normal), &n) != 0) {
		diag_error(in->diag, node->at,
		    "no request has this path: it is too long, or two "
		    "programs could read it differently (a dot segment, an "
		    "empty one, an encoded slash, an octet to be encoded)");
		return none;
	}
	/* "/a" covers "/a/" and all below it; "/a/" would not cover "/a" */
	while (n > 1 && normal[n - 1] == '/')
		n--;
	if (!slice_eq(node->text, slice_of(normal, n))) {
		diag_error(in->diag, node->at,
		    "the path is not in its normal form; write \"%.*s\"",
		    (int)n, normal);
		return none;
	}
	return arena_copy(in->arena, node->text);
}

static void
path_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_route *route = base;

	route->path = read_path(in, row, node);
}

static void
path_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_route *route = base;

	schema_write_text(out, row, route->path);
}

const struct schema_type type_path = {
	.what = "a path that begins with / and has no query",
	.read = path_read,
	.write = path_write,
};

static void
prefix_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct slice *field = schema_field(row, base);
	struct slice path = read_path(in, row, node);

	if (slice_eq(path, SL("/")))
		schema_expected(in, node, row->type->what);
	else
		*field = path;
}

static void
prefix_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct slice *field = schema_field_const(row, base);

	if (field->n > 0)
		schema_write_text(out, row, *field);
}

const struct schema_type type_prefix = {
	.what = "the beginning of a path such as /app, with a segment or more",
	.read = prefix_read,
	.write = prefix_write,
};

/* A known method in another case than it has, or METHOD_OTHER. */
static enum http_method
method_meant(struct slice s)
{
	char upper[16];

	if (s.n > sizeof(upper))
		return METHOD_OTHER;
	for (size_t i = 0; i < s.n; i++)
		upper[i] = ascii_is_alpha(s.p[i]) ? (char)(s.p[i] & ~0x20) :
						    s.p[i];
	return http_method_of(slice_of(upper, s.n));
}

static void
method_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct slice *method = base;
	enum http_method known;

	if (!schema_is_text(in, row, node))
		return;
	known = http_method_of(node->text);
	if (!http_is_token(node->text))
		schema_expected(in, node, row->type->what);
	else if (known == METHOD_CONNECT || known == METHOD_TRACE)
		diag_error(in->diag, node->at, "%.*s is never served",
		    SLICE_ARG(node->text));
	else if (known == METHOD_OTHER &&
	    (known = method_meant(node->text)) != METHOD_OTHER)
		diag_error(in->diag, node->at,
		    "methods are case-sensitive; write %.*s",
		    SLICE_ARG(http_method_name(known)));
	else
		*method = arena_copy(in->arena, node->text);
}

static void
method_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	schema_write_text(out, row, *(const struct slice *)base);
}

const struct schema_type type_method = {
	.what = "a method such as GET",
	.read = method_read,
	.write = method_write,
};

/* Protocols of HTTP's own versions are spoken by each side for itself. */
static bool
is_http_version(struct slice token)
{
	return slice_caseeq(token, SL("h2c")) ||
	    slice_caseeq(token, SL("h2")) || slice_caseeq(token, SL("http")) ||
	    slice_caseeq(token, SL("tls"));
}

static void
upgrade_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct slice *token = base;

	if (!schema_is_text(in, row, node))
		return;
	if (!http_is_token(node->text))
		schema_expected(in, node, row->type->what);
	else if (is_http_version(node->text))
		diag_error(in->diag, node->at,
		    "%.*s is never passed on: what version of HTTP is spoken "
		    "is a matter of each connection",
		    SLICE_ARG(node->text));
	else
		*token = arena_copy(in->arena, node->text);
}

const struct schema_type type_upgrade = {
	.what = "a protocol such as websocket",
	.read = upgrade_read,
	.write = method_write,
};

static void
allow_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_route *route = base;

	if (node->kind == YAML_LIST) {
		schema_read_list(in, row, node, base);
		return;
	}
	if (node->kind != YAML_TEXT || !slice_eq(node->text, SL("any"))) {
		schema_expected(in, node, row->type->what);
		return;
	}
	route->allow.at = arena_new(in->arena, sizeof(*route->allow.at));
	route->allow.count = 1;
	route->allow.at->at = node->at;
	route->allow.at->is_any = true;
	route->allow.at->text = SL("any");
}

static void
allow_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_route *route = base;

	if (route->allow.count > 0 && route->allow.at->is_any)
		schema_write_word(out, row, "any");
	else
		schema_write_list(out, row, base);
}

const struct schema_type type_allow = {
	.what = "the word any, or a list of rules such as "
		"- dns: web.corp.example",
	.read = allow_read,
	.write = allow_write,
};

/* What HTTP says of an answer that is always the same. */
static void
check_respond(const struct schema_in *in, const struct yaml_node *node,
    const struct conf_respond *r)
{
	const struct yaml_node *type = yaml_get(node, "content_type");
	const struct yaml_node *body = yaml_get(node, "body");

	if (type != NULL && r->type.n > 0 && !http_is_field_value(r->type))
		schema_expected(in, type, "a media type such as text/plain");
	if (body != NULL && r->body.n > 0 &&
	    http_response_is_bare(METHOD_GET, r->status))
		diag_error(in->diag, body->at,
		    "an answer with status %u has no body", r->status);
}

static void
respond_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_route *route = base;

	if (node->kind == YAML_TEXT && slice_eq(node->text, SL("whoami"))) {
		route->respond.kind = RESPOND_WHOAMI;
		return;
	}
	/* whatever it is, the route does not want for a destination */
	route->respond.kind = RESPOND_FIXED;
	if (node->kind != YAML_MAP) {
		schema_expected(in, node, row->type->what);
		return;
	}
	schema_read_group(in, &schema_respond, node, &route->respond);
	check_respond(in, node, &route->respond);
}

static void
respond_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_route *route = base;

	switch (route->respond.kind) {
	case RESPOND_NONE:
		break;
	case RESPOND_WHOAMI:
		schema_write_word(out, row, "whoami");
		break;
	case RESPOND_FIXED:
		schema_write_key(out, row);
		out->depth++;
		schema_write_group(out, &schema_respond, &route->respond);
		out->depth--;
		break;
	}
}

const struct schema_type type_respond = {
	.what = "the word whoami, or a mapping with status, content_type, "
		"body",
	.read = respond_read,
	.write = respond_write,
};

static void
backend_read(const struct schema_in *in, const struct schema_row *row,
    const struct yaml_node *node, void *base)
{
	struct conf_route *route = base;

	if (!schema_is_text(in, row, node))
		return;
	route->backend_name = arena_copy(in->arena, node->text);
}

static void
backend_write(struct schema_out *out, const struct schema_row *row,
    const void *base)
{
	const struct conf_route *route = base;

	if (route->backend_name.n > 0)
		schema_write_text(out, row, route->backend_name);
}

const struct schema_type type_backend = {
	.what = "the name of a backend",
	.read = backend_read,
	.write = backend_write,
};
