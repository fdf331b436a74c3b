/*
 * report -- a decision told step by step, for people and for programs.
 *
 * Steps are kept in order and copied; their texts are printable ASCII if those
 * who add them quote what a peer sent (log_quote).
 */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/slice.h"

enum report_outcome {
	REPORT_INFO, /* what there is */
	REPORT_PASS, /* a check that went well */
	REPORT_MISS, /* one that did not, and decides nothing by itself */
	REPORT_FAIL, /* what decided against it */
};

struct report_step {
	struct report_step *next;
	const char *part; /* "certificate": what the step is about */
	enum report_outcome outcome;
	struct slice text;
};

struct report {
	struct arena arena;
	struct report_step *first, **last;
};

void report_init(struct report *);
void report_clear(struct report *);
/* part is a literal. */
void report_add(struct report *, enum report_outcome, const char *part,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A line for each step; the part stands where it changes. */
void report_print(const struct report *, FILE *);
/* "steps": [{"part": ..., "outcome": ..., "text": ...}] */
void report_json(const struct report *, struct json *);

#endif
