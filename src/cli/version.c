#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "cert/library.h"
#include "cli/commands.h"
#include "tls/ctx.h"

int
command_version(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return 2;
	(void)printf("sallyport %s (%s, libevent %s)\n", SALLYPORT_VERSION,
	    tls_library_version(), event_get_version());
	if (library_overdue() != NULL)
		(void)printf("OpenSSL: see openssl-old in sallyport(8)\n");
	return EXIT_SUCCESS;
}
