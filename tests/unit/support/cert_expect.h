/*
 * cert_expect -- what a diag must have said of files named at t.yaml:1:1.
 */
#ifndef SUPPORT_CERT_EXPECT_H
#define SUPPORT_CERT_EXPECT_H

#include "base/diag.h"

/*
 * That the entries hold these parts of sentences, one each, in order; the list
 * ends with NULL, and what is to be a warning begins with "?".  Clears the
 * diag.
 */
void cert_expect(struct diag *, const char *const *parts);

#define EXPECT(d, ...) \
	cert_expect(d, (const char *const[]) { __VA_ARGS__, NULL })
#define QUIET(d) cert_expect(d, (const char *const[]) { NULL })

#endif
