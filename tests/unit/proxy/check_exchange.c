#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/proxy_rig.h"

#define ROUTES \
	"  - {path: /fixed, allow: any, respond: {status: 200, body: hello}}\n" \
	"  - {path: /who, allow: any, respond: whoami}\n" \
	"  - {path: /secret, allow: [{dns: boss.b}], backend: web}\n" \
	"  - {path: /own, allow: [{dns: web.b}], backend: web}\n" \
	"  - {path: /get, methods: [GET], allow: any, backend: web}\n" \
	"  - {path: /ws, allow: any, upgrade: websocket, backend: web}\n" \
	"  - {path: /, allow: any, backend: web}\n"

static struct proxy_rig rig;

static void
set_up(void)
{
	proxy_rig_init(&rig, ROUTES, 64 * 1024);
}

static void
tear_down(void)
{
	proxy_rig_clear(&rig);
}

static void
ask(const char *text)
{
	proxy_say(&rig, rig.client, text);
}

static const char *
answer(void)
{
	return proxy_heard(&rig, rig.client);
}

static const char *
asked(void)
{
	return proxy_heard(&rig, rig.backend);
}

static void
backend_says(const char *text)
{
	proxy_say(&rig, rig.backend, text);
}

#define GET    "GET / HTTP/1.1\r\nHost: a.b\r\n\r\n"
#define POST   "POST / HTTP/1.1\r\nHost: a.b\r\n"
#define OK     "HTTP/1.1 200 OK\r\n"
#define LEN(n) "Content-Length: " #n "\r\n"

START_TEST(a_request_reaches_the_backend_and_its_answer_the_client)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask("GET /a?b=c HTTP/1.1\r\nHost: a.b\r\nX: y\r\n\r\n");
	s = asked();
	proxy_check_starts(s, "GET /a?b=c HTTP/1.1\r\nHost: a.b\r\nX: y\r\n");
	proxy_check_has(s, "X-Forwarded-For: 192.0.2.7\r\n");
	proxy_check_has(s, "X-Forwarded-Proto: https\r\n");
	backend_says(OK LEN(5) "Y: z\r\n\r\nhello");
	s = answer();
	proxy_check_starts(s, OK);
	proxy_check_has(s, "Y: z\r\n");
	proxy_check_has(s, "\r\n\r\nhello");
	proxy_check_lacks(s, "Connection");
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	/* and again, over the same two connections */
	ask(GET);
	proxy_check_starts(asked(), "GET / ");
	backend_says(OK LEN(0) "\r\n");
	proxy_check_starts(answer(), OK);
	ck_assert_int_eq(proxy_end_of(rig.client), 0);
}
END_TEST

/* What needs no backend: the status and a part of the answer. */
static const struct {
	const char *request;
	const char *status;
	const char *part;
	bool goes_on;
} own[] = {
	{ "GET /fixed HTTP/1.1\r\nHost: a.b\r\n\r\n", "200", "\r\n\r\nhello",
	    true },
	{ "HEAD /fixed HTTP/1.1\r\nHost: a.b\r\n\r\n", "200", LEN(5), true },
	{ "GET /who HTTP/1.1\r\nHost: a.b\r\n\r\n", "200", "web.b", true },
	{ "POST /fixed HTTP/1.1\r\nHost: a.b\r\n" LEN(3) "\r\nabc", "200",
	    "hello", true },
	{ "POST /fixed HTTP/1.1\r\nHost: a.b\r\n" LEN(3) "\r\na", "200",
	    "hello", true },
	{ "POST /fixed HTTP/1.1\r\nHost: a.b\r\n" LEN(70000) "\r\nabc", "200",
	    "Connection: close", false },
	{ "POST /fixed HTTP/1.1\r\nHost: a.b\r\n" LEN(
	      3) "Expect: 100-continue\r\n\r\n",
	    "200", "Connection: close", false },
	{ "POST /fixed HTTP/1.1\r\nHost: a.b\r\nTransfer-Encoding: chunked\r\n"
	  "\r\n",
	    "200", "Connection: close", false },
	{ "GET /secret HTTP/1.1\r\nHost: a.b\r\n\r\n", "403", "", true },
	{ "GET /secret/x HTTP/1.1\r\nHost: other.b\r\n\r\n", "403", "", true },
	{ "GET / HTTP/1.1\r\nHost: elsewhere.b\r\n\r\n", "421", "", true },
	{ "GET / HTTP/1.1\r\nHost: nowhere.b\r\n\r\n", "421", "", true },
	{ "POST /get HTTP/1.1\r\nHost: a.b\r\n\r\n", "405", "Allow: GET\r\n",
	    true },
	{ "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b\r\n\r\n", "405", "", true },
	{ "GET /secret/%2e%2e/own HTTP/1.1\r\nHost: a.b\r\n\r\n", "400", "",
	    true },
	{ "GET / HTTP/1.1\r\n\r\n", "400", "Connection: close", false },
	{ "GET /a b HTTP/1.1\r\nHost: a.b\r\n\r\n", "400", "Connection: close",
	    false },
	{ "GET / HTTP/3.1\r\nHost: a.b\r\n\r\n", "505", "Connection: close",
	    false },
	/* a backend that cannot be reached */
	{ GET, "503", "Retry-After", true },
	{ POST LEN(3) "\r\nabc", "503", "", true },
};

