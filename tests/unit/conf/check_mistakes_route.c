/* Routes that are not good: what is said of them. */
#include <check.h>
#include <stdlib.h>

#include "support/config.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

#define UNSAFE_PATH \
	"no request has this path: it is too long, or two programs could " \
	"read it differently (a dot segment, an empty one, an encoded slash, " \
	"an octet to be encoded)\n"
/* A route with this path, in the line after the last. */
#define WITH_PATH(path) "  - {path: " path ", allow: any, backend: web}\n"
#define WITH_METHODS(methods) \
	"  - {path: /, methods: " methods ", allow: any, backend: web}\n"
#define HIDDEN(line, path) \
	"no request reaches this route: the one in line " line \
	" with the path \"" path "\" takes them all; "

static const struct mistake routes[] = {
	{ "paths",
	    CONFIG_ROUTES(WITH_PATH("a") WITH_PATH("'*'") WITH_PATH("/a?b")
		    WITH_PATH("/a/") WITH_PATH("/%61") WITH_PATH("//a")
			WITH_PATH("/a/../b") WITH_PATH("/a%2fb")
			    WITH_PATH("'/a b'") WITH_PATH("/%c3%a4")
				WITH_PATH("[/a]") WITH_PATH("/a#b")),
	    "8:12: expected a path that begins with / and has no query, "
	    "found \"a\"\n"
	    "9:12: expected a path that begins with / and has no query, "
	    "found \"*\"\n"
	    "10:12: expected a path that begins with / and has no query, "
	    "found \"/a?b\"\n"
	    "11:12: the path is not in its normal form; write \"/a\"\n"
	    "12:12: the path is not in its normal form; write \"/a\"\n"
	    "13:12: " UNSAFE_PATH "14:12: " UNSAFE_PATH "15:12: " UNSAFE_PATH
	    "16:12: " UNSAFE_PATH
	    "17:12: the path is not in its normal form; write \"/%C3%A4\"\n"
	    "18:12: expected a path that begins with / and has no query, "
	    "found a list\n"
	    "19:12: " UNSAFE_PATH },
	{ "methods",
	    CONFIG_ROUTES(
		WITH_METHODS("[get, CONNECT, TRACE, 'A B', GET, PUT, GET, ~]")),
	    "8:5: the method GET is here twice\n"
	    "8:25: methods are case-sensitive; write GET\n"
	    "8:30: CONNECT is never served\n"
	    "8:39: TRACE is never served\n"
	    "8:46: expected a method such as GET, found \"A B\"\n"
	    "8:68: expected a method such as GET, found nothing\n" },
	{ "no destination, and two",
	    CONFIG_ROUTES(
		"  - {path: /a, allow: any}\n"
		"  - {path: /, allow: any, backend: web, respond: whoami}\n"),
	    "8:5: a route needs backend or respond\n"
	    "9:5: a route has backend or respond, not both\n" },
	{ "a destination that is wrong is one",
	    CONFIG_ROUTES(
		"  - {path: /a, allow: any, backend: [web]}\n"
		"  - {path: /b, allow: any, respond: who}\n" CONFIG_ROUTE),
	    "8:37: expected the name of a backend, found a list\n"
	    "9:37: expected the word whoami, or a mapping with status, "
	    "content_type, body, found \"who\"\n" },
	{ "backends that are not there",
	    CONFIG_ROUTES(
		"  - {path: /a, allow: any, backend: wbe}\n"
		"  - {path: /b, allow: any, backend: orders}\n" CONFIG_ROUTE),
	    "8:37: there is no backend \"wbe\"; did you mean \"web\"?\n"
	    "9:37: there is no backend \"orders\"\n" },
	{ "names of backends",
	    CONFIG_LISTENERS
	    "backends: {web: {servers: http://h}, 'a b': {servers: http://h},"
	    " -x: {servers: http://h}}\n" CONFIG_SITE("a.b") CONFIG_ROUTE
	    "  - {path: /, methods: [X], allow: any, backend: 'a b'}\n",
	    "2:38: the name of a backend has at most 64 letters, digits, and "
	    "\"-\", \"_\", \".\" behind the first\n"
	    "2:66: the name of a backend has at most 64 letters, digits, and "
	    "\"-\", \"_\", \".\" behind the first\n"
	    "2:66: warning: no route uses the backend \"-x\"\n"
	    "9:12: " HIDDEN("8", "/") "one of them has to go\n" },
	{ "routes behind a shorter path",
	    CONFIG_ROUTES(WITH_PATH("/a")
		    WITH_PATH("/a/b") "  - {path: /, methods: GET, allow: any, backend: web}\n" WITH_PATH(
			"/c")),
	    "9:12: " HIDDEN("8",
		"/a") "the longer path must come first\n"
		      "11:12: " HIDDEN("10",
			  "/") "the longer path must come first\n" },
	{ "routes behind the same path and methods",
	    CONFIG_ROUTES(WITH_METHODS("GET") WITH_METHODS("[POST, PUT]")
		    WITH_METHODS("[GET, DELETE]") WITH_METHODS("[PUT, GET]")
			WITH_PATH("/") WITH_METHODS("HEAD")),
	    "11:12: " HIDDEN("10", "/") "one of them has to go\n"
					"13:12: " HIDDEN("12",
					    "/") "one of them has to go\n" },
	{ "fixed answers",
	    CONFIG_ROUTES(
		"  - {path: /a, allow: any, respond: {status: 101}}\n"
		"  - {path: /b, allow: any, respond: {status: 600}}\n"
		"  - {path: /c, allow: any, respond: {status: 304, body: x}}\n"
		"  - {path: /d, allow: any, respond:\n"
		"     {content_type: \"a\\r\\nb\", body: [x], bdy: x}}\n" CONFIG_ROUTE),
	    "8:46: expected a whole number, from 200 to 599, found \"101\"\n"
	    "9:46: expected a whole number, from 200 to 599, found \"600\"\n"
	    "10:57: an answer with status 304 has no body\n"
	    "12:21: expected a media type such as text/plain, found "
	    "\"a??b\"\n"
	    "12:37: expected a text, of 0 to 65536 octets, found a list\n"
	    "12:42: unknown key \"bdy\"; did you mean \"body\"?\n" },
};

