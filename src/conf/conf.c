#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/conf_check.h"
#include "conf/routes.h"
#include "conf/schema.h"
#include "conf/yaml.h"
#include "net/name.h"

#define ARENA_BLOCK (16u * 1024) /* bytes; holds a small configuration */

static bool
has_names(const struct conf *c)
{
	for (size_t i = 0; i < c->backend_count; i++)
		for (size_t j = 0; j < c->backends[i].server_count; j++)
			if (c->backends[i].servers[j].host != NULL)
				return true;
	return false;
}

/* What a worker resolves names by, since it opens no file.  Where one is not
 * there it is empty, as for everybody else. */
static void
read_resolver_files(struct conf *c, struct bundle *b)
{
	c->has_names = has_names(c);
	if (!c->has_names)
		return;
	c->resolv_conf = bundle_get(b, "/etc/resolv.conf")->bytes;
	c->hosts = bundle_get(b, "/etc/hosts")->bytes;
}

/* False: nothing can be said of what is in it. */
static bool
read_all(struct conf *c, struct bundle *b, struct diag *d)
{
	struct schema_in in = {
		.arena = &c->arena,
		.file = c->path,
		.bundle = b,
		.diag = d,
	};
	const struct bundle_file *file = bundle_root(b);
	const struct yaml_node *root;
	struct arena nodes;

	if (file->sys_errno != 0) {
		diag_error(d, (struct diag_at) { .file = c->path },
		    "cannot read the configuration: %s", bundle_why(file));
		return false;
	}
	arena_init(&nodes, ARENA_BLOCK);
	root = yaml_load(&nodes, c->path, file->bytes, d);
	if (root != NULL) {
		schema_read_group(&in, &schema_conf, root, c);
		conf_check(c, d);
		read_resolver_files(c, b);
	}
	arena_clear(&nodes);
	return root != NULL;
}

int
conf_load_some(struct bundle *b, struct diag *d, struct conf **out)
{
	struct conf *c = mem_new(1, sizeof(*c));
	size_t errors = d->errors;

	arena_init(&c->arena, ARENA_BLOCK);
	c->path = arena_str(&c->arena, slice_str(bundle_root(b)->path));
	c->site_names = map_new();
	if (!read_all(c, b, d)) {
		conf_free(c);
		c = NULL;
	}
	diag_sort(d);
	*out = c;
	return d->errors > errors ? E_CONFIG : 0;
}

int
conf_load(struct bundle *b, struct diag *d, struct conf **out)
{
	int e = conf_load_some(b, d, out);

	if (e != 0) {
		conf_free(*out);
		*out = NULL;
	}
	return e;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->site_count; i++)
		routes_clear(&c->sites[i]);
	map_free(c->site_names);
	arena_clear(&c->arena);
	free(c);
}

const struct conf_listener *
conf_listener_for(const struct conf *c, uint32_t key)
{
	for (size_t i = 0; i < c->listener_count; i++)
		if (c->listeners[i].key == key)
			return &c->listeners[i];
	return NULL;
}

/* The site with a wildcard in place of the host's first label. */
static const struct conf_site *
site_by_wildcard(const struct conf *c, struct slice host)
{
	char pattern[1 + 253]; /* RFC 1034, 3.1 */
	ptrdiff_t dot = slice_find(host, '.');
	struct slice rest;

	if (dot <= 0)
		return NULL;
	rest = slice_skip(host, (size_t)dot);
	if (rest.n > sizeof(pattern) - 1)
		return NULL;
	pattern[0] = '*';
	memcpy(pattern + 1, rest.p, rest.n);
	return map_get(c->site_names, slice_of(pattern, rest.n + 1));
}

const struct conf_site *
conf_site_for(const struct conf *c, struct slice host)
{
	const struct conf_site *site = NULL;

	/* a name with "*" in it is a pattern of ours, never a host */
	if (slice_find(host, '*') < 0) {
		site = map_get(c->site_names, host);
		if (site == NULL)
			site = site_by_wildcard(c, host);
	}
	return site != NULL ? site : c->site_default;
}