START_TEST(what_needs_no_backend_is_answered_here)
{
	char start[32];
	const char *s;

	ask(own[_i].request);
	s = answer();
	(void)snprintf(start, sizeof(start), "HTTP/1.1 %s ", own[_i].status);
	proxy_check_starts(s, start);
	proxy_check_has(s, own[_i].part);
	if (!own[_i].goes_on) {
		ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
		return;
	}
	proxy_check_lacks(s, "Connection: close");
	ck_assert_int_eq(proxy_end_of(rig.client), 0);
	if (proxy_exchanges(&rig) > 0)
		ask("bc"); /* what was missing of the content */
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	ask("GET /fixed HTTP/1.1\r\nHost: a.b\r\n\r\n");
	proxy_check_has(answer(), "hello");
}
END_TEST

START_TEST(content_is_passed_on_in_both_directions)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask(POST LEN(6) "\r\nabc");
	proxy_check_has(asked(), "\r\n\r\nabc");
	ask("def");
	ck_assert_str_eq(asked(), "def");
	backend_says(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
	s = answer();
	proxy_check_has(s, "Transfer-Encoding: chunked\r\n");
	proxy_check_has(s, "2\r\nhi\r\n");
	backend_says("0\r\n\r\n");
	ck_assert_str_eq(answer(), "0\r\n\r\n");
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	ck_assert_int_eq(proxy_end_of(rig.client), 0);
	ck_assert_int_eq(proxy_end_of(rig.backend), 0);
}
END_TEST

START_TEST(trailers_say_nothing_about_who_the_client_is)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask(POST "Transfer-Encoding: chunked\r\nConnection: Hop\r\n\r\n"
		 "1\r\nx\r\n0\r\nSum: 1\r\nX_Client_DN: CN=boss\r\n"
		 "SSL-Client-Verify: SUCCESS\r\nHop: 1\r\n\r\n");
	s = asked();
	proxy_check_has(s, "0\r\nSum: 1\r\n\r\n");
	proxy_check_lacks(s, "boss");
	proxy_check_lacks(s, "SUCCESS");
	proxy_check_lacks(s, "Hop");
}
END_TEST

START_TEST(interim_answers_are_passed_on)
{
	proxy_rig_backend(&rig);
	ask(POST LEN(3) "Expect: 100-continue\r\n\r\n");
	proxy_check_has(asked(), "Expect: 100-continue\r\n");
	backend_says("HTTP/1.1 100 Continue\r\n\r\n");
	proxy_check_starts(answer(), "HTTP/1.1 100 Continue\r\n");
	ask("abc");
	ck_assert_str_eq(asked(), "abc");
	backend_says(OK LEN(0) "\r\n");
	proxy_check_starts(answer(), OK);
	ck_assert_int_eq(proxy_end_of(rig.client), 0);
}
END_TEST

