/*
 * net_rig -- what tests of sockets and loops have in common.
 */
#ifndef SUPPORT_NET_RIG_H
#define SUPPORT_NET_RIG_H

#include <check.h>
#include <stdbool.h>

#include "net/addr.h"
#include "net/io.h"
#include "net/loop.h"

#define NET_COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* Runs one test case as a program of its own; the exit status. */
int net_main(const char *name, TCase *);

/* Turns a loop with events until *done; fails the test if that takes ten
 * seconds. */
void net_until(struct loop *, const bool *done);
/* The same until *count has reached want. */
void net_until_count(struct loop *, const unsigned *count, unsigned want);

/* Two ends of a TCP connection over loopback, non-blocking. */
void net_tcp_pair(int fds[2]);
/* A socket that listens on a port of loopback that the system chose. */
int net_listen(struct addr *);
/* A blocking connection to it. */
int net_connect(const struct addr *);
/* Closing it sends a reset. */
void net_reset(int fd);

/* The owner of an io, who notes what it is told. */
struct net_owner {
	unsigned calls;
	unsigned events; /* all that it was told so far */
};
void net_own(struct io *, struct net_owner *);
/* Writes all of a text; it must go at once. */
void net_say(struct io *, const char *);
/* Reads until it says something other than 0, which is returned; out gets
 * what came, as a string. */
int net_hear(struct io *, char *out, size_t max);

#endif
