#include "daemon/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cert/crl_ages.h"
#include "conf/bundle.h"
#include "daemon/logging.h"
#include "daemon/process.h"
#include "proxy/snapshot.h"

/* What the supervisor needs of it; the rest points into the conf. */
static void
take_access_log(struct plan *p, const struct conf_access_log *c)
{
	p->access_log.at = c->at;
	p->access_log.to = c->to;
	if (c->path != NULL)
		p->access_log.path = arena_str(&p->arena, slice_str(c->path));
}

static const char *
control_path(struct plan *p, const struct conf *c)
{
	const char *folder = getenv("RUNTIME_DIRECTORY");

	if (strcmp(c->control.socket, "off") == 0)
		return NULL;
	if (strcmp(c->control.socket, "auto") != 0)
		return arena_str(&p->arena, slice_str(c->control.socket));
	/* systemd.exec(5): the first of several */
	if (folder == NULL || folder[0] != '/')
		return NULL;
	return arena_printf(&p->arena, "%.*s/control.sock",
	    (int)strcspn(folder, ":"), folder)
	    .p;
}

static void
take_conf(struct plan *p, const struct conf *c)
{
	p->workers = c->workers > 0 ? c->workers : process_cpus();
	if (p->workers > PROCESS_WORKERS_MAX)
		p->workers = PROCESS_WORKERS_MAX;
	p->drain_ms = c->timeouts.drain_ms;
	p->rotate_ms = c->sessions.rotate_ms;
	p->log = c->log;
	take_access_log(p, &c->access_log);
	p->watch = c->watch;
	p->control = control_path(p, c);
	p->wanted_count = c->listener_count;
	p->wanted = arena_array(&p->arena, p->wanted_count, sizeof(*p->wanted));
	for (size_t i = 0; i < p->wanted_count; i++) {
		const char *name = c->listeners[i].name;

		p->wanted[i].addr = c->listeners[i].addr;
		p->wanted[i].key = c->listeners[i].key;
		if (name != NULL)
			p->wanted[i].name = arena_str(&p->arena,
			    slice_str(name));
	}
	stock_take(&p->stock, c);
}

static void
take_files(struct plan *p, const struct bundle *b)
{
	const struct bundle_file *f;

	for (size_t i = 1; (f = bundle_at(b, i)) != NULL; i++) {
		p->files = mem_resize(p->files, i, sizeof(*p->files));
		p->files[p->file_count++] = arena_str(&p->arena,
		    slice_str(f->path));
	}
}

static struct bundle *
renewed(const struct plan *old)
{
	struct bundle *was = NULL, *b;

	if (bundle_from_fd(old->bundle_fd, &was) != 0)
		return NULL;
	b = bundle_renewed(was);
	bundle_free(was);
	return b;
}

/* Opened before anything changes, so that a file that cannot be is a mistake
 * like any other. */
static int
open_access(struct plan *p, struct diag *d)
{
	const struct conf_access_log *c = &p->access_log;
	int fd = logging_open_file(c), err = errno;

	if (fd < 0 && err != 0) {
		diag_error(d, c->at, "the access log %s cannot be opened: %s",
		    c->path, strerror(err));
		return E_CONFIG;
	}
	p->access_fd = fd;
	return 0;
}

/* What was made of the CRLs goes to the workers with them.  E_CONFIG: one is
 * older than the one in force. */
static int
take_crls(struct plan *p, const struct plan *old, const struct snapshot *snap,
    struct bundle *b, struct diag *d)
{
	int64_t now = p->read_ms / 1000;
	size_t errors = d->errors;

	p->ages = crl_ages_new();
	for (size_t i = 0; i < snap->conf->site_count; i++) {
		const struct crls *crls = verifier_crls(
		    tls_site_at(snap->tls, i)->verifier);

		crl_ages_check(old != NULL ? old->ages : NULL, crls, now, d);
		crl_ages_add(p->ages, crls, now);
		crls_save(crls, b);
	}
	if (old != NULL)
		crl_ages_merge(p->ages, old->ages);
	return d->errors > errors ? E_CONFIG : 0;
}

int
plan_load(const char *path, const struct plan *old, struct diag *d,
    struct plan **out)
{
	struct plan *p = mem_new(1, sizeof(*p));
	struct snapshot *snap = NULL;
	struct bundle *b = NULL;
	int e = E_SYS;

	arena_init(&p->arena, 512);
	p->bundle_fd = -1;
	p->access_fd = -1;
	p->read_ms = clock_wall_ms();
	if (path != NULL)
		b = bundle_from_disk(path);
	else if (old != NULL)
		b = renewed(old);
	if (b != NULL)
		e = snapshot_load(b, p->read_ms / 1000, d, &snap);
	if (e == 0)
		e = take_crls(p, old, snap, b, d);
	if (e == 0) {
		take_conf(p, snap->conf);
		take_files(p, b);
		e = open_access(p, d);
	}
	if (e == 0)
		e = bundle_seal(b, &p->bundle_fd);
	snapshot_free(snap);
	bundle_free(b);
	if (e != 0) {
		plan_free(p);
		return e;
	}
	*out = p;
	return 0;
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	if (p->bundle_fd >= 0)
		(void)close(p->bundle_fd);
	if (p->access_fd >= 0)
		(void)close(p->access_fd);
	free(p->files);
	stock_clear(&p->stock);
	crl_ages_free(p->ages);
	arena_clear(&p->arena);
	free(p);
}

bool
plan_is_same(const struct plan *a, const struct plan *b)
{
	struct bundle *x = NULL, *y = NULL;
	const struct bundle_file *f, *g;
	bool is_same = bundle_from_fd(a->bundle_fd, &x) == 0 &&
	    bundle_from_fd(b->bundle_fd, &y) == 0;

	for (size_t i = 0; is_same; i++) {
		f = bundle_at(x, i);
		g = bundle_at(y, i);
		if (f == NULL || g == NULL) {
			is_same = f == g;
			break;
		}
		is_same = strcmp(f->path, g->path) == 0 &&
		    slice_eq(f->bytes, g->bytes);
	}
	bundle_free(x);
	bundle_free(y);
	return is_same;
}
