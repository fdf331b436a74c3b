#include "conf/credential.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "credential:"

bool
credential_is(struct slice path)
{
	return slice_starts(path, SL(PREFIX));
}

static bool
is_plain(struct slice name)
{
	return name.n > 0 && slice_find(name, '/') < 0 &&
	    !slice_eq(name, SL(".")) && !slice_eq(name, SL(".."));
}

int
credential_path(struct slice path, char out[PATH_MAX])
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct slice name = slice_skip(path, sizeof(PREFIX) - 1);
	int n;

	if (!is_plain(name))
		return EINVAL;
	if (dir == NULL || dir[0] != '/')
		return ENXIO;
	n = snprintf(out, PATH_MAX, "%s/%.*s", dir, SLICE_ARG(name));
	return n < PATH_MAX ? 0 : ENAMETOOLONG;
}
