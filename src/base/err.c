#include "base/err.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *slug;
	const char *text;
} errs[] = {
#define E(name, slug, text) { slug, text },
#include "base/err.def"
#undef E
};

const char *
err_slug(int e)
{
	if (e == 0)
		return "ok";
	if (e > 0 || e < -(int)ERR_COUNT)
		return "unknown";
	return errs[-1 - e].slug;
}

const char *
err_text(int e)
{
	if (e == 0)
		return "no error";
	if (e > 0 || e < -(int)ERR_COUNT)
		return "unknown error";
	return errs[-1 - e].text;
}

int
err_by_slug(const char *slug)
{
	for (size_t i = 0; i < ERR_COUNT; i++)
		if (strcmp(errs[i].slug, slug) == 0)
			return -1 - (int)i;
	return 0;
}
