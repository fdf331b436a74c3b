#include "upstream/cluster.h"

#include <stdlib.h>

#include "base/mem.h"

struct cluster *
cluster_new(const struct conf_backend *conf, const struct cluster_env *env)
{
	struct cluster *c = mem_new(1, sizeof(*c));

	c->conf = conf;
	c->env = env;
	c->backends = mem_new(conf->server_count, sizeof(*c->backends));
	for (size_t i = 0; i < conf->server_count; i++)
		backend_init(&c->backends[i], &conf->servers[i],
		    conf->idle_max);
	return c;
}

static struct backend *
same_server(struct cluster *c, const struct conf_server *server)
{
	for (size_t i = 0; i < c->conf->server_count; i++)
		if (slice_eq(c->conf->servers[i].text, server->text))
			return &c->backends[i];
	return NULL;
}

void
cluster_inherit(struct cluster *c, struct cluster *from)
{
	c->next = from->next;
	for (size_t i = 0; i < c->conf->server_count; i++) {
		struct backend *b = same_server(from, &c->conf->servers[i]);

		if (b != NULL)
			backend_inherit(&c->backends[i], b, c->env->params);
	}
}

void
cluster_free(struct cluster *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->conf->server_count; i++)
		backend_clear(&c->backends[i]);
	free(c->backends);
	free(c);
}
