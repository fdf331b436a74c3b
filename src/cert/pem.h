/*
 * pem -- the blocks of a PEM file (RFC 7468), one after the other.
 */
#ifndef CERT_PEM_H
#define CERT_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/slice.h"
#include "conf/conf.h"

struct pem_block {
	const char *label; /* "CERTIFICATE" */
	struct slice der;
	unsigned number;   /* the first is 1 */
	bool is_encrypted; /* der is unusable then */
};

/*
 * Called for each block; der and label are gone afterwards.  What it thinks
 * wrong it tells diag, and goes on.
 */
typedef void pem_block_fn(const struct pem_block *, void *arg);

/*
 * Goes over the blocks of a file.  Text between them is ignored.  Tells diag,
 * and returns false, when the file could not be read, is cut off or holds a
 * block that is broken; a file without a block is no mistake of this layer.
 */
bool pem_each(const struct conf_file *f, struct diag *d, pem_block_fn *fn,
    void *arg);

/* The same over bytes, as the fuzzer wants it; *why says what is wrong. */
bool pem_each_in(struct slice text, const char **why, pem_block_fn *f,
    void *arg);

#endif
