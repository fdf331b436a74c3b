#include "tls/wipe.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void *
get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void
give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p != NULL)
		mem_wipe(p, malloc_usable_size(p));
	free(p);
}

static void *
resize(void *old, size_t n, const char *file, int line)
{
	size_t had = old != NULL ? malloc_usable_size(old) : 0;
	void *p;

	if (n == 0) {
		give_back(old, file, line);
		return NULL;
	}
	p = get(n, file, line);
	if (p == NULL)
		return NULL;
	if (had > 0)
		memcpy(p, old, had < n ? had : n);
	give_back(old, file, line);
	return p;
}

void
wipe_freed(void)
{
	(void)CRYPTO_set_mem_functions(get, resize, give_back);
}
