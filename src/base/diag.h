/*
 * diag -- what is wrong with what the operator gave us, all of it.
 *
 * Start-up code takes a diag and goes on after a mistake, so that one run
 * tells of every one.  Each has a place (file, line, column; 1-based, 0 where
 * there is none) and a sentence: what is wrong, what was expected.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

enum diag_level { DIAG_ERROR, DIAG_WARNING };

/* A place in a file; the string is borrowed and outlives the diag's use. */
struct diag_at {
	const char *file;
	unsigned line;
	unsigned column;
};

struct diag_entry {
	enum diag_level level;
	char *text;          /* "file:line:column: message" */
	struct diag_at at;   /* file: the diag's own copy */
	const char *message; /* within text */
};

struct diag {
	struct diag_entry *entries; /* in the order they were found */
	size_t count;
	size_t errors;
};

void diag_init(struct diag *);
void diag_clear(struct diag *);

/*
 * Notes a mistake.  What comes out of a file is made printable; after
 * DIAG_MAX entries the rest is only counted.
 */
void diag_error(struct diag *, struct diag_at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warn(struct diag *, struct diag_at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Each entry is a line of the log, with its level. */
void diag_log(const struct diag *);
/* Sorts by file in the order of first mention, then line and column. */
void diag_sort(struct diag *);

#define DIAG_MAX 200

#endif