START_TEST(an_answer_that_comes_early_ends_both_connections)
{
	proxy_rig_backend(&rig);
	ask(POST LEN(1000) "\r\nabc");
	(void)asked();
	backend_says("HTTP/1.1 401 Unauthorized\r\n" LEN(2) "\r\nno");
	proxy_check_has(answer(), "Connection: close\r\n");
	ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
	(void)asked();
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	proxy_rig_backend(&rig);
	ask(GET "GET /fixed HTTP/1.1\r\nHost: a.b\r\n\r\n" GET);
	proxy_check_starts(asked(), "GET / ");
	ck_assert_str_eq(answer(), "");
	backend_says(OK LEN(3) "\r\none");
	proxy_check_has(answer(), "\r\n\r\nhello");
	proxy_check_starts(asked(), "GET / ");
	backend_says(OK LEN(5) "\r\nthree");
	proxy_check_has(answer(), "three");
}
END_TEST

START_TEST(each_request_is_judged_for_itself)
{
	proxy_rig_backend(&rig);
	ask("GET /own HTTP/1.1\r\nHost: a.b\r\n\r\n");
	(void)asked();
	backend_says(OK LEN(0) "\r\n");
	proxy_check_starts(answer(), OK);
	ask("GET /secret HTTP/1.1\r\nHost: a.b\r\n\r\n");
	proxy_check_starts(answer(), "HTTP/1.1 403 ");
	ask("GET /own HTTP/1.1\r\nHost: elsewhere.b\r\n\r\n");
	proxy_check_starts(answer(), "HTTP/1.1 421 ");
	ck_assert_str_eq(asked(), "");
}
END_TEST

/* Whatever the rest of the connection's state says: the verdict is asked. */
#define CHAT \
	"GET /chat HTTP/1.1\r\nHost: a.b\r\nConnection: upgrade\r\n" \
	"Upgrade: x\r\n\r\n"
