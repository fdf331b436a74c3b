#include "daemon/stock.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/quote.h"
#include "cert/expiry.h"

#define NAME_MAX_BYTES 512

static const char *const kinds[] = {
	[STOCK_LISTENER] = "listener",
	[STOCK_SITE] = "site",
	[STOCK_CERTIFICATE] = "certificate",
	[STOCK_CA] = "ca",
	[STOCK_CRL] = "crl",
	[STOCK_ROUTE] = "route",
	[STOCK_BACKEND] = "backend",
	[STOCK_SETTINGS] = "settings",
};

const char *
stock_kind_name(enum stock_kind k)
{
	return kinds[k];
}

/* What a digest is taken over. */
struct digest {
	uint64_t sum;
};

static void
mix(struct digest *d, struct slice s)
{
	uint64_t both[2] = { d->sum, map_hash(s) };

	d->sum = map_hash(slice_of(both, sizeof(both)));
}

static void
mix_str(struct digest *d, const char *s)
{
	mix(d, slice_str(s));
}

static void
mix_u64(struct digest *d, uint64_t n)
{
	mix(d, slice_of(&n, sizeof(n)));
}

#define KEY_MAX (NAME_MAX_BYTES + 16)

static struct slice
key_of(const struct stock_item *item, char text[KEY_MAX])
{
	(void)snprintf(text, KEY_MAX, "%d %s", (int)item->kind, item->name);
	return slice_str(text);
}

const struct stock_item *
stock_find(const struct stock *s, const struct stock_item *like)
{
	char text[KEY_MAX];
	void *at = map_get(s->index, key_of(like, text));

	return at == NULL ? NULL : &s->items[(uintptr_t)at - 1];
}

/* A second one of the same name changes the first's digest. */
static void
add(struct stock *s, enum stock_kind kind, struct slice name, struct digest d,
    int64_t not_after)
{
	char text[NAME_MAX_BYTES], key[KEY_MAX];
	struct stock_item item = { .kind = kind, .not_after = not_after };
	const struct stock_item *twin;

	quote_str(name, text, sizeof(text));
	item.name = text;
	item.digest = d.sum;
	twin = stock_find(s, &item);
	if (twin != NULL) {
		mix_u64(&d, twin->digest);
		s->items[twin - s->items].digest = d.sum;
		return;
	}
	item.name = arena_str(&s->arena, slice_str(text));
	s->items = mem_resize(s->items, s->count + 1, sizeof(*s->items));
	s->items[s->count++] = item;
	map_set(s->index, key_of(&item, key), (void *)(uintptr_t)s->count);
}

static void
add_files(struct stock *s, enum stock_kind kind, const struct conf_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct bundle_file *file = f->at[i].file;
		struct stock_item like = { .kind = kind, .name = file->path };
		struct digest d = { 0 };

		/* many sites may name the same one */
		if (stock_find(s, &like) != NULL)
			continue;
		mix(&d, file->bytes);
		add(s, kind, slice_str(file->path), d,
		    kind == STOCK_CRL ? expiry_of_crls(file->bytes) :
					expiry_of_certificates(file->bytes));
	}
}

static void
add_certificate(struct stock *s, const struct conf_certificate *c)
{
	const struct bundle_file *chain = c->chain.file, *key = c->key.file;
	struct stock_item like = { .kind = STOCK_CERTIFICATE,
		.name = chain->path };
	struct digest d = { 0 };

	if (stock_find(s, &like) != NULL)
		return;
	mix(&d, chain->bytes);
	mix(&d, key->bytes);
	add(s, STOCK_CERTIFICATE, slice_str(chain->path), d,
	    expiry_of_certificates(chain->bytes));
}

static void
mix_rules(struct digest *d, const struct conf_rules *rules)
{
	mix_u64(d, rules->count);
	for (size_t i = 0; i < rules->count; i++)
		mix(d, rules->at[i].text);
}

static void
add_route(struct stock *s, const struct conf_site *site,
    const struct conf_route *r)
{
	struct digest d = { 0 };
	struct buf name;

	buf_init(&name, NAME_MAX_BYTES);
	(void)buf_put(&name, site->names[0]);
	(void)buf_put(&name, r->path);
	for (size_t i = 0; i < r->method_count; i++) {
		(void)buf_puts(&name, i == 0 ? " " : ",");
		(void)buf_put(&name, r->methods[i]);
	}
	mix_rules(&d, &r->deny);
	mix_rules(&d, &r->allow);
	mix(&d, r->backend_name);
	mix_u64(&d, r->respond.kind);
	mix_u64(&d, r->respond.status);
	mix(&d, r->respond.type);
	mix(&d, r->respond.body);
	add(s, STOCK_ROUTE, buf_slice(&name), d, 0);
	buf_clear(&name);
}

static void
mix_terms(struct digest *d, const struct conf_terms *terms)
{
	mix_u64(d, terms->count);
	for (size_t i = 0; i < terms->count; i++) {
		mix_u64(d, terms->at[i].type);
		mix(d, terms->at[i].value);
	}
}

