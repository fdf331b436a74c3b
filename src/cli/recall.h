/*
 * recall -- requests and refusals found again in the log.
 */
#ifndef CLI_RECALL_H
#define CLI_RECALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "cli/logline.h"

#define RECALL_MAX 10 /* lines that are kept */

struct recall {
	char *lines[RECALL_MAX]; /* owned */
	size_t count;
};

/*
 * path: a file, or "-" for the standard input.  ref: of a request or a
 * connection: the first lines with it, those that have it as their own ref in
 * front; NULL: the last refusals.  False: the file cannot be read, or has no
 * such line; that was said.  The caller clears it in any case.
 */
bool recall_find(struct recall *, const char *path, const char *ref);
void recall_clear(struct recall *);

/* Why, by the record: its err; 0 if it was not refused. */
int recall_reason(const struct logline *);
/* The record, field by field, and as an object. */
void recall_print(const struct logline *);
void recall_json(const struct logline *, struct json *, const char *key);

/* What a record tells of who asked for what; texts are owned, and NULL where
 * it does not tell, but host is "" then: there was no SNI. */
struct recalled {
	char *host, *method, *path;
	char *sha256, *issuer, *serial; /* of the client's certificate */
	int64_t at;                     /* seconds since 1970 */
	bool has_at;
};

void recalled_init(struct recalled *, const struct logline *);
void recalled_clear(struct recalled *);

/* "2026-11-21T01:11:21Z", with or without a fraction; false: it is none. */
bool recall_time(const char *text, int64_t *at);

#endif
