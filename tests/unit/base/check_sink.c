#include "base/sink.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char in[1 << 20];

/* All that can be read now. */
static struct slice
drain(int fd)
{
	size_t n = 0;
	ssize_t r;

	while ((r = read(fd, in + n, sizeof(in) - n)) > 0)
		n += (size_t)r;
	return slice_of(in, n);
}

static void
pipe_of(int fds[2])
{
	ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
}

static void
count_wait(void *arg, bool is_gathered)
{
	(void)is_gathered;
	++*(int *)arg;
}

START_TEST(what_is_not_taken_waits_and_comes_in_order)
{
	char line[64], *expected = calloc(1, 1 << 20);
	struct sink *s;
	int fds[2], waits = 0;
	size_t n = 0, got = 0;

	pipe_of(fds);
	s = sink_new(fds[1]);
	sink_on_wait(s, count_wait, &waits);
	for (int i = 0; i < 5000; i++) {
		int len = snprintf(line, sizeof(line), "line %d of many\n", i);

		memcpy(expected + n, line, (size_t)len);
		n += (size_t)len;
		sink_write(s, slice_of(line, (size_t)len));
	}
	ck_assert_int_eq(waits, 1);
	ck_assert_uint_eq(sink_dropped(s), 0);
	while (got < n) {
		struct slice part = drain(fds[0]);

		ck_assert_mem_eq(part.p, expected + got, part.n);
		got += part.n;
		(void)sink_flush(s);
	}
	ck_assert(sink_flush(s));
	ck_assert_uint_eq(got, n);
	sink_free(s);
	close(fds[0]);
	free(expected);
}
END_TEST

START_TEST(a_full_sink_drops_whole_lines_and_counts_them)
{
	static char line[8000];
	struct sink *s;
	int fds[2];
	unsigned written = 0;

	pipe_of(fds);
	s = sink_new(fds[1]);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	while (sink_dropped(s) == 0) {
		sink_write(s, slice_of(line, sizeof(line)));
		written++;
	}
	for (bool done = false; !done;) {
		struct slice part;

		done = sink_flush(s);
		part = drain(fds[0]);
		for (size_t k = 0; k < part.n; k++)
			written -= part.p[k] == '\n';
	}
	/* all but the one that was dropped */
	ck_assert_uint_eq(written, 1);
	sink_free(s);
	close(fds[0]);
}
END_TEST

/* More than a pipe takes, to a reader that begins afterwards. */
START_TEST(the_last_words_are_waited_for)
{
	static char line[1000];
	struct sink *s;
	int fds[2], status;
	pid_t reader;

	pipe_of(fds);
	s = sink_new(fds[1]);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 200; i++)
		sink_write(s, slice_of(line, sizeof(line)));
	ck_assert(!sink_flush(s));
	reader = fork();
	ck_assert_int_ge(reader, 0);
	if (reader == 0) {
		size_t n = 0;
		ssize_t r;

		close(fds[1]);
		(void)fcntl(fds[0], F_SETFL, 0);
		while ((r = read(fds[0], in, 100)) > 0)
			n += (size_t)r;
		_exit(n == 200 * sizeof(line) ? 0 : 1);
	}
	sink_finish(s, 60000);
	sink_free(s);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
	close(fds[0]);
}
END_TEST

START_TEST(last_words_that_nobody_takes_are_not_waited_for_for_ever)
{
	struct sink *s;
	int fds[2];

	pipe_of(fds);
	s = sink_new(fds[1]);
	while (sink_flush(s))
		sink_write(s, SL("nobody reads this\n"));
	sink_finish(s, 1);
	ck_assert(!sink_flush(s));
	sink_finish(NULL, 1);
	sink_free(s);
	close(fds[0]);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_nothing_else)
{
	struct sink *s;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	s = sink_new(fd);
	for (unsigned i = 1; i < 10; i++) {
		sink_write(s, SL("lost\n"));
		ck_assert_uint_eq(sink_dropped(s), i);
		ck_assert(sink_flush(s));
	}
	sink_free(s);
}
END_TEST

