#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char mem[];
};

void
arena_init(struct arena *a, size_t block_size)
{
	*a = (struct arena) { .block_size = block_size };
}

void
arena_clear(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->blocks) != NULL) {
		a->blocks = b->next;
		free(b);
	}
}

void
arena_reset(struct arena *a)
{
	struct arena_block *kept = a->blocks;

	if (kept == NULL || kept->size > a->block_size) {
		arena_clear(a);
		return;
	}
	a->blocks = kept->next;
	arena_clear(a);
	kept->next = NULL;
	kept->used = 0;
	a->blocks = kept;
}

static struct arena_block *
block_add(struct arena *a, size_t n)
{
	size_t size = n > a->block_size ? n : a->block_size;
	struct arena_block *b = mem_resize(NULL, 1, sizeof(*b) + size);

	b->size = size;
	b->used = 0;
	/* a block of its own for what is large: the newest stays in use */
	if (a->blocks != NULL && n > a->block_size / 2) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

static char *
take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->blocks;
	size_t at = 0;

	if (n > SIZE_MAX / 2)
		mem_abort(__func__);
	if (b != NULL)
		at = (b->used + align - 1) & ~(align - 1);
	if (b == NULL || at > b->size || n > b->size - at) {
		b = block_add(a, n);
		at = 0;
	}
	b->used = at + n;
	return b->mem + at;
}

void *
arena_new(struct arena *a, size_t n)
{
	return memset(take(a, n, _Alignof(max_align_t)), 0, n);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / 2 / size)
		mem_abort(__func__);
	return arena_new(a, n * size);
}

char *
arena_bytes(struct arena *a, size_t n)
{
	return take(a, n, 1);
}

char *
arena_str(struct arena *a, struct slice s)
{
	char *p = arena_bytes(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	return slice_of(arena_str(a, s), s.n);
}

struct slice
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		mem_abort(__func__);
	p = arena_bytes(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	return slice_of(p, (size_t)n);
}

struct slice
arena_printf(struct arena *a, const char *fmt, ...)
{
	struct slice s;
	va_list ap;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}
