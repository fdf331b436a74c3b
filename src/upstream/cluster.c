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
