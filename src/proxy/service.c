#include "proxy/service.h"

#include <stdlib.h>

#include "base/mem.h"

/* RFC 9110 sets no bound to interim responses; ours keeps a storm short. */
#define INTERIM_MAX 16

static void
set_params(struct service *s)
{
	const struct conf_timeouts *t = &s->conf->timeouts;
	const struct conf_limits *l = &s->conf->limits;

	s->down = (struct mux_params) {
		.limits = l->request,
		.head_ms = t->request_head_ms,
		.idle_ms = t->keep_alive_ms,
		.write_ms = t->client_write_ms,
		.write_min = l->progress,
		.streams_max = l->requests_per_connection,
	};
	s->told = s->down;
	/* whoever cannot come in may stand in the way only for so long */
	if (t->tls_handshake_ms < t->keep_alive_ms)
		s->told.idle_ms = t->tls_handshake_ms;
	s->up = (struct mux_params) {
		.limits = l->response,
		.idle_ms = t->backend_keep_alive_ms,
		.write_ms = t->backend_body_ms,
		.heads_max = INTERIM_MAX,
	};
}

static void
service_free(struct service *s)
{
	for (size_t i = 0; s->clusters != NULL && i < s->conf->backend_count;
	     i++)
		cluster_free(s->clusters[i]);
	free(s->clusters);
	resolver_free(s->env.resolver);
	snapshot_free(s->snapshot);
	bundle_free(s->bundle);
	arena_clear(&s->arena);
	free(s);
}

int
service_new(struct loop *l, struct bundle *b, struct snapshot *snap,
    struct service **out)
{
	struct service *s = mem_new(1, sizeof(*s));
	int e = 0;

	arena_init(&s->arena, 256);
	s->refs = 1;
	s->bundle = b;
	s->snapshot = snap;
	s->conf = snap->conf;
	set_params(s);
	s->via_10 = arena_printf(&s->arena, "1.0 %s", s->conf->name);
	s->via_11 = arena_printf(&s->arena, "1.1 %s", s->conf->name);
	s->env = (struct cluster_env) { .loop = l,
		.timeouts = &s->conf->timeouts,
		.params = &s->up };
	if (s->conf->has_names)
		e = resolver_new(l, s->conf->resolv_conf, s->conf->hosts,
		    &s->env.resolver);
	if (e != 0) {
		service_free(s);
		return e;
	}
	s->clusters = mem_new(s->conf->backend_count, sizeof(*s->clusters));
	for (size_t i = 0; i < s->conf->backend_count; i++)
		s->clusters[i] = cluster_new(&s->conf->backends[i], &s->env);
	*out = s;
	return 0;
}

void
service_inherit(struct service *s, struct service *from)
{
	for (size_t i = 0; i < s->conf->backend_count; i++)
		for (size_t j = 0; j < from->conf->backend_count; j++)
			if (slice_eq(s->conf->backends[i].name,
				from->conf->backends[j].name))
				cluster_inherit(s->clusters[i],
				    from->clusters[j]);
}

void
service_show(struct service *s, struct vitals *table, size_t room,
    uint32_t generation)
{
	size_t n = 0;

	for (size_t i = 0; i < s->conf->backend_count; i++)
		for (size_t j = 0;
		     j < s->conf->backends[i].server_count && n < room; j++)
			backend_show(&s->clusters[i]->backends[j], &table[n++],
			    generation);
}

void
service_hide(struct service *s)
{
	for (size_t i = 0; i < s->conf->backend_count; i++)
		for (size_t j = 0; j < s->conf->backends[i].server_count; j++)
			backend_hide(&s->clusters[i]->backends[j]);
}

struct service *
service_ref(struct service *s)
{
	s->refs++;
	return s;
}

void
service_unref(struct service *s)
{
	if (s != NULL && --s->refs == 0)
		service_free(s);
}