/* A route with this besides. */
#define WITH(more) "  - {path: /a/b, allow: any, backend: web, " more "}\n"
#define PREFIX \
	"expected the beginning of a path such as /app, with a segment or " \
	"more, found "
#define NAME "expected the name of a header field such as X-Team, found "
#define VALUE \
	"expected the value of a header field, in one line, of at most 4096 " \
	"octets, found "
#define COVERS(prefix) \
	"not every path of the route begins with \"" prefix "\"; " \
	"strip_prefix is the route's path or the beginning of it\n"

static const struct mistake edits[] = {
	{ "prefixes",
	    CONFIG_ROUTES(WITH("rewrite: {strip_prefix: /, add_prefix: a}")),
	    "8:68: " PREFIX "\"/\"\n8:83: " PREFIX "\"a\"\n" },
	{ "a prefix that is not in its normal form",
	    CONFIG_ROUTES(WITH("rewrite: {add_prefix: /a/}")),
	    "8:66: the path is not in its normal form; write \"/a\"\n" },
	{ "a prefix that is not of the route",
	    CONFIG_ROUTES(WITH("rewrite: {strip_prefix: /a/b/c}")),
	    "8:53: " COVERS("/a/b/c") },
	{ "a prefix that is no whole segment",
	    CONFIG_ROUTES(WITH("rewrite: {strip_prefix: /a/bc}")),
	    "8:53: " COVERS("/a/bc") },
	{ "a path of nobody",
	    CONFIG_ROUTES(
		"  - {path: /a, allow: any, respond: whoami, rewrite:\n"
		"     {add_prefix: /b}}\n" CONFIG_ROUTE),
	    "9:6: a route without backend has no path to rewrite\n" },
	{ "headers to set",
	    CONFIG_ROUTES(WITH("request: {set_headers: {'a b': c, X-A: [d],\n"
			       "   X-B: \"a\\nb\", X-C: ' a', X-D: }}")),
	    "8:68: " NAME "\"a b\"\n"
	    "8:83: " VALUE "a list\n"
	    "9:9: " VALUE "\"a?b\"\n9:22: " VALUE "\" a\"\n"
	    "9:33: " VALUE "nothing\n" },
	{ "headers to remove",
	    CONFIG_ROUTES(WITH("response: {remove_headers: [a, 'b c', [d]]}")),
	    "8:75: " NAME "\"b c\"\n8:82: " NAME "a list\n" },
	{ "a header twice",
	    CONFIG_ROUTES(WITH("request: {set_headers: {X-A: b, x-a: c}}")),
	    "8:76: the field x-a is here twice\n" },
	{ "no headers",
	    CONFIG_ROUTES(WITH("request: {set_headers: x}, response: y")),
	    "8:67: expected a mapping from names of header fields to values, "
	    "found \"x\"\n"
	    "8:81: expected a mapping with set_headers, remove_headers, found "
	    "\"y\"\n" },
};

START_TEST(test_routes)
{
	config_mistake(&routes[_i]);
}
END_TEST

START_TEST(test_edits)
{
	config_mistake(&edits[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mistakes in routes");
	TCase *t = tcase_create("mistakes in routes");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_routes, 0, COUNT(routes));
	tcase_add_loop_test(t, test_edits, 0, COUNT(edits));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
