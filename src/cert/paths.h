/*
 * paths -- the ways from a client's certificate up to where chains may end.
 *
 * OpenSSL 3.0 follows one and does not turn back.  Where several certificates
 * have one name (a CA that got a new key, or that two others certified) a
 * client can have a good way beside the one that it took (RFC 5280, 6.1; the
 * requirement PV-17).  All work here is bounded.
 */
#ifndef CERT_PATHS_H
#define CERT_PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "cert/anchor.h"

struct stack_st_X509;
struct x509_st;

#define PATHS_MAX            6  /* that are shown */
#define PATHS_SIGNATURES_MAX 24 /* that are verified on the way */

struct paths_from {
	struct x509_st *leaf;
	struct stack_st_X509 *others; /* what was shown with it */
	const struct anchors *anchors;
	unsigned max_depth; /* certificates between the leaf and the end */
	int64_t now;
};

/* A path, the leaf first, the end last, gone after the call.  True: enough. */
typedef bool paths_fn(struct stack_st_X509 *, void *arg);

/* Whether there can be more than one. */
bool paths_are_several(const struct paths_from *);
/*
 * Each path of certificates in date whose names, key identifiers and
 * signatures fit; what else may be wrong with it is not looked at.
 */
void paths_each(const struct paths_from *, paths_fn *fn, void *arg);

#endif
