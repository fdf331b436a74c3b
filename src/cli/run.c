#include <unistd.h>

#include "cli/commands.h"
#include "daemon/supervisor.h"

int
command_run(int argc, char **argv)
{
	const char *path = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			return 2;
		path = optarg;
	}
	if (path == NULL || optind != argc)
		return 2;
	return supervisor_run(&(struct supervisor_params) { .conf_path = path,
	    .version = SALLYPORT_VERSION });
}
