#include <sys/mman.h>
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "conf/bundle.h"

/* A folder of our own, entered, so that relative paths can be tried. */
static char dir[64];

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/check_bundle.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("tls", 0700), 0);
}

static void
teardown(void)
{
	static const char *const names[] = { "a.yaml", "tls/a.yaml",
		"tls/key.pem", "tls/api.key", "link.pem", "fifo", "big",
		"tls/b.pem", "tls/a b.pem", "tls/.hidden", "tls/b.pem~",
		"tls/0.pem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(names[i]);
	(void)rmdir("tls/c");
	ck_assert_int_eq(rmdir("tls"), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

/* The path below our folder. */
static const char *
below(const char *path)
{
	static char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", dir, path);
	return whole;
}

START_TEST(test_reads_what_the_configuration_names)
{
	const struct bundle_file *f;
	struct bundle *b;

	put("tls/a.yaml", "workers: 1\n", 0640);
	put("tls/key.pem", "key", 0604);
	b = bundle_from_disk("tls//./a.yaml");
	f = bundle_root(b);
	ck_assert_int_eq(f->sys_errno, 0);
	ck_assert_str_eq(f->path, below("tls/a.yaml"));
	ck_assert(slice_eq(f->bytes, SL("workers: 1\n")));
	ck_assert_int_eq(f->bytes.p[f->bytes.n], 0);
	ck_assert_uint_eq(f->mode & 07777, 0640);
	ck_assert_uint_eq(f->uid, geteuid());
	ck_assert_int_gt(f->mtime, 1700000000);

	/* relative to the configuration, not to where we are */
	f = bundle_get(b, "key.pem");
	ck_assert_str_eq(f->path, below("tls/key.pem"));
	ck_assert(slice_eq(f->bytes, SL("key")));
	ck_assert_uint_eq(f->mode & 07777, 0604);
	ck_assert_ptr_eq(bundle_get(b, "./key.pem"), f);
	ck_assert_ptr_eq(bundle_get(b, below("tls/key.pem")), f);
	/* ".." is the kernel's business */
	ck_assert_str_eq(bundle_get(b, "../tls/key.pem")->path,
	    below("tls/../tls/key.pem"));
	ck_assert_ptr_eq(bundle_at(b, 0), bundle_root(b));
	ck_assert_ptr_eq(bundle_at(b, 1), f);
	ck_assert_ptr_nonnull(bundle_at(b, 2));
	ck_assert_ptr_null(bundle_at(b, 3));
	bundle_free(b);
}
END_TEST

START_TEST(test_reads_a_file_once)
{
	const struct bundle_file *f;
	struct bundle *b;

	put("a.yaml", "", 0600);
	put("tls/key.pem", "old", 0600);
	b = bundle_from_disk("a.yaml");
	f = bundle_get(b, "tls/key.pem");
	put("tls/key.pem", "new", 0600);
	ck_assert_ptr_eq(bundle_get(b, "tls/key.pem"), f);
	ck_assert(slice_eq(f->bytes, SL("old")));
	bundle_free(b);
}
END_TEST

START_TEST(test_follows_symbolic_links)
{
	struct bundle *b;

	put("a.yaml", "", 0600);
	put("tls/key.pem", "key", 0600);
	ck_assert_int_eq(symlink("tls/key.pem", "link.pem"), 0);
	b = bundle_from_disk("a.yaml");
	ck_assert(slice_eq(bundle_get(b, "link.pem")->bytes, SL("key")));
	bundle_free(b);
}
END_TEST

/* A file whose bytes cannot be read says why, and is empty. */
static void
check_unreadable(struct bundle *b, const char *path, int sys_errno,
    const char *why)
{
	const struct bundle_file *f = bundle_get(b, path);

	ck_assert_int_eq(f->sys_errno, sys_errno);
	ck_assert_str_eq(bundle_why(f), why);
	ck_assert_uint_eq(f->bytes.n, 0);
	ck_assert_int_eq(f->bytes.p[0], 0);
}

START_TEST(test_says_why_a_file_cannot_be_read)
{
	struct bundle *b = bundle_from_disk("a.yaml");
	int fd;

	ck_assert_int_eq(bundle_root(b)->sys_errno, ENOENT);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	fd = open("big", O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(ftruncate(fd, (off_t)BUNDLE_FILE_MAX + 1), 0);
	close(fd);
	check_unreadable(b, "none", ENOENT, "No such file or directory");
	check_unreadable(b, "tls", EISDIR, "Is a directory");
	check_unreadable(b, "fifo", ENODEV, "Not a regular file");
	check_unreadable(b, "/dev/zero", ENODEV, "Not a regular file");
	check_unreadable(b, "big", EFBIG, "File too large");
	bundle_free(b);
}
END_TEST

static bool
names_are(const struct bundle_file *f, struct slice names)
{
	return f->sys_errno == EISDIR && slice_eq(f->bytes, names);
}

START_TEST(test_a_folder_has_the_names_of_its_files)
{
	const struct bundle_file *f;
	struct bundle *b, *sealed;
	int fd;

	put("a.yaml", "", 0600);
	put("tls/b.pem", "", 0600);
	put("tls/a b.pem", "", 0600);
	put("tls/.hidden", "", 0600);
	put("tls/b.pem~", "", 0600);
	ck_assert_int_eq(mkdir("tls/c", 0700), 0);
	b = bundle_from_disk("a.yaml");
	f = bundle_get(b, "tls");
	ck_assert(names_are(f, SL("a b.pem\0b.pem\0c\0")));
	put("tls/0.pem", "", 0600);
	ck_assert_ptr_eq(bundle_get(b, "tls/."), f);
	ck_assert_int_eq(bundle_seal(b, &fd), 0);
	ck_assert_int_eq(bundle_from_fd(fd, &sealed), 0);
	close(fd);
	ck_assert(
	    names_are(bundle_get(sealed, "tls"), SL("a b.pem\0b.pem\0c\0")));
	bundle_free(sealed);
	bundle_free(b);
}
END_TEST

START_TEST(test_reads_credentials_of_the_service)
{
	static const char *const bad[] = { "credential:", "credential:..",
		"credential:a/b" };
	const struct bundle_file *f;
	struct bundle *b, *sealed;
	int fd;

	put("a.yaml", "", 0600);
	put("tls/api.key", "key", 0600);
	b = bundle_from_disk("a.yaml");
	unsetenv("CREDENTIALS_DIRECTORY");
	f = bundle_get(b, "credential:api.pem");
	ck_assert_ptr_nonnull(strstr(bundle_why(f), "CREDENTIALS_DIRECTORY"));
	setenv("CREDENTIALS_DIRECTORY", below("tls"), 1);
	f = bundle_get(b, "credential:api.key");
	ck_assert_int_eq(f->sys_errno, 0);
	ck_assert_str_eq(f->path, "credential:api.key");
	ck_assert(slice_eq(f->bytes, SL("key")));
	f = bundle_get(b, "credential:none");
	ck_assert_str_eq(bundle_why(f), "No such file or directory");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_str_eq(bundle_why(bundle_get(b, bad[i])),
		    "A credential has the plain name of a file");
	/* a worker asks for it by the same name, and needs no variable */
	unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(bundle_seal(b, &fd), 0);
	ck_assert_int_eq(bundle_from_fd(fd, &sealed), 0);
	close(fd);
	f = bundle_get(sealed, "credential:api.key");
	ck_assert(slice_eq(f->bytes, SL("key")));
	bundle_free(sealed);
	bundle_free(b);
}
END_TEST

START_TEST(test_reads_a_file_that_tells_no_size)
{
	struct bundle *b = bundle_from_disk("/proc/self/status");
	const struct bundle_file *f = bundle_root(b);

	ck_assert_int_eq(f->sys_errno, 0);
	ck_assert(slice_starts(f->bytes, SL("Name:")));
	ck_assert(slice_ends(f->bytes, SL("\n")));
	bundle_free(b);
}
END_TEST

/* A bundle with what can be in one: binary bytes, no bytes, a failure. */
static struct bundle *
example(void)
{
	struct bundle *b = bundle_from_memory("/t/conf.yaml", SL("a: b\n"));

	bundle_add(b, "key.pem", SL("\0\1\2\xff"));
	bundle_add(b, "/abs/empty", SL(""));
	ck_assert_int_eq(bundle_get(b, "none")->sys_errno, ENOENT);
	return b;
}

START_TEST(test_holds_files_in_memory)
{
	struct bundle *b = example();

	ck_assert_str_eq(bundle_root(b)->path, "/t/conf.yaml");
	ck_assert(
	    slice_eq(bundle_get(b, "/t/key.pem")->bytes, SL("\0\1\2\xff")));
	ck_assert_uint_eq(bundle_get(b, "key.pem")->mode & 07777, 0600);
	/* what it does not have it does not look for on disk */
	ck_assert_int_eq(bundle_get(b, "/etc/passwd")->sys_errno, ENOENT);
	bundle_free(b);
	bundle_free(NULL);
}
END_TEST

START_TEST(test_a_sealed_bundle_is_the_same_again)
{
	struct bundle *a = example(), *b;
	int fd;

	ck_assert_int_eq(bundle_seal(a, &fd), 0);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(ftruncate(fd, 1), -1);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(bundle_from_fd(fd, &b), 0);
	close(fd);
	for (size_t i = 0; bundle_at(a, i) != NULL; i++) {
		const struct bundle_file *x = bundle_at(a, i);
		const struct bundle_file *y = bundle_at(b, i);

		ck_assert_ptr_nonnull(y);
		ck_assert_str_eq(x->path, y->path);
		ck_assert(slice_eq(x->bytes, y->bytes));
		ck_assert_int_eq(y->bytes.p[y->bytes.n], 0);
		ck_assert_int_eq(x->sys_errno, y->sys_errno);
		ck_assert_uint_eq(x->mode, y->mode);
		ck_assert_uint_eq(x->uid, y->uid);
		ck_assert_int_eq(x->mtime, y->mtime);
	}
	ck_assert_ptr_null(bundle_at(b, 4));
	ck_assert_ptr_eq(bundle_get(b, "key.pem"), bundle_at(b, 1));
	ck_assert_int_eq(bundle_get(b, "/etc/passwd")->sys_errno, ENOENT);
	bundle_free(a);
	bundle_free(b);
}
END_TEST

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Loads an image of our own making. */
static int
load_image(const char *image, size_t n, int seals)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING), e;
	struct bundle *b;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, image, n), (int)n);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	e = bundle_from_fd(fd, &b);
	ck_assert(e == 0 ? b != NULL : b == NULL);
	bundle_free(b);
	close(fd);
	return e;
}

