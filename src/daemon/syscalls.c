#include "daemon/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Harmless with whatever arguments: they act on this process, or on what it
 * has open. */
static const int allowed[] = {
	/* connections */
	SCMP_SYS(accept4),
	SCMP_SYS(close),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	/* the loop */
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2),
	/* time; mostly in the vDSO */
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	/* memory and locks */
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(madvise),
	SCMP_SYS(membarrier),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	/* a bundle's size, and qsort(3)'s question for the memory there is */
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(sysinfo),
	/* who we are, and where we run */
	SCMP_SYS(getcpu),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(uname),
	/* randomness */
	SCMP_SYS(getrandom),
	/* signals and the end */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
};

/*
 * Libraries try files that they can do without, such as openssl.cnf or the
 * number of CPUs: they hear that they may not, and go on.
 */
static const int refused[] = {
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(stat),
	SCMP_SYS(statx),
};

/* Allowed when one argument is so; mask 0: all of it counts. */
static const struct {
	int call;
	unsigned arg;
	uint64_t mask;
	uint64_t value;
} limited[] = {
	{ SCMP_SYS(fcntl), 1, 0, F_GETFD },
	{ SCMP_SYS(fcntl), 1, 0, F_SETFD },
	{ SCMP_SYS(fcntl), 1, 0, F_GETFL },
	{ SCMP_SYS(fcntl), 1, 0, F_SETFL },
	{ SCMP_SYS(fcntl), 1, 0, F_GET_SEALS },
	{ SCMP_SYS(ioctl), 1, 0, FIONBIO },
	{ SCMP_SYS(ioctl), 1, 0, FIONREAD },
	/* data never becomes code */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* to backends and nameservers */
	{ SCMP_SYS(socket), 0, 0, AF_INET },
	{ SCMP_SYS(socket), 0, 0, AF_INET6 },
	{ SCMP_SYS(socket), 0, 0, AF_UNIX },
};

static int
allow_some(scmp_filter_ctx c)
{
	const struct scmp_arg_cmp self = { .op = SCMP_CMP_EQ,
		.datum_a = (scmp_datum_t)getpid() };
	int e = 0;

	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		struct scmp_arg_cmp cmp = { .arg = limited[i].arg,
			.op = SCMP_CMP_EQ,
			.datum_a = limited[i].value };

		if (limited[i].mask != 0) {
			cmp.op = SCMP_CMP_MASKED_EQ;
			cmp.datum_a = limited[i].mask;
			cmp.datum_b = limited[i].value;
		}
		if (e == 0)
			e = seccomp_rule_add_array(c, SCMP_ACT_ALLOW,
			    limited[i].call, 1, &cmp);
	}
	/* abort(3) signals itself, and nobody else */
	if (e == 0)
		e = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
		    1, &self);
	return e;
}

static int
add_each(scmp_filter_ctx c, uint32_t action, const int *calls, size_t n)
{
	int e = 0;

	for (size_t i = 0; i < n && e == 0; i++)
		e = seccomp_rule_add(c, action, calls[i], 0);
	return e;
}

int
syscalls_limit(bool only_log)
{
	scmp_filter_ctx c = seccomp_init(
	    only_log ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
	int e;

	if (c == NULL) {
		errno = ENOMEM;
		return -1;
	}
	/* another architecture's calls have other numbers */
	e = seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* a tree: the hot calls are not at the end of a list */
	if (e == 0)
		e = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (e == 0)
		e = add_each(c, SCMP_ACT_ALLOW, allowed,
		    sizeof(allowed) / sizeof(allowed[0]));
	if (e == 0)
		e = allow_some(c);
	if (e == 0 && !only_log)
		e = add_each(c, SCMP_ACT_ERRNO(EACCES), refused,
		    sizeof(refused) / sizeof(refused[0]));
	if (e == 0)
		e = seccomp_load(c);
	seccomp_release(c);
	errno = -e;
	return e == 0 ? 0 : -1;
}
