#include "cli/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/peek.h"
#include "net/addr.h"

#define DEFAULT_SOCKET "/run/sallyport/control.sock"

char *
ask_where(const char *conf, const char *socket)
{
	const char *folder = getenv("RUNTIME_DIRECTORY");
	char *found;

	if (socket != NULL)
		return mem_strdup(socket);
	found = conf != NULL ? peek_control_socket(conf) : NULL;
	if (found != NULL && strcmp(found, "off") == 0) {
		(void)fprintf(stderr, "%s: control.socket is off\n", conf);
		free(found);
		return NULL;
	}
	if (found != NULL && strcmp(found, "auto") != 0)
		return found;
	free(found);
	if (folder != NULL)
		return mem_printf("%.*s/control.sock",
		    (int)strcspn(folder, ":"), folder);
	return mem_strdup(DEFAULT_SOCKET);
}

static int
call(const char *where)
{
	struct addr a;
	int fd;

	if (addr_unix(slice_str(where), &a) != 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, &a.sa, a.len) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static bool
send_line(int fd, const char *line)
{
	char *whole = mem_printf("%s\n", line);
	size_t n = strlen(whole);
	bool ok = send(fd, whole, n, MSG_NOSIGNAL) == (ssize_t)n;

	free(whole);
	return ok;
}

/* The first line says which of the two; the rest is for people. */
static int
print(FILE *from)
{
	char verdict[16] = "", text[4096];
	bool ok;
	size_t n;

	if (fgets(verdict, sizeof(verdict), from) == NULL) {
		(void)fprintf(stderr,
		    "sallyport: it went away without an "
		    "answer\n");
		return EXIT_FAILURE;
	}
	ok = strcmp(verdict, "ok\n") == 0;
	while ((n = fread(text, 1, sizeof(text), from)) > 0)
		(void)fwrite(text, 1, n, ok ? stdout : stderr);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
ask(const char *where, const char *line)
{
	int fd = call(where), status = EXIT_FAILURE;
	FILE *f;

	if (fd < 0 || !send_line(fd, line) || (f = fdopen(fd, "r")) == NULL) {
		(void)fprintf(stderr, "%s: %s\n", where, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return status;
	}
	status = print(f);
	(void)fclose(f);
	return status;
}
