/*
 * The configuration: YAML, schema and checks, on whatever stands in the file.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct bundle *
bundle_of(struct slice yaml)
{
	struct bundle *b = bundle_from_memory("/t/conf.yaml", yaml);

	bundle_add(b, "a", SL("a"));
	bundle_add(b, "b", SL("b"));
	return b;
}

static char *
dump(const struct conf *c, size_t *n)
{
	char *text;
	FILE *f = open_memstream(&text, n);

	assert(f != NULL);
	conf_dump(c, f);
	fclose(f);
	return text;
}

/* Every mistake has a place in the file, and they are in order. */
static void
check_diag(const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct diag_entry *e = &d->entries[i];

		assert(strcmp(e->at.file, "/t/conf.yaml") == 0);
		assert(e->at.line > 0 && e->at.column > 0);
		assert(e->message[0] != '\0');
		assert(i == 0 || e->at.line >= e[-1].at.line);
	}
}

/* Nobody is let in by a rule that could not be read. */
static void
check_rules(const struct conf_rules *rules, bool may_any)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct conf_rule *rule = &rules->at[i];

		if (rule->is_any) {
			assert(may_any && rules->count == 1);
			assert(rule->count == 0);
			continue;
		}
		assert(rule->count > 0 && rule->text.n > 0);
		for (size_t j = 0; j < rule->count; j++) {
			const struct conf_term *t = &rule->terms[j];

			assert(t->value.n > 0);
			assert(j == 0 || t->type > t[-1].type);
			if (t->type == TERM_GROUP)
				assert(t->group->rules.count > 0);
		}
	}
}

/* What others rely on without looking. */
static void
check_whole(const struct conf *c)
{
	assert(c->listener_count > 0 && c->site_count > 0);
	assert(c->name != NULL && c->tls.ciphers != NULL);
	for (size_t i = 0; i < c->site_count; i++) {
		const struct conf_site *s = &c->sites[i];

		assert(s->index == i && s->name_count > 0);
		assert(s->certificate_count > 0 && s->route_count > 0);
		assert(s->clients.ca.count > 0);
		assert(s->clients.ca.at[0].file->sys_errno == 0);
		if (slice_find(s->names[0], '*') < 0)
			assert(conf_site_for(c, s->names[0]) == s);
		for (size_t j = 0; j < s->route_count; j++) {
			const struct conf_route *r = &s->routes[j];

			assert(r->path.n > 0 && r->path.p[0] == '/');
			assert(r->allow.count > 0);
			check_rules(&r->allow, true);
			check_rules(&r->deny, false);
			assert((r->backend != NULL) ==
			    (r->respond.kind == RESPOND_NONE));
		}
	}
	for (size_t i = 0; i < c->backend_count; i++)
		assert(c->backends[i].server_count > 0);
}

/* The dump of a configuration loads, and dumps as itself. */
static void
check_dump(const struct conf *c)
{
	struct bundle *b;
	struct conf *again;
	struct diag d;
	size_t n, m;
	char *first = dump(c, &n), *second;

	b = bundle_of(slice_of(first, n));
	diag_init(&d);
	conf_load(b, &d, &again);
	/* quotes and indentation may take it over the limit */
	assert(again != NULL || n > YAML_BYTES_MAX);
	if (again != NULL) {
		second = dump(again, &m);
		assert(n == m && memcmp(first, second, n) == 0);
		free(second);
	}
	conf_free(again);
	diag_clear(&d);
	bundle_free(b);
	free(first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct bundle *b = bundle_of(slice_of(p, len));
	struct conf *c;
	struct diag d;
	int e;

	diag_init(&d);
	e = conf_load(b, &d, &c);
	assert((e == 0) == (c != NULL) && (e == 0) == (d.errors == 0));
	check_diag(&d);
	if (c != NULL) {
		check_whole(c);
		check_dump(c);
	}
	conf_free(c);
	diag_clear(&d);
	bundle_free(b);
	return 0;
}
