/*
 * bundle -- the configuration file and every file that it names, as bytes.
 *
 * The supervisor reads them from disk, once; workers get the very same bytes
 * in a sealed memfd and open no file.  check, explain and the tests load
 * through the same door.  Holds private keys: bundle_free wipes.
 */
#ifndef CONF_BUNDLE_H
#define CONF_BUNDLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"

struct bundle;

struct bundle_file {
	const char *path;   /* as it was asked for, made absolute; or
			     * "credential:NAME" */
	struct slice bytes; /* followed by a NUL that is not counted */
	int sys_errno;      /* why it could not be read, or 0.  EISDIR: a
			     * folder, bytes are the names of what is in it,
			     * sorted, each with a NUL */
	struct slice made;  /* of the bytes, by bundle_keep(); may be empty */
	mode_t mode;
	uid_t uid;
	int64_t mtime; /* seconds since 1970 */
};

#define BUNDLE_FILE_MAX (256u << 20) /* bytes of one file: a CRL may be big */

/*
 * Reads the configuration file at path; a relative one is relative to the
 * process's working directory.  Always gives a bundle; whether the file could
 * be read says bundle_root()->sys_errno.
 */
struct bundle *bundle_from_disk(const char *path);
/* The configuration file as another bundle has it (copied), and every other
 * file from disk, as it is now. */
struct bundle *bundle_renewed(const struct bundle *);
/* One for tests, with the configuration's bytes (copied) under path. */
struct bundle *bundle_from_memory(const char *path, struct slice conf);
/* Gives it one more file; paths as for bundle_get, the bytes are copied. */
void bundle_add(struct bundle *, const char *path, struct slice bytes);
void bundle_free(struct bundle *); /* NULL is fine */

/* The configuration file itself. */
const struct bundle_file *bundle_root(const struct bundle *);
/*
 * The file that a configuration names; a relative path is relative to the
 * folder of the configuration file, and "credential:NAME" is one of systemd's
 * (conf/credential.h).  From disk it is read at its first use;
 * a sealed bundle or one in memory has what it has (else ENOENT).  Never NULL;
 * lives as long as the bundle.
 */
const struct bundle_file *bundle_get(struct bundle *, const char *path);
/* Every file so far, in the order of first use; NULL after the last. */
const struct bundle_file *bundle_at(const struct bundle *, size_t i);
/* Keeps with a file of this bundle what was made of it, so that who gets the
 * sealed bundle need not make it again; memory of mem_new() that is taken. */
void bundle_keep(struct bundle *, const struct bundle_file *,
    struct slice made);
/* Why it could not be read, for people: "No such file or directory". */
const char *bundle_why(const struct bundle_file *);

/* Writes all to a memfd that nobody can change any more; E_SYS. */
int bundle_seal(const struct bundle *, int *fd);
/* Maps such a memfd (all seals must be there); E_INVALID, E_SYS.  The caller
 * keeps the descriptor and may close it. */
int bundle_from_fd(int fd, struct bundle **);

#endif
