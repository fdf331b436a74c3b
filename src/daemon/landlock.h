/*
 * landlock -- no file system any more, by landlock(7).
 */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

/*
 * From now on this process can open, make, change and run no file; as far as
 * the kernel knows how, it binds no TCP port either, connects to no abstract
 * unix socket and signals nobody outside.  no_new_privs must be set.  0, or -1
 * with errno: ENOSYS where there is none of it.
 */
int landlock_close(void);

#endif
