/*
 * plan -- a configuration as the supervisor has it: read, checked, sealed for
 * the workers, and the little of it that the supervisor itself needs.
 *
 * No key stays in this process's memory: they are in the sealed memfd alone.
 */
#ifndef DAEMON_PLAN_H
#define DAEMON_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "conf/conf.h"
#include "daemon/sockets.h"
#include "daemon/stock.h"

struct crl_ages;

struct plan {
	int bundle_fd; /* sealed */
	uint32_t generation;
	int64_t since_ms; /* wall clock: when it came into force */
	unsigned workers;
	int64_t drain_ms;
	int64_t rotate_ms; /* of the keys of tickets */
	struct conf_log log;
	struct conf_access_log access_log; /* only to and path hold */
	int access_fd;                     /* its file, open; -1: none */
	struct sockets_wanted *wanted;     /* the listeners */
	size_t wanted_count;
	bool watch;
	const char *control; /* the path of its socket; NULL: none */
	char **files;        /* all but the configuration itself */
	size_t file_count;
	int64_t read_ms; /* wall clock: when reading them began */
	struct stock stock;
	struct crl_ages *ages; /* of the CRLs, those of older plans too */
	struct arena arena;
};

/*
 * Reads the configuration at path and every file that it names; with path
 * NULL, the configuration as old has it and the files anew.  old: what is in
 * force, whose CRLs no older ones replace; NULL: nothing.  0, or E_CONFIG with
 * every mistake in diag, or E_SYS.
 */
int plan_load(const char *path, const struct plan *old, struct diag *,
    struct plan **);
void plan_free(struct plan *); /* NULL is fine */
/* Whether both say the same, byte by byte. */
bool plan_is_same(const struct plan *, const struct plan *);

#endif
