#include "conf/bundle_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/credential.h"

#define SEALS        (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SEAL_MAGIC   "sallyprt"
#define SEAL_VERSION 2

struct seal_header {
	char magic[8];
	uint32_t version;
	uint32_t count; /* of files */
	uint64_t size;  /* of all, this header included */
};

struct seal_record {
	uint64_t path_len; /* both without their NUL */
	uint64_t bytes_len;
	uint64_t made_len; /* this one has none */
	int64_t mtime;
	int32_t sys_errno;
	uint32_t mode;
	uint32_t uid;
	uint32_t reserved;
};

static int
write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return E_SYS;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
write_file(int fd, const struct bundle_file *f)
{
	struct seal_record r = {
		.path_len = strlen(f->path),
		.bytes_len = f->bytes.n,
		.made_len = f->made.n,
		.mtime = f->mtime,
		.sys_errno = f->sys_errno,
		.mode = f->mode,
		.uid = f->uid,
	};
	int e;

	if ((e = write_all(fd, &r, sizeof(r))) != 0 ||
	    (e = write_all(fd, f->path, r.path_len + 1)) != 0 ||
	    (e = write_all(fd, f->bytes.p, r.bytes_len)) != 0)
		return e;
	if ((e = write_all(fd, "", 1)) != 0)
		return e;
	return write_all(fd, f->made.p, r.made_len);
}

static uint64_t
sealed_size(const struct bundle_file *const *files, size_t count)
{
	uint64_t size = sizeof(struct seal_header);

	for (size_t i = 0; i < count; i++)
		size += sizeof(struct seal_record) + strlen(files[i]->path) +
		    1 + files[i]->bytes.n + 1 + files[i]->made.n;
	return size;
}

int
seal_write(const struct bundle_file *const *files, size_t count, int *fd)
{
	struct seal_header h = {
		.version = SEAL_VERSION,
		.count = (uint32_t)count,
		.size = sealed_size(files, count),
	};
	int e, saved;

	memcpy(h.magic, SEAL_MAGIC, sizeof(h.magic));
	*fd = memfd_create("sallyport-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd == -1)
		return E_SYS;
	e = write_all(*fd, &h, sizeof(h));
	for (size_t i = 0; e == 0 && i < count; i++)
		e = write_file(*fd, files[i]);
	if (e == 0 && fcntl(*fd, F_ADD_SEALS, SEALS) != 0)
		e = E_SYS;
	if (e != 0) {
		saved = errno;
		close(*fd);
		*fd = -1;
		errno = saved;
	}
	return e;
}

/* n bytes of the image, or NULL when it has no more so many. */
static const char *
take(struct seal_reader *r, uint64_t n)
{
	const char *p = r->image + r->at;

	if (n > r->size - r->at)
		return NULL;
	r->at += (size_t)n;
	return p;
}

static int
read_header(struct seal_reader *r)
{
	const char *p = take(r, sizeof(struct seal_header));
	struct seal_header h;

	if (p == NULL)
		return E_INVALID;
	memcpy(&h, p, sizeof(h));
	if (memcmp(h.magic, SEAL_MAGIC, sizeof(h.magic)) != 0 ||
	    h.version != SEAL_VERSION || h.size != r->size || h.count == 0)
		return E_INVALID;
	r->left = h.count;
	return 0;
}

int
seal_map(int fd, struct seal_reader *r)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *image;
	int e;

	if (seals == -1 || (seals & SEALS) != SEALS)
		return E_INVALID;
	if (fstat(fd, &st) != 0)
		return E_SYS;
	if (st.st_size <= 0)
		return E_INVALID;
	/* private: a shared mapping of what is sealed needs a new kernel */
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return E_SYS;
	/* private keys are in there; a kernel without this does no harm */
	(void)madvise(image, (size_t)st.st_size, MADV_DONTDUMP);
	*r = (struct seal_reader) {
		.image = image,
		.size = (size_t)st.st_size,
	};
	if ((e = read_header(r)) != 0)
		munmap(image, (size_t)st.st_size);
	return e;
}

/* n bytes and the NUL behind them. */
static const char *
take_terminated(struct seal_reader *r, uint64_t n)
{
	const char *p = n < UINT64_MAX ? take(r, n + 1) : NULL;

	return p != NULL && p[n] == '\0' ? p : NULL;
}

int
seal_next(struct seal_reader *r, struct bundle_file *f)
{
	struct seal_record rec;
	const char *p, *path, *bytes, *made;

	if (r->left == 0)
		return r->at == r->size ? E_EOF : E_INVALID;
	if ((p = take(r, sizeof(rec))) == NULL)
		return E_INVALID;
	memcpy(&rec, p, sizeof(rec));
	if ((path = take_terminated(r, rec.path_len)) == NULL ||
	    (bytes = take_terminated(r, rec.bytes_len)) == NULL ||
	    (made = take(r, rec.made_len)) == NULL ||
	    (path[0] != '/' && !credential_is(slice_str(path))) ||
	    strlen(path) != rec.path_len)
		return E_INVALID;
	*f = (struct bundle_file) {
		.path = path,
		.bytes = slice_of(bytes, (size_t)rec.bytes_len),
		/* at the end of the image nothing is within it */
		.made = slice_of(rec.made_len > 0 ? made : NULL,
		    (size_t)rec.made_len),
		.sys_errno = rec.sys_errno,
		.mode = rec.mode,
		.uid = rec.uid,
		.mtime = rec.mtime,
	};
	r->left--;
	return 0;
}
