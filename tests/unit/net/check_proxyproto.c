/* The PROXY protocol, read and written: PP-1 to PP-8. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/err.h"
#include "net/proxyproto.h"
#include "support/guard.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define SIG      "\r\n\r\n\0\r\nQUIT\n"
#define TCP4     "\xc0\0\2\1\xc0\0\2\2\xdc\4\1\xbb"
#define TCP4_IS  "192.0.2.1:56324 192.0.2.2:443"
#define TCP6 \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\xdc\4\1\xbb"
#define TCP6_IS "[2001:db8::1]:56324 [2001:db8::2]:443"
#define X20     "xxxxxxxxxxxxxxxxxxxx"

/* What is said of whom: the addresses, "" for none, NULL: malformed. */
static const struct {
	struct slice in;
	const char *said;
} cases[] = {
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), TCP4_IS },
	{ SLICE("PROXY TCP4 255.255.255.255 255.255.255.255 65535 0\r\n"),
	    "255.255.255.255:65535 255.255.255.255:0" },
	{ SLICE("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"), TCP6_IS },
	{ SLICE("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"),
	    "192.0.2.1:1 [::1]:2" },
	{ SLICE("PROXY UNKNOWN\r\n"), "" },
	{ SLICE("PROXY UNKNOWN ffff:f...f:ffff whatever 65535\r\n"), "" },
	/* the longest there is: 107 octets */
	{ SLICE("PROXY UNKNOWN " X20 X20 X20 X20 "xxxxxxxxxxx\r\n"), "" },
	{ SLICE("PROXY UNKNOWN " X20 X20 X20 X20 "xxxxxxxxxxxx\r\n"), NULL },

	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 \r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1  192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY  TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 56324 65536\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 056324 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 -1 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 +1 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 0x1 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.256 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 192.0.2.1\0 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP4 ::1 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP6 192.0.2.1 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY TCP6 fe80::1%1 ::1 56324 443\r\n"), NULL },
	{ SLICE("PROXY UDP4 192.0.2.1 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY tcp4 192.0.2.1 192.0.2.2 56324 443\r\n"), NULL },
	{ SLICE("PROXY \r\n"), NULL },
	{ SLICE("PROXY UNKNOWNX\r\n"), NULL },
	{ SLICE("PROXY UNKNOWN a\rb\r\n"), NULL },
	{ SLICE("PROXY\r\n"), NULL },
	{ SLICE("PROXY\tTCP4"), NULL },
	{ SLICE("proxy TCP4"), NULL },
	{ SLICE("GET / HTTP/1.1\r\n"), NULL },
	{ SLICE("\x16\3\1\2"), NULL }, /* a ClientHello */
	{ SLICE("\r\n\r\n\r\n"), NULL },
	{ SLICE(" PROXY TCP4"), NULL },

	{ SLICE(SIG "\x21\x11\0\x0c" TCP4), TCP4_IS },
	{ SLICE(SIG "\x21\x21\0\x24" TCP6), TCP6_IS },
	{ SLICE(SIG "\x21\x11\0\x13" TCP4 "\4\0\4abcd"), TCP4_IS },
	{ SLICE(SIG "\x21\x11\0\x0f" TCP4 "\xe0\0\0"), TCP4_IS },
	/* LOCAL, whatever it says */
	{ SLICE(SIG "\x20\0\0\0"), "" },
	{ SLICE(SIG "\x20\x11\0\x0c" TCP4), "" },
	{ SLICE(SIG "\x20\xff\0\2xx"), "" },
	/* UNSPEC */
	{ SLICE(SIG "\x21\0\0\0"), "" },
	{ SLICE(SIG "\x21\1\0\5abcde"), "" },
	/* a unix socket */
	{ SLICE(SIG "\x21\x31\0\xd8" X20 X20 X20 X20 X20 X20 X20 X20 X20 X20
		    "xxxxxxxxxxxxxxxx"),
	    "" },

	{ SLICE(SIG "\x21\x31\0\xd7" X20 X20 X20 X20 X20 X20 X20 X20 X20 X20
		    "xxxxxxxxxxxxxxx"),
	    NULL },
	{ SLICE(SIG "\x22"), NULL },
	{ SLICE(SIG "\x11"), NULL },
	{ SLICE(SIG "\x31"), NULL },
	{ SLICE(SIG "\x21\x12\0\x0c" TCP4), NULL }, /* UDP */
	{ SLICE(SIG "\x21\x10\0\x0c" TCP4), NULL },
	{ SLICE(SIG "\x21\x13\0\x0c" TCP4), NULL },
	{ SLICE(SIG "\x21\x41\0\x0c" TCP4), NULL },
	{ SLICE(SIG "\x21\x11\0\x0b\xc0\0\2\1\xc0\0\2\2\xdc\4\1"), NULL },
	{ SLICE(SIG "\x21\x21\0\x0c" TCP4), NULL },
	{ SLICE(SIG "\x21\x11\0\0"), NULL },
	/* TLVs that do not fill their space */
	{ SLICE(SIG "\x21\x11\0\x0d" TCP4 "\4"), NULL },
	{ SLICE(SIG "\x21\x11\0\x0e" TCP4 "\4\0"), NULL },
	{ SLICE(SIG "\x21\x11\0\x10" TCP4 "\4\0\2a"), NULL },
	{ SLICE(SIG "\x21\x11\0\x10" TCP4 "\4\xff\xff"
		    "a"),
	    NULL },
	/* checksums that are none */
	{ SLICE(SIG "\x21\x11\0\x0f" TCP4 "\3\0\0"), NULL },
	{ SLICE(SIG "\x21\x11\0\x13" TCP4 "\3\0\4\0\0\0\0"), NULL },
	{ SLICE("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" TCP4), NULL },
};

