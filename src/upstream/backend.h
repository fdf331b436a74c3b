/*
 * backend -- one server: its address, how it is doing, and the connections to
 * it that are kept for reuse.
 */
#ifndef UPSTREAM_BACKEND_H
#define UPSTREAM_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "net/addr.h"
#include "upstream/pool.h"

#define BACKEND_ADDRS_MAX  16
#define BACKEND_RESOLVE_MS 30000 /* how long the addresses of a name hold */
#define BACKEND_REST_MS \
	2000 /* after a failed connection it is left alone
				  * while another one can serve */

struct backend {
	const struct conf_server *conf;
	struct addr addrs[BACKEND_ADDRS_MAX];
	size_t addr_count;
	size_t addr_next;
	int64_t resolved_ms;   /* when; meaningless while addr_count is 0 */
	struct vitals *vitals; /* its own, or where they are shown */
	struct vitals own_vitals;
	struct pool pool;
};

void backend_init(struct backend *, const struct conf_server *,
    unsigned idle_max);
void backend_clear(struct backend *);
/* Takes over what the same server had under an earlier configuration: its
 * addresses, how it is doing, its idle connections. */
void backend_inherit(struct backend *, struct backend *from,
    const struct mux_params *);
/* Whether its name must be looked up before it can be connected to. */
bool backend_is_stale(const struct backend *, int64_t now_ms);
void backend_set_addrs(struct backend *, const struct addr *, size_t n,
    int64_t now_ms);
/* The address whose turn it is, or NULL. */
const struct addr *backend_addr(struct backend *);
/* From now on others can see there how it is doing, or cannot any more. */
void backend_show(struct backend *, struct vitals *, uint32_t generation);
void backend_hide(struct backend *);
bool backend_rests(const struct backend *, int64_t now_ms);
void backend_failed(struct backend *, int64_t now_ms);
void backend_worked(struct backend *);

#endif
