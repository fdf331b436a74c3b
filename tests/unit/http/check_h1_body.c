/* Content: lengths, chunks, trailers. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/vector.h"

#define END "0\r\n\r\n"

static const struct vector chunked[] = {
	{ "H1-20", "no chunk but the last", SLICE(END), 0, "" },
	{ "H1-20", "chunks", SLICE("5\r\nhello\r\n6\r\n world\r\n" END), 0,
	    "hello world" },
	{ "H1-22", "what follows is the next message's",
	    SLICE("1\r\na\r\n" END "GET /"), 0, "a+5" },
	{ "H1-20", "sizes in both cases",
	    SLICE("a\r\n0123456789\r\n"
		  "A\r\n0123456789\r\n" END),
	    0, "01234567890123456789" },
	{ "H1-20", "zeros before a size",
	    SLICE("0000000000000005\r\nhello\r\n" END), 0, "hello" },
	{ "H1-20", "a last chunk of several zeros",
	    SLICE("1\r\na\r\n000\r\n"
		  "\r\n"),
	    0, "a" },
	{ "H1-20", "content that looks like framing",
	    SLICE("7\r\n\r\n0\r\n\r\n\r\n" END), 0, "\r\n0\r\n\r\n" },
	{ "H1-20", "an extension", SLICE("1;a\r\nx\r\n" END), 0, "x" },
	{ "H1-20", "an extension with a value", SLICE("1;a=b\r\nx\r\n" END), 0,
	    "x" },
	{ "H1-20", "an extension in quotes",
	    SLICE("1;a=\"b;\\\" c\"\r\nx\r\n" END), 0, "x" },
	{ "H1-20", "white space around the parts of an extension",
	    SLICE("1 ;\ta = b ;c\r\nx\r\n" END), 0, "x" },
	{ "H1-20", "an extension of the last chunk",
	    SLICE("1\r\nx\r\n0;a=b\r\n\r\n"), 0, "x" },

	{ "H1-20", "no size", SLICE("\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "0x before the size", SLICE("0x5\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "0X before a size of 0", SLICE("0X0\r\n\r\n"), E_HTTP_CHUNK,
	    "" },
	{ "H1-20", "a plus", SLICE("+5\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "a minus", SLICE("-5\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "minus nothing", SLICE("-0\r\n\r\n"), E_HTTP_CHUNK, "" },
	{ "H1-20", "an underscore", SLICE("0_5\r\nhello\r\n" END), E_HTTP_CHUNK,
	    "" },
	{ "H1-20", "a space before the size", SLICE(" 5\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a space after the size", SLICE("5 \r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a HTAB after the size", SLICE("5\t\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a space after the last size", SLICE("0 \r\n\r\n"),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a space within the size", SLICE("1 0\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a letter beyond f", SLICE("g\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a comma", SLICE("5,5\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "a NUL after the size", SLICE("5\0\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a fraction", SLICE("5.0\r\nhello\r\n" END), E_HTTP_CHUNK,
	    "" },
	{ "H1-20", "a size in quotes", SLICE("\"5\"\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "the largest size", SLICE("7fffffffffffffff\r\nab"),
	    E_TRUNCATED, "ab" },
	{ "H1-20", "2^63", SLICE("8000000000000000\r\nab"), E_HTTP_CHUNK, "" },
	{ "H1-20", "2^64 - 1", SLICE("ffffffffffffffff\r\nab"), E_HTTP_CHUNK,
	    "" },
	{ "H1-20", "2^64", SLICE("10000000000000000\r\nab"), E_HTTP_CHUNK, "" },
	{ "H1-20", "2^64 + 5", SLICE("10000000000000005\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "2^32 + 5 is not 5", SLICE("100000005\r\nhello\r\n" END),
	    E_TRUNCATED, "hello\r\n0\r\n\r\n" },
	{ "H1-20", "17 digits, even if they are zeros",
	    SLICE("00000000000000005\r\nhello\r\n" END), E_HTTP_CHUNK, "" },

	{ "H1-3", "a bare LF after the size", SLICE("5\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-3", "a bare LF after a size of two digits",
	    SLICE("05\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-3", "a bare LF after an extension", SLICE("5;a\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-3", "a bare LF after the data", SLICE("5\r\nhello\n" END),
	    E_HTTP_CHUNK, "hello" },
	{ "H1-3", "a bare LF after the last size", SLICE("0\n\r\n"),
	    E_HTTP_CHUNK, "" },
	{ "H1-3", "a bare LF at the end", SLICE("0\r\n\n"), E_HTTP_TRAILER,
	    "" },
	{ "H1-3", "a LF alone for a size line", SLICE("\n5\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-2", "a bare CR after the size", SLICE("5\rXhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-2", "two CRs after the size", SLICE("5\r\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-2", "a bare CR after the data", SLICE("5\r\nhello\rX" END),
	    E_HTTP_CHUNK, "hello" },
	{ "H1-2", "a bare CR in an extension", SLICE("5;a\rb\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-2", "a bare LF in an extension's quotes",
	    SLICE("5;a=\"\n\"\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-2", "CR LF in an extension's quotes",
	    SLICE("5;a=\"\r\n\"\r\nhello\r\n" END), E_HTTP_CHUNK, "" },

	{ "H1-20", "data longer than the size", SLICE("4\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "hell" },
	{ "H1-20", "data shorter than the size", SLICE("6\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "hello\r" },
	{ "H1-20", "no CR LF after the data", SLICE("5\r\nhello" END),
	    E_HTTP_CHUNK, "hello" },
	{ "H1-20", "an empty line between chunks",
	    SLICE("5\r\nhello\r\n\r\n" END), E_HTTP_CHUNK, "hello" },

	{ "H1-20", "a semicolon and no extension", SLICE("5;\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "two semicolons", SLICE("5;;a\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "an extension without value after \"=\"",
	    SLICE("5;a=\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "an extension without name", SLICE("5;=b\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a NUL in an extension", SLICE("5;a=\0\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a CTL in an extension's quotes",
	    SLICE("5;a=\"\001\"\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "a CTL after an extension's backslash",
	    SLICE("5;a=\"\\\001\"\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "quotes that do not end", SLICE("5;a=\"b\r\nhello\r\n" END),
	    E_HTTP_CHUNK, "" },
	{ "H1-20", "a backslash before the end of the line",
	    SLICE("5;a=\"b\\\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "something after the quotes",
	    SLICE("5;a=\"b\"c\r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "white space after an extension",
	    SLICE("5;a \r\nhello\r\n" END), E_HTTP_CHUNK, "" },
	{ "H1-20", "an extension without semicolon",
	    SLICE("5 a=b\r\nhello\r\n" END), E_HTTP_CHUNK, "" },

	{ "H1-20", "extensions of just the limit",
	    SLICE("1;bcdefghijklmnop\r\nx\r\n" END), 0, "x" },
	{ "H1-20", "an extension of one octet more",
	    SLICE("1;bcdefghijklmnopq\r\nx\r\n" END), E_HTTP_CHUNK_LONG, "" },
	{ "H1-20", "extensions are counted over all chunks",
	    SLICE("1;bcdefgh\r\nx\r\n1;bcdefgh\r\ny\r\n1;b\r\nz\r\n" END),
	    E_HTTP_CHUNK_LONG, "xy" },
	{ "H1-20", "a size line that is too long before its end arrives",
	    SLICE("1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	    E_HTTP_CHUNK_LONG, "" },

	{ "H1-21", "the end after a chunk", SLICE("5\r\nhello\r\n"),
	    E_TRUNCATED, "hello" },
	{ "H1-21", "the end within a chunk", SLICE("5\r\nhel"), E_TRUNCATED,
	    "hel" },
	{ "H1-21", "the end within the CR LF", SLICE("5\r\nhello\r"),
	    E_TRUNCATED, "hello" },
	{ "H1-21", "the end within a size line", SLICE("5\r\nhello\r\n5"),
	    E_TRUNCATED, "hello" },
	{ "H1-21", "the end before the last empty line",
	    SLICE("5\r\nhello\r\n0\r\n"), E_TRUNCATED, "hello" },
	{ "H1-21", "nothing at all", SLICE(""), E_TRUNCATED, "" },
};

static const struct vector trailers[] = {
	{ "HS-12", "trailers are kept apart",
	    SLICE("0\r\nA: b\r\nC:d \r\n\r\n"), 0, "|{A: b}{C: d}" },
	{ "HS-12", "what follows trailers", SLICE("0\r\nA: b\r\n\r\n\r\nGET"),
	    0, "|{A: b}+5" },
	{ "SR-21", "framing in a trailer is dropped",
	    SLICE("0\r\nContent-Length: 5\r\nA: b\r\n\r\n"), 0, "|{A: b}" },
	{ "SR-21", "a coding in a trailer is dropped",
	    SLICE("0\r\ntransfer-encoding: chunked\r\n\r\n"), 0, "" },
	{ "SR-21", "Host in a trailer is dropped",
	    SLICE("0\r\nHost: evil\r\nA: b\r\n\r\n"), 0, "|{A: b}" },
	{ "SR-21", "Connection and TE in a trailer are dropped",
	    SLICE("0\r\nConnection: A\r\nTE: x\r\nA: b\r\n\r\n"), 0,
	    "|{A: b}" },
	{ "SR-21", "identity in a trailer is dropped",
	    SLICE("0\r\nClient-Cert: :x:\r\nX-Forwarded-For: y\r\n\r\n"), 0,
	    "" },
	{ "SR-21", "credentials in a trailer are dropped",
	    SLICE("0\r\nAuthorization: x\r\nCookie: y\r\n\r\n"), 0, "" },
	{ "SR-21", "a bad trailer that would be dropped is bad",
	    SLICE("0\r\nHost : evil\r\n\r\n"), E_HTTP_TRAILER, "" },
	{ "H1-11", "white space before the colon", SLICE("0\r\nA : b\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-12", "a folded trailer", SLICE("0\r\nA: b\r\n c\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-5", "white space before the first trailer",
	    SLICE("0\r\n A: b\r\n\r\n"), E_HTTP_TRAILER, "" },
	{ "H1-13", "an empty name", SLICE("0\r\n: b\r\n\r\n"), E_HTTP_TRAILER,
	    "" },
	{ "H1-13", "a line without colon", SLICE("0\r\nA\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-13", "a NUL in a trailer", SLICE("0\r\nA: b\0\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-3", "a bare LF in a trailer", SLICE("0\r\nA: b\nC: d\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-2", "a bare CR in a trailer", SLICE("0\r\nA: b\rC: d\r\n\r\n"),
	    E_HTTP_TRAILER, "" },
	{ "H1-21", "a request where trailers should be",
	    SLICE("0\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"), E_HTTP_TRAILER,
	    "" },
	{ "H1-14", "trailers of just the limit",
	    SLICE("0\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"
		  "A: bbbbbbbbbbbbbbbbbbbbbbbbbb\r\n\r\n"),
	    0,
	    "|{A: bbbbbbbbbbbbbbbbbbbbbbbbbb}{A: bbbbbbbbbbbbbbbbbbbbbbbbbb}" },
	{ "H1-14", "trailers of one octet more",
	    SLICE("0\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"
		  "A: bbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n\r\n"),
	    E_HTTP_TRAILER_LONG, "" },
	{ "H1-14", "trailers that are too long before their end arrives",
	    SLICE("0\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"
		  "A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
	    E_HTTP_TRAILER_LONG, "" },
	{ "H1-14", "a trailer that is too long",
	    SLICE("0\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
	    E_HTTP_TRAILER_LONG, "" },
	{ "H1-14", "too many trailers",
	    SLICE("0\r\nA: \r\nA: \r\nA: \r\nA: \r\nA: \r\nA: \r\n\r\n"),
	    E_HTTP_TRAILER_LONG, "" },
	{ "H1-21", "the end within trailers", SLICE("0\r\nA: b\r\n"),
	    E_TRUNCATED, "" },
};

static const struct vector lengths[] = {
	{ "H1-19", "five octets", SLICE("hello"), 0, "hello" },
	{ "H1-22", "five octets and the next message", SLICE("helloGET /"), 0,
	    "hello+5" },
	{ "H1-21", "four of five octets", SLICE("hell"), E_TRUNCATED, "hell" },
	{ "H1-21", "none of five octets", SLICE(""), E_TRUNCATED, "" },
};

static const struct vector closes[] = {
	{ "HS-14", "all there is", SLICE("hello\r\n0\r\n\r\n"), 0,
	    "hello\r\n0\r\n\r\n" },
	{ "HS-14", "nothing", SLICE(""), 0, "" },
};

static const struct vector none[] = {
	{ "HS-13", "no octet is content", SLICE("hello"), 0, "+5" },
	{ "HS-13", "no octet at all", SLICE(""), 0, "" },
};

START_TEST(chunks)
{
	vector_body(&chunked[_i], CONTENT_STREAM, 0);
}
END_TEST

START_TEST(chunks_with_trailers)
{
	vector_body(&trailers[_i], CONTENT_STREAM, 0);
}
END_TEST

/* The same as a section of its own, where the last chunk's line is gone. */
START_TEST(trailer_sections)
{
	struct vector v = trailers[_i];
	struct buf b;

	v.in = slice_skip(v.in, 3);
	if (v.e == E_TRUNCATED)
		v.e = E_AGAIN;
	buf_init(&b, 256);
	if (v.model[0] == '|') {
		/* "+5" of a body is " +5" of a head */
		struct slice model = slice_str(v.model + 1);
		ptrdiff_t plus = slice_find(model, '+');

		buf_put(&b,
		    slice_first(model, plus >= 0 ? (size_t)plus : model.n));
		if (plus >= 0)
			buf_printf(&b, " %s", v.model + 1 + plus);
		buf_put(&b, slice_of("", 1));
		v.model = buf_slice(&b).p;
	}
	vector_trailers(&v);
	buf_clear(&b);
}
END_TEST

