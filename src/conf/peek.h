/*
 * peek -- one value out of a configuration that may have mistakes elsewhere.
 */
#ifndef CONF_PEEK_H
#define CONF_PEEK_H

/* What the file says of control.socket, for free(3); NULL: nothing, or it
 * cannot be read as YAML. */
char *peek_control_socket(const char *path);
/* The same of user. */
char *peek_user(const char *path);

#endif
