/*
 * sandbox -- what a worker gives up before it hears the first byte from the
 * network.
 *
 * From then on it opens no file, starts no program, sees no other process and
 * no other process sees it; all it can do is accept, connect, read, write and
 * compute.  What it needs it has got from the supervisor.
 *
 * This is sandbox.c.  Builds with a sanitizer have sandbox_none.c instead:
 * LeakSanitizer stops the process from outside, and UBSan and ASan read files
 * for their reports.
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "conf/conf.h"

/* No core dump, and nobody but root reads our memory.  Supervisor too: keys
 * pass through it. */
void sandbox_hide(void);
/*
 * For good, for this process.  Capabilities go in any case.  E_SYS: the kernel
 * refuses what it should be able to do; the log says what.
 */
int sandbox_enter(enum conf_sandbox);

#endif
