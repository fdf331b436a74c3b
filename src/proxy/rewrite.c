#include "proxy/rewrite.h"

#include <string.h>

#include "proxy/forward.h"
#include "proxy/idhdr.h"

/* Why nobody but us has a say about a field, or NULL. */
static const char *
why_not(const struct field *f, const struct conf_names *emitted)
{
	switch (f->id) {
	case FIELD_CONTENT_LENGTH:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_TRAILER:
		return "it is a part of how a message is framed";
	case FIELD_HOST:
	case FIELD_VIA:
	case FIELD_DATE:
	case FIELD_EXPECT:
	case FIELD_MAX_FORWARDS:
		return "the gateway itself answers for it";
	default:
		break;
	}
	if (forward_is_hop_by_hop(f->id))
		return "it concerns one connection only";
	if (idhdr_is_ours(f, emitted))
		return "it tells a backend who the client is";
	return NULL;
}

static void
check_name(const struct conf_header *h, const struct conf_names *emitted,
    struct diag *d)
{
	struct field f = { .name = h->name, .id = field_lookup(h->name) };
	const char *why = why_not(&f, emitted);

	if (h->name.n > 0 && why != NULL)
		diag_error(d, h->at,
		    "the field %.*s cannot be set or removed: %s",
		    SLICE_ARG(h->name), why);
}

static void
check_headers(const struct conf_headers *h, const struct conf_names *emitted,
    struct diag *d)
{
	for (size_t i = 0; i < h->set_count; i++)
		check_name(&h->set[i], emitted, d);
	for (size_t i = 0; i < h->removed_count; i++)
		check_name(&h->removed[i], emitted, d);
}

void
rewrite_check(const struct conf *c, struct diag *d)
{
	for (size_t i = 0; i < c->site_count; i++) {
		const struct conf_site *site = &c->sites[i];

		for (size_t j = 0; j < site->route_count; j++) {
			check_headers(&site->routes[j].request, &c->emitted, d);
			check_headers(&site->routes[j].response, NULL, d);
		}
	}
}

/* What is left of a path without as many segments as prefix has. */
static struct slice
strip(struct slice path, struct slice prefix)
{
	size_t segments = 0, at = 0;

	for (size_t i = 0; i < prefix.n; i++)
		segments += prefix.p[i] == '/';
	while (at < path.n && path.p[at] != '?') {
		if (path.p[at] == '/' && segments-- == 0)
			break;
		at++;
	}
	return slice_skip(path, at);
}

struct slice
rewrite_path(const struct conf_rewrite *w, struct slice path, struct arena *a)
{
	struct slice rest = strip(path, w->strip), add = w->add;
	char *out;

	if (slice_eq(path, SL("*")) || w->strip.n + w->add.n == 0)
		return path;
	if (add.n == 0 && slice_starts(rest, SL("/")))
		return rest;
	/* of "/a" nothing may be left, of "/a?b" no path */
	if (add.n == 0)
		add = SL("/");
	out = arena_bytes(a, add.n + rest.n);
	memcpy(out, add.p, add.n);
	if (rest.n > 0)
		memcpy(out + add.n, rest.p, rest.n);
	return slice_of(out, add.n + rest.n);
}

static bool
is_replaced(const struct field *f, const void *arg)
{
	const struct conf_headers *h = arg;

	for (size_t i = 0; i < h->removed_count; i++)
		if (field_is_alike(f->name, h->removed[i].name))
			return true;
	for (size_t i = 0; i < h->set_count; i++)
		if (field_is_alike(f->name, h->set[i].name))
			return true;
	return false;
}

void
rewrite_trailers(const struct conf_headers *h, struct fields *fs)
{
	if (h->set_count + h->removed_count > 0)
		fields_filter(fs, is_replaced, h);
}

void
rewrite_fields(const struct conf_headers *h, struct fields *fs)
{
	rewrite_trailers(h, fs);
	for (size_t i = 0; i < h->set_count; i++)
		fields_add(fs, h->set[i].name, h->set[i].value);
}
