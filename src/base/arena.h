/*
 * arena -- many small things that die together.
 *
 * Memory comes in blocks and is freed all at once.  Embedded: arena_init,
 * arena_clear; an arena that nobody used holds nothing.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t block_size;          /* bytes asked for at a time */
};

void arena_init(struct arena *, size_t block_size);
/* Frees everything that came out of it; the arena is usable again. */
void arena_clear(struct arena *);
/* The same, but it keeps a block for what comes next. */
void arena_reset(struct arena *);

/* n zeroed bytes, aligned for any type; they live until arena_clear. */
void *arena_new(struct arena *, size_t n);
/* n things of size bytes each; aborts on overflow. */
void *arena_array(struct arena *, size_t n, size_t size);
/* Bytes that are not zeroed and not aligned. */
char *arena_bytes(struct arena *, size_t n);
/* Copies; the strings are NUL-terminated as well. */
struct slice arena_copy(struct arena *, struct slice);
char *arena_str(struct arena *, struct slice);
struct slice arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct slice arena_vprintf(struct arena *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

#endif
