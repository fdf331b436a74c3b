/*
 * conf_check -- what no single value can show: whether the parts of a
 * configuration fit each other.
 */
#ifndef CONF_CONF_CHECK_H
#define CONF_CONF_CHECK_H

#include "base/diag.h"
#include "conf/conf.h"

/*
 * Resolves what refers to what, and fills site_names and site_default.  The
 * conf may have holes where values were wrong; those have been told, and
 * nothing more is said of them.
 */
void conf_check(struct conf *, struct diag *);

#endif
