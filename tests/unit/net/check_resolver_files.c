/* resolv.conf(5) and hosts(5), as they are found in the wild. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/resolver_files.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static char said[512];

static void
note(void *arg, enum resolv_what what, struct slice s)
{
	static const char kinds[] = { 'n', 's', 'o' };
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%c:%.*s ", kinds[what],
	    SLICE_ARG(s));
}

static const struct {
	const char *text;
	const char *said;
} resolv[] = {
	{ "", "" },
	{ "nameserver 10.0.0.1\n", "n:10.0.0.1 " },
	{ "nameserver 10.0.0.1", "n:10.0.0.1 " },
	{ "\n# a\n; b\nnameserver\t ::1 # c\r\nnameserver 1.1.1.1;d\n",
	    "n:::1 n:1.1.1.1 " },
	{ "  nameserver  fe80::1%2  \n", "n:fe80::1%2 " },
	{ "options ndots:2 timeout:1\tattempts:1 edns0\n",
	    "o:ndots:2 o:timeout:1 o:attempts:1 o:edns0 " },
	{ "search a.example b.example\n", "s:a.example s:b.example " },
	{ "search a.example\ndomain b.example c\n", "s:b.example " },
	{ "domain b.example\nsearch a.example c\n", "s:a.example s:c " },
	{ "nameservers 1.1.1.1\nsortlist 1.1.1.1\nNAMESERVER 1.1.1.1\n", "" },
};

START_TEST(test_resolv_conf)
{
	said[0] = '\0';
	resolv_conf_each(slice_str(resolv[_i].text), note, NULL);
	ck_assert_str_eq(said, resolv[_i].said);
}
END_TEST

static const char hosts[] = "127.0.0.1 localhost\n"
			    "::1\tlocalhost ip6-localhost # local\n"
			    "#10.0.0.9 web\n"
			    "10.0.0.1 web.example  WEB\r\n"
			    "nonsense web\n"
			    "10.0.0.2 other web # 10.0.0.3 web\n"
			    "10.0.0.4\n"
			    "10.0.0.5 last";

static const struct {
	const char *name;
	const char *found;
} host[] = {
	{ "localhost", "127.0.0.1:80 [::1]:80 " },
	{ "LocalHost", "127.0.0.1:80 [::1]:80 " },
	{ "web", "10.0.0.1:80 10.0.0.2:80 " },
	{ "web.example", "10.0.0.1:80 " },
	{ "last", "10.0.0.5:80 " },
	{ "10.0.0.4", "" },
	{ "we", "" },
	{ "", "" },
};

START_TEST(test_hosts)
{
	char text[ADDR_TEXT_MAX];
	struct addr at[4];
	size_t count = hosts_find(slice_str(hosts), slice_str(host[_i].name),
	    80, at, 4);

	said[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(said);

		addr_format(&at[i], text);
		snprintf(said + n, sizeof(said) - n, "%s ", text);
	}
	ck_assert_str_eq(said, host[_i].found);
}
END_TEST

START_TEST(test_hosts_gives_no_more_than_there_is_room_for)
{
	struct addr at[2];

	ck_assert_uint_eq(hosts_find(SL("1.1.1.1 a\n1.1.1.2 a\n1.1.1.3 a\n"),
			      SL("a"), 1, at, 2),
	    2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("resolver_files");
	TCase *t = tcase_create("resolver_files");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_resolv_conf, 0, COUNT(resolv));
	tcase_add_loop_test(t, test_hosts, 0, COUNT(host));
	tcase_add_test(t, test_hosts_gives_no_more_than_there_is_room_for);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
