/*
 * logline -- a line of the log read back, in whichever format it is.
 *
 * What stands in front, as journalctl(1) or syslog put it there, is passed
 * over.  Values are borrowed and as written: escapes are not undone.
 */
#ifndef CLI_LOGLINE_H
#define CLI_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define LOGLINE_FIELDS_MAX 64 /* more than any line has */

struct logline {
	struct {
		struct slice key, value;
	} at[LOGLINE_FIELDS_MAX];
	size_t count;
};

/* False: it is no record of ours. */
bool logline_read(struct slice line, struct logline *);
/* Empty if it is not there. */
struct slice logline_get(const struct logline *, const char *key);
/*
 * The value as it was before it was quoted (base/quote.h), of either format;
 * the caller frees *out.p.  What is no escape stays as it is.
 */
struct slice logline_plain(struct slice value);

#endif
