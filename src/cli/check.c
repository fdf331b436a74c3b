#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/commands.h"
#include "conf/schema.h"
#include "proxy/snapshot.h"

static void
print_diag(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++)
		(void)fprintf(stderr, "%s%s\n", d->entries[i].text,
		    d->entries[i].level == DIAG_WARNING ? " (warning)" : "");
	if (d->count == DIAG_MAX)
		(void)fprintf(stderr, "and more: only the first %d are shown\n",
		    DIAG_MAX);
}

static void
print_slices(const char *before, const struct slice *s, size_t n,
    const char *none)
{
	(void)printf("%s", before);
	for (size_t i = 0; i < n; i++)
		(void)printf("%s%.*s", i > 0 ? ", " : "", SLICE_ARG(s[i]));
	(void)printf("%s\n", n == 0 ? none : "");
}

static void
print_rules(const char *what, const struct conf_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		(void)printf("      %s %.*s\n", what,
		    SLICE_ARG(rules->at[i].text));
}

static void
print_route(const struct conf_route *r)
{
	(void)printf("    route %.*s\n", SLICE_ARG(r->path));
	print_slices("      methods ", r->methods, r->method_count, "all");
	print_rules("deny", &r->deny);
	print_rules("allow", &r->allow);
	if (r->backend != NULL)
		(void)printf("      backend %.*s\n",
		    SLICE_ARG(r->backend->name));
	else if (r->respond.kind == RESPOND_WHOAMI)
		(void)printf("      respond whoami\n");
	else
		(void)printf("      respond %u\n", r->respond.status);
}

static void
print_files(const char *what, const struct conf_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		(void)printf("    %s %s\n", what, files->at[i].file->path);
}

static void
print_site(const struct conf_site *s, const struct tls_site *t)
{
	print_slices("  site ", s->names, s->name_count, "");
	for (size_t i = 0; i < s->certificate_count; i++) {
		const struct bundle_file *f = s->certificates[i].chain.file;

		(void)printf("    certificate %s", f->path);
		if (i == 0)
			(void)printf(", %lld days left",
			    (long long)t->days_left);
		(void)printf("\n");
	}
	print_files("clients' CA", &s->clients.ca);
	for (size_t i = 0; i < s->clients.trust_count; i++)
		print_files("clients' CA, for certain names",
		    &s->clients.trust[i].ca);
	print_files("CRL", &s->clients.crl);
	for (size_t i = 0; i < s->route_count; i++)
		print_route(&s->routes[i]);
}

static void
print_summary(const struct snapshot *s)
{
	const struct conf *c = s->conf;

	(void)printf("%s would serve:\n", c->path);
	for (size_t i = 0; i < c->listener_count; i++)
		(void)printf("  listener %.*s\n",
		    SLICE_ARG(c->listeners[i].text));
	for (size_t i = 0; i < c->site_count; i++)
		print_site(&c->sites[i], tls_site_at(s->tls, i));
	for (size_t i = 0; i < c->backend_count; i++) {
		const struct conf_backend *b = &c->backends[i];

		(void)printf("  backend %.*s\n", SLICE_ARG(b->name));
		for (size_t j = 0; j < b->server_count; j++)
			(void)printf("    server %.*s\n",
			    SLICE_ARG(b->servers[j].text));
	}
}

static int
check(const char *path, bool whole)
{
	struct bundle *b = bundle_from_disk(path);
	struct snapshot *s = NULL;
	struct diag d;
	int e;

	diag_init(&d);
	e = snapshot_load(b, clock_wall_ms() / 1000, &d, &s);
	print_diag(&d);
	if (e == 0 && whole)
		conf_dump(s->conf, stdout);
	else if (e == 0)
		print_summary(s);
	else
		(void)fprintf(stderr, "%s: %zu %s\n", path, d.errors,
		    d.errors == 1 ? "error" : "errors");
	snapshot_free(s);
	bundle_free(b);
	diag_clear(&d);
	return e == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
command_check(int argc, char **argv)
{
	const char *path = NULL;
	bool whole = false;
	int opt;

	while ((opt = getopt(argc, argv, "c:T")) != -1) {
		if (opt == 'c')
			path = optarg;
		else if (opt == 'T')
			whole = true;
		else
			return 2;
	}
	if (path == NULL || optind != argc)
		return 2;
	return check(path, whole);
}