START_TEST(datagrams_go_to_whoever_listens_now)
{
	char dir[] = "/tmp/check_sink.XXXXXX", path[64], line[64];
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct sink *s;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	s = sink_new_datagram(path);
	ck_assert_ptr_nonnull(s);
	sink_write(s, SL("nobody"));
	ck_assert_uint_eq(sink_dropped(s), 1);
	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		sink_write(s, SL("one"));
		sink_write(s, SL("two"));
		ck_assert_int_eq(recv(fd, line, sizeof(line), 0), 3);
		ck_assert_mem_eq(line, "one", 3);
		ck_assert_int_eq(recv(fd, line, sizeof(line), 0), 3);
		ck_assert_mem_eq(line, "two", 3);
		close(fd);
		unlink(path);
	}
	ck_assert_uint_eq(sink_dropped(s), 1);
	sink_free(s);
	rmdir(dir);
}
END_TEST

static void
note_wait(void *arg, bool is_gathered)
{
	*(int *)arg += is_gathered ? 100 : 1;
}

/* Each write is a packet here. */
START_TEST(gathered_lines_go_out_together_and_whole)
{
	char line[512], packet[SINK_PIECE + 1];
	int fds[2], waits = 0, lines = 0, packets = 0;
	ssize_t n;
	struct sink *s;

	ck_assert_int_eq(socketpair(AF_UNIX,
			     SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			     fds),
	    0);
	s = sink_new(fds[1]);
	sink_on_wait(s, note_wait, &waits);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 20; i++)
		sink_gather(s, slice_of(line + i, sizeof(line) - (size_t)i));
	ck_assert_int_eq(waits, 100);
	ck_assert_int_lt(recv(fds[0], packet, sizeof(packet), 0), 0);
	/* what is written at once comes behind them */
	sink_write(s, SL("last\n"));
	while ((n = recv(fds[0], packet, sizeof(packet), 0)) > 0) {
		ck_assert_int_le(n, SINK_PIECE);
		ck_assert_int_eq(packet[n - 1], '\n');
		packets++;
		for (ssize_t i = 0; i < n; i++)
			lines += packet[i] == '\n';
	}
	ck_assert_int_eq(lines, 21);
	ck_assert_int_eq(packets, 4);
	ck_assert_mem_eq(packet, "last\n", 5);
	ck_assert_uint_eq(sink_dropped(s), 0);
	sink_free(s);
	close(fds[0]);
}
END_TEST

/* Whoever reads is gone: all that was gathered is lost, and counted. */
START_TEST(gathered_lines_that_are_lost_are_counted)
{
	struct sink *s;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			     fds),
	    0);
	s = sink_new(fds[1]);
	close(fds[0]);
	for (int i = 0; i < 3; i++)
		sink_gather(s, SL("line\n"));
	ck_assert(sink_flush(s));
	ck_assert_uint_eq(sink_dropped(s), 3);
	sink_free(s);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_ptr_null(sink_new_datagram(path));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sink");
	TCase *tc = tcase_create("sink");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, what_is_not_taken_waits_and_comes_in_order);
	tcase_add_test(tc, a_full_sink_drops_whole_lines_and_counts_them);
	tcase_add_test(tc, the_last_words_are_waited_for);
	tcase_add_test(tc,
	    last_words_that_nobody_takes_are_not_waited_for_for_ever);
	tcase_add_test(tc, a_full_disk_loses_lines_and_nothing_else);
	tcase_add_test(tc, datagrams_go_to_whoever_listens_now);
	tcase_add_test(tc, gathered_lines_go_out_together_and_whole);
	tcase_add_test(tc, gathered_lines_that_are_lost_are_counted);
	tcase_add_test(tc, a_path_that_is_too_long_is_refused);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