static void
describe(const struct proxyproto *p, char *out, size_t max)
{
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];

	out[0] = '\0';
	if (!p->has_addrs)
		return;
	addr_format(&p->from, from);
	addr_format(&p->to, to);
	snprintf(out, max, "%s %s", from, to);
}

START_TEST(PP_8_a_header)
{
	struct slice in = cases[_i].in;
	char said[2 * ADDR_TEXT_MAX];
	struct proxyproto p;
	struct guard g;
	size_t n = 0;
	int e;

	guard_init(&g, in.n);
	e = proxyproto_read(guard_put(&g, in), &p, &n);
	if (cases[_i].said == NULL) {
		ck_assert_int_eq(e, E_PROXY_HEADER);
	} else {
		ck_assert_int_eq(e, 0);
		ck_assert_uint_eq(n, in.n);
		describe(&p, said, sizeof(said));
		ck_assert_str_eq(said, cases[_i].said);
	}
	guard_clear(&g);
}
END_TEST

/* However it comes: the start of a good one wants more, that of a bad one is
 * never taken for a good one. */
START_TEST(PP_8_octet_by_octet)
{
	struct slice in = cases[_i].in;
	struct guard g;

	guard_init(&g, in.n);
	for (size_t len = 0; len < in.n; len++) {
		struct proxyproto p;
		size_t n = 0;
		int e = proxyproto_read(guard_put(&g, slice_first(in, len)), &p,
		    &n);

		if (cases[_i].said != NULL)
			ck_assert_int_eq(e, E_AGAIN);
		else
			ck_assert(e == E_AGAIN || e == E_PROXY_HEADER);
	}
	guard_clear(&g);
}
END_TEST

/* What follows is the connection's. */
START_TEST(PP_8_what_follows_is_left)
{
	char in[512];
	struct proxyproto p;
	size_t n = 0;

	if (cases[_i].said == NULL)
		return;
	memcpy(in, cases[_i].in.p, cases[_i].in.n);
	memcpy(in + cases[_i].in.n, "\r\n\x16\3\1", 5);
	ck_assert_int_eq(proxyproto_read(slice_of(in, cases[_i].in.n + 5), &p,
			     &n),
	    0);
	ck_assert_uint_eq(n, cases[_i].in.n);
}
END_TEST

