#include <string.h>

#include "proxy/forward.h"
#include "support/net_rig.h"

static struct msg in, out;
static const struct conf_route plain; /* which changes nothing */

static void
set_up(void)
{
	msg_init(&in);
	msg_init(&out);
}

static void
tear_down(void)
{
	msg_clear(&in);
	msg_clear(&out);
}

static bool
has(const struct fields *f, const char *name)
{
	return fields_find(f, slice_str(name)) != NULL;
}

/* Names under which a client could claim to be somebody; and some that only
 * look like them. */
static const struct {
	const char *name;
	bool is_ours;
} names[] = {
	{ "X-Forwarded-For", true },
	{ "x-forwarded-for", true },
	{ "X_Forwarded_For", true },
	{ "X-Forwarded_For", true },
	{ "X.Forwarded.For", true },
	{ "X-Forwarded-Proto", true },
	{ "X-Forwarded-Host", true },
	{ "X-Forwarded-Client-Cert", true },
	{ "X-Forwarded-Anything", true },
	{ "Forwarded", true },
	{ "FORWARDED", true },
	{ "X-Real-IP", true },
	{ "X_REAL_IP", true },
	{ "Client-Cert", true },
	{ "Client-Cert-Chain", true },
	{ "Client_Cert", true },
	{ "X-Client-Cert", true },
	{ "X-Client-DN", true },
	{ "X_Client_DN", true },
	{ "X-Client-Verify", true },
	{ "SSL-Client-Verify", true },
	{ "SSL_CLIENT_S_DN", true },
	{ "X-SSL-Client-Cert", true },
	{ "X-TLS-Version", true },
	{ "X-SPIFFE-ID", true },
	{ "X-Remote-User", true },
	{ "Remote_User", true },
	{ "X-Forwarde", false },
	{ "XX-Forwarded-For", false },
	{ "Forwarded-For-Fun", false },
	{ "X-Client", false },
	{ "X-Request-ID", false },
	{ "User-Agent", false },
	{ "Authorization", false },
	{ "Cookie", false },
	{ "Clientcert", false },
};

START_TEST(what_a_client_says_of_itself_stays_behind)
{
	struct forward how = { .route = &plain,
		.idhdr = { .client_ip = SLICE("192.0.2.1") } };
	const struct field *f;

	msg_add(&in, slice_str(names[_i].name), SL("evil"));
	forward_request(&in, &how, &out);
	f = fields_find(&out.fields, slice_str(names[_i].name));
	ck_assert_msg((f != NULL && slice_eq(f->value, SL("evil"))) ==
		!names[_i].is_ours,
	    "%s", names[_i].name);
	/* nor does it get through as a trailer */
	fields_add(&in.trailers, slice_str(names[_i].name), SL("evil"));
	forward_trailers(&in, &plain, &out);
	ck_assert_msg(has(&out.trailers, names[_i].name) != names[_i].is_ours,
	    "%s", names[_i].name);
}
END_TEST

START_TEST(a_backend_may_answer_with_such_names)
{
	in.status = 200;
	msg_add(&in, SL("X-Client-DN"), SL("x"));
	forward_response(&in, &plain, SL("now"), &out);
	ck_assert(has(&out.fields, "X-Client-DN"));
}
END_TEST

/* Connection, and what must not pass it. */
static const struct {
	const char *connection;
	const char *name;
	bool passes;
} hops[] = {
	{ "close", "X-A", true },
	{ "keep-alive", "Keep-Alive", false },
	{ "X-A", "X-A", false },
	{ "close, x-a", "X-A", false },
	{ "X-B ,\tX-A", "X-A", false },
	{ "X-AA", "X-A", true },
	{ "close", "Proxy-Connection", false },
	{ "close", "TE", false },
	{ "close", "Upgrade", false },
	{ "close", "Transfer-Encoding", false },
	{ "close", "HTTP2-Settings", false },
	{ "close", "Proxy-Authorization", false },
	{ "close", "Cookie", true },
};