/* The example as it is sealed; the caller frees it. */
static char *
sealed_image(size_t *n)
{
	struct bundle *b = example();
	struct stat st;
	char *image;
	int fd;

	ck_assert_int_eq(bundle_seal(b, &fd), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	image = mem_new(*n, 1);
	ck_assert_int_eq(pread(fd, image, *n, 0), (int)*n);
	close(fd);
	bundle_free(b);
	return image;
}

START_TEST(test_takes_nothing_that_is_not_sealed)
{
	size_t n;
	char *image = sealed_image(&n);
	struct bundle *b;
	int fd;

	ck_assert_int_eq(load_image(image, n, ALL_SEALS), 0);
	ck_assert_int_eq(load_image(image, n, 0), E_INVALID);
	ck_assert_int_eq(load_image(image, n, F_SEAL_WRITE), E_INVALID);
	ck_assert_int_eq(load_image(image, n, ALL_SEALS & ~F_SEAL_SHRINK),
	    E_INVALID);
	put("a.yaml", "x", 0600);
	fd = open("a.yaml", O_RDONLY);
	ck_assert_int_eq(bundle_from_fd(fd, &b), E_INVALID);
	close(fd);
	ck_assert_int_eq(bundle_from_fd(-1, &b), E_INVALID);
	free(image);
}
END_TEST

START_TEST(test_takes_no_image_that_is_cut_or_longer)
{
	size_t n;
	char *image = sealed_image(&n), *longer = mem_new(n + 1, 1);

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(load_image(image, i, ALL_SEALS), E_INVALID);
	memcpy(longer, image, n);
	ck_assert_int_eq(load_image(longer, n + 1, ALL_SEALS), E_INVALID);
	free(image);
	free(longer);
}
END_TEST

/* Whatever octet is another one: refused or read, never a crash. */
START_TEST(test_survives_an_image_with_any_octet_changed)
{
	static const unsigned char flips[] = { 0x01, 0x80, 0xff };
	size_t n, refused = 0;
	char *image = sealed_image(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sizeof(flips); j++) {
			image[i] = (char)(image[i] ^ flips[j]);
			refused += load_image(image, n, ALL_SEALS) != 0;
			image[i] = (char)(image[i] ^ flips[j]);
		}
	/* magic, version, count and size at the very least */
	ck_assert_uint_ge(refused, 24 * sizeof(flips));
	free(image);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("bundle");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_reads_what_the_configuration_names);
	tcase_add_test(t, test_reads_a_file_once);
	tcase_add_test(t, test_follows_symbolic_links);
	tcase_add_test(t, test_says_why_a_file_cannot_be_read);
	tcase_add_test(t, test_a_folder_has_the_names_of_its_files);
	tcase_add_test(t, test_reads_credentials_of_the_service);
	tcase_add_test(t, test_reads_a_file_that_tells_no_size);
	tcase_add_test(t, test_holds_files_in_memory);
	tcase_add_test(t, test_a_sealed_bundle_is_the_same_again);
	tcase_add_test(t, test_takes_nothing_that_is_not_sealed);
	tcase_add_test(t, test_takes_no_image_that_is_cut_or_longer);
	tcase_add_test(t, test_survives_an_image_with_any_octet_changed);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
