/*
 * bundle_seal -- a bundle as one run of bytes in a memfd that nobody can
 * change any more.  For bundle.c alone.
 *
 * A header, then for each file a record: its numbers, its path with a NUL, its
 * bytes with a NUL.  Numbers are the machine's own: writer and reader are one
 * program on one machine.  What is read is checked all the same.
 */
#ifndef CONF_BUNDLE_SEAL_H
#define CONF_BUNDLE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "conf/bundle.h"

/* A new descriptor, close-on-exec; E_SYS with errno set. */
int seal_write(const struct bundle_file *const *files, size_t count, int *fd);

struct seal_reader {
	const char *image; /* mapped; the caller unmaps it */
	size_t size;
	size_t at;
	uint32_t left; /* files still to come */
};

/*
 * Maps the memfd and reads the header.  E_INVALID: no memfd with all seals, or
 * none of ours; E_SYS.  After a mistake nothing is mapped.
 */
int seal_map(int fd, struct seal_reader *);
/* The next file; its path and bytes lie in the image.  E_EOF after the last,
 * E_INVALID. */
int seal_next(struct seal_reader *, struct bundle_file *);

#endif