START_TEST(what_concerns_one_hop_stays_behind)
{
	struct forward how = { .route = &plain, .host = SLICE("h") };

	msg_add(&in, SL("Connection"), slice_str(hops[_i].connection));
	msg_add(&in, slice_str(hops[_i].name), SL("v"));
	forward_request(&in, &how, &out);
	ck_assert(has(&out.fields, hops[_i].name) == hops[_i].passes);
	ck_assert(!has(&out.fields, "Connection"));
	tear_down();
	set_up();
	in.status = 200;
	msg_add(&in, SL("Connection"), slice_str(hops[_i].connection));
	msg_add(&in, slice_str(hops[_i].name), SL("v"));
	forward_response(&in, &plain, SL("now"), &out);
	ck_assert(has(&out.fields, hops[_i].name) == hops[_i].passes);
}
END_TEST

START_TEST(connection_cannot_remove_what_we_say_of_the_client)
{
	struct forward how = { .route = &plain,
		.host = SLICE("h"),
		.via = SLICE("1.1 us"),
		.idhdr = { .client_ip = SLICE("192.0.2.1"),
		    .host = SLICE("a.b") } };
	const struct field *f;

	msg_add(&in, SL("Connection"),
	    SL("X-Forwarded-For, X-Forwarded-Host, Via"));
	forward_request(&in, &how, &out);
	f = fields_get(&out.fields, FIELD_X_FORWARDED_FOR);
	ck_assert(f != NULL && slice_eq(f->value, SL("192.0.2.1")));
	ck_assert(fields_next(&out.fields, f) == NULL);
	f = fields_get(&out.fields, FIELD_X_FORWARDED_HOST);
	ck_assert(f != NULL && slice_eq(f->value, SL("a.b")));
	f = fields_get(&out.fields, FIELD_X_FORWARDED_PROTO);
	ck_assert(f != NULL && slice_eq(f->value, SL("https")));
	ck_assert(has(&out.fields, "Via"));
}
END_TEST

START_TEST(the_rest_passes_unchanged_and_in_order)
{
	struct forward how = { .route = &plain, .host = SLICE("up") };

	msg_set_method(&in, SL("BREW"));
	in.path = SL("/a%2Fb?c");
	in.authority = SL("a.b:443");
	in.content = CONTENT_LENGTH;
	in.length = 7;
	msg_add(&in, SL("B"), SL("1"));
	msg_add(&in, SL("a"), SL("2"));
	msg_add(&in, SL("B"), SL("3"));
	forward_request(&in, &how, &out);
	ck_assert(slice_eq(out.method_name, SL("BREW")));
	ck_assert(slice_eq(out.path, SL("/a%2Fb?c")));
	ck_assert(slice_eq(out.authority, SL("up")));
	ck_assert_int_eq(out.content, CONTENT_LENGTH);
	ck_assert_uint_eq(out.length, 7);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(
		    slice_eq(out.fields.at[i].name, in.fields.at[i].name));
		ck_assert(
		    slice_eq(out.fields.at[i].value, in.fields.at[i].value));
	}
}
END_TEST

START_TEST(an_answer_without_a_date_gets_one_and_an_interim_one_does_not)
{
	const struct field *f;

	in.status = 200;
	forward_response(&in, &plain, SL("now"), &out);
	f = fields_get(&out.fields, FIELD_DATE);
	ck_assert(f != NULL && slice_eq(f->value, SL("now")));
	tear_down();
	set_up();
	in.status = 200;
	msg_add(&in, SL("Date"), SL("then"));
	forward_response(&in, &plain, SL("now"), &out);
	f = fields_get(&out.fields, FIELD_DATE);
	ck_assert(f != NULL && slice_eq(f->value, SL("then")));
	ck_assert(fields_next(&out.fields, f) == NULL);
	tear_down();
	set_up();
	in.status = 103;
	forward_response(&in, &plain, SL("now"), &out);
	ck_assert(!has(&out.fields, "Date"));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("forward");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, what_a_client_says_of_itself_stays_behind, 0,
	    NET_COUNT(names));
	tcase_add_test(t, a_backend_may_answer_with_such_names);
	tcase_add_loop_test(t, what_concerns_one_hop_stays_behind, 0,
	    NET_COUNT(hops));
	tcase_add_test(t, connection_cannot_remove_what_we_say_of_the_client);
	tcase_add_test(t, the_rest_passes_unchanged_and_in_order);
	tcase_add_test(t,
	    an_answer_without_a_date_gets_one_and_an_interim_one_does_not);
	return net_main("forward", t);
}
