/*
 * What a worker cannot do any more: each thing is tried by a process of its
 * own that has entered the sandbox by the same call as workers do.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/landlock.h"
#include "daemon/sandbox.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* What a try comes to when it is neither refused nor deadly. */
#define DONE 0

static char secret[] = "what another process holds";
static pid_t parent;
static char path[64]; /* of a file that everybody may read */

static int
of(long result)
{
	return result >= 0 ? DONE : errno;
}

static int
read_a_file(void)
{
	return of(open(path, O_RDONLY));
}

static int
read_a_file_by_openat(void)
{
	return of(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY));
}

static int
read_a_file_by_openat2(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { 0 };

	return of(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)));
}

static int
make_a_file(void)
{
	return of(open("/tmp/check_sandbox.new", O_WRONLY | O_CREAT, 0600));
}

static int
remove_a_file(void)
{
	return of(unlink(path));
}

static int
list_a_folder(void)
{
	return of(open("/", O_RDONLY | O_DIRECTORY));
}

static int
start_a_program(void)
{
	return of(execl("/bin/true", "true", (char *)NULL));
}

static int
start_a_program_from_memory(void)
{
	return of(memfd_create("x", 0));
}

static int
fork_a_process(void)
{
	return of(fork());
}

static int
start_a_thread(void)
{
	return of(syscall(SYS_clone, 0x3d0f00, NULL, NULL, NULL, NULL));
}

static int
trace_the_parent(void)
{
	return of(ptrace(PTRACE_SEIZE, parent, NULL, NULL));
}

static int
read_the_parent(void)
{
	char copy[sizeof(secret)];
	struct iovec to = { copy, sizeof(copy) };
	struct iovec from = { secret, sizeof(secret) };

	/* the parent has it at the same address */
	return of(process_vm_readv(parent, &to, 1, &from, 1, 0));
}

static int
read_the_parent_by_file(void)
{
	char mem[32];

	snprintf(mem, sizeof(mem), "/proc/%d/mem", (int)parent);
	return of(open(mem, O_RDONLY));
}

static int
take_a_descriptor_of_the_parent(void)
{
	return of(syscall(SYS_pidfd_open, parent, 0));
}

static int
signal_the_parent(void)
{
	return of(kill(parent, SIGWINCH));
}

static int
signal_the_parent_by_thread(void)
{
	return of(syscall(SYS_tgkill, parent, parent, SIGWINCH));
}

