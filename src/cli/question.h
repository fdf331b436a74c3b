/*
 * question -- what `sallyport explain` is asked, as its options say it.
 */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

struct question {
	/* borrowed; NULL: not said */
	const char *conf, *cert, *host, *method;
	const char *path; /* NULL: all there are */
	const char *log, *ref;
	int64_t at; /* seconds since 1970 */
	bool has_at;
	bool is_json;
};

/* Those of the command line; false: it is not one to be understood. */
bool question_read(int argc, char **argv, struct question *);
/* GET, and now. */
void question_set_defaults(struct question *);
/* Whether it can be put as a request: no part breaks out of its line. */
bool question_is_askable(const struct question *);

#endif
