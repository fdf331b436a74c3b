/*
 * syscalls -- what a worker may ask of the kernel, by seccomp(2).
 *
 * The list is what workers were seen to use after they have got their bundle
 * (scripts/trace-syscalls shows it), and no more.  Whoever adds a call to the
 * program that is not on it finds the worker dead of SIGSYS in the first test
 * that gets there.
 */
#ifndef DAEMON_SYSCALLS_H
#define DAEMON_SYSCALLS_H

#include <stdbool.h>

/*
 * From now on any other call ends the process; with only_log it is noted in
 * the kernel's log and goes through.  0, or -1 with errno.
 */
int syscalls_limit(bool only_log);

#endif
