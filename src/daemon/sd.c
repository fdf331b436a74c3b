#include "daemon/sd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr hdr;
	char space[CMSG_SPACE(sizeof(int))];
};

/* The address of who wants to be told; its length, or 0. */
static socklen_t
find_address(struct sockaddr_un *a)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path != NULL ? strlen(path) : 0;

	/* sd_notify(3): "@" stands for the NUL of an abstract socket */
	if (n < 2 || n >= sizeof(a->sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return 0;
	*a = (struct sockaddr_un) { .sun_family = AF_UNIX };
	memcpy(a->sun_path, path, n);
	if (path[0] == '@')
		a->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

bool
sd_is_there(void)
{
	struct sockaddr_un a;

	return find_address(&a) > 0;
}

static void
attach(struct msghdr *m, union control *c, int fd)
{
	*c = (union control) { 0 };
	c->hdr.cmsg_level = SOL_SOCKET;
	c->hdr.cmsg_type = SCM_RIGHTS;
	c->hdr.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&c->hdr), &fd, sizeof(fd));
	m->msg_control = c;
	m->msg_controllen = sizeof(*c);
}

/*
 * Sends a message, with a descriptor unless fd is -1.  A socket for each: they
 * are seldom, and systemd starting anew leaves no stale one behind.
 */
static void
say(const char *text, int fd)
{
	struct sockaddr_un a;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)text,
		.iov_len = strlen(text) };
	struct msghdr m = { .msg_name = &a, .msg_iov = &iov, .msg_iovlen = 1 };
	union control c;
	int s;

	m.msg_namelen = find_address(&a);
	if (m.msg_namelen == 0)
		return;
	if (fd >= 0)
		attach(&m, &c, fd);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0 || sendmsg(s, &m, MSG_NOSIGNAL) < 0)
		log_msg(LOG_WARN, "notify-failed", "systemd was not told: %m");
	if (s >= 0)
		(void)close(s);
}

void
sd_ready(void)
{
	say("READY=1", -1);
}

void
sd_reloading(void)
{
	char text[64];

	/* systemd wants to know the reload from one that was asked for before:
	 * CLOCK_MONOTONIC, which is clock_mono_us()'s too */
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_mono_us());
	say(text, -1);
}

void
sd_stopping(void)
{
	say("STOPPING=1", -1);
}

void
sd_mainpid(pid_t pid)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "MAINPID=%d", (int)pid);
	say(text, -1);
}

void
sd_status(const char *status)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "STATUS=%s", status);
	/* a line break would begin another word */
	text[strcspn(text, "\n")] = '\0';
	say(text, -1);
}

void
sd_watchdog(void)
{
	say("WATCHDOG=1", -1);
}

/* The number that a variable is, or 0. */
static uint64_t
number_of(const char *name)
{
	const char *text = getenv(name);
	uint64_t n;

	return text != NULL && slice_u64(slice_str(text), &n) ? n : 0;
}

int64_t
sd_watchdog_ms(void)
{
	/* sd_watchdog_enabled(3): the pid may be left out */
	if (getenv("WATCHDOG_PID") != NULL &&
	    number_of("WATCHDOG_PID") != (uint64_t)getpid())
		return 0;
	return (int64_t)(number_of("WATCHDOG_USEC") / 1000);
}

void
sd_store(const char *name, int fd)
{
	char text[300];

	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	say(text, fd);
}

void
sd_unstore(const char *name)
{
	char text[300];

	(void)snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	say(text, -1);
}