START_TEST(bodies_of_five_octets)
{
	vector_body(&lengths[_i], CONTENT_LENGTH, 5);
}
END_TEST

START_TEST(bodies_that_end_with_the_connection)
{
	vector_body(&closes[_i], CONTENT_UNTIL_CLOSE, 0);
}
END_TEST

START_TEST(no_body)
{
	vector_body(&none[_i], _i == 0 ? CONTENT_NONE : CONTENT_LENGTH, 0);
}
END_TEST

START_TEST(every_field_with_a_number_is_dropped_from_trailers)
{
	struct slice name = field_name((enum field_id)_i);
	struct h1_scan scan = { 0 };
	struct buf b;
	struct msg m;
	size_t used;

	buf_init(&b, 256);
	buf_put(&b, name);
	buf_puts(&b, ": x\r\n\r\n");
	msg_init(&m);
	ck_assert_int_eq(h1_parse_trailers(&m, &scan, &vector_limits,
			     buf_slice(&b), &used),
	    0);
	ck_assert_uint_eq(m.trailers.count, 0);
	msg_clear(&m);
	buf_clear(&b);
}
END_TEST

START_TEST(a_limit_that_shrinks_on_the_way_still_holds)
{
	struct h1_limits l = vector_limits;
	struct msg m = { .content = CONTENT_STREAM };
	struct h1_body body;
	struct slice data;
	size_t skip;

	msg_init(&m);
	m.content = CONTENT_STREAM;
	h1_body_init(&body, &m);
	ck_assert_int_eq(h1_body_next(&body, &m, &l, SL("1;aaaa\r\nx"), &skip,
			     &data),
	    0);
	h1_body_took(&body, 1);
	l.chunk_ext_max = 2;
	ck_assert_int_eq(h1_body_next(&body, &m, &l, SL("\r\n1;a\r\nx"), &skip,
			     &data),
	    E_HTTP_CHUNK_LONG);
	msg_clear(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http/h1_body");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("vectors");
	int failed;

	tcase_add_loop_test(tc, chunks, 0, COUNT(chunked));
	tcase_add_loop_test(tc, chunks_with_trailers, 0, COUNT(trailers));
	tcase_add_loop_test(tc, trailer_sections, 0, COUNT(trailers));
	tcase_add_loop_test(tc, bodies_of_five_octets, 0, COUNT(lengths));
	tcase_add_loop_test(tc, bodies_that_end_with_the_connection, 0,
	    COUNT(closes));
	tcase_add_loop_test(tc, no_body, 0, COUNT(none));
	tcase_add_loop_test(tc,
	    every_field_with_a_number_is_dropped_from_trailers, FIELD_OTHER + 1,
	    FIELD_ID_COUNT);
	tcase_add_test(tc, a_limit_that_shrinks_on_the_way_still_holds);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
