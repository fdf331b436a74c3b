/*
 * explain_log -- refusals found again in the log, and explained.
 */
#ifndef CLI_EXPLAIN_LOG_H
#define CLI_EXPLAIN_LOG_H

#include <stdbool.h>

/*
 * path: a file, or "-" for the standard input.  ref: of a request or a
 * connection; NULL: the last refusals.  Returns the exit status: 0 if there
 * was one to explain.
 */
int explain_log(const char *path, const char *ref, bool is_json);

#endif
