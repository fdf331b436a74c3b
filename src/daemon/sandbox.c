#include "daemon/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/landlock.h"
#include "daemon/privs.h"
#include "daemon/syscalls.h"

void
sandbox_hide(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
fail(const char *what)
{
	log_msg(LOG_ERR, "sandbox", "%s: %m", what);
	return E_SYS;
}

int
sandbox_enter(enum conf_sandbox mode)
{
	const struct rlimit none = { 0 };

	if (privs_shed_all() != 0)
		return fail("cannot shed capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail("cannot renounce new privileges");
	if (mode == SANDBOX_OFF)
		return 0;
	sandbox_hide();
	(void)setrlimit(RLIMIT_CORE, &none);
	/* log: all is allowed that would not be */
	if (mode == SANDBOX_ON && landlock_close() != 0 && errno != ENOSYS)
		return fail("Landlock");
	if (syscalls_limit(mode == SANDBOX_LOG) != 0)
		return fail("seccomp");
	return 0;
}
