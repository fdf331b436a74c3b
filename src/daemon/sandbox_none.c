/*
 * sandbox_none -- for builds with a sanitizer.  Here the process must stay
 * visible even after it has changed its user, or no leak is ever reported.
 */
#include "daemon/sandbox.h"

#include <sys/prctl.h>

#include "daemon/privs.h"

void
sandbox_hide(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

int
sandbox_enter(enum conf_sandbox mode)
{
	(void)mode;
	privs_shed_ambient();
	return 0;
}
