/*
 * credential -- `credential:NAME` for a path: a file that systemd hands to the
 * service (LoadCredential= and its kin, systemd.exec(5)).
 *
 * Where it lies is in $CREDENTIALS_DIRECTORY, another place at each start.  A
 * bundle knows it by its written name, so that workers need no variable.
 */
#ifndef CONF_CREDENTIAL_H
#define CONF_CREDENTIAL_H

#include <limits.h>
#include <stdbool.h>

#include "base/slice.h"

bool credential_is(struct slice path);
/*
 * Where it is on disk.  0, or an errno: ENXIO when nobody hands us any, EINVAL
 * when NAME is not the plain name of a file.
 */
int credential_path(struct slice path, char out[PATH_MAX]);

#endif
