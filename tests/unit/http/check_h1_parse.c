/* Fields, framing and persistence of requests. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/msg_dump.h"
#include "support/vector.h"

#define HEAD(fields)    SLICE("GET / HTTP/1.1\r\nHost: a\r\n" fields "\r\n")
#define HEAD_10(fields) SLICE("GET / HTTP/1.0\r\n" fields "\r\n")
#define LINE            "GET / host=a 1.1 "
#define LINE_10         "GET / host= 1.0 "

static const struct vector fields[] = {
	{ "HS-2", "order and spelling are kept",
	    HEAD("B: 1\r\na: 2\r\nb: 3\r\n"), 0,
	    LINE "none keep {B: 1}{a: 2}{b: 3}" },
	{ "H1-13", "white space around a value is none of it",
	    HEAD("A:\t b c \t\r\n"), 0, LINE "none keep {A: b c}" },
	{ "H1-13", "an empty value", HEAD("A:\r\nB: \r\n"), 0,
	    LINE "none keep {A: }{B: }" },
	{ "H1-13", "a colon in a value", HEAD("A::b: c\r\n"), 0,
	    LINE "none keep {A: :b: c}" },
	{ "H1-13", "every tchar in a name", HEAD("!#$%&'*+-.^_`|~0aZ: x\r\n"),
	    0, LINE "none keep {!#$%&'*+-.^_`|~0aZ: x}" },

	{ "H1-11", "a SP before the colon", HEAD("A : b\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-11", "a HTAB before the colon", HEAD("A\t: b\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-11", "a SP before the colon of Content-Length",
	    HEAD("Content-Length : 5\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-11", "a SP before the colon of Transfer-Encoding",
	    HEAD("Transfer-Encoding : chunked\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-12", "a folded line", HEAD("A: b\r\n c\r\n"), E_HTTP_FOLD, NULL },
	{ "H1-12", "a line folded by a HTAB", HEAD("A: b\r\n\tc\r\n"),
	    E_HTTP_FOLD, NULL },
	{ "H1-12", "a folded Transfer-Encoding",
	    HEAD("Transfer-Encoding: chunked\r\n ,x\r\n"), E_HTTP_FOLD, NULL },
	{ "H1-12", "a Transfer-Encoding that is folded and else empty",
	    HEAD("Transfer-Encoding:\r\n chunked\r\n"), E_HTTP_TE, NULL },
	{ "H1-12", "a folded line that looks like a field",
	    HEAD("A: b\r\n Content-Length: 5\r\n"), E_HTTP_FOLD, NULL },
	{ "H1-12", "a line of white space", HEAD("A: b\r\n \r\n"), E_HTTP_FOLD,
	    NULL },
	{ "H1-5", "white space before the first field",
	    SLICE("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-5", "a line of white space before the first field",
	    SLICE("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "an empty name", HEAD(": b\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-13", "a line without colon", HEAD("A\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-13", "a line of a CR", HEAD("\r\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-13", "a NUL in a name", HEAD("A\0: b\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-13", "a NUL before a name", HEAD("\0A: b\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "a NUL in a value", HEAD("A: b\0c\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "a NUL after chunked",
	    HEAD("Transfer-Encoding: chunked\0\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-2", "a bare CR in a value", HEAD("A: b\rc\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-2", "a bare CR that hides a field",
	    HEAD("A: b\rContent-Length: 5\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-2", "a bare CR at the end of a value", HEAD("A: b\r\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "H1-2", "a bare CR in a name", HEAD("A\rB: c\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-3", "a bare LF that hides a field",
	    HEAD("A: b\nContent-Length: 5\r\n"), E_HTTP_BARE_LF, NULL },
	{ "H1-3", "two bare LFs end the head for some",
	    HEAD("A: b\n\nGET /evil HTTP/1.1\r\n"), E_HTTP_BARE_LF, NULL },
	{ "H1-13", "a DEL in a value", HEAD("A: b\177\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "an escape character in a value", HEAD("A: \033[2J\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "H1-13", "a backspace in a name", HEAD("A\b: b\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "a space within a name", HEAD("A B: c\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "a quote in a name", HEAD("\"A\": c\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "an octet above ASCII in a name", HEAD("\xc3\x84: c\r\n"),
	    E_HTTP_FIELD, NULL },
	{ "H1-13", "a Unicode space before the colon",
	    HEAD("Transfer-Encoding\xc2\xa0: chunked\r\n"), E_HTTP_FIELD,
	    NULL },
	{ "H1-13", "a request line among the fields",
	    HEAD("GET /evil HTTP/1.1\r\n"), E_HTTP_FIELD, NULL },
};

static const struct vector framing[] = {
	{ "H1-19", "a length", HEAD("Content-Length: 5\r\n"), 0,
	    LINE "length=5 keep " },
	{ "H1-19", "a length of nothing", HEAD("content-length:0\r\n"), 0,
	    LINE "length=0 keep " },
	{ "H1-19", "zeros before a length", HEAD("Content-Length: 0042\r\n"), 0,
	    LINE "length=42 keep " },
	{ "H1-19", "the largest length",
	    HEAD("Content-Length: 9223372036854775807\r\n"), 0,
	    LINE "length=9223372036854775807 keep " },
	{ "H1-18", "chunked", HEAD("Transfer-Encoding: chunked\r\n"), 0,
	    LINE "stream keep " },
	{ "H1-18", "a coding is compared without case",
	    HEAD("transfer-encoding:\tChUnKeD \r\n"), 0, LINE "stream keep " },
	{ "H1-19", "the body's octets are left alone",
	    HEAD("Content-Length: 5\r\n\r\nhello"), 0,
	    LINE "length=5 keep  +7" },
	{ "H1-16", "neither: no content", HEAD(""), 0, LINE "none keep " },

	{ "H1-16", "length, then coding",
	    HEAD("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "H1-16", "coding, then length",
	    HEAD("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "H1-16", "coding and a length of nothing",
	    HEAD("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "H1-17", "a coding in HTTP/1.0",
	    HEAD_10("Transfer-Encoding: chunked\r\n"), E_HTTP_TE_10, NULL },
	{ "H1-17", "coding and length in HTTP/1.0",
	    HEAD_10("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
	    E_HTTP_LENGTH_TE, NULL },
	{ "SR-20", "a coding in HTTP/1.0 that is kept alive",
	    HEAD_10("Connection: keep-alive\r\nTransfer-Encoding: "
		    "chunked\r\n"),
	    E_HTTP_TE_10, NULL },

	{ "H1-18", "another coding", HEAD("Transfer-Encoding: gzip\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "a coding before chunked",
	    HEAD("Transfer-Encoding: gzip, chunked\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "a coding after chunked",
	    HEAD("Transfer-Encoding: chunked, gzip\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "identity", HEAD("Transfer-Encoding: identity\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "identity before chunked",
	    HEAD("Transfer-Encoding: identity, chunked\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "chunked twice in one line",
	    HEAD("Transfer-Encoding: chunked, chunked\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "chunked in two lines",
	    HEAD("Transfer-Encoding: chunked\r\nTransfer-Encoding: "
		 "chunked\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "chunked and then something else",
	    HEAD("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "something else and then chunked",
	    HEAD("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "an empty coding", HEAD("Transfer-Encoding:\r\n"), E_HTTP_TE,
	    NULL },
	{ "H1-18", "chunked in an empty list",
	    HEAD("Transfer-Encoding: ,chunked\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "a comma after chunked",
	    HEAD("Transfer-Encoding: chunked,\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "chunked with a parameter",
	    HEAD("Transfer-Encoding: chunked;a=b\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "chunked in quotes",
	    HEAD("Transfer-Encoding: \"chunked\"\r\n"), E_HTTP_TE, NULL },
	{ "H1-18", "xchunked", HEAD("Transfer-Encoding: xchunked\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "chunked with a vertical tab before it",
	    HEAD("Transfer-Encoding: \vchunked\r\n"), E_HTTP_FIELD, NULL },
	{ "H1-18", "chunked with a Unicode space before it",
	    HEAD("Transfer-Encoding: \xc2\xa0"
		 "chunked\r\n"),
	    E_HTTP_TE, NULL },
	{ "H1-18", "chunke", HEAD("Transfer-Encoding: chunke\r\n"), E_HTTP_TE,
	    NULL },

	{ "H1-19", "two lengths",
	    HEAD("Content-Length: 5\r\nContent-Length: 6\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "the same length twice",
	    HEAD("Content-Length: 5\r\nContent-Length: 5\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "a list of equal lengths",
	    HEAD("Content-Length: 42, 42\r\n"), E_HTTP_LENGTH, NULL },
	{ "H1-19", "a list of unequal lengths", HEAD("Content-Length: 4,2\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "a comma after a length", HEAD("Content-Length: 5,\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "SR-18", "an empty length", HEAD("Content-Length:\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "SR-18", "an empty length and a good one",
	    HEAD("Content-Length:\r\nContent-Length: 5\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "a plus", HEAD("Content-Length: +5\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "a minus", HEAD("Content-Length: -5\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "minus nothing", HEAD("Content-Length: -0\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "a hexadecimal length", HEAD("Content-Length: 0x5\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "letters", HEAD("Content-Length: 5a\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "a space within", HEAD("Content-Length: 1 0\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "an underscore within", HEAD("Content-Length: 1_0\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "a fraction", HEAD("Content-Length: 5.0\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "an exponent", HEAD("Content-Length: 1e1\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "quotes", HEAD("Content-Length: \"5\"\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "digits that are not ASCII",
	    HEAD("Content-Length: \xef\xbc\x95\r\n"), E_HTTP_LENGTH, NULL },
	{ "H1-19", "one more than the largest length",
	    HEAD("Content-Length: 9223372036854775808\r\n"), E_HTTP_LENGTH,
	    NULL },
	{ "H1-19", "2^64", HEAD("Content-Length: 18446744073709551616\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "2^64 + 5", HEAD("Content-Length: 18446744073709551621\r\n"),
	    E_HTTP_LENGTH, NULL },
	{ "H1-19", "a parameter", HEAD("Content-Length: 5;a\r\n"),
	    E_HTTP_LENGTH, NULL },
};

#define TEN    "a,a,a,a,a,a,a,a,a,a"
#define ELEVEN TEN ",a"
#define OPTIONS_32 \
	"Connection: " ELEVEN "\r\nConnection: " ELEVEN "\r\n" \
	"Connection: " TEN "\r\n"

static const struct vector persistence[] = {
	{ "H1-23", "close is honoured", HEAD("Connection: close\r\n"), 0,
	    LINE "none close {Connection: close}" },
	{ "H1-23", "close without case, in a list",
	    HEAD("Connection: a, CLOSE ,b\r\n"), 0,
	    LINE "none close {Connection: a, CLOSE ,b}" },
	{ "H1-23", "close in the second line",
	    HEAD("Connection: a\r\nconnection: close\r\n"), 0,
	    LINE "none close {Connection: a}{connection: close}" },
	{ "H1-23", "close outweighs keep-alive",
	    HEAD("Connection: keep-alive, close\r\n"), 0,
	    LINE "none close {Connection: keep-alive, close}" },
	{ "H1-23", "another word is not close", HEAD("Connection: closed\r\n"),
	    0, LINE "none keep {Connection: closed}" },
	{ "H1-15", "HTTP/1.0 that asks for it persists",
	    HEAD_10("Connection: Keep-Alive\r\n"), 0,
	    LINE_10 "none keep {Connection: Keep-Alive}" },
	{ "H1-15", "HTTP/1.0 that asks for both does not",
	    HEAD_10("Connection: keep-alive, close\r\n"), 0,
	    LINE_10 "none close {Connection: keep-alive, close}" },
	{ "H1-14", "as many options as there may be", HEAD(OPTIONS_32), 0,
	    LINE "none keep {Connection: " ELEVEN "}{Connection: " ELEVEN
		 "}{Connection: " TEN "}" },
	{ "H1-14", "one option more", HEAD(OPTIONS_32 "Connection: b\r\n"),
	    E_HTTP_FIELDS_MANY, NULL },
	{ "H1-14", "options that are empty do not count",
	    HEAD(OPTIONS_32 "Connection: , ,,\r\n"), 0,
	    LINE "none keep {Connection: " ELEVEN "}{Connection: " ELEVEN
		 "}{Connection: " TEN "}{Connection: , ,,}" },
	{ "H1-15", "Proxy-Connection says nothing",
	    HEAD_10("Proxy-Connection: keep-alive\r\n"), 0,
	    LINE_10 "none close {Proxy-Connection: keep-alive}" },
	{ "HS-1", "fields of one hop are still there",
	    HEAD("TE: trailers\r\nUpgrade: x\r\n"), 0,
	    LINE "none keep {TE: trailers}{Upgrade: x}" },
};

START_TEST(request_fields)
{
	vector_request(&fields[_i]);
}
END_TEST

START_TEST(request_framing)
{
	vector_request(&framing[_i]);
}
END_TEST

START_TEST(request_persistence)
{
	vector_request(&persistence[_i]);
}
END_TEST

/* Every octet but a few has no place in a name, and some none in a value. */
START_TEST(each_octet_in_name_and_value)
{
	static const char tchars[] = "!#$%&'*+-.^_`|~";
	char head[] = "GET / HTTP/1.1\r\nHost: a\r\nA?B: c?d\r\n\r\n";
	char *in_name = strchr(head, '?'), *in_value = strrchr(head, '?');
	bool is_tchar = _i != 0 &&
	    (ascii_is_alnum((char)_i) || strchr(tchars, _i) != NULL);
	bool is_value = _i == '\t' || (_i >= 0x20 && _i != 0x7f);
	struct slice in = slice_of(head, sizeof(head) - 1);
	struct h1_scan scan = { 0 };
	struct msg m;
	size_t used;
	int e;

	*in_name = 'x';
	*in_value = (char)_i;
	msg_init(&m);
	e = h1_parse_request(&m, &scan, &vector_limits, in, &used);
	ck_assert_int_eq(e == 0, is_value);
	msg_clear(&m);

	*in_value = 'x';
	*in_name = (char)_i;
	scan = (struct h1_scan) { 0 };
	e = h1_parse_request(&m, &scan, &vector_limits, in, &used);
	ck_assert_int_eq(e == 0, is_tchar || _i == ':');
	msg_clear(&m);
}
END_TEST

START_TEST(nothing_of_the_input_is_referred_to_afterwards)
{
	char in[] = "GET /path HTTP/1.1\r\nHost: host\r\nA: b\r\n\r\n";
	struct buf b;
	struct h1_scan scan = { 0 };
	struct msg m;
	size_t used;

	msg_init(&m);
	ck_assert_int_eq(h1_parse_request(&m, &scan, &vector_limits,
			     slice_of(in, sizeof(in) - 1), &used),
	    0);
	memset(in, 'x', sizeof(in));
	buf_init(&b, 256);
	msg_dump(&m, &b);
	ck_assert(slice_eq(buf_slice(&b),
	    SL("GET /path host=host 1.1 none keep {A: b}")));
	buf_clear(&b);
	msg_clear(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_parse");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("requests");
	int failed;

	tcase_add_loop_test(tc, request_fields, 0, COUNT(fields));
	tcase_add_loop_test(tc, request_framing, 0, COUNT(framing));
	tcase_add_loop_test(tc, request_persistence, 0, COUNT(persistence));
	tcase_add_loop_test(tc, each_octet_in_name_and_value, 0, 256);
	tcase_add_test(tc, nothing_of_the_input_is_referred_to_afterwards);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
