/* Heads of responses: the backend is not trusted either. */
#include <stdlib.h>

#include "base/err.h"
#include "support/vector.h"

#define OK(fields)           SLICE("HTTP/1.1 200 OK\r\n" fields "\r\n")
#define OK_10(fields)        SLICE("HTTP/1.0 200 OK\r\n" fields "\r\n")
#define STATUS(code, fields) SLICE("HTTP/1.1 " code " X\r\n" fields "\r\n")

static const struct vector lines[] = {
	{ "HS-14", "a status line", OK("A: b\r\n"), 0,
	    "200 1.1 until-close close {A: b}" },
	{ "HS-14", "a status line without reason",
	    SLICE("HTTP/1.1 404 \r\n\r\n"), 0, "404 1.1 until-close close " },
	{ "HS-14", "a status line without reason and SP",
	    SLICE("HTTP/1.1 404\r\n\r\n"), 0, "404 1.1 until-close close " },
	{ "HS-14", "a reason of any text",
	    SLICE("HTTP/1.1 299 \xc3\xa4\t b\r\n\r\n"), 0,
	    "299 1.1 until-close close " },
	{ "HS-14", "the lowest and the highest status",
	    SLICE("HTTP/1.1 599 x\r\n\r\n"), 0, "599 1.1 until-close close " },
	{ "H1-15", "HTTP/1.0 does not persist", OK_10("Content-Length: 5\r\n"),
	    0, "200 1.0 length=5 close " },
	{ "H1-15", "HTTP/1.0 that says so persists",
	    OK_10("Content-Length: 5\r\nConnection: keep-alive\r\n"), 0,
	    "200 1.0 length=5 keep {Connection: keep-alive}" },
	{ "HS-14", "Host is a field like any other in a response",
	    OK("Host: a b\r\nContent-Length: 0\r\n"), 0,
	    "200 1.1 length=0 keep {Host: a b}" },

	{ "HS-14", "an empty line before the status line",
	    SLICE("\r\nHTTP/1.1 200 OK\r\n\r\n"), E_HTTP_LINE, NULL },
	{ "HS-14", "an empty line and nothing yet", SLICE("\r\n"), E_HTTP_LINE,
	    NULL },
	{ "HS-14", "status 099", SLICE("HTTP/1.1 099 x\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "status 600", SLICE("HTTP/1.1 600 x\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "status 000", SLICE("HTTP/1.1 000 x\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "two digits", SLICE("HTTP/1.1 20 OK\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "four digits", SLICE("HTTP/1.1 2000 OK\r\n\r\n"),
	    E_HTTP_STATUS, NULL },
	{ "HS-14", "a sign", SLICE("HTTP/1.1 +20 OK\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "no status", SLICE("HTTP/1.1 OK\r\n\r\n"), E_HTTP_STATUS,
	    NULL },
	{ "HS-14", "a version alone", SLICE("HTTP/1.1\r\n\r\n"), E_HTTP_LINE,
	    NULL },
	{ "HS-14", "a version, a SP and nothing", SLICE("HTTP/1.1 \r\n\r\n"),
	    E_HTTP_STATUS, NULL },
	{ "HS-14", "two SP before the status",
	    SLICE("HTTP/1.1  200 OK\r\n\r\n"), E_HTTP_STATUS, NULL },
	{ "HS-14", "a HTAB before the status",
	    SLICE("HTTP/1.1\t200 OK\r\n\r\n"), E_HTTP_LINE, NULL },
	{ "HS-14", "a HTAB after the status", SLICE("HTTP/1.1 200\tOK\r\n\r\n"),
	    E_HTTP_STATUS, NULL },
	{ "HS-14", "no version", SLICE("200 OK\r\n\r\n"), E_HTTP_LINE, NULL },
	{ "HS-14", "another protocol", SLICE("ICY 200 OK\r\n\r\n"), E_HTTP_LINE,
	    NULL },
	{ "HS-14", "HTTP/2 in a status line", SLICE("HTTP/2.0 200 OK\r\n\r\n"),
	    E_HTTP_VERSION, NULL },
	{ "HS-14", "HTTP/1.2", SLICE("HTTP/1.2 200 OK\r\n\r\n"), E_HTTP_VERSION,
	    NULL },
	{ "HS-14", "a request for an answer", SLICE("GET / HTTP/1.1\r\n\r\n"),
	    E_HTTP_LINE, NULL },
	{ "HS-14", "a bare CR in the reason",
	    SLICE("HTTP/1.1 200 O\rK\r\n\r\n"), E_HTTP_LINE, NULL },
	{ "HS-14", "a NUL in the reason", SLICE("HTTP/1.1 200 O\0K\r\n\r\n"),
	    E_HTTP_LINE, NULL },
	{ "HS-14", "bare LFs", SLICE("HTTP/1.1 200 OK\n\n"), E_HTTP_BARE_LF,
	    NULL },
	{ "HS-14", "a plain page without head", SLICE("<html>\r\n\r\n</html>"),
	    E_HTTP_LINE, NULL },
	{ "SR-22", "a status line that never ends",
	    SLICE("HTTP/1.1 200 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaa"),
	    E_HTTP_LINE_LONG, NULL },
};

static const struct vector fields[] = {
	{ "H1-11", "white space before the colon", OK("A : b\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "HS-14", "a folded line", OK("A: b\r\n c\r\n"), E_HTTP_FOLD, NULL },
	{ "HS-14", "a NUL in a value", OK("A: b\0c\r\n"), E_HTTP_FIELD, NULL },
	{ "HS-14", "a bare CR in a value", OK("A: b\rSet-Cookie: c\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "HS-14", "a bare LF in a value", OK("A: b\nSet-Cookie: c\r\n"),
	    E_HTTP_BARE_LF, NULL },
	{ "HS-14", "a line without colon", OK("warning\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "HS-14", "an empty name", OK(": b\r\n"), E_HTTP_FIELD, NULL },
	{ "HS-14", "white space before the first field", OK(" A: b\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "SR-22", "too many fields",
	    OK("A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n"),
	    E_HTTP_FIELDS_MANY, NULL },
	{ "SR-22", "more options than there may be",
	    OK("Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"
	       "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"),
	    E_HTTP_FIELDS_MANY, NULL },
	{ "SR-22", "a field that is too long",
	    OK("A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
	    E_HTTP_FIELD_LONG, NULL },
};

static const struct vector framing[] = {
	{ "HS-14", "a length", OK("Content-Length: 5\r\n"), 0,
	    "200 1.1 length=5 keep " },
	{ "HS-14", "chunked", OK("Transfer-Encoding: chunked\r\n"), 0,
	    "200 1.1 stream keep " },
	{ "HS-14", "neither: until the connection ends", OK(""), 0,
	    "200 1.1 until-close close " },
	{ "H1-23", "close", OK("Content-Length: 5\r\nConnection: close\r\n"), 0,
	    "200 1.1 length=5 close {Connection: close}" },
	{ "HS-14", "length and coding together",
	    OK("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "HS-14", "a coding in HTTP/1.0",
	    OK_10("Transfer-Encoding: chunked\r\n"), E_HTTP_TE_10, NULL },
	{ "HS-14", "another coding until the connection ends",
	    OK("Transfer-Encoding: gzip\r\n"), E_HTTP_TE, NULL },
	{ "HS-14", "chunked is not the last coding",
	    OK("Transfer-Encoding: chunked, gzip\r\n"), E_HTTP_TE, NULL },
	{ "HS-14", "a coding and then chunked",
	    OK("Transfer-Encoding: gzip, chunked\r\n"), E_HTTP_TE, NULL },
	{ "HS-14", "identity", OK("Transfer-Encoding: identity\r\n"), E_HTTP_TE,
	    NULL },
	{ "SR-22", "two lengths",
	    OK("Content-Length: 5\r\nContent-Length: 0\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "SR-22", "the same length twice",
	    OK("Content-Length: 5\r\nContent-Length: 5\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "SR-22", "a list of lengths", OK("Content-Length: 5, 5\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "SR-22", "an empty length", OK("Content-Length: \r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "SR-22", "a negative length", OK("Content-Length: -1\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "SR-22", "a length beyond 2^63",
	    OK("Content-Length: 9223372036854775808\r\n"), E_HTTP_LENGTH,
	    NULL },
};

/* Statuses that have no content, whatever the fields say. */
static const struct vector bare[] = {
	{ "HS-13", "100 has no content", SLICE("HTTP/1.1 100 Continue\r\n\r\n"),
	    0, "100 1.1 none keep " },
	{ "HS-9", "what follows an interim answer is left alone",
	    SLICE("HTTP/1.1 103 X\r\nA: b\r\n\r\nHTTP/1.1"), 0,
	    "103 1.1 none keep {A: b} +8" },
	{ "HS-13", "101 has no content", STATUS("101", "Upgrade: x\r\n"), 0,
	    "101 1.1 none keep {Upgrade: x}" },
	{ "HS-13", "a length of 0 in a 1xx does no harm",
	    STATUS("100", "Content-Length: 0\r\n"), 0, "100 1.1 none keep " },
	{ "HS-13", "a 1xx that announces content",
	    STATUS("103", "Content-Length: 5\r\n"), E_HTTP_LENGTH, NULL },
	{ "HS-13", "a 1xx that announces chunks",
	    STATUS("101", "Transfer-Encoding: chunked\r\n"), E_HTTP_TE, NULL },
	{ "HS-13", "a 204 has no content", STATUS("204", ""), 0,
	    "204 1.1 none keep " },
	{ "HS-13", "a length of 0 in a 204 does no harm",
	    STATUS("204", "Content-Length: 0\r\n"), 0, "204 1.1 none keep " },
	{ "HS-13", "a 204 that announces content is the last answer",
	    STATUS("204", "Content-Length: 5\r\n"), 0, "204 1.1 none close " },
	{ "HS-13", "a 204 that announces chunks is the last answer",
	    STATUS("204", "Transfer-Encoding: chunked\r\n"), 0,
	    "204 1.1 none close " },
	{ "HS-13", "a 304 has no content", STATUS("304", ""), 0,
	    "304 1.1 none keep " },
	{ "HS-13", "a 304 tells a length",
	    STATUS("304", "Content-Length: 5\r\n"), 0,
	    "304 1.1 none(5) keep " },
	{ "HS-13", "a 304 with a coding",
	    STATUS("304", "Transfer-Encoding: chunked\r\n"), 0,
	    "304 1.1 none keep " },
	{ "HS-14", "a 304 with a bad length",
	    STATUS("304", "Content-Length: 5, 5\r\n"), E_HTTP_LENGTH, NULL },
	{ "HS-14", "a 204 with length and coding",
	    STATUS("204",
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "HS-13", "a 205 may have content", STATUS("205", ""), 0,
	    "205 1.1 until-close close " },
};

static const struct vector head[] = {
	{ "HS-13", "HEAD has no content", OK(""), 0, "200 1.1 none keep " },
	{ "HS-13", "HEAD tells a length", OK("Content-Length: 5\r\n"), 0,
	    "200 1.1 none(5) keep " },
	{ "HS-13", "HEAD tells a length of 0", OK("Content-Length: 0\r\n"), 0,
	    "200 1.1 none(0) keep " },
	{ "HS-13", "HEAD tells a coding", OK("Transfer-Encoding: chunked\r\n"),
	    0, "200 1.1 none keep " },
	{ "HS-14", "HEAD with length and coding",
	    OK("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "HS-14", "HEAD with a bad length", OK("Content-Length: x\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "HS-13", "HEAD and a 204 with a length",
	    STATUS("204", "Content-Length: 5\r\n"), 0, "204 1.1 none close " },
	{ "HS-13", "HEAD and a 404", STATUS("404", "Content-Length: 9\r\n"), 0,
	    "404 1.1 none(9) keep " },
};

START_TEST(status_lines)
{
	vector_response(&lines[_i], METHOD_GET);
}
END_TEST

START_TEST(response_fields)
{
	vector_response(&fields[_i], METHOD_GET);
}
END_TEST

START_TEST(response_framing)
{
	vector_response(&framing[_i], METHOD_POST);
}
END_TEST

START_TEST(responses_without_content)
{
	vector_response(&bare[_i], METHOD_GET);
}
END_TEST

START_TEST(responses_to_head)
{
	vector_response(&head[_i], METHOD_HEAD);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_parse");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("responses");
	int failed;

	tcase_add_loop_test(tc, status_lines, 0, COUNT(lines));
	tcase_add_loop_test(tc, response_fields, 0, COUNT(fields));
	tcase_add_loop_test(tc, response_framing, 0, COUNT(framing));
	tcase_add_loop_test(tc, responses_without_content, 0, COUNT(bare));
	tcase_add_loop_test(tc, responses_to_head, 0, COUNT(head));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
