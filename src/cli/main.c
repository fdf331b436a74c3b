/*
 * main -- reads the arguments and calls one function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert/library.h"
#include "cli/commands.h"
#include "daemon/worker.h"

#define EXIT_USAGE 2

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

static int
run_worker(int argc, char **argv)
{
	(void)argv;
	return argc == 1 ? worker_run() : EXIT_USAGE;
}

static const struct command commands[] = {
	{ "run", command_run },
	{ "check", command_check },
	{ "explain", command_explain },
	{ "status", command_status },
	{ "reload", command_reload },
	{ "version", command_version },
	/* what the supervisor starts; not for people */
	{ "worker", run_worker },
};

static void
usage(FILE *to)
{
	(void)
	    fputs("usage: sallyport run -c FILE\n"
		  "       sallyport check [-T] -c FILE\n"
		  "       sallyport explain -c FILE --cert FILE [--host H]\n"
		  "           [--method M] [--path P] [--at TIME] [--json]\n"
		  "       sallyport explain --log FILE [--ref ID] [--json]\n"
		  "           [-c FILE [--cert FILE]]\n"
		  "       sallyport status [--json] [-c FILE | -s SOCKET]\n"
		  "       sallyport reload [-c FILE | -s SOCKET]\n"
		  "       sallyport version\n"
		  "\n"
		  "run    serve as FILE says, in the foreground\n"
		  "check  say what FILE would serve, or all that is wrong\n"
		  "       with it; -T prints it whole, with the defaults\n"
		  "explain  say step by step whether a client with that\n"
		  "       certificate would get in, and why; or why somebody\n"
		  "       did not whom the log tells of\n"
		  "status say how the one that runs is\n"
		  "reload have it read its configuration again; fails, and\n"
		  "       says why, unless that is in force afterwards\n",
		to);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	(void)library_init();

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		int status;

		if (strcmp(name, commands[i].name) != 0)
			continue;
		status = commands[i].run(argc - 1, argv + 1);
		if (status == EXIT_USAGE)
			usage(stderr);
		return status;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "--version") == 0)
		return command_version(1, argv);
	usage(stderr);
	return EXIT_USAGE;
}
