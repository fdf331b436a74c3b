#include "proxy/snapshot.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "proxy/rewrite.h"

int
snapshot_load(struct bundle *b, int64_t now, struct diag *d,
    struct snapshot **out)
{
	struct snapshot *s = mem_new(1, sizeof(*s));

	*out = NULL;
	/* after a mistake the files are looked at all the same: whoever
	 * mends one wants to know of the others */
	(void)conf_load_some(b, d, &s->conf);
	if (s->conf != NULL) {
		rewrite_check(s->conf, d);
		s->tls = tls_new(s->conf, now, d);
	}
	diag_sort(d);
	if (s->tls == NULL || d->errors > 0) {
		snapshot_free(s);
		return E_CONFIG;
	}
	*out = s;
	return 0;
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	tls_free(s->tls);
	conf_free(s->conf);
	free(s);
}
