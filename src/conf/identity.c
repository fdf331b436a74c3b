#include "conf/identity.h"

#include "conf/conf.h"
#include "http/field.h"

static bool
is_given(const struct conf_identity *id)
{
	return id->at.line > 0;
}

static void
check_one(const struct conf_identity *id, struct diag *d)
{
	if (!is_given(id))
		return;
	if (id->client_cert_chain && !id->client_cert)
		diag_error(d, id->at,
		    "client_cert_chain needs client_cert: the one field means "
		    "nothing without the other (RFC 9440, 2.3)");
	for (size_t i = 0; i < id->field_count; i++)
		for (size_t j = 0; j < i; j++)
			if (field_is_alike(id->fields[i].name,
				id->fields[j].name))
				diag_error(d, id->fields[i].at,
				    "the field %.*s is here already, for "
				    "programs that take \"_\" for \"-\"",
				    SLICE_ARG(id->fields[i].name));
}

static size_t
count_fields(const struct conf *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->backend_count; i++)
		n += c->backends[i].identity.field_count;
	for (size_t i = 0; i < c->site_count; i++)
		for (size_t j = 0; j < c->sites[i].route_count; j++)
			n += c->sites[i].routes[j].identity.field_count;
	return n;
}

static void
add_names(struct conf *c, const struct conf_identity *id)
{
	for (size_t i = 0; i < id->field_count; i++)
		c->emitted.at[c->emitted.count++] = id->fields[i].name;
}

/* Whether the route's certificate leaves this process. */
static bool
shows_certificate(const struct conf_identity *id)
{
	return id != NULL &&
	    (id->client_cert || (id->xfcc & (XFCC_CERT | XFCC_CHAIN)) != 0);
}

static void
check_route(struct conf *c, struct conf_site *site, struct conf_route *r,
    struct diag *d)
{
	check_one(&r->identity, d);
	add_names(c, &r->identity);
	r->emitted = &c->emitted;
	if (is_given(&r->identity))
		r->forwards = &r->identity;
	else if (r->backend != NULL && is_given(&r->backend->identity))
		r->forwards = &r->backend->identity;
	if (is_given(&r->identity) && r->respond.kind != RESPOND_NONE)
		diag_error(d, r->identity.at,
		    "a route without backend forwards no identity");
	if (shows_certificate(r->forwards))
		site->clients.keeps_leaf = true;
}

void
identity_check(struct conf *c, struct diag *d)
{
	c->emitted.at = arena_array(&c->arena, count_fields(c),
	    sizeof(*c->emitted.at));
	for (size_t i = 0; i < c->backend_count; i++) {
		check_one(&c->backends[i].identity, d);
		add_names(c, &c->backends[i].identity);
	}
	for (size_t i = 0; i < c->site_count; i++)
		for (size_t j = 0; j < c->sites[i].route_count; j++)
			check_route(c, &c->sites[i], &c->sites[i].routes[j], d);
}