static struct addr
addr_of(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(slice_str(text), &a), 0);
	return a;
}

static struct slice
written(struct buf *b, const char *from, const char *to,
    struct proxyproto_say say)
{
	const struct addr f = addr_of(from), t = addr_of(to);

	say.from = &f;
	say.to = &t;
	ck_assert_int_eq(proxyproto_write(b, &say), 0);
	return buf_slice(b);
}

START_TEST(PP_5_the_smallest_octet_by_octet)
{
	static const struct slice want = SLICE(
	    SIG "\x21\x11\0\x13" TCP4 "\3\0\4");
	struct slice got;
	struct buf b;
	uint32_t sum;

	buf_init(&b, PROXYPROTO_MAX);
	got = written(&b, "192.0.2.1:56324", "192.0.2.2:443",
	    (struct proxyproto_say) { 0 });
	ck_assert_uint_eq(got.n, want.n + 4);
	ck_assert(slice_eq(slice_first(got, want.n), want));
	sum = crc32c(crc32c(0, want), SL("\0\0\0\0"));
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq((unsigned char)got.p[want.n + i],
		    sum >> 8 * (3 - i) & 0xff);
	buf_clear(&b);
}
END_TEST

START_TEST(PP_2_tlvs_octet_by_octet)
{
	static const struct proxyproto_tlv tlvs[] = {
		{ PP2_ALPN, SLICE("h2") },
		{ PP2_AUTHORITY, SLICE("") },
		{ PP2_UNIQUE_ID, SLICE("id") },
	};
	static const struct proxyproto_tlv ssl[] = {
		{ PP2_SSL_VERSION, SLICE("TLSv1.3") },
		{ PP2_SSL_CN, SLICE("") },
		{ PP2_SSL_CLIENT_CERT, SLICE("\x30\0\xff") },
	};
	static const struct slice want = SLICE(
	    SIG "\x21\x21\0\x4d" TCP6 "\1\0\2h2\5\0\2id"
		"\x20\0\x15\3\0\0\0\0\x21\0\7TLSv1.3\x28\0\3\x30\0\xff\3\0\4");
	struct slice got;
	struct buf b;

	buf_init(&b, PROXYPROTO_MAX);
	got = written(&b, "[2001:db8::1]:56324", "[2001:db8::2]:443",
	    (struct proxyproto_say) { .tlvs = tlvs,
		.tlv_count = COUNT(tlvs),
		.client = PP2_CLIENT_SSL | PP2_CLIENT_CERT_CONN,
		.is_verified = true,
		.ssl = ssl,
		.ssl_count = COUNT(ssl) });
	ck_assert_uint_eq(got.n, want.n + 4);
	ck_assert(slice_eq(slice_first(got, want.n), want));
	buf_clear(&b);
}
END_TEST

/* PP-3: not verified is not zero. */
START_TEST(PP_3_verify)
{
	struct slice got;
	struct buf b;

	buf_init(&b, PROXYPROTO_MAX);
	got = written(&b, "192.0.2.1:1", "192.0.2.2:2",
	    (struct proxyproto_say) { .client = PP2_CLIENT_SSL });
	ck_assert(slice_eq(slice_first(slice_skip(got, 28), 8),
	    SL("\x20\0\5\1\0\0\0\1")));
	buf_clear(&b);
}
END_TEST

static const struct {
	const char *from;
	const char *to;
	const char *said;
} pairs[] = {
	{ "192.0.2.1:56324", "192.0.2.2:443", TCP4_IS },
	{ "[2001:db8::1]:56324", "[2001:db8::2]:443", TCP6_IS },
	/* IPv4 on a socket for both */
	{ "[::ffff:192.0.2.1]:56324", "[::ffff:192.0.2.2]:443", TCP4_IS },
	{ "192.0.2.1:56324", "[::ffff:192.0.2.2]:443", TCP4_IS },
	/* not of one family */
	{ "192.0.2.1:56324", "[2001:db8::2]:443", "" },
};

