/*
 * snapshot -- a configuration with all that was made from it: checked, whole,
 * const.
 *
 * The supervisor makes one to know that a bundle is good, check and explain to
 * look into it, each worker to serve by it; all by this one function.
 */
#ifndef PROXY_SNAPSHOT_H
#define PROXY_SNAPSHOT_H

#include <stdint.h>

#include "base/diag.h"
#include "conf/bundle.h"
#include "conf/conf.h"
#include "tls/ctx.h"

struct snapshot {
	struct conf *conf;
	struct tls *tls;
};

/*
 * now (seconds since 1970) is for dates of certificates.  0, or E_CONFIG with
 * every mistake in diag.  The bundle must outlive it.
 */
int snapshot_load(struct bundle *, int64_t now, struct diag *,
    struct snapshot **);
void snapshot_free(struct snapshot *); /* NULL is fine */

#endif