#define STAR "OPTIONS * HTTP/1.1\r\nHost: a.b\r\nMax-Forwards: 0\r\n\r\n"
START_TEST(whom_the_handshake_refused_is_served_nothing)
{
	static const char *const requests[] = { GET, (POST LEN(1) "\r\nx"),
		"GET /own HTTP/1.1\r\nHost: a.b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: nobody.b\r\n\r\n", CHAT, STAR };

	proxy_rig_backend(&rig);
	proxy_rig_refuse(&rig, E_CERT_REVOKED);
	for (size_t i = 0; i < NET_COUNT(requests); i++) {
		ask(requests[i]);
		proxy_check_starts(answer(), "HTTP/1.1 403 ");
	}
	ck_assert_str_eq(asked(), "");
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

/* A backend that fails, and what the client is told. */
static const struct {
	const char *request;
	const char *says;
	bool breaks;
	const char *status;
} failing[] = {
	{ POST LEN(1) "\r\nx", "", false, "502" },
	{ POST LEN(1) "\r\nx", "", true, "502" },
	{ GET, "HTTP/1.1 200", false, "502" },
	{ GET, "HTTP/1.1 200", true, "502" },
	{ GET, "nonsense\r\n\r\n", false, "502" },
	{ GET,
	    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
	    "Upgrade: x\r\n\r\n",
	    false, "502" },
	/* a kept connection that was closed: tried once more, in vain */
	{ GET, "", false, "503" },
	{ GET, "", true, "503" },
};

START_TEST(a_backend_that_fails_before_its_answer_is_told_of)
{
	char start[32];

	proxy_rig_backend(&rig);
	ask(failing[_i].request);
	backend_says(failing[_i].says);
	if (failing[_i].breaks)
		proxy_break(&rig, rig.backend);
	else
		proxy_shut(&rig, rig.backend);
	(void)snprintf(start, sizeof(start), "HTTP/1.1 %s ",
	    failing[_i].status);
	proxy_check_starts(answer(), start);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

START_TEST(an_answer_that_breaks_off_breaks_off_at_the_client_too)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask(GET);
	backend_says(OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
	proxy_shut(&rig, rig.backend);
	s = answer();
	proxy_check_has(s, "half");
	proxy_check_lacks(s, "0\r\n\r\n");
	ck_assert_int_ne(proxy_end_of(rig.client), 0);
}
END_TEST

#define POST_MUCH POST "Content-Length: 99999\r\n\r\n"

static void
speak_unasked(void *text)
{
	proxy_prepare(rig.backend, text);
}

/* What comes on a kept connection after a request has got it, and before the
 * request goes out at the end of the turn. */
START_TEST(what_a_backend_says_before_it_is_asked_is_no_answer)
{
	static char text[] = OK LEN(5) "\r\nstray";
	struct task between;

	proxy_rig_backend(&rig);
	task_init(&between, speak_unasked, text);
	proxy_prepare(rig.client, GET);
	loop_post(&rig.loop, &between);
	loop_advance(&rig.loop, 0);
	/* the other connection that it is tried on cannot be had */
	proxy_check_starts(answer(), "HTTP/1.1 503 ");
	ck_assert_str_eq(asked(), "");
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

/* Much content goes out before the end of the turn, and may be answered. */
START_TEST(what_a_backend_says_to_the_first_content_is_an_answer)
{
	static char text[] = OK LEN(5) "\r\nearly", post[30000];
	struct task between;

	proxy_rig_backend(&rig);
	task_init(&between, speak_unasked, text);
	memset(post, 'x', sizeof(post) - 1);
	memcpy(post, POST_MUCH, strlen(POST_MUCH));
	proxy_prepare(rig.client, post);
	loop_post(&rig.loop, &between);
	loop_advance(&rig.loop, 0);
	proxy_check_starts(answer(), "HTTP/1.1 200 ");
}
END_TEST

START_TEST(a_backend_that_does_not_answer_is_asked_only_once)
{
	proxy_rig_backend(&rig);
	ask(GET);
	loop_advance(&rig.loop, PROXY_RESPONSE_MS - 1);
	ck_assert_str_eq(answer(), "");
	loop_advance(&rig.loop, 1);
	proxy_check_starts(answer(), "HTTP/1.1 504 ");
	ck_assert_int_eq(proxy_end_of(rig.client), 0);
	proxy_check_starts(asked(), "GET / ");
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
}
END_TEST

START_TEST(the_time_for_an_answer_begins_at_the_end_of_the_request)
{
	proxy_rig_backend(&rig);
	ask(POST LEN(10000000) "\r\n");
	/* the client is always ahead, the backend takes its time */
	for (int i = 0; i < 20; i++) {
		(void)proxy_pour(&rig, rig.client, 500000);
		loop_advance(&rig.loop, PROXY_RESPONSE_MS / 5);
		proxy_sip(&rig, rig.backend, 30000);
	}
	ck_assert_str_eq(answer(), "");
	ck_assert_uint_eq(proxy_exchanges(&rig), 1);
}
END_TEST

START_TEST(a_client_that_sends_nothing_is_told_so)
{
	proxy_rig_backend(&rig);
	ask(POST LEN(10) "\r\nabc");
	loop_advance(&rig.loop, PROXY_BODY_MS - 1);
	ck_assert_str_eq(answer(), "");
	loop_advance(&rig.loop, 1);
	proxy_check_starts(answer(), "HTTP/1.1 408 ");
	(void)asked();
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
}
END_TEST

START_TEST(a_backend_that_stops_in_its_answer_is_given_up)
{
	proxy_rig_backend(&rig);
	ask(GET);
	backend_says(OK LEN(100) "\r\nhalf");
	loop_advance(&rig.loop, PROXY_UP_BODY_MS - 1);
	backend_says("more");
	loop_advance(&rig.loop, PROXY_UP_BODY_MS - 1);
	ck_assert_uint_eq(proxy_exchanges(&rig), 1);
	loop_advance(&rig.loop, 1);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	proxy_check_has(answer(), "halfmore");
	ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
}
END_TEST

START_TEST(a_client_that_takes_nothing_is_not_the_fault_of_the_backend)
{
	proxy_rig_backend(&rig);
	ask(GET);
	backend_says(OK LEN(10000000) "\r\n");
	(void)proxy_pour(&rig, rig.backend, 10000000);
	/* longer than a backend may be silent */
	loop_advance(&rig.loop, PROXY_UP_BODY_MS + 1);
	ck_assert_uint_eq(proxy_exchanges(&rig), 1);
	loop_advance(&rig.loop, PROXY_WRITE_MS);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

START_TEST(a_client_that_reads_slowly_holds_the_backend_back)
{
	size_t went;

	proxy_rig_backend(&rig);
	ask(GET);
	backend_says(OK LEN(10000000) "\r\n");
	went = proxy_pour(&rig, rig.backend, 10000000);
	/* what two connections and two buffers hold */
	ck_assert_uint_lt(went, 512 * 1024);
	(void)answer();
	ck_assert_uint_gt(proxy_pour(&rig, rig.backend, 10000000 - went), 0);
}
END_TEST

START_TEST(a_backend_that_reads_slowly_holds_the_client_back)
{
	size_t went;

	proxy_rig_backend(&rig);
	ask(POST LEN(10000000) "\r\n");
	went = proxy_pour(&rig, rig.client, 10000000);
	ck_assert_uint_lt(went, 512 * 1024);
	(void)asked();
	ck_assert_uint_gt(proxy_pour(&rig, rig.client, 10000000 - went), 0);
}
END_TEST

/* A client that leaves: how far it has come. */
static const struct {
	const char *request;
	const char *reply; /* of the backend, so far */
} leaving[] = {
	{ GET, "" },
	{ POST LEN(10) "\r\nabc", "" },
	{ GET, "HTTP/1.1 100 Continue\r\n\r\n" },
	{ GET, OK LEN(10) "\r\nabc" },
	{ POST LEN(10) "\r\nabc", OK LEN(10) "\r\nabc" },
};

START_TEST(when_the_client_leaves_the_backend_is_let_go)
{
	proxy_rig_backend(&rig);
	ask(leaving[_i].request);
	backend_says(leaving[_i].reply);
	ck_assert_uint_eq(proxy_exchanges(&rig), 1);
	proxy_break(&rig, rig.client);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	(void)asked();
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
}
END_TEST

/* What comes together with the end, and how much of it is in the way. */
static const char *const gone[] = {
	GET,
	"POST /fixed HTTP/1.1\r\nHost: a.b\r\n" LEN(3) "\r\nabc" GET,
};

START_TEST(a_client_that_has_left_already_bothers_no_backend)
{
	proxy_rig_backend(&rig);
	proxy_say_last(&rig, rig.client, gone[_i]);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
	ck_assert_str_eq(asked(), "");
	ck_assert_int_eq(proxy_end_of(rig.backend), 0);
}
END_TEST

START_TEST(malformed_content_is_refused_while_that_can_be_said)
{
	proxy_rig_backend(&rig);
	ask(POST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nzz\r\n");
	proxy_check_starts(answer(), "HTTP/1.1 400 ");
	ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
	proxy_check_lacks(asked(), "0\r\n\r\n");
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
}
END_TEST

START_TEST(a_client_of_version_1_0_gets_what_it_understands)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask("GET / HTTP/1.0\r\n\r\n");
	s = asked();
	proxy_check_starts(s, "GET / HTTP/1.1\r\nHost: a.b\r\n");
	backend_says("HTTP/1.1 103 Early Hints\r\n\r\n");
	backend_says(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"
			"0\r\n\r\n");
	s = answer();
	proxy_check_starts(s, OK);
	proxy_check_lacks(s, "chunked");
	ck_assert_str_eq(strstr(s, "\r\n\r\n"), "\r\n\r\nhi");
	ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
	ck_assert_int_eq(proxy_end_of(rig.backend), 0);
}
END_TEST

START_TEST(an_upgrade_that_the_route_permits_becomes_a_tunnel)
{
	proxy_rig_backend(&rig);
	ask("GET /ws HTTP/1.1\r\nHost: a.b\r\nConnection: upgrade\r\n"
	    "Upgrade: websocket\r\n\r\n");
	proxy_check_has(asked(), "Upgrade: websocket\r\n");
	ask("early");
	ck_assert_str_eq(asked(), "");
	backend_says("HTTP/1.1 101 Switching Protocols\r\n"
		     "Connection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
	proxy_check_has(answer(), "\r\n\r\nfirst");
	ck_assert_str_eq(asked(), "early");
	proxy_shut(&rig, rig.client);
	(void)asked();
	ck_assert_int_eq(proxy_end_of(rig.backend), E_EOF);
	backend_says("last");
	ck_assert_str_eq(answer(), "last");
	proxy_shut(&rig, rig.backend);
	(void)answer();
	ck_assert_int_eq(proxy_end_of(rig.client), E_EOF);
	ck_assert_uint_eq(proxy_exchanges(&rig), 0);
}
END_TEST

START_TEST(an_upgrade_that_no_route_permits_is_not_asked_for)
{
	const char *s;

	proxy_rig_backend(&rig);
	ask("GET / HTTP/1.1\r\nHost: a.b\r\nConnection: upgrade\r\n"
	    "Upgrade: websocket\r\n\r\n");
	s = asked();
	proxy_check_lacks(s, "Upgrade");
	proxy_check_lacks(s, "Connection");
	backend_says(OK LEN(0) "\r\n");
	proxy_check_starts(answer(), OK);
}
END_TEST

START_TEST(a_connection_that_is_cut_takes_its_exchange_with_it)
{
	proxy_rig_backend(&rig);
	ask(GET);
	ck_assert_uint_eq(proxy_exchanges(&rig), 1);
	/* the rest is the rig's: it cuts what is there */
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("exchange");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t,
	    a_request_reaches_the_backend_and_its_answer_the_client);
	tcase_add_loop_test(t, what_needs_no_backend_is_answered_here, 0,
	    NET_COUNT(own));
	tcase_add_test(t, content_is_passed_on_in_both_directions);
	tcase_add_test(t, trailers_say_nothing_about_who_the_client_is);
	tcase_add_test(t, interim_answers_are_passed_on);
	tcase_add_test(t, an_answer_that_comes_early_ends_both_connections);
	tcase_add_test(t, pipelined_requests_are_answered_in_order);
	tcase_add_test(t, each_request_is_judged_for_itself);
	tcase_add_test(t, whom_the_handshake_refused_is_served_nothing);
	tcase_add_loop_test(t,
	    a_backend_that_fails_before_its_answer_is_told_of, 0,
	    NET_COUNT(failing));
	tcase_add_test(t,
	    an_answer_that_breaks_off_breaks_off_at_the_client_too);
	tcase_add_test(t, what_a_backend_says_before_it_is_asked_is_no_answer);
	tcase_add_test(t,
	    what_a_backend_says_to_the_first_content_is_an_answer);
	tcase_add_test(t, a_backend_that_does_not_answer_is_asked_only_once);
	tcase_add_test(t,
	    the_time_for_an_answer_begins_at_the_end_of_the_request);
	tcase_add_test(t, a_client_that_sends_nothing_is_told_so);
	tcase_add_test(t, a_backend_that_stops_in_its_answer_is_given_up);
	tcase_add_test(t,
	    a_client_that_takes_nothing_is_not_the_fault_of_the_backend);
	tcase_add_test(t, a_client_that_reads_slowly_holds_the_backend_back);
	tcase_add_test(t, a_backend_that_reads_slowly_holds_the_client_back);
	tcase_add_loop_test(t, when_the_client_leaves_the_backend_is_let_go, 0,
	    NET_COUNT(leaving));
	tcase_add_loop_test(t,
	    a_client_that_has_left_already_bothers_no_backend, 0,
	    NET_COUNT(gone));
	tcase_add_test(t, malformed_content_is_refused_while_that_can_be_said);
	tcase_add_test(t, a_client_of_version_1_0_gets_what_it_understands);
	tcase_add_test(t, an_upgrade_that_the_route_permits_becomes_a_tunnel);
	tcase_add_test(t, an_upgrade_that_no_route_permits_is_not_asked_for);
	tcase_add_test(t, a_connection_that_is_cut_takes_its_exchange_with_it);
	return net_main("exchange", t);
}
