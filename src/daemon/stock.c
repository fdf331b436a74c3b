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
mix_u64(struct digest *d, uint64_t n)
{
	mix(d, slice_of(&n, sizeof(n)));
}

/* What a dump says is all that a piece is. */
struct dump {
	FILE *f;
	char *text;
	size_t n;
};

static FILE *
dump_begin(struct dump *du)
{
	*du = (struct dump) { 0 };
	du->f = open_memstream(&du->text, &du->n);
	if (du->f == NULL)
		mem_abort(__func__);
	return du->f;
}

static void
dump_mix(struct dump *du, struct digest *d)
{
	if (fclose(du->f) != 0)
		mem_abort(__func__);
	mix(d, slice_of(du->text, du->n));
	free(du->text);
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
add_route(struct stock *s, const struct conf_site *site,
    const struct conf_route *r)
{
	struct digest d = { 0 };
	struct dump du;
	struct buf name;

	buf_init(&name, NAME_MAX_BYTES);
	(void)buf_put(&name, site->names[0]);
	(void)buf_put(&name, r->path);
	for (size_t i = 0; i < r->method_count; i++) {
		(void)buf_puts(&name, i == 0 ? " " : ",");
		(void)buf_put(&name, r->methods[i]);
	}
	conf_dump_route(r, dump_begin(&du));
	dump_mix(&du, &d);
	add(s, STOCK_ROUTE, buf_slice(&name), d, 0);
	buf_clear(&name);
}

static void
add_site(struct stock *s, const struct conf_site *site)
{
	struct conf_site rest = *site;
	struct digest d = { 0 };
	struct dump du;

	rest.route_count = 0;
	conf_dump_site(&rest, dump_begin(&du));
	dump_mix(&du, &d);
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
	struct dump du;

	conf_dump_backend(b, dump_begin(&du));
	dump_mix(&du, &d);
	add(s, STOCK_BACKEND, b->name, d, 0);
	take_servers(s, &s->items[s->count - 1], b);
}

static void
add_listener(struct stock *s, const struct conf_listener *l)
{
	struct digest d = { 0 };
	struct dump du;

	conf_dump_listener(l, dump_begin(&du));
	dump_mix(&du, &d);
	add(s, STOCK_LISTENER, l->text, d, 0);
}

/* All of it, less what has pieces of its own. */
static void
add_settings(struct stock *s, const struct conf *c)
{
	struct conf rest = *c;
	struct digest d = { 0 };
	struct dump du;

	rest.listener_count = rest.site_count = rest.backend_count = 0;
	conf_dump(&rest, dump_begin(&du));
	dump_mix(&du, &d);
	for (size_t i = 0; i < c->sessions.keys.count; i++)
		mix(&d, c->sessions.keys.at[i].file->bytes);
	for (size_t i = 0; i < c->error_page_count; i++)
		mix(&d, c->error_pages[i].file.file->bytes);
	add(s, STOCK_SETTINGS, SL("settings"), d, 0);
}

void
stock_take(struct stock *s, const struct conf *c)
{
	*s = (struct stock) { 0 };
	arena_init(&s->arena, 1024);
	s->index = map_new();
	for (size_t i = 0; i < c->listener_count; i++)
		add_listener(s, &c->listeners[i]);
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
