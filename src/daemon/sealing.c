#include "daemon/sealing.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/inherit.h"
#include "daemon/sd.h"

/* The new one, and those that tickets still out there were sealed by. */
#define KEYS_KEPT 3
#define SEALS     (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int
seal(const struct ticket_keys *k)
{
	int fd = memfd_create(INHERIT_TICKETS, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write(fd, k, sizeof(*k)) != (ssize_t)sizeof(*k) ||
	    fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool
sealing_read(int fd, struct ticket_keys *k)
{
	struct ticket_keys got;
	int seals = fcntl(fd, F_GET_SEALS);
	bool ok = seals >= 0 && (seals & SEALS) == SEALS &&
	    pread(fd, &got, sizeof(got), 0) == (ssize_t)sizeof(got) &&
	    got.count <= TICKET_KEYS_MAX;

	if (ok)
		*k = got;
	ticket_wipe(&got);
	return ok;
}

/* Everybody gets the keys as they are now. */
static void
publish(struct sealing *s)
{
	int fd = seal(&s->keys);

	if (fd < 0) {
		/* the old ones go on serving */
		log_msg(LOG_ERR, "tickets", "no memory for new keys");
		return;
	}
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = fd;
	sd_unstore(INHERIT_TICKETS);
	sd_store(INHERIT_TICKETS, fd);
	s->on_change(s->arg);
}

static void
on_due(void *arg)
{
	struct sealing *s = arg;

	ticket_rotate(&s->keys, KEYS_KEPT);
	publish(s);
	deadline_set(&s->due, s->loop, s->rotate_ms);
}

void
sealing_init(struct sealing *s, struct loop *l, void (*on_change)(void *),
    void *arg)
{
	*s = (struct sealing) { .loop = l,
		.fd = -1,
		.on_change = on_change,
		.arg = arg };
	deadline_init(&s->due, on_due, s);
}

void
sealing_inherit(struct sealing *s, int fd)
{
	if (!sealing_read(fd, &s->keys))
		log_msg(LOG_WARN, "tickets", "what was kept are no keys");
	(void)close(fd);
}

void
sealing_start(struct sealing *s, int64_t rotate_ms)
{
	s->rotate_ms = rotate_ms;
	if (s->fd < 0) {
		if (s->keys.count == 0)
			ticket_rotate(&s->keys, KEYS_KEPT);
		publish(s);
	}
	deadline_set(&s->due, s->loop, rotate_ms);
}

void
sealing_clear(struct sealing *s)
{
	deadline_cancel(&s->due);
	ticket_wipe(&s->keys);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}
