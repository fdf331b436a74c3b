/*
 * clock -- sets the clock, for the processes of one test alone; for
 * LD_PRELOAD.
 *
 * The file that CLOCK names holds the seconds by which the date is moved, as an
 * int64_t; whoever drives the test writes it at any time.  It is mapped at the
 * start, so it works in a sandbox too.  The monotonic clocks go on as they do.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int64_t *shift;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CLOCK");
	void *p;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	p = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		shift = p;
	(void)close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int e;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	e = real(id, ts);
	if (e == 0 && shift != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += *shift;
	return e;
}

time_t
time(time_t *t)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts = { 0 };

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}
