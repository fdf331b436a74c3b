/*
 * replay -- run a fuzz target once over each file of its corpus, with any
 * compiler.  Each input ends at a page that cannot be read, so that reading
 * past it is a crash even without a sanitizer.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(const uint8_t *p, size_t len)
{
	if (LLVMFuzzerTestOneInput(p, len) != 0)
		errx(1, "the target must return 0");
}

/* Maps room for len bytes and the guard page that follows the last of them. */
static uint8_t *
guarded(size_t len, void **map, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;

	*size = room + page;
	*map = mmap(NULL, *size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*map == MAP_FAILED)
		err(1, "mmap");
	if (mprotect((uint8_t *)*map + room, page, PROT_NONE) != 0)
		err(1, "mprotect");
	return (uint8_t *)*map + room - len;
}

static void
run_file(int dirfd, const char *name)
{
	struct stat st;
	uint8_t *p;
	size_t len, done, size;
	ssize_t n;
	void *map;
	int fd;

	if ((fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) != 0)
		err(1, "%s", name);
	len = (size_t)st.st_size;
	p = guarded(len, &map, &size);
	for (done = 0; done < len; done += (size_t)n)
		if ((n = read(fd, p + done, len - done)) <= 0)
			err(1, "%s", name);
	close(fd);
	run(p, len);
	munmap(map, size);
}

/* Runs all of dir; current always names the input under way. */
static unsigned
run_all(DIR *dir, char *current, size_t size)
{
	struct dirent *de;
	unsigned count = 0;

	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(current, size, "%s", de->d_name);
		run_file(dirfd(dir), de->d_name);
		count++;
	}
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count;
	char *current;
	int status;
	DIR *dir;
	pid_t pid;

	if (argc != 2)
		errx(2, "usage: %s CORPUS", argv[0]);
	if ((dir = opendir(argv[1])) == NULL)
		err(1, "%s", argv[1]);
	/* Shared, so that the parent can say which input was the last. */
	current = mmap(NULL, NAME_MAX + 1, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (current == MAP_FAILED)
		err(1, "mmap");
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if ((count = run_all(dir, current, NAME_MAX + 1)) == 0)
			errx(1, "%s: no inputs", argv[1]);
		printf("replay: %s, %u inputs\n", argv[1], count);
		closedir(dir);
		return 0;
	}
	closedir(dir);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	if (WIFSIGNALED(status))
		errx(1, "%s/%s: %s", argv[1], current,
		    strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		errx(1, "%s: failed, last at %s", argv[1], current);
	return 0;
}
