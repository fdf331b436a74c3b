#include "conf/bundle.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "conf/bundle_seal.h"
#include "conf/credential.h"

struct bundle {
	struct bundle_file **files; /* the root first; addresses stay */
	size_t count;
	struct map *by_path;
	bool is_on_disk;   /* files not seen yet may be read */
	const void *image; /* what a sealed bundle's slices lie in, or NULL */
	size_t image_size;
};

/* A place for a file; the path is taken over. */
static struct bundle_file *
add_file(struct bundle *b, char *path)
{
	struct bundle_file *f = mem_new(1, sizeof(*f));

	f->path = path;
	b->files = mem_resize(b->files, b->count + 1, sizeof(*b->files));
	b->files[b->count++] = f;
	map_set(b->by_path, slice_str(path), f);
	return f;
}

static struct bundle *
bundle_new(void)
{
	struct bundle *b = mem_new(1, sizeof(*b));

	b->by_path = map_new();
	return b;
}

static bool
is_in_image(const struct bundle *b, const char *p)
{
	const char *image = b->image;

	return image != NULL && p >= image && p < image + b->image_size;
}

void
bundle_free(struct bundle *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++) {
		struct bundle_file *f = b->files[i];

		if (!is_in_image(b, f->bytes.p)) {
			mem_wipe((char *)f->bytes.p, f->bytes.n);
			free((char *)f->bytes.p);
		}
		if (!is_in_image(b, f->made.p))
			free((char *)f->made.p);
		free((char *)f->path);
		free(f);
	}
	if (b->image != NULL)
		munmap((void *)b->image, b->image_size);
	map_free(b->by_path);
	free(b->files);
	free(b);
}

/*
 * dir and path in one, without "." and empty segments.  ".." stays: what it
 * leads to is for the kernel to say, who knows the symbolic links.
 */
static char *
join(struct slice dir, struct slice path)
{
	bool is_absolute = path.n > 0 && path.p[0] == '/';
	char *out = mem_new(dir.n + path.n + 3, 1);
	struct slice part[2] = { is_absolute ? SL("") : dir, path };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct slice segment;
		bool at_end = false;

		while (slice_cut(&part[i], '/', &segment, &at_end)) {
			if (segment.n == 0 || slice_eq(segment, SL(".")))
				continue;
			out[n++] = '/';
			memcpy(out + n, segment.p, segment.n);
			n += segment.n;
		}
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

/* The absolute path of the configuration file. */
static char *
root_path(const char *path)
{
	char *cwd = getcwd(NULL, 0), *whole;

	whole = join(slice_str(cwd), slice_str(path));
	free(cwd);
	return whole;
}

/* The absolute path of a file that the configuration names; a credential's is
 * known only to who reads it. */
static char *
named_path(const struct bundle *b, const char *path)
{
	const char *root = b->files[0]->path;
	const char *slash = strrchr(root, '/');

	if (credential_is(slice_str(path)))
		return mem_strdup(path);
	return join(slice_of(root, (size_t)(slash - root)), slice_str(path));
}

/* Room for n bytes and the NUL; nothing of a key stays behind in the old. */
static char *
grow(char *old, size_t used, size_t n)
{
	char *p = mem_new(n + 1, 1);

	if (used > 0)
		memcpy(p, old, used);
	mem_wipe(old, used);
	free(old);
	return p;
}

/*
 * Reads to the end of the file, whatever its size was said to be.  0 or an
 * errno.
 */
static int
read_all(int fd, size_t expected, struct slice *bytes)
{
	size_t room = expected + 1; /* one more, to see the end */
	char *p = grow(NULL, 0, room);
	size_t used = 0;
	int e = 0;
	ssize_t n;

	while ((n = read(fd, p + used, room - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			e = errno;
			break;
		}
		used += (size_t)n;
		if (used > BUNDLE_FILE_MAX) {
			e = EFBIG;
			break;
		}
		if (used == room) {
			room *= 2;
			p = grow(p, used, room);
		}
	}
	if (e != 0) {
		mem_wipe(p, used);
		used = 0;
	}
	*bytes = slice_of(p, used);
	return e;
}

/* Whether fstat(2) shows a file whose bytes can be read and have an end. */
static int
check_stat(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode))
		return ENODEV;
	return st->st_size > (off_t)BUNDLE_FILE_MAX ? EFBIG : 0;
}

