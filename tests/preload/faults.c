/*
 * faults -- makes calls fail that can fail for want of resources; for
 * LD_PRELOAD.
 *
 * The file that FAULTS names holds a struct faults; whoever drives the test
 * writes there what is to fail, at any time, and reads how often it did.  It
 * is mapped at the start, so it works in a sandbox too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { ANYWHERE, SUPERVISOR, WORKERS };

struct faults {
	char call[24];
	int32_t err;
	int32_t where;
	_Atomic int32_t skip;  /* calls that are let pass first */
	_Atomic int32_t times; /* so many fail then; negative: all */
	_Atomic int32_t hits;  /* so many have failed */
};

static struct faults *faults;
static bool is_worker;

/* "sallyport", "worker" */
static void
look_who(void)
{
	char line[256] = "";
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY);
	long n = fd >= 0 ? syscall(SYS_read, fd, line, sizeof(line) - 1) : 0;
	size_t first = strlen(line) + 1;

	if (n > 0 && first < (size_t)n)
		is_worker = strcmp(line + first, "worker") == 0;
	(void)syscall(SYS_close, fd);
}

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("FAULTS");
	long fd, p;

	if (path == NULL)
		return;
	look_who();
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	p = syscall(SYS_mmap, NULL, sizeof(*faults), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (p > 0)
		faults = (struct faults *)
		    p; /* NOLINT(performance-no-int-to-ptr) */
	(void)syscall(SYS_close, fd);
}

static bool
fails(const char *call)
{
	struct faults *f = faults;

	if (f == NULL || f->times == 0 || strcmp(f->call, call) != 0 ||
	    (f->where != ANYWHERE && (f->where == WORKERS) != is_worker))
		return false;
	if (f->skip > 0 && atomic_fetch_sub(&f->skip, 1) > 0)
		return false;
	if (f->times > 0 && atomic_fetch_sub(&f->times, 1) <= 0) {
		f->times = 0;
		return false;
	}
	f->hits++;
	errno = f->err;
	return true;
}

/* A call of the C library that says -1 when it fails. */
#define CALL(type, name, params, args) \
	type name params; \
	type name params \
	{ \
		static type(*real) params; \
		if (fails(#name)) \
			return (type)-1; \
		if (real == NULL) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		return real args; \
	}

CALL(int, accept4, (int s, struct sockaddr *a, socklen_t *n, int flags),
    (s, a, n, flags))
CALL(int, bind, (int s, const struct sockaddr *a, socklen_t n), (s, a, n))
CALL(int, connect, (int s, const struct sockaddr *a, socklen_t n), (s, a, n))
CALL(int, dup2, (int a, int b), (a, b))
CALL(int, epoll_create1, (int flags), (flags))
CALL(int, epoll_ctl, (int e, int op, int fd, struct epoll_event *ev),
    (e, op, fd, ev))
CALL(int, eventfd, (unsigned n, int flags), (n, flags))
CALL(int, execv, (const char *p, char *const argv[]), (p, argv))
CALL(pid_t, fork, (void), ())
CALL(int, ftruncate, (int fd, off_t n), (fd, n))
CALL(int, getentropy, (void *p, size_t n), (p, n))
CALL(int, getpeername, (int s, struct sockaddr *a, socklen_t *n), (s, a, n))
CALL(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))
CALL(int, getsockname, (int s, struct sockaddr *a, socklen_t *n), (s, a, n))
CALL(int, inotify_add_watch, (int fd, const char *p, uint32_t mask),
    (fd, p, mask))
CALL(int, inotify_init1, (int flags), (flags))
CALL(int, listen, (int s, int n), (s, n))
CALL(int, memfd_create, (const char *name, unsigned flags), (name, flags))
CALL(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at),
    (p, n, prot, flags, fd, at))
CALL(int, pipe2, (int fds[2], int flags), (fds, flags))
CALL(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
CALL(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
CALL(ssize_t, recv, (int s, void *p, size_t n, int flags), (s, p, n, flags))
CALL(ssize_t, recvmsg, (int s, struct msghdr *m, int flags), (s, m, flags))
CALL(ssize_t, send, (int s, const void *p, size_t n, int flags),
    (s, p, n, flags))
CALL(ssize_t, sendmsg, (int s, const struct msghdr *m, int flags),
    (s, m, flags))
CALL(ssize_t, sendto,
    (int s, const void *p, size_t n, int flags, const struct sockaddr *a,
	socklen_t len),
    (s, p, n, flags, a, len))
CALL(int, setsockopt, (int s, int level, int name, const void *p, socklen_t n),
    (s, level, name, p, n))
CALL(int, socket, (int family, int type, int protocol),
    (family, type, protocol))
CALL(int, socketpair, (int family, int type, int protocol, int fds[2]),
    (family, type, protocol, fds))
CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))

int open(const char *, int, ...);

int
open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (fails("open"))
		return -1;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#ifndef HAS_SANITIZER /* which has a malloc of its own */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

void *
malloc(size_t n)
{
	return fails("malloc") ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails("malloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails("malloc") ? NULL : __libc_realloc(p, n);
}
#endif
