/*
 * commands -- what the program can be asked to do, one file each.
 *
 * Arguments as main() has them, without the program's name.  The exit status:
 * 0, 1 for a failure that has been told, 2 for arguments that make no sense.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_status(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_version(int argc, char **argv);

#endif
