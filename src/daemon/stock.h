/*
 * stock -- what a configuration consists of, piece by piece: to say what a
 * reload changed, and in status until when files are good.
 *
 * Holds names and digests, no file's bytes.
 */
#ifndef DAEMON_STOCK_H
#define DAEMON_STOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "conf/conf.h"

enum stock_kind {
	STOCK_LISTENER,
	STOCK_SITE,
	STOCK_CERTIFICATE,
	STOCK_CA,
	STOCK_CRL,
	STOCK_ROUTE,
	STOCK_BACKEND,
	STOCK_SETTINGS, /* all that is none of these */
};

struct stock_item {
	enum stock_kind kind;
	const char *name;     /* an address, a path, a name: printable */
	uint64_t digest;      /* of what it says; within this process */
	int64_t not_after;    /* seconds since 1970; 0: none */
	const char **servers; /* a backend's; else NULL */
	size_t server_count;
};

struct stock {
	struct stock_item *items; /* each kind and name once */
	size_t count;
	struct map *index; /* by kind and name: 1 + where in items */
	struct arena arena;
};

void stock_take(struct stock *, const struct conf *);
void stock_clear(struct stock *);
/* The same kind and name in another one, or NULL. */
const struct stock_item *stock_find(const struct stock *,
    const struct stock_item *);
/* "certificate" */
const char *stock_kind_name(enum stock_kind);
/* Logs each piece that is added, gone or changed; how many there are. */
size_t stock_log_changes(const struct stock *old, const struct stock *now);

#endif
