/*
 * conf_check -- what no single value can show: whether the parts of a
 * configuration fit each other.
 */
#ifndef CONF_CONF_CHECK_H
#define CONF_CONF_CHECK_H

#include "base/diag.h"
#include "conf/conf.h"

#define CONF_NAME_MAX 64 /* octets; it stands in logs and metrics */

/*
 * Resolves what refers to what, and fills site_names and site_default.  The
 * conf may have holes where values were wrong; those have been told, and
 * nothing more is said of them.
 */
void conf_check(struct conf *, struct diag *);

/* Letters, digits and "-_.", the first one a letter or digit. */
bool conf_is_name(struct slice);

#endif
