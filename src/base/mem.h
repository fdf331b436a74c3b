/*
 * mem -- small allocations that do not fail.
 *
 * Sizes here are ours, never a peer's: a size that a peer chooses has met its
 * limit before.  Out of memory aborts; the supervisor starts a new worker.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * For a process whose memory comes and goes with its peers.  malloc(3) keeps
 * 1 MiB that is free instead of 128 KiB: a worker's buffers are more than that
 * in one turn and none in the next, and each page that has been given back is
 * a fault when it is wanted again.
 */
void mem_keep(void);
/* Zeroed memory for n things of size bytes each.  free(3) it. */
void *mem_new(size_t n, size_t size) __attribute__((malloc));
/* Room for n things of size bytes each; what is new is not zeroed. */
void *mem_resize(void *, size_t n, size_t size);
/* A NUL-terminated copy of n bytes. */
char *mem_strndup(const char *, size_t n) __attribute__((malloc));
char *mem_strdup(const char *) __attribute__((malloc));
/* A string made as printf(3) does. */
char *mem_printf(const char *fmt, ...)
    __attribute__((malloc, format(printf, 1, 2)));
/*
 * Says so on stderr and aborts: for memory and the like that a library could
 * not get.  what: who needed it.  errno tells more.
 */
void mem_abort(const char *what) __attribute__((noreturn));
/* Overwrites a secret, also where the compiler thinks it useless. */
void mem_wipe(void *, size_t n);

#endif
