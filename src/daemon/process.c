#include "daemon/process.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/ipc.h"
#include "daemon/privs.h"

void
process_ignore_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGHUP, SIGINT,
		SIGTERM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
}

void
process_raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

unsigned
process_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int
process_shared_fd(void)
{
	int fd = memfd_create("sallyport-metrics",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);

	/* were it cut short by one process, the others would die of SIGBUS */
	if (fd >= 0 &&
	    (ftruncate(fd, (off_t)sizeof(struct process_shared)) != 0 ||
		fcntl(fd, F_ADD_SEALS,
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) != 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

struct process_shared *
process_map_shared(int fd)
{
	void *p = mmap(NULL, sizeof(struct process_shared),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p != MAP_FAILED ? p : NULL;
}

void
process_unmap_shared(struct process_shared *s)
{
	(void)munmap(s, sizeof(*s));
}

/* In the child: only what is safe between fork and exec. */
static void
become_worker(int ipc_fd)
{
	static const char *const argv[] = { "sallyport", "worker", NULL };
	sigset_t none;

	privs_shed_ambient();
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* dup2 clears close-on-exec, but not onto itself */
	if (ipc_fd == IPC_WORKER_FD ? fcntl(ipc_fd, F_SETFD, 0) != 0 :
				      dup2(ipc_fd, IPC_WORKER_FD) < 0)
		_exit(126);
	/* it inherits that alone, whatever somebody left open before us */
	(void)close_range(IPC_WORKER_FD + 1, UINT_MAX, 0);
	/* a new image has a new layout of memory: what is learnt of one worker
	 * by crashing it is of no use against the next */
	(void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
process_start_worker(int ipc_fd)
{
	pid_t pid = fork();

	if (pid == 0)
		become_worker(ipc_fd);
	return (int)pid;
}