/* O_NONBLOCK: a FIFO must not hold us up.  -1 with errno set. */
static int
open_file(const char *path)
{
	char credential[PATH_MAX];

	if (credential_is(slice_str(path))) {
		if ((errno = credential_path(slice_str(path), credential)) != 0)
			return -1;
		path = credential;
	}
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Not hidden, and no editor's copy of what was there before. */
static int
is_member(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_name[strlen(d->d_name) - 1] != '~';
}

/* By octets, whatever the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The names of the files in a folder, each with its NUL.  EISDIR, or why they
 * are not known. */
static int
read_folder(const char *path, struct slice *names)
{
	struct dirent **list;
	int count = scandir(path, &list, is_member, by_name);
	size_t n = 0, used = 0;
	char *p;

	if (count < 0)
		return errno;
	for (int i = 0; i < count; i++)
		n += strlen(list[i]->d_name) + 1;
	p = grow(NULL, 0, n);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(list[i]->d_name) + 1;

		memcpy(p + used, list[i]->d_name, len);
		used += len;
		free(list[i]);
	}
	free(list);
	*names = slice_of(p, used);
	return EISDIR;
}

/* Fills in all but the path. */
static void
read_file(struct bundle_file *f)
{
	int fd = open_file(f->path);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) != 0) {
		f->sys_errno = errno;
	} else {
		f->mode = st.st_mode;
		f->uid = st.st_uid;
		f->mtime = st.st_mtim.tv_sec;
		if ((f->sys_errno = check_stat(&st)) == 0)
			f->sys_errno = read_all(fd, (size_t)st.st_size,
			    &f->bytes);
		else if (f->sys_errno == EISDIR)
			f->sys_errno = read_folder(f->path, &f->bytes);
	}
	if (fd != -1)
		close(fd);
	if (f->bytes.p == NULL)
		f->bytes = slice_of(grow(NULL, 0, 0), 0);
}

const char *
bundle_why(const struct bundle_file *f)
{
	if (f->sys_errno == ENODEV)
		return "Not a regular file";
	if (f->sys_errno == ENXIO && credential_is(slice_str(f->path)))
		return "CREDENTIALS_DIRECTORY is not set: only systemd hands "
		       "credentials to a service";
	if (f->sys_errno == EINVAL && credential_is(slice_str(f->path)))
		return "A credential has the plain name of a file";
	return strerror(f->sys_errno);
}

struct bundle *
bundle_from_disk(const char *path)
{
	struct bundle *b = bundle_new();

	b->is_on_disk = true;
	read_file(add_file(b, root_path(path)));
	return b;
}

/* As if it lay on disk, readable by us alone. */
static void
add_bytes(struct bundle *b, char *path, struct slice bytes)
{
	struct bundle_file *f = add_file(b, path);

	f->bytes = slice_of(mem_strndup(bytes.p, bytes.n), bytes.n);
	f->mode = S_IFREG | 0600;
	f->uid = geteuid();
}

struct bundle *
bundle_renewed(const struct bundle *old)
{
	const struct bundle_file *root = bundle_root(old);
	struct bundle *b = bundle_new();

	b->is_on_disk = true;
	add_bytes(b, mem_strdup(root->path), root->bytes);
	return b;
}

struct bundle *
bundle_from_memory(const char *path, struct slice conf)
{
	struct bundle *b = bundle_new();

	add_bytes(b, root_path(path), conf);
	return b;
}

void
bundle_add(struct bundle *b, const char *path, struct slice bytes)
{
	add_bytes(b, named_path(b, path), bytes);
}

const struct bundle_file *
bundle_root(const struct bundle *b)
{
	return b->files[0];
}

const struct bundle_file *
bundle_get(struct bundle *b, const char *path)
{
	char *whole = named_path(b, path);
	struct bundle_file *f = map_get(b->by_path, slice_str(whole));

	if (f != NULL) {
		free(whole);
		return f;
	}
	f = add_file(b, whole);
	if (b->is_on_disk) {
		read_file(f);
	} else {
		f->sys_errno = ENOENT;
		f->bytes = slice_of(grow(NULL, 0, 0), 0);
	}
	return f;
}

const struct bundle_file *
bundle_at(const struct bundle *b, size_t i)
{
	return i < b->count ? b->files[i] : NULL;
}

void
bundle_keep(struct bundle *b, const struct bundle_file *file, struct slice made)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->files[i] != file)
			continue;
		assert(file->made.n == 0);
		b->files[i]->made = made;
		return;
	}
	assert(!"a file of this bundle");
}

int
bundle_seal(const struct bundle *b, int *fd)
{
	return seal_write((const struct bundle_file *const *)b->files, b->count,
	    fd);
}

int
bundle_from_fd(int fd, struct bundle **out)
{
	struct bundle *b = bundle_new();
	struct bundle_file found;
	struct seal_reader r;
	int e;

	if ((e = seal_map(fd, &r)) == 0) {
		b->image = r.image;
		b->image_size = r.size;
		while ((e = seal_next(&r, &found)) == 0) {
			char *path = mem_strdup(found.path);

			if (map_get(b->by_path, slice_str(path)) != NULL) {
				free(path);
				e = E_INVALID;
				break;
			}
			found.path = path;
			*add_file(b, path) = found;
		}
	}
	if (e != E_EOF || b->count == 0) {
		bundle_free(b);
		*out = NULL;
		return e == E_EOF ? E_INVALID : e;
	}
	*out = b;
	return 0;
}
