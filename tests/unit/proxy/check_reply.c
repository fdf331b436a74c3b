#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proxy/reply.h"
#include "proxy/whoami.h"
#include "support/net_rig.h"

/* The one map from what went wrong to what the client is told. */
static const struct {
	int err;
	enum reply_side side;
	unsigned status;
} map[] = {
	{ E_NO_RULE, REPLY_CLIENT, 403 },
	{ E_NOT_FOUND, REPLY_CLIENT, 404 },
	{ E_METHOD_REFUSED, REPLY_CLIENT, 405 },
	{ E_TIMEOUT, REPLY_CLIENT, 408 },
	{ E_HTTP_BODY_LONG, REPLY_CLIENT, 413 },
	{ E_HTTP_CHUNK_LONG, REPLY_CLIENT, 413 },
	{ E_HTTP_LINE_LONG, REPLY_CLIENT, 414 },
	{ E_HTTP_EXPECT, REPLY_CLIENT, 417 },
	{ E_MISDIRECTED, REPLY_CLIENT, 421 },
	{ E_HTTP_FIELD_LONG, REPLY_CLIENT, 431 },
	{ E_HTTP_FIELDS_MANY, REPLY_CLIENT, 431 },
	{ E_HTTP_HEAD_LONG, REPLY_CLIENT, 431 },
	{ E_HTTP_VERSION, REPLY_CLIENT, 505 },
	{ E_HTTP_LINE, REPLY_CLIENT, 400 },
	{ E_HTTP_HOST, REPLY_CLIENT, 400 },
	{ E_HTTP_PATH, REPLY_CLIENT, 400 },
	{ E_HTTP_LENGTH_TE, REPLY_CLIENT, 400 },
	{ E_HTTP_CHUNK, REPLY_CLIENT, 400 },
	{ E_CERT_REVOKED, REPLY_CLIENT, 403 },
	{ E_INTERNAL, REPLY_CLIENT, 500 },
	{ E_CONNECT, REPLY_BACKEND, 503 },
	{ E_RESOLVE, REPLY_BACKEND, 503 },
	{ E_DRAINING, REPLY_BACKEND, 503 },
	{ E_CONNECT_TIMEOUT, REPLY_BACKEND, 504 },
	{ E_UP_TIMEOUT, REPLY_BACKEND, 504 },
	{ E_TIMEOUT, REPLY_BACKEND, 504 },
	{ E_UP_CLOSED, REPLY_BACKEND, 502 },
	{ E_HTTP_LINE, REPLY_BACKEND, 502 },
	{ E_HTTP_LENGTH_TE, REPLY_BACKEND, 502 },
	{ E_HTTP_UPGRADE, REPLY_BACKEND, 502 },
	{ E_HTTP_1XX, REPLY_BACKEND, 502 },
	{ E_HTTP_HEAD_LONG, REPLY_BACKEND, 502 },
	{ E_INTERNAL, REPLY_BACKEND, 500 },
};

START_TEST(an_error_has_the_status_that_fits_whose_fault_it_is)
{
	ck_assert_uint_eq(reply_status(map[_i].err, map[_i].side),
	    map[_i].status);
}
END_TEST

START_TEST(whatever_goes_wrong_is_an_error_of_client_or_server)
{
	for (int e = -1; strcmp(err_slug(e), "?") != 0 && e > -ERR_COUNT; e--) {
		ck_assert_uint_ge(reply_status(e, REPLY_CLIENT), 400);
		ck_assert_uint_lt(reply_status(e, REPLY_CLIENT), 600);
		ck_assert_uint_ge(reply_status(e, REPLY_BACKEND), 500);
		ck_assert_uint_lt(reply_status(e, REPLY_BACKEND), 505);
	}
}
END_TEST

static const struct field *
field(const struct msg *m, const char *name)
{
	return fields_find(&m->fields, slice_str(name));
}

static const struct {
	unsigned status;
	bool is_bare;
} fixed[] = {
	{ 200, false },
	{ 404, false },
	{ 204, true },
	{ 304, true },
};

START_TEST(a_fixed_answer_says_what_was_configured)
{
	struct conf_respond c = { .kind = RESPOND_FIXED,
		.status = fixed[_i].status,
		.type = SLICE("text/x"),
		.body = SLICE("hello") };
	struct reply r;
	struct msg m;

	msg_init(&m);
	reply_fixed(&r, &c);
	reply_head(&r, SL("now"), &m);
	ck_assert_uint_eq(m.status, fixed[_i].status);
	ck_assert(m.keep_alive);
	ck_assert_int_eq(m.content,
	    fixed[_i].is_bare ? CONTENT_NONE : CONTENT_LENGTH);
	ck_assert_uint_eq(m.length, fixed[_i].is_bare ? 0 : 5);
	ck_assert((field(&m, "Content-Type") == NULL) == fixed[_i].is_bare);
	ck_assert(slice_eq(field(&m, "Date")->value, SL("now")));
	ck_assert(slice_eq(field(&m, "Cache-Control")->value, SL("no-store")));
	ck_assert_ptr_null(field(&m, "Retry-After"));
	ck_assert_ptr_null(field(&m, "Allow"));
	msg_clear(&m);
	reply_clear(&r);
	reply_clear(&r);
}
END_TEST

