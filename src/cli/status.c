#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"

int
command_status(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	const char *conf = NULL, *socket = NULL;
	bool is_json = false;
	char *where;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "c:s:", longs, NULL)) != -1) {
		if (opt == 'c')
			conf = optarg;
		else if (opt == 's')
			socket = optarg;
		else if (opt == 'j')
			is_json = true;
		else
			return 2;
	}
	if (optind != argc || (conf != NULL && socket != NULL))
		return 2;
	if ((where = ask_where(conf, socket)) == NULL)
		return EXIT_FAILURE;
	status = ask(where, is_json ? "status json" : "status");
	free(where);
	return status;
}
