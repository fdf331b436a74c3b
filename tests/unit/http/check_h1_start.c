/* Start lines of requests, targets and Host. */
#include <stdlib.h>

#include "base/err.h"
#include "support/vector.h"

#define HOST "Host: a\r\n"

static const struct vector lines[] = {
	/* what is right */
	{ "H1-6", "a request line and Host",
	    SLICE("GET / HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET / host=a 1.1 none keep " },
	{ "H1-1", "only octets count: UTF-8 in a value is kept as it is",
	    SLICE("GET / HTTP/1.1\r\n" HOST "X: \xc3\xa4\xff\r\n\r\n"), 0,
	    "GET / host=a 1.1 none keep {X: \xc3\xa4\xff}" },
	{ "H1-22", "what follows the head is the next request's",
	    SLICE("GET / HTTP/1.1\r\n" HOST "\r\nGET /b"), 0,
	    "GET / host=a 1.1 none keep  +6" },
	{ "H1-4", "one empty line before the request line is passed over",
	    SLICE("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET / host=a 1.1 none keep " },
	{ "H1-7", "an unknown method is a method",
	    SLICE("FETCH /x HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "FETCH /x host=a 1.1 none keep " },
	{ "H1-7", "a method is case-sensitive and may hold any tchar",
	    SLICE("get!#$%&'*+-.^_`|~09 / HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "get!#$%&'*+-.^_`|~09 / host=a 1.1 none keep " },
	{ "H1-15", "HTTP/1.0 needs no Host and does not persist",
	    SLICE("GET / HTTP/1.0\r\n\r\n"), 0, "GET / host= 1.0 none close " },
	{ "H1-6", "a head that is not whole yet", SLICE("GET / HT"), E_AGAIN,
	    NULL },
	{ "H1-14", "no request before the empty line",
	    SLICE("GET / HTTP/1.1\r\n" HOST "\r"), E_AGAIN, NULL },
	{ "H1-4", "nothing at all", SLICE(""), E_AGAIN, NULL },

	/* ends of lines */
	{ "H1-3", "a bare LF ends the request line",
	    SLICE("GET / HTTP/1.1\n" HOST "\r\n"), E_HTTP_BARE_LF, NULL },
	{ "H1-3", "bare LFs throughout", SLICE("GET / HTTP/1.1\nHost: a\n\n"),
	    E_HTTP_BARE_LF, NULL },
	{ "H1-3", "a bare LF before the request line",
	    SLICE("\nGET / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_BARE_LF, NULL },
	{ "H1-3", "a bare LF for the empty line",
	    SLICE("GET / HTTP/1.1\r\n" HOST "\n"), E_HTTP_BARE_LF, NULL },
	{ "H1-3", "LF CR instead of CR LF",
	    SLICE("GET / HTTP/1.1\n\r" HOST "\n\r"), E_HTTP_BARE_LF, NULL },
	{ "H1-2", "a bare CR within the target",
	    SLICE("GET /a\rb HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-2", "a bare CR instead of a SP",
	    SLICE("GET\r/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-2", "a bare CR before the CR LF",
	    SLICE("GET / HTTP/1.1\r\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-2", "bare CRs end the lines",
	    SLICE("GET / HTTP/1.1\rHost: a\r\r\n\r\n"), E_HTTP_LINE, NULL },
	{ "H1-4", "two empty lines before the request line",
	    SLICE("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE,
	    NULL },
	{ "H1-4", "two empty lines and nothing yet", SLICE("\r\n\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-4", "one empty line and nothing yet", SLICE("\r\n"), E_AGAIN,
	    NULL },
	{ "H1-4", "a line of a CR before the request line",
	    SLICE("\r\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },

	/* exactly one SP */
	{ "H1-6", "two SP before the target",
	    SLICE("GET  / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "two SP before the version",
	    SLICE("GET /  HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "a SP after the version",
	    SLICE("GET / HTTP/1.1 \r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "a SP before the method",
	    SLICE(" GET / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "a HTAB before the target",
	    SLICE("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "a HTAB before the version",
	    SLICE("GET /\tHTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-6", "a vertical tab before the version",
	    SLICE("GET /\vHTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-6", "a form feed before the target",
	    SLICE("GET\f/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_METHOD, NULL },
	{ "H1-8", "a SP within the target",
	    SLICE("GET /a b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "SR-18", "a second request line within the target",
	    SLICE("GET / HTTP/1.1 GET /b HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-6", "no target", SLICE("GET HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-6", "a method alone", SLICE("GET\r\n" HOST "\r\n"), E_HTTP_LINE,
	    NULL },

	/* methods */
	{ "H1-7", "a colon in the method",
	    SLICE("GET: / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_METHOD, NULL },
	{ "H1-7", "a NUL in the method",
	    SLICE("GE\0T / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_METHOD, NULL },
	{ "H1-7", "an octet above ASCII in the method",
	    SLICE("G\xc3\x84T / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_METHOD,
	    NULL },
	{ "H1-7", "a slash in the method",
	    SLICE("G/T / HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_METHOD, NULL },
	{ "H1-7", "a field line where the request line should be",
	    SLICE("Host: a\r\n\r\n"), E_HTTP_METHOD, NULL },

	/* versions */
	{ "H1-15", "HTTP/0.9 has no version", SLICE("GET /\r\n" HOST "\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-15", "HTTP/1.2 is none that we serve",
	    SLICE("GET / HTTP/1.2\r\n" HOST "\r\n"), E_HTTP_VERSION, NULL },
	{ "H1-15", "HTTP/2.0 is none that we serve",
	    SLICE("GET / HTTP/2.0\r\n" HOST "\r\n"), E_HTTP_VERSION, NULL },
	{ "H1-15", "HTTP/0.9 spelt out",
	    SLICE("GET / HTTP/0.9\r\n" HOST "\r\n"), E_HTTP_VERSION, NULL },
	{ "H1-15", "the preface of HTTP/2",
	    SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), E_HTTP_VERSION, NULL },
	{ "H1-15", "the name of the protocol is case-sensitive",
	    SLICE("GET / http/1.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-15", "two digits of minor version",
	    SLICE("GET / HTTP/1.10\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-15", "two digits of major version",
	    SLICE("GET / HTTP/01.1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
	{ "H1-15", "no minor version", SLICE("GET / HTTP/1\r\n" HOST "\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-15", "another protocol", SLICE("GET / ICAP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_LINE, NULL },
	{ "H1-15", "a comma for the dot",
	    SLICE("GET / HTTP/1,1\r\n" HOST "\r\n"), E_HTTP_LINE, NULL },
};

static const struct vector targets[] = {
	{ "HS-6", "path and query stay as they are, byte for byte",
	    SLICE("GET /%7Ea/../b//c?d=%2f&{|}\"<> HTTP/1.1\r\n" HOST "\r\n"),
	    0, "GET /%7Ea/../b//c?d=%2f&{|}\"<> host=a 1.1 none keep " },
	{ "H1-8", "a path that looks like an authority",
	    SLICE("GET //evil/ HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET //evil/ host=a 1.1 none keep " },
	{ "H1-9", "absolute-form: its authority takes the place of Host",
	    SLICE("GET http://b:80/c?d HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET http!/c?d host=b:80 1.1 none keep " },
	{ "H1-9", "absolute-form with an empty path",
	    SLICE("GET https://b HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET https!/ host=b 1.1 none keep " },
	{ "H1-9", "absolute-form with a query and no path",
	    SLICE("GET http://b?c=/ HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET http!/?c=/ host=b 1.1 none keep " },
	{ "H1-9", "a scheme is compared without case",
	    SLICE("GET HTTPS://b/ HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "GET https!/ host=b 1.1 none keep " },
	{ "H1-9", "absolute-form in HTTP/1.0, without Host",
	    SLICE("GET http://b/ HTTP/1.0\r\n\r\n"), 0,
	    "GET http!/ host=b 1.0 none close " },
	{ "H1-8", "absolute-form of OPTIONS without path is \"*\"",
	    SLICE("OPTIONS http://b HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "OPTIONS http!* host=b 1.1 none keep " },
	{ "H1-8", "\"*\" with OPTIONS",
	    SLICE("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "OPTIONS * host=a 1.1 none keep " },
	{ "H1-8", "authority-form with CONNECT",
	    SLICE("CONNECT b:443 HTTP/1.1\r\n" HOST "\r\n"), 0,
	    "CONNECT  host=b:443 1.1 none keep " },

	{ "H1-8", "\"*\" with GET", SLICE("GET * HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_TARGET, NULL },
	{ "H1-8", "something after \"*\"",
	    SLICE("OPTIONS */ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "authority-form with GET",
	    SLICE("GET b:443 HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "CONNECT without port",
	    SLICE("CONNECT b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "CONNECT with a path",
	    SLICE("CONNECT /b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "CONNECT with absolute-form",
	    SLICE("CONNECT http://b:1/ HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_TARGET, NULL },
	{ "H1-8", "CONNECT with userinfo",
	    SLICE("CONNECT u@b:443 HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
	{ "H1-8", "a relative path", SLICE("GET a/b HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_TARGET, NULL },
	{ "H1-8", "a query alone", SLICE("GET ?a HTTP/1.1\r\n" HOST "\r\n"),
	    E_HTTP_TARGET, NULL },
	{ "H1-8", "a backslash for the slash",
	    SLICE("GET \\a HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "another scheme",
	    SLICE("GET ftp://b/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
	{ "H1-8", "a scheme with one slash",
	    SLICE("GET http:/b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
	{ "H1-8", "a scheme with three slashes",
	    SLICE("GET http:///b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_HOST,
	    NULL },
	{ "H1-10", "userinfo in absolute-form",
	    SLICE("GET http://a@b/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_HOST,
	    NULL },
	{ "H1-10", "a backslash ends the authority for some",
	    SLICE("GET http://a\\.b/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_HOST,
	    NULL },
	{ "H1-9", "absolute-form does not make Host superfluous",
	    SLICE("GET http://b/ HTTP/1.1\r\n\r\n"), E_HTTP_HOST, NULL },
	{ "H1-9", "absolute-form does not make a bad Host good",
	    SLICE("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n"), E_HTTP_HOST,
	    NULL },
	{ "SR-18", "\"#\" in the target",
	    SLICE("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "SR-18", "\"#\" in absolute-form",
	    SLICE("GET http://b#@c/ HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
	{ "H1-8", "a NUL in the target",
	    SLICE("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET, NULL },
	{ "H1-8", "a DEL in the target",
	    SLICE("GET /a\177b HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
	{ "H1-8", "an octet above ASCII in the target",
	    SLICE("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), E_HTTP_TARGET,
	    NULL },
};

#define GET(host) SLICE("GET / HTTP/1.1\r\nHost:" host "\r\n\r\n")

static const struct vector hosts[] = {
	{ "H1-10", "Host is no field afterwards",
	    SLICE("GET / HTTP/1.1\r\nA: b\r\nhOST: a.b:1\r\nC: d\r\n\r\n"), 0,
	    "GET / host=a.b:1 1.1 none keep {A: b}{C: d}" },
	{ "H1-10", "white space around Host", GET(" \t a \t"), 0,
	    "GET / host=a 1.1 none keep " },
	{ "H1-10", "an IPv6 address as Host", GET("[::1]:8443"), 0,
	    "GET / host=[::1]:8443 1.1 none keep " },
	{ "H1-10", "no Host", SLICE("GET / HTTP/1.1\r\nA: b\r\n\r\n"),
	    E_HTTP_HOST, NULL },
	{ "H1-10", "no field at all", SLICE("GET / HTTP/1.1\r\n\r\n"),
	    E_HTTP_HOST, NULL },
	{ "H1-10", "two Hosts", GET("a\r\nHost: b"), E_HTTP_HOST, NULL },
	{ "H1-10", "the same Host twice", GET("a\r\nX: y\r\nHOST: a"),
	    E_HTTP_HOST, NULL },
	{ "H1-10", "two Hosts in HTTP/1.0",
	    SLICE("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), E_HTTP_HOST,
	    NULL },
	{ "H1-10", "an empty Host", GET(""), E_HTTP_HOST, NULL },
	{ "H1-10", "an empty Host in HTTP/1.0",
	    SLICE("GET / HTTP/1.0\r\nHost: \r\n\r\n"), E_HTTP_HOST, NULL },
	{ "H1-10", "a list of Hosts", GET("a, b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a comma in Host", GET("a,b"), E_HTTP_HOST, NULL },
	{ "H1-10", "userinfo in Host", GET("u@a"), E_HTTP_HOST, NULL },
	{ "H1-10", "a space in Host", GET("a b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a path in Host", GET("a/b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a query in Host", GET("a?b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a fragment in Host", GET("a#b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a backslash in Host", GET("a\\b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a scheme in Host", GET("http://a"), E_HTTP_HOST, NULL },
	{ "H1-10", "an escape in Host", GET("a%2eb"), E_HTTP_HOST, NULL },
	{ "H1-10", "a port that is no number", GET("a:b"), E_HTTP_HOST, NULL },
	{ "H1-10", "a port that is too high", GET("a:65536"), E_HTTP_HOST,
	    NULL },
	{ "H1-10", "a name with an underscore for a dash", GET("a_b"), 0,
	    "GET / host=a_b 1.1 none keep " },
	{ "H1-10", "another field that only begins like Host",
	    SLICE("GET / HTTP/1.1\r\nHostx: a\r\n\r\n"), E_HTTP_HOST, NULL },
};

START_TEST(request_lines)
{
	vector_request(&lines[_i]);
}
END_TEST

START_TEST(request_targets)
{
	vector_request(&targets[_i]);
}
END_TEST

START_TEST(request_hosts)
{
	vector_request(&hosts[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_start");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("vectors");
	int failed;

	tcase_add_loop_test(tc, request_lines, 0, COUNT(lines));
	tcase_add_loop_test(tc, request_targets, 0, COUNT(targets));
	tcase_add_loop_test(tc, request_hosts, 0, COUNT(hosts));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
