/*
 * privs -- whom we run as.
 *
 * Started as root, the supervisor becomes the user that the configuration
 * names, mistakes or not, before it reads anything else: what it can read then
 * it can read at every reload too.  One capability stays, for ports below 1024, and goes on
 * to a new program (ambient), but never to a worker.
 */
#ifndef DAEMON_PRIVS_H
#define DAEMON_PRIVS_H

/* Who serves when we are root and the configuration names nobody. */
#define PRIVS_USER "sallyport"

/*
 * Becomes the user whom the configuration names, for good; if it names none,
 * or cannot be read, PRIVS_USER, who must exist.  "root" stays root.  Nothing
 * happens when we are not root.  E_INVALID, E_SYS: the log says what is wrong.
 */
int privs_drop(const char *conf_path);
/* Nothing that this process starts gets more than its user is entitled to.
 * Safe between fork and exec. */
void privs_shed_ambient(void);
/* No capability is left, also for root.  E_SYS. */
int privs_shed_all(void);

#endif