static int
ask_the_kernel_by_netlink(void)
{
	return of(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
send_raw_packets(void)
{
	return of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
listen_for_others(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return of(bind(fd, (struct sockaddr *)&any, sizeof(any)));
}

static int
turn_data_into_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
map_code(void)
{
	return of(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
		-1 :
		0);
}

static int
be_somebody_else(void)
{
	return of(setresuid(1, 1, 1));
}

static int
be_seen(void)
{
	return of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
raise_a_limit(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	return of(setrlimit(RLIMIT_CORE, &r));
}

static int
use_io_uring(void)
{
	return of(syscall(SYS_io_uring_setup, 1, NULL));
}

static int
load_a_kernel_program(void)
{
	return of(syscall(SYS_bpf, 0, NULL, 0));
}

#define KILLED (-SIGSYS)

static const struct {
	const char *name;
	int (*try)(void);
	int expected; /* an errno, or KILLED */
} forbidden[] = {
#define TRY(f, expected) \
	{ \
#f, f, expected \
	}
	TRY(read_a_file, EACCES),
	TRY(read_a_file_by_openat, EACCES),
	TRY(read_a_file_by_openat2, KILLED),
	TRY(make_a_file, EACCES),
	TRY(remove_a_file, KILLED),
	TRY(list_a_folder, EACCES),
	TRY(start_a_program, KILLED),
	TRY(start_a_program_from_memory, KILLED),
	TRY(fork_a_process, KILLED),
	TRY(start_a_thread, KILLED),
	TRY(trace_the_parent, KILLED),
	TRY(read_the_parent, KILLED),
	TRY(read_the_parent_by_file, EACCES),
	TRY(take_a_descriptor_of_the_parent, KILLED),
	TRY(signal_the_parent, KILLED),
	TRY(signal_the_parent_by_thread, KILLED),
	TRY(ask_the_kernel_by_netlink, KILLED),
	TRY(send_raw_packets, KILLED),
	TRY(listen_for_others, KILLED),
	TRY(turn_data_into_code, KILLED),
	TRY(map_code, KILLED),
	TRY(be_somebody_else, KILLED),
	TRY(be_seen, KILLED),
	TRY(raise_a_limit, KILLED),
	TRY(use_io_uring, KILLED),
	TRY(load_a_kernel_program, KILLED),
};

/* What it comes to in a process that has entered first: an errno, DONE, or
 * minus a signal. */
static int
outcome(int (*enter)(void), int (*try)(void))
{
	int status;
	pid_t pid;

	parent = getpid();
	pid = fork();
	if (pid == 0) {
		alarm(10);
		_exit(enter() == 0 ? try() : 255);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
enter_not(void)
{
	return 0;
}

static int
enter_on(void)
{
	return sandbox_enter(SANDBOX_ON);
}

static int
enter_log(void)
{
	return sandbox_enter(SANDBOX_LOG);
}

static int
enter_off(void)
{
	return sandbox_enter(SANDBOX_OFF);
}

static void
setup(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/check_sandbox.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
	/* or a debugger of the test would be what makes a try fail */
	(void)signal(SIGWINCH, SIG_IGN);
}

static void
teardown(void)
{
	(void)unlink(path);
}

START_TEST(test_is_forbidden)
{
	int got = outcome(enter_on, forbidden[_i].try);

	ck_assert_msg(got == forbidden[_i].expected, "%s: %d, not %d",
	    forbidden[_i].name, got, forbidden[_i].expected);
	/* and it is the sandbox that forbids it */
	got = outcome(enter_not, forbidden[_i].try);
	ck_assert_msg(got != forbidden[_i].expected, "%s: %d also without",
	    forbidden[_i].name, got);
}
END_TEST

/* What workers do, in small. */
static int
serve(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	void *p = malloc(1 << 20);
	char c;

	if (fd < 0 || p == NULL)
		return 1;
	/* port 0: refused, or whatever; it may be tried */
	(void)connect(fd, (struct sockaddr *)&to, sizeof(to));
	(void)recv(fd, &c, 1, 0);
	free(p);
	close(fd);
	return DONE;
}

START_TEST(test_what_workers_do_is_allowed)
{
	ck_assert_int_eq(outcome(enter_on, serve), DONE);
	ck_assert_int_eq(outcome(enter_log, serve), DONE);
	ck_assert_int_eq(outcome(enter_off, serve), DONE);
}
END_TEST

static int
abort_it(void)
{
	abort();
}

START_TEST(test_who_aborts_is_seen_to_have_aborted)
{
	ck_assert_int_eq(outcome(enter_on, abort_it), -SIGABRT);
}
END_TEST

START_TEST(test_log_and_off_forbid_nothing_more)
{
	ck_assert_int_eq(outcome(enter_log, read_a_file), DONE);
	ck_assert_int_eq(outcome(enter_off, read_a_file), DONE);
	ck_assert_int_eq(outcome(enter_log, listen_for_others), DONE);
	ck_assert_int_eq(outcome(enter_off, listen_for_others), DONE);
}
END_TEST

static int
enter_landlock(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) + landlock_close();
}

START_TEST(test_landlock_alone_closes_the_file_system)
{
	/* where the kernel has none, that is said, and nothing else happens */
	bool has = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;

	ck_assert_int_eq(outcome(enter_landlock, read_a_file),
	    has ? EACCES : 255);
	ck_assert_int_eq(outcome(enter_landlock, make_a_file),
	    has ? EACCES : 255);
	ck_assert_int_eq(outcome(enter_landlock, start_a_program),
	    has ? EACCES : 255);
}
END_TEST

static int
has_privileges(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "r");
	int found = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		unsigned long long caps;

		if (sscanf(line, "Cap%*[a-zA-Z]:%llx", &caps) == 1) {
			found++;
			if (caps != 0 && strncmp(line, "CapBnd", 6) != 0)
				return 1;
		}
		if (strcmp(line, "NoNewPrivs:\t0\n") == 0)
			return 2;
	}
	return found == 5 ? 0 : 3;
}

START_TEST(test_privileges_go_in_any_case)
{
	ck_assert_int_eq(outcome(enter_log, has_privileges), 0);
	ck_assert_int_eq(outcome(enter_off, has_privileges), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_is_forbidden, 0, COUNT(forbidden));
	tcase_add_test(t, test_what_workers_do_is_allowed);
	tcase_add_test(t, test_who_aborts_is_seen_to_have_aborted);
	tcase_add_test(t, test_log_and_off_forbid_nothing_more);
	tcase_add_test(t, test_landlock_alone_closes_the_file_system);
	tcase_add_test(t, test_privileges_go_in_any_case);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
