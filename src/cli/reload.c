#include <stdlib.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/commands.h"

int
command_reload(int argc, char **argv)
{
	const char *conf = NULL, *socket = NULL;
	char *where;
	int opt, status;

	while ((opt = getopt(argc, argv, "c:s:")) != -1) {
		if (opt == 'c')
			conf = optarg;
		else if (opt == 's')
			socket = optarg;
		else
			return 2;
	}
	if (optind != argc || (conf != NULL && socket != NULL))
		return 2;
	if ((where = ask_where(conf, socket)) == NULL)
		return EXIT_FAILURE;
	status = ask(where, "reload");
	free(where);
	return status;
}
