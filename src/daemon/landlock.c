#include "daemon/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * struct landlock_ruleset_attr as of ABI 6.  Debian's header stops at ABI 2;
 * an older kernel gets as much of it as it knows.
 */
struct ruleset {
	uint64_t fs;
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

#define NET_BIND_TCP   (UINT64_C(1) << 0)
#define SCOPE_ABSTRACT (UINT64_C(1) << 0)
#define SCOPE_SIGNAL   (UINT64_C(1) << 1)

/* All rights on files that an ABI knows: landlock(7). */
static uint64_t
fs_rights(long abi)
{
	unsigned bits = 13;

	if (abi >= 2)
		bits = 14; /* REFER */
	if (abi >= 3)
		bits = 15; /* TRUNCATE */
	if (abi >= 5)
		bits = 16; /* IOCTL_DEV */
	return (UINT64_C(1) << bits) - 1;
}

int
landlock_close(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset r = { 0 };
	size_t size = offsetof(struct ruleset, net);
	int fd, e, saved;

	/* the kernel has none, or a container forbids to ask */
	if (abi < 1) {
		errno = ENOSYS;
		return -1;
	}
	r.fs = fs_rights(abi);
	if (abi >= 4) {
		r.net = NET_BIND_TCP;
		size = offsetof(struct ruleset, scoped);
	}
	if (abi >= 6) {
		r.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
		size = sizeof(r);
	}
	/* no rule is added: nothing of this is allowed anywhere */
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return -1;
	e = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return e;
}
