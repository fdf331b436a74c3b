/*
 * ask -- a question to the process that serves, over its control socket.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

/*
 * Where it answers: socket if that is given, else what the configuration at
 * conf says, else where systemd's unit has it.  For free(3); NULL has been
 * told.
 */
char *ask_where(const char *conf, const char *socket);
/* Prints the answer, on the standard error if it is a refusal.  The exit
 * status. */
int ask(const char *where, const char *line);

#endif
