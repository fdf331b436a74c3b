/*
 * sd -- what we say to systemd: the protocol of sd_notify(3), without its
 * library.
 *
 * One message is one datagram to the unix socket that NOTIFY_SOCKET names.
 * Where nobody started us that way, every call is a success that does
 * nothing.  Only the main process speaks; nothing here waits.
 */
#ifndef DAEMON_SD_H
#define DAEMON_SD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Somebody wants to be told. */
bool sd_is_there(void);

/* Everybody serves: after the start, and after sd_reloading() whatever came of
 * that. */
void sd_ready(void);
/* A reload begins.  sd_ready() ends it. */
void sd_reloading(void);
/* The end has begun. */
void sd_stopping(void);
/* Another process is the main one from now on; to be said by the old one, or
 * by the new one with NotifyAccess=all. */
void sd_mainpid(pid_t);
/* One line for people, in `systemctl status`. */
void sd_status(const char *text);
/* A sign of life. */
void sd_watchdog(void);
/* How often one is wanted of this process, in milliseconds; 0: not at all. */
int64_t sd_watchdog_ms(void);

/*
 * Gives systemd a copy of a descriptor to keep; it comes back in LISTEN_FDS
 * after a restart or a crash (see daemon/inherit.h).  Many may have one name:
 * printable ASCII without ":".  One that is kept already is not kept twice.
 */
void sd_store(const char *name, int fd);
/* Nothing of that name is kept any more. */
void sd_unstore(const char *name);

#endif
