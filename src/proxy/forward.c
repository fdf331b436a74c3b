#include "proxy/forward.h"

/* RFC 9110, 7.6.1: fields of this hop, whether Connection names them or not.
 * Content-Length and Transfer-Encoding are not among a msg's fields. */
static bool
is_hop_by_hop(enum field_id id)
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

/* Whether Connection says anything but "close" and "keep-alive". */
static bool
names_fields(const struct fields *fs)
{
	const struct field *f = fields_get(fs, FIELD_CONNECTION);

	for (; f != NULL; f = fields_next(fs, f)) {
		struct slice rest = f->value, option;

		while (field_list_next(&rest, &option))
			if (!slice_caseeq(option, SL("close")) &&
			    !slice_caseeq(option, SL("keep-alive")))
				return true;
	}
	return false;
}

/* What a client may not tell a backend. */
static bool
is_withheld(const struct msg *request, const struct field *f)
{
	/* RFC 9110, 10.1.1: with HTTP/1.0 it means nothing */
	if (f->id == FIELD_EXPECT && request->version == HTTP_10)
		return true;
	return idhdr_is_ours(f);
}

/* Header or trailer fields, but those that stay behind. */
static void
copy_fields(const struct msg *in, const struct fields *from, struct fields *out)
{
	bool named = names_fields(&in->fields);
	bool is_request = in->status == 0;

	for (unsigned i = 0; i < from->count; i++) {
		const struct field *f = &from->at[i];

		if (is_hop_by_hop(f->id) ||
		    (named &&
			fields_list_has(&in->fields, FIELD_CONNECTION,
			    f->name)) ||
		    (is_request && is_withheld(in, f)))
			continue;
		fields_add(out, f->name, f->value);
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

static void
add_upgrade(struct msg *out, struct slice protocol)
{
	out->upgrade = protocol;
	if (protocol.n > 0)
		fields_add(&out->fields, field_name(FIELD_UPGRADE), protocol);
}

void
forward_request(const struct msg *in, const struct forward *how,
    struct msg *out)
{
	out->method = in->method;
	out->method_name = in->method_name;
	out->authority = how->host;
	out->path = in->path;
	out->version = HTTP_11;
	copy_content(in, out);
	copy_fields(in, &in->fields, &out->fields);
	idhdr_add(out, &how->idhdr);
	fields_add(&out->fields, field_name(FIELD_VIA), how->via);
	add_upgrade(out, how->upgrade);
}

void
forward_response(const struct msg *in, struct slice date, struct msg *out)
{
	out->status = in->status;
	out->version = HTTP_11;
	copy_content(in, out);
	copy_fields(in, &in->fields, &out->fields);
	if (in->status == 101)
		add_upgrade(out, in->upgrade);
	if (in->status >= 200 && fields_get(&in->fields, FIELD_DATE) == NULL)
		fields_add(&out->fields, field_name(FIELD_DATE), date);
}

void
forward_trailers(const struct msg *in, struct msg *out)
{
	copy_fields(in, &in->trailers, &out->trailers);
}