START_TEST(what_is_written_is_read)
{
	struct proxyproto p;
	char said[2 * ADDR_TEXT_MAX];
	struct slice got;
	struct buf b;
	size_t n, type;

	buf_init(&b, PROXYPROTO_MAX);
	got = written(&b, pairs[_i].from, pairs[_i].to,
	    (struct proxyproto_say) { .client = 1 });
	ck_assert_int_eq(proxyproto_read(got, &p, &n), 0);
	ck_assert_uint_eq(n, got.n);
	describe(&p, said, sizeof(said));
	ck_assert_str_eq(said, pairs[_i].said);
	/* changed anywhere it is no header with addresses any more, but where
	 * it says that there is a checksum */
	type = got.n - 7;
	for (size_t i = 0; i < got.n && p.has_addrs;
	     i += i + 1 == type ? 2 : 1) {
		char *copy = malloc(got.n);
		struct proxyproto q;

		memcpy(copy, got.p, got.n);
		copy[i] ^= 1;
		ck_assert(proxyproto_read(slice_of(copy, got.n), &q, &n) != 0 ||
		    !q.has_addrs);
		free(copy);
	}
	buf_clear(&b);
}
END_TEST

/* PP-6: the whole of 16 bits, and not one octet more. */
START_TEST(PP_6_the_largest)
{
	/* addresses, the TLV's own head, the checksum */
	const size_t most = 65535 - 12 - 3 - 7;
	char *value = calloc(1, 65536);
	const struct addr a = addr_of("192.0.2.1:1");
	struct proxyproto p;
	size_t n;

	for (size_t len = most; len < 65537; len += len == most ? 1 : 2000) {
		struct proxyproto_tlv tlv = { PP2_SSL_CLIENT_CERT,
			slice_of(value, len < 65536 ? len : 65536) };
		struct proxyproto_say say = { .from = &a,
			.to = &a,
			.tlvs = &tlv,
			.tlv_count = 1 };
		struct buf b;
		int e;

		buf_init(&b, PROXYPROTO_MAX);
		e = proxyproto_write(&b, &say);
		ck_assert_int_eq(e, len == most ? 0 : E_LIMIT);
		if (e == 0)
			ck_assert_int_eq(proxyproto_read(buf_slice(&b), &p, &n),
			    0);
		else
			ck_assert_uint_eq(buf_len(&b), 0);
		buf_clear(&b);
	}
	free(value);
}
END_TEST

START_TEST(a_buf_that_is_too_small_stays_as_it_is)
{
	const struct addr a = addr_of("192.0.2.1:1");
	const struct proxyproto_say say = { .from = &a, .to = &a };
	struct buf b;

	for (size_t max = 3; max < 3 + 35; max++) {
		buf_init(&b, max);
		ck_assert(buf_puts(&b, "abc"));
		ck_assert_int_eq(proxyproto_write(&b, &say), E_LIMIT);
		ck_assert(slice_eq(buf_slice(&b), SL("abc")));
		buf_clear(&b);
	}
	buf_init(&b, 3 + 35);
	ck_assert(buf_puts(&b, "abc"));
	ck_assert_int_eq(proxyproto_write(&b, &say), 0);
	buf_clear(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net/proxyproto");
	SRunner *sr = srunner_create(s);
	TCase *tc = tcase_create("proxyproto");
	int failed;

	tcase_add_loop_test(tc, PP_8_a_header, 0, COUNT(cases));
	tcase_add_loop_test(tc, PP_8_octet_by_octet, 0, COUNT(cases));
	tcase_add_loop_test(tc, PP_8_what_follows_is_left, 0, COUNT(cases));
	tcase_add_test(tc, PP_5_the_smallest_octet_by_octet);
	tcase_add_test(tc, PP_2_tlvs_octet_by_octet);
	tcase_add_test(tc, PP_3_verify);
	tcase_add_loop_test(tc, what_is_written_is_read, 0, COUNT(pairs));
	tcase_add_test(tc, PP_6_the_largest);
	tcase_add_test(tc, a_buf_that_is_too_small_stays_as_it_is);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
