#include "daemon/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/sd.h"
#include "net/listener.h"

#define FIRST_FD 3 /* sd_listen_fds(3) */

/* The number that a variable is, or 0. */
static uint64_t
number_of(const char *name)
{
	const char *text = getenv(name);
	uint64_t n;

	return text != NULL && slice_u64(slice_str(text), &n) ? n : 0;
}

static int
count_fds(void)
{
	uint64_t n = number_of("LISTEN_FDS");
	long max = sysconf(_SC_OPEN_MAX);

	if (number_of("LISTEN_PID") != (uint64_t)getpid() || n > (uint64_t)max)
		return 0;
	return (int)n;
}

static void
say_unwanted(const struct inherited *in, const char *why)
{
	char text[ADDR_TEXT_MAX] = "";
	struct log l;

	if (in->addr.len > 0)
		addr_format(&in->addr, text);
	if (!log_begin(&l, LOG_WARN, "inherited-unwanted"))
		return;
	log_bytes(&l, "name", slice_str(in->name));
	log_bytes(&l, "address", slice_str(text));
	log_str(&l, "msg", why);
	log_end(&l);
}

static void
add(struct inherit *h, int fd, struct slice name)
{
	struct inherited in = { .fd = fd };

	if (fcntl(fd, F_GETFD) < 0)
		return;
	if (slice_eq(name, SL(INHERIT_TICKETS)) && h->tickets < 0) {
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		h->tickets = fd;
		return;
	}
	in.name = mem_strndup(name.p, name.n);
	if (listener_adopt(fd, &in.addr) == 0) {
		h->at[h->count++] = in;
		return;
	}
	say_unwanted(&in, "it is no TCP socket that listens");
	free(in.name);
	(void)close(fd);
}

void
inherit_init(struct inherit *h)
{
	const char *all = getenv("LISTEN_FDNAMES");
	struct slice names = slice_str(all != NULL ? all : "");
	int n = count_fds();
	bool at_end = false;

	*h = (struct inherit) { .tickets = -1 };
	if (n > 0)
		h->at = mem_new((size_t)n, sizeof(*h->at));
	for (int i = 0; i < n; i++) {
		struct slice name = SL("");

		(void)slice_cut(&names, ':', &name, &at_end);
		add(h, FIRST_FD + i, name);
	}
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

static void
forget(struct inherit *h, size_t i)
{
	free(h->at[i].name);
	memmove(&h->at[i], &h->at[i + 1], (h->count - i - 1) * sizeof(*h->at));
	h->count--;
}

static bool
is_stored(const struct inherited *in)
{
	return strcmp(in->name, INHERIT_STORED) == 0;
}

/* For what we opened ourselves port 0 stands for the one that we were given. */
static bool
is_at(const struct inherited *in, const struct addr *a)
{
	struct addr got = in->addr;

	if (is_stored(in) && addr_port(a) == 0)
		addr_set_port(&got, 0);
	return addr_eq(&got, a);
}

int
inherit_take(struct inherit *h, const char *name, const struct addr *a,
    bool *is_ours)
{
	size_t i = h->count;
	int fd;

	for (size_t k = 0; k < h->count && name != NULL && i == h->count; k++)
		if (strcmp(h->at[k].name, name) == 0)
			i = k;
	for (size_t k = 0; k < h->count && i == h->count; k++)
		if (is_at(&h->at[k], a))
			i = k;
	if (i == h->count)
		return -1;
	fd = h->at[i].fd;
	*is_ours = is_stored(&h->at[i]);
	forget(h, i);
	return fd;
}

void
inherit_close(struct inherit *h)
{
	bool was_stored = false;

	while (h->count > 0) {
		const struct inherited *in = &h->at[0];

		was_stored |= is_stored(in);
		say_unwanted(in, "no listener has its name or its address");
		(void)close(in->fd);
		forget(h, 0);
	}
	if (h->tickets >= 0)
		(void)close(h->tickets);
	free(h->at);
	h->at = NULL;
	/* those that are wanted are stored again by whoever took them */
	if (was_stored)
		sd_unstore(INHERIT_STORED);
}
