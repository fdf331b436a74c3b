/*
 * buf -- bytes waiting, in one piece, with a ceiling.
 *
 * Bytes are put in at the end and taken from the front.  A buf that is empty
 * can give its memory back (buf_release), so that an idle connection holds
 * none.  Embedded: buf_init, buf_clear.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct buf {
	char *mem;
	size_t size;  /* of mem */
	size_t start; /* of the bytes that wait */
	size_t end;
	size_t max; /* the ceiling: never more bytes than this */
};

void buf_init(struct buf *, size_t max);
/* Frees the memory; the buf is empty and usable. */
void buf_clear(struct buf *);
/* Gives the memory back if the buf is empty. */
void buf_release(struct buf *);

static inline size_t
buf_len(const struct buf *b)
{
	return b->end - b->start;
}

/* How many bytes may still be put in. */
static inline size_t
buf_room(const struct buf *b)
{
	return b->max - buf_len(b);
}

/* The bytes that wait; valid until the next call that puts or takes. */
static inline struct slice
buf_slice(const struct buf *b)
{
	if (b->mem == NULL)
		return slice_of(NULL, 0);
	return slice_of(b->mem + b->start, buf_len(b));
}

/*
 * Room for n more bytes at the end, in one piece: write there, then buf_added.
 * NULL when that would pass the ceiling.
 */
char *buf_want(struct buf *, size_t n);
/* n bytes were written where buf_want said. */
void buf_added(struct buf *, size_t n);
/* The first n bytes are done with; n <= buf_len. */
void buf_take(struct buf *, size_t n);
/* What was put last is taken back: the first n bytes stay; n <= buf_len. */
void buf_cut(struct buf *, size_t n);
/* Octets that all bufs of this process hold, for a budget. */
size_t buf_in_use(void);
/* Appends; false, and nothing is appended, when the ceiling forbids it. */
bool buf_put(struct buf *, struct slice);
bool buf_puts(struct buf *, const char *);
bool buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
