/* How connections end, before and after the handshake. */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/cert_owner.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct cert_server server;
static struct cert_peer peer;
static struct cert_owner owner;

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void
open_with(int version, size_t capacity)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = version,
		.capacity = capacity });
}

static void
settle(void)
{
	for (int i = 0; i < 300; i++)
		cert_peer_run(&peer);
}

START_TEST(test_a_goodbye_is_the_end)
{
	open_with(versions[_i], 0);
	cert_fill(&peer.out, 100);
	cert_peer_pump(&peer);
	cert_peer_goodbye(&peer);
	loop_advance(&server.loop, 1);
	ck_assert(cert_is_filled(&owner.in, 100));
	ck_assert_int_eq(owner.read_err, E_EOF);

	/* the other direction is still open; but a client of OpenSSL's that
	 * has said goodbye does not read any more */
	cert_owner_shutdown(&owner);
	ck_assert_int_eq(owner.shut, 0);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_an_end_without_goodbye_is_a_truncation)
{
	open_with(versions[_i], 0);
	cert_fill(&peer.out, 100);
	cert_peer_pump(&peer);
	(void)io_shutdown(peer.wire);
	peer.has_left = true;
	loop_advance(&server.loop, 1);
	ck_assert(cert_is_filled(&owner.in, 100));
	ck_assert_int_eq(owner.read_err, E_TRUNCATED);
	ck_assert_uint_ne(owner.events & IO_HANGUP, 0);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_a_reset_is_one)
{
	char octet;
	size_t n;

	open_with(versions[_i], 0);
	io_mem_break(peer.wire, E_CLOSED);
	peer.has_left = true;
	loop_advance(&server.loop, 1);
	ck_assert_int_eq(owner.read_err, E_CLOSED);
	/* and stays so */
	ck_assert_int_eq(io_read(peer.io, &octet, 1, &n), E_CLOSED);
	ck_assert_int_eq(io_write(peer.io, SL("x"), &n), E_CLOSED);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_writing_to_one_who_is_gone)
{
	size_t n;
	int e = 0;

	open_with(versions[_i], 0);
	io_pause(peer.io, PAUSE_BUSY);
	io_mem_break(peer.wire, E_CLOSED);
	peer.has_left = true;
	for (int i = 0; i < 3 && e == 0; i++)
		e = io_write(peer.io, SL("x"), &n);
	ck_assert_int_eq(e, E_CLOSED);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_a_hangup_is_told_while_paused)
{
	open_with(versions[_i], 0);
	owner.events = 0;
	io_pause(peer.io, PAUSE_BUSY);
	(void)io_shutdown(peer.wire);
	peer.has_left = true;
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(owner.events, IO_HANGUP);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* What was written arrives whole before the goodbye, however long it takes. */
START_TEST(test_our_goodbye_comes_last)
{
	open_with(versions[_i], 700);
	ck_assert(io_tls_is_flushed(owner.io));
	cert_fill(&owner.out, 100000);
	peer.is_paused = true;
	cert_owner_write(&owner);
	ck_assert_uint_gt(buf_len(&owner.out), 0);
	ck_assert(!io_tls_is_flushed(owner.io));
	peer.is_paused = false;
	while (buf_len(&owner.out) > 0)
		cert_peer_run(&peer);
	cert_owner_shutdown(&owner);
	settle();
	ck_assert_int_eq(owner.shut, 0);
	ck_assert(cert_is_filled(&peer.in, 100000));
	ck_assert(peer.has_goodbye);
	ck_assert(peer.has_eof);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_after_our_goodbye_we_read_but_do_not_write)
{
	size_t n;

	open_with(versions[_i], 0);
	cert_owner_shutdown(&owner);
	ck_assert_int_eq(owner.shut, 0);
	ck_assert_int_eq(io_write(peer.io, SL("x"), &n), E_CLOSED);
	cert_fill(&peer.out, 100);
	peer.is_paused = true; /* has not seen it yet */
	cert_peer_pump(&peer);
	loop_advance(&server.loop, 1);
	ck_assert(cert_is_filled(&owner.in, 100));
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_a_broken_record_is_told_to_the_client)
{
	/* content of 5 octets that no key has seen */
	static const struct slice record = SLICE("\x17\x03\x03\0\x20"
						 "0123456789abcdef"
						 "0123456789abcdef");
	char octet;
	size_t n;

	open_with(versions[_i], 0);
	ck_assert_int_eq(io_write(peer.wire, record, &n), 0);
	loop_advance(&server.loop, 1);
	cert_peer_run(&peer);
	ck_assert_int_eq(owner.read_err, E_TLS);
	ck_assert_int_eq(peer.alert, SSL_AD_BAD_RECORD_MAC);

	/* what still comes is dropped until the client has left */
	ck_assert_int_eq(io_write(peer.wire, SL("anything"), &n), 0);
	loop_advance(&server.loop, 1);
	ck_assert_int_eq(io_read(peer.io, &octet, 1, &n), E_AGAIN);
	(void)io_shutdown(peer.wire);
	peer.has_left = true;
	loop_advance(&server.loop, 1);
	ck_assert_int_eq(io_read(peer.io, &octet, 1, &n), E_TLS);
	ck_assert_int_eq(io_write(peer.io, SL("x"), &n), E_TLS);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* What comes instead of a handshake, in full, and then the end. */
static const struct {
	struct slice bytes;
	bool ends;
	int err;
	bool has_alert;
} openings[] = {
	{ SLICE("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), false,
	    E_TLS_PLAIN, false },
	{ SLICE("CONNECT a:1 HTTP/1.1\r\n"), false, E_TLS_PLAIN, false },
	{ SLICE("SSH-2.0-OpenSSH_9.2\r\n"), false, E_TLS_PLAIN, false },
	{ SLICE("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"), false, E_TLS_PLAIN,
	    false },
	{ SLICE("\0\0\0\0\0\0\0\0"), false, E_TLS_PLAIN, false },
	{ SLICE(""), true, E_CLOSED, true },
	{ SLICE("\x16\x03\x01"), true, E_CLOSED, true },
	{ SLICE("\x16\x03\x01\0\x05\x01\0\0\x01\xff"), false, E_TLS, true },
	{ SLICE("\x15\x03\x01\0\x02\x02\x28"), false, E_TLS, true },
	{ SLICE("\x17\x03\x03\0\x01x"), false, E_TLS, true },
	{ SLICE("\x16\x03\x01\xff\xff"), false, E_TLS, true },
};

struct opening {
	struct io *io;
	int err;
	unsigned done;
	bool closes; /* at once, when it is told */
};

static void
on_done(void *arg, int err, const char *openssl)
{
	struct opening *o = arg;

	(void)openssl;
	o->err = err;
	o->done++;
	if (o->closes)
		io_close(o->io);
}

static void
start_server(void)
{
	cert_server_init(&server,
	    CERT_LISTENERS "sites:\n" CERT_SITE("'*'", "a", "ca.pem"));
}

START_TEST(test_opening)
{
	char got[64], octet;
	struct opening o;
	struct io *ends[2];
	size_t n = 0;
	int e;

	start_server();
	for (int closes = 0; closes < 2; closes++) {
		o = (struct opening) { .closes = closes };
		io_mem_pair(&server.loop, 65536, ends);
		o.io = io_tls_accept(ends[0], server.tls, on_done, &o);
		if (openings[_i].bytes.n > 0)
			io_write(ends[1], openings[_i].bytes, &n);
		if (openings[_i].ends)
			io_shutdown(ends[1]);
		loop_advance(&server.loop, 1);
		ck_assert_uint_eq(o.done, 1);
		ck_assert_msg(o.err == openings[_i].err, "row %d: %s", _i,
		    err_slug(o.err));
		if (!closes) {
			ck_assert_int_eq(io_shutdown(o.io), 0);
			ck_assert_int_eq(io_read(o.io, &octet, 1, &n),
			    openings[_i].ends ? o.err : E_AGAIN);
			e = io_read(ends[1], got, sizeof(got), &n);
			ck_assert_int_eq(e == 0 && got[0] == 21,
			    openings[_i].has_alert);
		}
		if (!closes)
			io_close(o.io);
		io_close(ends[1]);
		loop_turn(&server.loop, false);
	}
	cert_server_clear(&server);
}
END_TEST

/* A client that leaves after the handshake has taken so many octets. */
START_TEST(test_leaving_in_the_midst_of_a_handshake)
{
	const struct cert_peer_params params = { .version = versions[_i],
		.sni = "a.example",
		.capacity = 300 };
	bool done = false;

	start_server();
	for (int turns = 0; !done; turns++) {
		cert_peer_init(&peer, &server, &params);
		cert_peer_pump(&peer);
		for (int i = 0; i < turns && !peer.is_done; i++) {
			loop_turn(&server.loop, false);
			cert_peer_pump(&peer);
		}
		done = peer.is_done;
		if (!done && turns % 2 == 0)
			io_mem_break(peer.wire, E_CLOSED);
		if (!done && turns % 2 != 0)
			io_shutdown(peer.wire);
		peer.has_left = true;
		loop_advance(&server.loop, 1);
		ck_assert(peer.is_done);
		/* unless its last word was on the way */
		ck_assert(peer.err == E_CLOSED || peer.err == E_CERT_NONE);
		cert_peer_clear(&peer);
		/* and one whose owner gives up, at the same place */
		cert_peer_init(&peer, &server, &params);
		cert_peer_pump(&peer);
		for (int i = 0; i < turns && !peer.is_done; i++) {
			loop_turn(&server.loop, false);
			cert_peer_pump(&peer);
		}
		if (turns % 2 != 0)
			(void)io_shutdown(peer.io);
		cert_peer_clear(&peer);
	}
	cert_server_clear(&server);
}
END_TEST

START_TEST(test_giving_up_is_not_told)
{
	const struct cert_peer_params params = { .version = versions[_i],
		.sni = "a.example" };

	start_server();
	for (int turns = 0; turns < 2; turns++) {
		cert_peer_init(&peer, &server, &params);
		cert_peer_pump(&peer);
		for (int i = 0; i < turns; i++)
			loop_turn(&server.loop, false);
		ck_assert_int_eq(io_shutdown(peer.io), 0);
		loop_advance(&server.loop, 1);
		cert_peer_run(&peer);
		ck_assert(!peer.is_done);
		ck_assert(peer.has_eof);
		cert_peer_clear(&peer);
	}
	cert_server_clear(&server);
}
END_TEST

/* The alert waits for a client that reads slowly, and is not lost. */
START_TEST(test_an_alert_behind_a_full_pipe)
{
	const struct cert_peer_params params = { .version = versions[_i],
		.sni = "a.example",
		.capacity = 1 };

	start_server();
	cert_peer_init(&peer, &server, &params);
	cert_peer_run(&peer);
	ck_assert_int_eq(peer.err, E_CERT_NONE);
	cert_owner_init(&owner, &peer);
	cert_owner_shutdown(&owner);
	settle();
	ck_assert_int_eq(owner.shut, 0);
	ck_assert_int_eq(peer.alert,
	    _i == 0 ? SSL_AD_HANDSHAKE_FAILURE : SSL_AD_CERTIFICATE_REQUIRED);
	ck_assert(peer.has_eof);
	cert_peer_clear(&peer);
	cert_owner_clear(&owner);
	cert_server_clear(&server);
}
END_TEST

/* A good client that leaves so many turns after it came; whether it was let in
 * all the same, by its last message. */
static bool
leaves_after(int turns, const struct cert_peer_params *params, bool *done)
{
	bool is_in;

	cert_peer_init(&peer, &server, params);
	cert_peer_pump(&peer);
	for (int i = 0; i < turns; i++)
		loop_turn(&server.loop, false);
	*done = peer.is_done;
	(void)io_shutdown(peer.wire);
	peer.has_left = true;
	loop_advance(&server.loop, 1);
	ck_assert(peer.is_done);
	is_in = peer.err == 0 && !*done;
	if (is_in) {
		cert_owner_init(&owner, &peer);
		loop_advance(&server.loop, 1);
		ck_assert_uint_ne(owner.events & IO_HANGUP, 0);
		ck_assert_int_eq(owner.read_err, E_TRUNCATED);
	}
	cert_peer_clear(&peer);
	if (is_in)
		cert_owner_clear(&owner);
	return is_in;
}

START_TEST(test_a_hangup_behind_the_last_message_is_told_later)
{
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true };
	struct cert ca = cert_make(&ca_spec, NULL);
	struct cert web = cert_make(&cert_web, &ca);
	const struct cert_peer_params params = { .version = versions[_i],
		.sni = "a.example",
		.leaf = &web };
	bool done = false;
	int in = 0;

	start_server();
	for (int turns = 0; !done; turns++)
		in += leaves_after(turns, &params, &done);
	ck_assert_int_gt(in, 0);
	cert_clear(&web);
	cert_clear(&ca);
	cert_server_clear(&server);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("io_tls_end");
	TCase *t = tcase_create("io_tls_end");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_a_goodbye_is_the_end, 0, 2);
	tcase_add_loop_test(t, test_an_end_without_goodbye_is_a_truncation, 0,
	    2);
	tcase_add_loop_test(t, test_a_reset_is_one, 0, 2);
	tcase_add_loop_test(t, test_writing_to_one_who_is_gone, 0, 2);
	tcase_add_loop_test(t, test_a_hangup_is_told_while_paused, 0, 2);
	tcase_add_loop_test(t, test_our_goodbye_comes_last, 0, 2);
	tcase_add_loop_test(t, test_after_our_goodbye_we_read_but_do_not_write,
	    0, 2);
	tcase_add_loop_test(t, test_a_broken_record_is_told_to_the_client, 0,
	    2);
	tcase_add_loop_test(t, test_opening, 0, COUNT(openings));
	tcase_add_loop_test(t, test_leaving_in_the_midst_of_a_handshake, 0, 2);
	tcase_add_loop_test(t,
	    test_a_hangup_behind_the_last_message_is_told_later, 0, 2);
	tcase_add_loop_test(t, test_giving_up_is_not_told, 0, 2);
	tcase_add_loop_test(t, test_an_alert_behind_a_full_pipe, 0, 2);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
