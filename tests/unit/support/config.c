#include "support/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
config_said(const struct diag *d)
{
	char *said;
	size_t n;
	FILE *f = open_memstream(&said, &n);

	if (f == NULL)
		abort();
	for (size_t i = 0; i < d->count; i++) {
		const struct diag_entry *e = &d->entries[i];

		fprintf(f, "%u:%u: %s%s\n", e->at.line, e->at.column,
		    e->level == DIAG_WARNING ? "warning: " : "", e->message);
	}
	fclose(f);
	return said;
}

void
config_init(struct config *c, const char *yaml)
{
	static const char *const files[] = { "chain.pem", "key.pem", "ca.pem",
		"ca2.pem", "crl.pem" };

	*c = (struct config) { 0 };
	c->bundle = bundle_from_memory("/t/conf.yaml", slice_str(yaml));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		bundle_add(c->bundle, files[i], slice_str(files[i]));
	diag_init(&c->diag);
	conf_load(c->bundle, &c->diag, &c->conf);
	c->said = config_said(&c->diag);
}

void
config_clear(struct config *c)
{
	free(c->said);
	conf_free(c->conf);
	diag_clear(&c->diag);
	bundle_free(c->bundle);
}

void
config_mistake(const struct mistake *m)
{
	struct config c;

	config_init(&c, m->yaml);
	ck_assert_ptr_null(c.conf);
	ck_assert_msg(strcmp(c.said, m->said) == 0, "%s:\n%s-- expected:\n%s",
	    m->name, c.said, m->said);
	config_clear(&c);
}
