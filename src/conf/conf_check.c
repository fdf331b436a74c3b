#include "conf/conf_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "conf/credential.h"
#include "conf/near.h"
#include "conf/routes.h"
#include "conf/rule_check.h"
#include "http/path.h"

/* A socket that is handed to us must know where to go. */
static void
check_listener_name(const struct conf *c, size_t i, struct diag *d)
{
	const struct conf_listener *l = &c->listeners[i];

	for (size_t j = 0; j < i && l->name != NULL; j++) {
		const struct conf_listener *first = &c->listeners[j];

		if (first->name == NULL || strcmp(first->name, l->name) != 0)
			continue;
		diag_error(d, l->at,
		    "the listener in line %u has this name already",
		    first->at.line);
		break;
	}
}

/* FNV-1a, 32 bits: the same in every process, which map_hash is not. */
static uint32_t
key_of(const struct conf_listener *l)
{
	char text[ADDR_TEXT_MAX];
	struct slice parts[] = { slice_str(l->name), SL("\n"), { 0 } };
	uint32_t key = 2166136261;

	addr_format(&l->addr, text);
	parts[2] = slice_str(text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (size_t j = 0; j < parts[i].n; j++)
			key = (key ^ (unsigned char)parts[i].p[j]) * 16777619;
	return key;
}

/* Whoever lets the client say where it comes from must know whom he asks. */
static void
check_proxy(const struct conf *c, size_t i, struct diag *d)
{
	const struct conf_listener *l = &c->listeners[i];

	if (l->proxy == PROXY_IN_REQUIRE && l->trusted_count == 0)
		diag_error(d, l->at,
		    "proxy_protocol: require needs trusted_proxies: who else "
		    "connects could claim any address");
	if (l->proxy == PROXY_IN_OFF && l->trusted_count > 0)
		diag_error(d, l->at,
		    "trusted_proxies means nothing without proxy_protocol: "
		    "require");
	for (size_t j = 0; j < i; j++) {
		const struct conf_listener *first = &c->listeners[j];

		if (l->key == first->key && l->addr.len > 0 &&
		    (l->proxy != PROXY_IN_OFF || first->proxy != PROXY_IN_OFF))
			diag_error(d, l->at,
			    "nothing but a name could tell this listener from "
			    "the one in line %u, and one has proxy_protocol",
			    first->at.line);
	}
}

static void
check_listeners(struct conf *c, struct diag *d)
{
	for (size_t i = 0; i < c->listener_count; i++) {
		struct conf_listener *l = &c->listeners[i];

		l->key = key_of(l);
		check_listener_name(c, i, d);
		check_proxy(c, i, d);
		/* port 0 is another one each time */
		if (l->addr.len == 0 || addr_port(&l->addr) == 0)
			continue;
		for (size_t j = 0; j < i; j++) {
			const struct conf_listener *first = &c->listeners[j];

			if (!addr_eq(&l->addr, &first->addr))
				continue;
			diag_error(d, l->at,
			    "the listener in line %u has this address already",
			    first->at.line);
			break;
		}
	}
}

/* Every name leads to its site; "*" stands apart. */
static void
check_names(struct conf *c, struct map *places, struct conf_site *site,
    struct diag *d)
{
	for (size_t i = 0; i < site->name_count; i++) {
		struct slice name = site->names[i];
		struct diag_at *at = &site->name_at[i];
		const struct diag_at *first;

		if (name.n == 0)
			continue;
		if ((first = map_set(places, name, at)) != NULL) {
			diag_error(d, *at,
			    "the name \"%.*s\" is in line %u already",
			    SLICE_ARG(name), first->line);
			continue;
		}
		if (slice_eq(name, SL("*")))
			c->site_default = site;
		else
			map_set(c->site_names, name, site);
	}
}

/* A key that others may read is not private. */
static void
check_key_modes(const struct conf_site *site, struct diag *d)
{
	for (size_t i = 0; i < site->certificate_count; i++) {
		const struct conf_file *key = &site->certificates[i].key;

		/* a credential's folder is closed */
		if (key->file != NULL && (key->file->mode & 077) != 0 &&
		    !credential_is(slice_str(key->file->path)))
			diag_warn(d, key->at,
			    "the private key %s is open to others than its "
			    "owner (mode %04o); chmod 600 closes it",
			    key->file->path, (unsigned)key->file->mode & 07777);
	}
}

static void
check_refusal(const struct conf_site *site, struct diag *d)
{
	if (site->detail != DETAIL_NONE && site->on_refusal != REFUSAL_HTTP)
		diag_error(d, site->at,
		    "detail means nothing without on_refusal: http: an alert "
		    "says what it says");
}

static void
check_methods(const struct conf_route *r, struct diag *d)
{
	for (size_t i = 0; i < r->method_count; i++)
		for (size_t j = 0; j < i; j++)
			if (r->methods[i].n > 0 &&
			    slice_eq(r->methods[i], r->methods[j])) {
				diag_error(d, r->at,
				    "the method %.*s is here twice",
				    SLICE_ARG(r->methods[i]));
				break;
			}
}

static void
check_destination(const struct conf_route *r, struct diag *d)
{
	bool has_backend = r->backend_at.line > 0;
	bool has_respond = r->respond.kind != RESPOND_NONE;

	if (has_backend && has_respond)
		diag_error(d, r->at,
		    "a route has backend or respond, not both");
	else if (!has_backend && !has_respond)
		diag_error(d, r->at, "a route needs backend or respond");
}

/* What is stripped must be there, in each request that comes to the route. */
static void
check_rewrite(const struct conf_route *r, struct diag *d)
{
	const struct conf_rewrite *w = &r->rewrite;

	if (w->strip.n > 0 && r->path.n > 0 &&
	    !path_has_prefix(r->path, w->strip))
		diag_error(d, w->at,
		    "not every path of the route begins with \"%.*s\"; "
		    "strip_prefix is the route's path or the beginning of it",
		    SLICE_ARG(w->strip));
	if (w->strip.n + w->add.n > 0 && r->respond.kind != RESPOND_NONE)
		diag_error(d, w->at,
		    "a route without backend has no path to rewrite");
}

static void
check_set_twice(const struct conf_headers *h, struct diag *d)
{
	for (size_t i = 0; i < h->set_count; i++)
		for (size_t j = 0; j < i; j++)
			if (slice_caseeq(h->set[i].name, h->set[j].name))
				diag_error(d, h->set[i].at,
				    "the field %.*s is here twice",
				    SLICE_ARG(h->set[i].name));
}

/* Says so; the backend that was meant, or NULL. */
static const struct conf_backend *
unknown_backend(const struct conf *c, const struct conf_route *r,
    const struct map *backends, struct diag *d)
{
	struct near near;

	near_init(&near, r->backend_name);
	for (size_t i = 0; i < c->backend_count; i++)
		near_try(&near, c->backends[i].name);
	if (near.best.n > 0)
		diag_error(d, r->backend_at,
		    "there is no backend \"%.*s\"; did you mean \"%.*s\"?",
		    SLICE_ARG(r->backend_name), SLICE_ARG(near.best));
	else
		diag_error(d, r->backend_at, "there is no backend \"%.*s\"",
		    SLICE_ARG(r->backend_name));
	return map_get(backends, near.best);
}

/* What a conf is put together from. */
struct parts {
	struct map *names;    /* of all sites, to where they stand */
	struct map *backends; /* by name */
	bool *is_used;        /* by backend */
};

static void
check_route(const struct conf *c, struct conf_route *r, struct parts *parts,
    struct diag *d)
{
	const struct conf_backend *b;

	check_methods(r, d);
	check_destination(r, d);
	check_rewrite(r, d);
	check_set_twice(&r->request, d);
	check_set_twice(&r->response, d);
	if (r->backend_name.n == 0)
		return;
	b = r->backend = map_get(parts->backends, r->backend_name);
	if (b == NULL)
		b = unknown_backend(c, r, parts->backends, d);
	if (b != NULL)
		parts->is_used[b->index] = true;
}

static void
check_clients(const struct conf_clients *c, struct diag *d)
{
	if (c->at.line > 0 && c->ca_at.line == 0 && c->trust_count == 0)
		diag_error(d, c->at,
		    "clients needs the key \"ca\": PEM files with the CAs "
		    "whose clients may come");
}

static void
check_site(struct conf *c, struct conf_site *site, struct parts *parts,
    struct diag *d)
{
	check_names(c, parts->names, site, d);
	check_key_modes(site, d);
	check_refusal(site, d);
	check_clients(&site->clients, d);
	for (size_t i = 0; i < site->route_count; i++)
		check_route(c, &site->routes[i], parts, d);
	routes_index(site, d);
}

bool
conf_is_name(struct slice s)
{
	if (s.n == 0 || s.n > CONF_NAME_MAX || !ascii_is_alnum(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' &&
		    s.p[i] != '.')
			return false;
	return true;
}

static void
index_backends(struct conf *c, struct map *by_name, struct diag *d)
{
	for (size_t i = 0; i < c->backend_count; i++) {
		struct conf_backend *b = &c->backends[i];

		b->index = i;
		if (b->proxy_certificate && b->proxy == PROXY_OUT_OFF)
			diag_error(d, b->at,
			    "proxy_certificate means nothing without "
			    "proxy_protocol: v2");
		map_set(by_name, b->name, b);
		if (!conf_is_name(b->name))
			diag_error(d, b->at,
			    "the name of a backend has at most %d letters, "
			    "digits, and \"-\", \"_\", \".\" behind the first",
			    CONF_NAME_MAX);
	}
}

static void
check_unused(const struct conf *c, const bool *is_used, struct diag *d)
{
	for (size_t i = 0; i < c->backend_count; i++)
		if (!is_used[i])
			diag_warn(d, c->backends[i].at,
			    "no route uses the backend \"%.*s\"",
			    SLICE_ARG(c->backends[i].name));
}

static void
check_error_page(const struct conf *c, size_t index, struct diag *d)
{
	const struct conf_error_page *p = &c->error_pages[index];

	if (p->type.n > 0 && !http_is_field_value(p->type))
		diag_error(d, p->at,
		    "content_type is no media type such as text/html");
	if (p->file.file != NULL && p->file.file->bytes.n > CONF_ERROR_PAGE_MAX)
		diag_error(d, p->file.at,
		    "%s has %zu octets; an error page has at most %d",
		    p->file.file->path, p->file.file->bytes.n,
		    CONF_ERROR_PAGE_MAX);
	for (size_t i = 0; i < index; i++)
		if (p->status != 0 && c->error_pages[i].status == p->status)
			diag_error(d, p->at,
			    "the error page in line %u is for this status "
			    "already",
			    c->error_pages[i].at.line);
}

static void
check_limits(const struct conf_limits *limits, const struct h1_limits *l,
    const char *name, struct diag *d)
{
	if (l->line_max > l->head_max || l->field_max > l->head_max)
		diag_error(d, limits->at,
		    "%s: line and field cannot be larger than head, which "
		    "holds both",
		    name);
}

static void
check_control(const struct conf_control *c, struct diag *d)
{
	if (strcmp(c->socket, "auto") != 0 && strcmp(c->socket, "off") != 0 &&
	    c->socket[0] != '/')
		diag_error(d, c->at,
		    "control.socket is \"%s\", expected auto, off or an "
		    "absolute path",
		    c->socket);
}

void
conf_check(struct conf *c, struct diag *d)
{
	struct parts parts = {
		.names = map_new(),
		.backends = map_new(),
		.is_used = mem_new(c->backend_count, sizeof(bool)),
	};

	check_listeners(c, d);
	index_backends(c, parts.backends, d);
	for (size_t i = 0; i < c->site_count; i++) {
		c->sites[i].index = i;
		check_site(c, &c->sites[i], &parts, d);
	}
	check_unused(c, parts.is_used, d);
	check_control(&c->control, d);
	for (size_t i = 0; i < c->error_page_count; i++)
		check_error_page(c, i, d);
	rule_check(c, d);
	identity_check(c, d);
	check_limits(&c->limits, &c->limits.request, "request", d);
	check_limits(&c->limits, &c->limits.response, "response", d);
	map_free(parts.names);
	map_free(parts.backends);
	free(parts.is_used);
}
