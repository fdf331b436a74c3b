#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What malloc hands out well, and a small head fits in. */
#define BUF_MIN 512

static size_t in_use; /* sizes of all bufs; one thread, no lock */

size_t
buf_in_use(void)
{
	return in_use;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf) { .max = max };
}

void
buf_clear(struct buf *b)
{
	in_use -= b->size;
	free(b->mem);
	buf_init(b, b->max);
}

void
buf_release(struct buf *b)
{
	if (b->mem != NULL && buf_len(b) == 0)
		buf_clear(b);
}

/* The next size that holds need bytes: doubled, within the ceiling. */
static size_t
grown(const struct buf *b, size_t need)
{
	size_t size = b->size > 0 ? b->size : BUF_MIN;

	while (size < need)
		size = size > b->max / 2 ? b->max : size * 2;
	return size < b->max ? size : b->max;
}

char *
buf_want(struct buf *b, size_t n)
{
	size_t len = buf_len(b);

	if (n > b->max - len)
		return NULL;
	if (n <= b->size - b->end && b->mem != NULL)
		return b->mem + b->end;
	if (b->start > 0) {
		assert(b->mem != NULL);
		memmove(b->mem, b->mem + b->start, len);
		b->start = 0;
		b->end = len;
	}
	if (n > b->size - len || b->mem == NULL) {
		in_use -= b->size;
		b->size = grown(b, len + n);
		in_use += b->size;
		b->mem = mem_resize(b->mem, b->size, 1);
	}
	return b->mem + b->end;
}

void
buf_added(struct buf *b, size_t n)
{
	assert(n <= b->size - b->end);
	b->end += n;
}

void
buf_take(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->start += n;
	if (b->start == b->end)
		b->start = b->end = 0;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->end = b->start + n;
}

bool
buf_put(struct buf *b, struct slice s)
{
	char *to;

	if (s.n == 0)
		return true;
	to = buf_want(b, s.n);
	if (to == NULL)
		return false;
	memcpy(to, s.p, s.n);
	buf_added(b, s.n);
	return true;
}

bool
buf_puts(struct buf *b, const char *s)
{
	return buf_put(b, slice_str(s));
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	char *text;
	va_list ap;
	bool fits;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_abort(__func__);
	/* not printed in place: the NUL might pass the ceiling */
	fits = buf_put(b, slice_of(text, (size_t)n));
	free(text);
	return fits;
}
