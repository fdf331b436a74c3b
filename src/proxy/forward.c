#include "proxy/forward.h"

#include <assert.h>

#include "proxy/rewrite.h"

/* Content-Length and Transfer-Encoding are not among a msg's fields. */
bool
forward_is_hop_by_hop(enum field_id id)
{
	switch (id) {
	case FIELD_CONNECTION:
	case FIELD_KEEP_ALIVE:
	case FIELD_PROXY_CONNECTION:
	case FIELD_TE:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
	case FIELD_HTTP2_SETTINGS:
	case FIELD_PROXY_AUTHORIZATION:
	case FIELD_PROXY_AUTHENTICATE:
		return true;
	default:
		return false;
	}
}

/* The options of a message's Connection. */
struct options {
	struct slice at[MSG_OPTIONS_MAX];
	size_t count;
};

static void
read_options(struct options *o, const struct fields *fs)
{
	o->count = fields_list(fs, FIELD_CONNECTION, o->at, MSG_OPTIONS_MAX);
	assert(o->count <= MSG_OPTIONS_MAX);
}

static bool
is_option(const struct options *o, struct slice name)
{
	for (size_t i = 0; i < o->count; i++)
		if (slice_caseeq(o->at[i], name))
			return true;
	return false;
}

/* A request's own fields that are said anew, or not at all. */
static bool
is_replaced(const struct msg *in, const struct field *f,
    const struct conf_names *emitted)
{
	/* RFC 9440, 2.2: for requests alone */
	if (in->status != 0)
		return f->id == FIELD_CLIENT_CERT ||
		    f->id == FIELD_CLIENT_CERT_CHAIN;
	/* RFC 9110, 10.1.1: in HTTP/1.0 nothing is expected */
	if (f->id == FIELD_EXPECT)
		return in->version == HTTP_10;
	if (f->id == FIELD_MAX_FORWARDS)
		return forward_hops_left(in) >= 0;
	return idhdr_is_ours(f, emitted);
}

/* Header or trailer fields, but those that stay behind. */
static void
copy_fields(const struct msg *in, const struct fields *from,
    const struct conf_route *route, struct fields *out)
{
	struct options named;

	read_options(&named, &in->fields);
	for (unsigned i = 0; i < from->count; i++) {
		const struct field *f = &from->at[i];

		if (forward_is_hop_by_hop(f->id) ||
		    is_option(&named, f->name) ||
		    is_replaced(in, f, route->emitted))
			continue;
		fields_copy(out, f);
	}
}

static void
copy_content(const struct msg *in, struct msg *out)
{
	out->content = in->content;
	out->length = in->length;
	out->has_length = in->has_length;
	out->keep_alive = true;
}

int64_t
forward_hops_left(const struct msg *m)
{
	const struct field *f = fields_get(&m->fields, FIELD_MAX_FORWARDS);
	uint64_t n;

	if (m->method != METHOD_OPTIONS || f == NULL ||
	    !slice_u64(f->value, &n) || n > INT32_MAX)
		return -1;
	return (int64_t)n;
}

/* "1.1 name (comment)": the second word */
static struct slice
received_by(struct slice element)
{
	struct slice word = { 0 };
	bool at_end = false;
	int words = 0;

	while (words < 2 && slice_cut(&element, ' ', &word, &at_end))
		words += word.n > 0;
	return words == 2 ? word : SL("");
}

bool
forward_is_loop(const struct msg *m, struct slice name)
{
	const struct field *f = fields_get(&m->fields, FIELD_VIA);

	for (; f != NULL; f = fields_next(&m->fields, f)) {
		struct slice rest = f->value, element;

		while (field_list_next(&rest, &element))
			if (slice_caseeq(received_by(element), name))
				return true;
	}
	return false;
}

static void
add_upgrade(struct msg *out, struct slice protocol)
{
	out->upgrade = protocol;
	if (protocol.n > 0)
		fields_put(&out->fields, FIELD_UPGRADE, protocol);
}

int
forward_request(const struct msg *in, const struct forward *how,
    struct msg *out)
{
	int64_t hops;
	int e;

	out->method = in->method;
	out->method_name = in->method_name;
	out->authority = how->host;
	out->path = rewrite_path(&how->route->rewrite, in->path, &out->arena);
	out->version = HTTP_11;
	copy_content(in, out);
	copy_fields(in, &in->fields, how->route, &out->fields);
	rewrite_fields(&how->route->request, &out->fields);
	out->te_trailers = fields_list_has(&in->fields, FIELD_TE,
	    SL("trailers"));
	if ((hops = forward_hops_left(in)) > 0)
		msg_addf(out, field_name(FIELD_MAX_FORWARDS), "%lld",
		    (long long)hops - 1);
	e = idhdr_add(out, &how->idhdr);
	fields_put(&out->fields, FIELD_VIA, how->via);
	add_upgrade(out, how->upgrade);
	return e;
}

void
forward_response(const struct msg *in, const struct conf_route *route,
    struct slice date, struct msg *out)
{
	out->status = in->status;
	out->version = HTTP_11;
	copy_content(in, out);
	copy_fields(in, &in->fields, route, &out->fields);
	if (in->status >= 200)
		rewrite_fields(&route->response, &out->fields);
	else
		rewrite_trailers(&route->response, &out->fields);
	/* RFC 9440, 2.4: whoever caches it cannot know what it varies by */
	if (idhdr_has_vary(&in->fields, route->emitted)) {
		fields_remove(&out->fields, FIELD_VARY);
		fields_put(&out->fields, FIELD_VARY, SL("*"));
	}
	if (in->status == 101)
		add_upgrade(out, in->upgrade);
	if (in->status >= 200 && fields_get(&in->fields, FIELD_DATE) == NULL)
		fields_put(&out->fields, FIELD_DATE, date);
}

void
forward_trailers(const struct msg *in, const struct conf_route *route,
    struct msg *out)
{
	copy_fields(in, &in->trailers, route, &out->trailers);
	rewrite_trailers(in->status == 0 ? &route->request : &route->response,
	    &out->trailers);
}