/* What a refused client is told. */
static const struct {
	enum conf_detail detail;
	int err;
	const char *body;
} refusals[] = {
#define PROBLEM \
	"{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403," \
	"\"reference\":\"00000000000000ff\""
	{ DETAIL_NONE, E_CERT_REVOKED, PROBLEM "}\n" },
	{ DETAIL_CODE, E_CERT_REVOKED,
	    PROBLEM ",\"reason\":\"cert-revoked\"}\n" },
	{ DETAIL_FULL, E_CERT_REVOKED,
	    PROBLEM ",\"reason\":\"cert-revoked\","
		    "\"detail\":\"a certificate is revoked\",\"depth\":1,"
		    "\"culprit\":\"CN=\\\"ca\",\"subject\":\"CN=\\u000aweb\","
		    "\"issuer\":\"CN=ca\",\"serial\":\"01ff\","
		    "\"sha256\":\"ab\"}\n" },
	/* a later verdict than the handshake's */
	{ DETAIL_FULL, E_CERT_EXPIRED,
	    PROBLEM ",\"reason\":\"cert-expired\","
		    "\"detail\":\"a certificate has expired\"}\n" },
};

START_TEST(a_refused_client_is_told_as_much_as_it_may_know)
{
	struct ident who = { .refs = 1,
		.subject = SLICE("CN=\nweb"),
		.issuer = SLICE("CN=ca"),
		.serial = SLICE("01ff"),
		.fingerprint = SLICE("ab") };
	const struct verdict v = { .err = E_CERT_REVOKED,
		.depth = 1,
		.culprit = SLICE("CN=\"ca"),
		.ident = &who };
	const struct reply_refusal how = { .err = refusals[_i].err,
		.verdict = &v,
		.detail = refusals[_i].detail,
		.ref = 255 };
	struct reply r;

	reply_refusal(&r, &how);
	ck_assert_uint_eq(r.status, 403);
	ck_assert(slice_eq(r.type, SL("application/problem+json")));
	ck_assert_msg(slice_eq(r.body, slice_str(refusals[_i].body)), "%.*s",
	    SLICE_ARG(r.body));
	reply_clear(&r);
}
END_TEST

START_TEST(who_showed_nothing_is_told_too)
{
	const struct verdict v = { .err = E_CERT_NONE };
	const struct reply_refusal how = { .err = E_CERT_NONE,
		.verdict = &v,
		.detail = DETAIL_FULL,
		.ref = 255 };
	struct reply r;

	reply_refusal(&r, &how);
	ck_assert(slice_eq(r.body,
	    SL(PROBLEM ",\"reason\":\"cert-none\",\"detail\":\"the client "
		       "showed no certificate\"}\n")));
	reply_clear(&r);
}
END_TEST

/* whoami */

START_TEST(whoami_tells_what_is_known_of_the_client)
{
	struct san sans[] = {
		{ .type = SAN_DNS, .value = SLICE("web.b") },
		{ .type = SAN_URI,
		    .value = SLICE("x:\"\n\xff"),
		    .flaw = "flawed" },
	};
	struct ident who = { .refs = 1,
		.sans = sans,
		.san_count = 2,
		.subject = SLICE("CN=\"web\""),
		.issuer = SLICE("CN=ca"),
		.serial = SLICE("01ff") };
	struct slice name = SLICE("a.b");
	struct conf_site site = { .names = &name, .name_count = 1 };
	struct conf_rule rule = { .text = SLICE("dns:web.b") };
	struct conf_route route = { .path = SLICE("/who") };
	struct authz authz = { .rule = &rule, .by.san = &sans[0] };
	struct tls_peer peer = { .site = &site,
		.verdict = { .ident = &who },
		.version = "TLSv1.3",
		.cipher = "X",
		.alpn = SLICE("http/1.1") };
	static const char *const parts[] = { "\"client\":\"192.0.2.1\"",
		"{\"type\":\"dns\",\"value\":\"web.b\"}",
		"\"ignored\":\"flawed\"", "\"subject\":\"CN=\\\"web\\\"\"",
		"\"serial\":\"01ff\"", "\"version\":\"TLSv1.3\"",
		"\"group\":null", "\"site\":\"a.b\"", "\"route\":\"/who\"",
		"\"rule\":\"dns:web.b\"", "\"identity\":\"web.b\"" };
	char text[4096];
	struct reply r;

	whoami_reply(&r,
	    &(struct whoami) { .peer = &peer,
		.route = &route,
		.authz = &authz,
		.client_ip = "192.0.2.1" });
	ck_assert_uint_eq(r.status, 200);
	ck_assert(slice_eq(r.type, SL("application/json")));
	ck_assert_uint_lt(r.body.n, sizeof(text));
	memcpy(text, r.body.p, r.body.n);
	text[r.body.n] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(text, parts[i]) != NULL, "%s is not in %s",
		    parts[i], text);
	for (size_t i = 0; i + 1 < r.body.n; i++)
		ck_assert_msg(text[i] >= ' ' && text[i] < 0x7f, "octet %d",
		    text[i]);
	reply_clear(&r);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("reply");

	tcase_add_loop_test(t,
	    an_error_has_the_status_that_fits_whose_fault_it_is, 0,
	    NET_COUNT(map));
	tcase_add_test(t, whatever_goes_wrong_is_an_error_of_client_or_server);
	tcase_add_loop_test(t, a_fixed_answer_says_what_was_configured, 0,
	    NET_COUNT(fixed));
	tcase_add_loop_test(t, a_refused_client_is_told_as_much_as_it_may_know,
	    0, NET_COUNT(refusals));
	tcase_add_test(t, who_showed_nothing_is_told_too);
	tcase_add_test(t, whoami_tells_what_is_known_of_the_client);
	return net_main("reply", t);
}
