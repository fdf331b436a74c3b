#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

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
	return EXIT_SUCCESS;
}
