#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL 1024

void
mem_abort(const char *what)
{
	/* nothing here asks for memory */
	(void)dprintf(STDERR_FILENO, "sallyport: %s: %s\n", what,
	    strerrordesc_np(errno));
	abort();
}

void
mem_keep(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

static void *
or_abort(void *p)
{
	if (p == NULL)
		mem_abort("out of memory");
	return p;
}

void *
mem_new(size_t n, size_t size)
{
	void *p;

	if (n == 0)
		n = 1;
	/* what is small glibc keeps at hand, but for calloc() it does not look
	 * there */
	assert(size > 0);
	if (n > SMALL / size)
		return or_abort(calloc(n, size));
	p = or_abort(malloc(n * size));
	return memset(p, 0, n * size);
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	if (n == 0)
		n = 1;
	return or_abort(reallocarray(p, n, size));
}

char *
mem_strndup(const char *s, size_t n)
{
	char *p = or_abort(n < SIZE_MAX ? malloc(n + 1) : NULL);

	if (n > 0)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *
mem_printf(const char *fmt, ...)
{
	char *p = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&p, fmt, ap) < 0)
		p = NULL;
	va_end(ap);
	return or_abort(p);
}

void
mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