static void
mix_paths(struct digest *d, const struct conf_files *files)
{
	mix_u64(d, files->count);
	for (size_t i = 0; i < files->count; i++)
		mix_str(d, files->at[i].file->path);
}

static void
mix_clients(struct digest *d, const struct conf_clients *c)
{
	mix_paths(d, &c->ca);
	for (size_t i = 0; i < c->trust_count; i++) {
		const struct conf_vouched *names = &c->trust[i].names;

		mix_paths(d, &c->trust[i].ca);
		mix_terms(d, &names->dns);
		mix_terms(d, &names->uri);
		mix_terms(d, &names->email);
		mix_terms(d, &names->ip);
	}
	mix_paths(d, &c->crl);
	mix_u64(d, c->partial_chain);
	mix_u64(d, c->max_depth);
	mix_u64(d, c->min_key_bits);
	mix_u64(d, c->require_eku);
	mix_u64(d, (uint64_t)c->max_validity_ms);
	for (size_t i = 0; i < c->policy_count; i++)
		mix(d, c->policies[i]);
}

static void
add_site(struct stock *s, const struct conf_site *site)
{
	struct digest d = { 0 };

	for (size_t i = 0; i < site->name_count; i++)
		mix(&d, site->names[i]);
	for (size_t i = 0; i < site->certificate_count; i++)
		mix_str(&d, site->certificates[i].chain.file->path);
	mix_clients(&d, &site->clients);
	mix_u64(&d, site->wildcards);
	/* the order of the routes decides */
	for (size_t i = 0; i < site->route_count; i++)
		mix(&d, site->routes[i].path);
	add(s, STOCK_SITE, site->names[0], d, 0);
	for (size_t i = 0; i < site->certificate_count; i++)
		add_certificate(s, &site->certificates[i]);
	add_files(s, STOCK_CA, &site->clients.ca);
	for (size_t i = 0; i < site->clients.trust_count; i++)
		add_files(s, STOCK_CA, &site->clients.trust[i].ca);
	add_files(s, STOCK_CRL, &site->clients.crl);
	for (size_t i = 0; i < site->route_count; i++)
		add_route(s, site, &site->routes[i]);
}

static void
take_servers(struct stock *s, struct stock_item *item,
    const struct conf_backend *b)
{
	item->servers = arena_array(&s->arena, b->server_count,
	    sizeof(*item->servers));
	for (size_t i = 0; i < b->server_count; i++)
		item->servers[i] = arena_str(&s->arena, b->servers[i].text);
	item->server_count = b->server_count;
}

static void
add_backend(struct stock *s, const struct conf_backend *b)
{
	struct digest d = { 0 };

	for (size_t i = 0; i < b->server_count; i++)
		mix(&d, b->servers[i].text);
	mix_u64(&d, b->idle_max);
	add(s, STOCK_BACKEND, b->name, d, 0);
	take_servers(s, &s->items[s->count - 1], b);
}

/* All of it, less what has pieces of its own. */
static void
add_settings(struct stock *s, const struct conf *c)
{
	struct conf rest = *c;
	struct digest d = { 0 };
	size_t n = 0;
	char *dump = NULL;
	FILE *f = open_memstream(&dump, &n);

	if (f == NULL)
		return;
	rest.listener_count = rest.site_count = rest.backend_count = 0;
	conf_dump(&rest, f);
	if (fclose(f) == 0)
		mix(&d, slice_of(dump, n));
	free(dump);
	add(s, STOCK_SETTINGS, SL("settings"), d, 0);
}

void
stock_take(struct stock *s, const struct conf *c)
{
	*s = (struct stock) { 0 };
	arena_init(&s->arena, 1024);
	s->index = map_new();
	for (size_t i = 0; i < c->listener_count; i++)
		add(s, STOCK_LISTENER, c->listeners[i].text,
		    (struct digest) { 0 }, 0);
	for (size_t i = 0; i < c->site_count; i++)
		add_site(s, &c->sites[i]);
	for (size_t i = 0; i < c->backend_count; i++)
		add_backend(s, &c->backends[i]);
	add_settings(s, c);
}

void
stock_clear(struct stock *s)
{
	free(s->items);
	map_free(s->index);
	arena_clear(&s->arena);
	*s = (struct stock) { 0 };
}

static void
log_change(const struct stock_item *item, const char *how)
{
	struct log l;

	if (!log_begin(&l, LOG_NOTICE, "changed"))
		return;
	log_str(&l, "what", stock_kind_name(item->kind));
	log_str(&l, "how", how);
	log_bytes(&l, "name", slice_str(item->name));
	log_end(&l);
}

size_t
stock_log_changes(const struct stock *old, const struct stock *now)
{
	const struct stock_item *was;
	size_t n = 0;

	for (size_t i = 0; i < old->count; i++)
		if (stock_find(now, &old->items[i]) == NULL) {
			log_change(&old->items[i], "gone");
			n++;
		}
	for (size_t i = 0; i < now->count; i++) {
		was = stock_find(old, &now->items[i]);
		if (was != NULL && was->digest == now->items[i].digest)
			continue;
		log_change(&now->items[i], was == NULL ? "added" : "changed");
		n++;
	}
	return n;
}
