#include "base/log.h"
#include "base/sink.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static int fds[2];
static struct sink *sink;
static char line[LOG_LINE_MAX + 1];

static void
set_up(void)
{
	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	sink = sink_new(fds[1]);
}

static void
tear_down(void)
{
	log_set_process("");
	log_setup(&(struct log_params) { .level = LOG_INFO });
	close(fds[0]);
	sink_free(sink);
}

static void
use(enum log_format format, enum log_level level, bool journald)
{
	log_setup(&(struct log_params) { .sink = sink,
	    .format = format,
	    .level = level,
	    .style = journald ? LOG_PREFIX : LOG_BARE });
}

/* What was written since, without the time. */
static const char *
written(void)
{
	ssize_t n = read(fds[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

START_TEST(a_line_of_text)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_WARN, "test-event"));
	log_str(&l, "s", "a b");
	log_str(&l, "t", "plain-1.2:3/@[x]*,+%~");
	log_str(&l, "none", NULL);
	log_int(&l, "i", -9223372036854775807 - 1);
	log_bool(&l, "b", true);
	log_us(&l, "ms", 1234567);
	log_bytes(&l, "e", SL(""));
	log_end(&l);
	ck_assert_str_eq(written(),
	    "<4>level=warning evt=test-event s=\"a b\" "
	    "t=plain-1.2:3/@[x]*,+%~ i=-9223372036854775808 b=true "
	    "ms=1234.567 e=\"\"\n");
}
END_TEST

START_TEST(a_line_of_json)
{
	struct log l;

	use(LOG_JSON, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_ERR, "test-event"));
	log_str(&l, "s", "a\"b\\");
	log_int(&l, "i", 42);
	log_bool(&l, "b", false);
	log_bytes(&l, "x", SL("\0\xff\n"));
	log_end(&l);
	ck_assert_str_eq(written(),
	    "<3>{\"level\":\"error\",\"evt\":\"test-event\","
	    "\"s\":\"a\\\"b\\\\\",\"i\":42,\"b\":false,"
	    "\"x\":\"\\u0000\\u00ff\\u000a\"}\n");
}
END_TEST

START_TEST(without_journald_the_time_comes_first)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, false);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_end(&l);
	written();
	ck_assert_uint_eq(strspn(line, "time="), 5);
	ck_assert_str_eq(line + 29, " level=info evt=e\n");
	use(LOG_JSON, LOG_INFO, false);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_end(&l);
	written();
	ck_assert_int_eq(strncmp(line, "{\"time\":\"2", 10), 0);
	ck_assert_str_eq(line + 34, ",\"level\":\"info\",\"evt\":\"e\"}\n");
}
END_TEST

START_TEST(what_a_peer_sent_cannot_make_a_line)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_bytes(&l, "p", SL("a\nevt=forged \"x\" \033[0m\\\xc3\xa4"));
	log_end(&l);
	ck_assert_str_eq(written(),
	    "<6>level=info evt=e p=\"a\\x0aevt=forged \\\"x\\\" "
	    "\\x1b[0m\\\\\\xc3\\xa4\"\n");
}
END_TEST

START_TEST(an_equals_sign_is_quoted)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_bytes(&l, "dn", SL("CN=a"));
	log_end(&l);
	ck_assert_str_eq(written(), "<6>level=info evt=e dn=\"CN=a\"\n");
}
END_TEST

START_TEST(levels)
{
	struct log l;

	use(LOG_TEXT, LOG_NOTICE, true);
	ck_assert(!log_begin(&l, LOG_INFO, "e"));
	ck_assert(!log_wants(LOG_DEBUG));
	ck_assert(log_wants(LOG_NOTICE) && log_wants(LOG_ERR));
	log_msg(LOG_INFO, "e", "x");
	ck_assert_str_eq(written(), "");
	log_msg(LOG_NOTICE, "e", "%s %d", "x", 1);
	ck_assert_str_eq(written(), "<5>level=notice evt=e msg=\"x 1\"\n");
}
END_TEST

START_TEST(errors_by_slug)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_err(&l, 0);
	log_err(&l, E_CERT_REVOKED);
	log_end(&l);
	ck_assert_str_eq(written(), "<6>level=info evt=e err=cert-revoked\n");
	use(LOG_TEXT, LOG_DEBUG, true);
	ck_assert(log_begin(&l, LOG_DEBUG, "e"));
	log_err(&l, E_EOF);
	log_end(&l);
	ck_assert_str_eq(written(),
	    "<7>level=debug evt=e err=eof "
	    "text=\"the stream has ended as it should\"\n");
}
END_TEST

START_TEST(the_process_stands_in_every_line)
{
	use(LOG_TEXT, LOG_INFO, true);
	log_set_process("worker 0");
	log_msg(LOG_INFO, "e", "x");
	ck_assert_str_eq(written(),
	    "<6>level=info evt=e proc=\"worker 0\" msg=x\n");
	log_set_process("a-name-that-is-longer-than-anybody-would-choose");
	log_msg(LOG_INFO, "e", "x");
	ck_assert_str_eq(written(),
	    "<6>level=info evt=e proc=a-name-that-is-longer-than-anyb "
	    "msg=x\n");
}
END_TEST

