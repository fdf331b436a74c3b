/*
 * supervisor -- reads and checks the configuration, owns the listening sockets
 * and keeps the workers running.  It reads no byte from the network.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

struct supervisor_params {
	const char *conf_path;
	const char *version; /* of the program, for reports */
};

/* Serves as the file says until a signal ends it: SIGTERM lets requests
 * finish, SIGINT does not.  The exit status of the process. */
int supervisor_run(const struct supervisor_params *);

#endif