START_TEST(a_line_that_does_not_fit_says_so)
{
	static char big[2 * LOG_LINE_MAX];
	enum log_format format = _i == 0 ? LOG_TEXT : LOG_JSON;
	const char *end = _i == 0 ? " cut=true\n" : ",\"cut\":true}\n";
	struct log l;

	memset(big, '\n', sizeof(big));
	use(format, LOG_INFO, true);
	for (size_t n = 1000; n < sizeof(big); n += 37) {
		ck_assert(log_begin(&l, LOG_INFO, "e"));
		log_bytes(&l, "first", slice_of(big, 200));
		log_bytes(&l, "big", slice_of(big, n));
		log_int(&l, "after", 1);
		log_end(&l);
		written();
		ck_assert_uint_le(strlen(line), LOG_LINE_MAX);
		if (strstr(line, "after") == NULL)
			ck_assert_str_eq(line + strlen(line) - strlen(end),
			    end);
		ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
	}
	ck_assert_ptr_null(strstr(line, "after"));
}
END_TEST

START_TEST(lines_without_end_are_cut_in_time)
{
	struct log l;

	use(_i == 0 ? LOG_TEXT : LOG_JSON, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	for (int i = 0; i < 10000; i++)
		log_int(&l, "key", i);
	log_end(&l);
	ck_assert_uint_le(strlen(written()), LOG_LINE_MAX);
	ck_assert_uint_gt(strlen(line), LOG_LINE_MAX - 100);
}
END_TEST

START_TEST(lines_that_were_dropped_are_told_later)
{
	static const char last[] = "evt=log-dropped msg=\"3 lines\"\n";
	static char all[1 << 20];
	size_t n = 0;
	ssize_t r;

	use(LOG_TEXT, LOG_INFO, true);
	while (sink_dropped(sink) < 3)
		log_msg(LOG_INFO, "e", "x");
	ck_assert(!log_flush());
	for (bool done = false; !done;) {
		done = log_flush();
		while ((r = read(fds[0], all + n, sizeof(all) - 1 - n)) > 0)
			n += (size_t)r;
	}
	ck_assert_uint_gt(n, sizeof(last));
	ck_assert_str_eq(all + n - (sizeof(last) - 1), last);
	/* once is enough */
	ck_assert(log_flush());
	ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(a_record_for_journald_s_own_socket)
{
	struct log_params to = { .sink = sink, .style = LOG_NATIVE };
	struct log l;

	log_begin_to(&l, &to, LOG_INFO, "request");
	log_bytes(&l, "path", SL("/a b\n\"c\""));
	log_int(&l, "status", 200);
	log_end(&l);
	ck_assert_str_eq(written(),
	    "PRIORITY=6\nSYSLOG_IDENTIFIER=sallyport\nMESSAGE=request\n"
	    "SALLYPORT_LEVEL=info\nSALLYPORT_EVT=request\n"
	    "SALLYPORT_PATH=/a b\\x0a\\\"c\\\"\nSALLYPORT_STATUS=200\n\n");
}
END_TEST

START_TEST(a_line_in_a_format_of_one_s_own)
{
	struct log_params to = { .sink = sink };
	struct log l;

	log_begin_plain(&l, &to, LOG_INFO);
	log_text(&l, SL("GET \""));
	log_value(&l, SL("/a\"b\n"));
	log_text(&l, SL("\" "));
	log_value(&l, SL(""));
	log_end(&l);
	ck_assert_str_eq(written(), "GET \"/a\\\"b\\x0a\" -\n");
}
END_TEST

START_TEST(durations)
{
	struct log l;

	use(LOG_TEXT, LOG_INFO, true);
	ck_assert(log_begin(&l, LOG_INFO, "e"));
	log_us(&l, "a", 0);
	log_us(&l, "b", 7);
	log_us(&l, "c", -1500);
	log_us(&l, "d", -7);
	log_end(&l);
	ck_assert_str_eq(written(),
	    "<6>level=info evt=e a=0.000 b=0.007 c=-1.500 d=-0.007\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base/log");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("log");
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_line_of_text);
	tcase_add_test(tc, a_line_of_json);
	tcase_add_test(tc, without_journald_the_time_comes_first);
	tcase_add_test(tc, what_a_peer_sent_cannot_make_a_line);
	tcase_add_test(tc, an_equals_sign_is_quoted);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, errors_by_slug);
	tcase_add_test(tc, the_process_stands_in_every_line);
	tcase_add_loop_test(tc, a_line_that_does_not_fit_says_so, 0, 2);
	tcase_add_loop_test(tc, lines_without_end_are_cut_in_time, 0, 2);
	tcase_add_test(tc, lines_that_were_dropped_are_told_later);
	tcase_add_test(tc, a_record_for_journald_s_own_socket);
	tcase_add_test(tc, a_line_in_a_format_of_one_s_own);
	tcase_add_test(tc, durations);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
