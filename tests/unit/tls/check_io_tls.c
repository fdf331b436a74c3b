/* What a connection does while it is open. */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/err.h"
#include "support/cert_owner.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static struct cert_server server;
static struct cert_peer peer;
static struct cert_owner owner;

/* Until content has gone both ways, or nothing moves any more. */
static void
exchange(size_t down, size_t up)
{
	size_t before = (size_t)-1, now = 0;

	cert_owner_write(&owner);
	while (before != now) {
		before = now;
		cert_peer_pump(&peer);
		loop_advance(&server.loop, 1);
		now = buf_len(&peer.in) + buf_len(&owner.in);
	}
	ck_assert_msg(cert_is_filled(&peer.in, down), "down: %zu of %zu",
	    buf_len(&peer.in), down);
	ck_assert_msg(cert_is_filled(&owner.in, up), "up: %zu of %zu",
	    buf_len(&owner.in), up);
	ck_assert_int_eq(owner.read_err, 0);
	ck_assert_int_eq(owner.write_err, 0);
}

/* How the octets pass, and how many go each way. */
static const struct {
	struct cert_peer_params params;
	size_t down, up, max;
} ways[] = {
	{ { .version = TLS1_2_VERSION }, 10, 10, 0 },
	{ { .version = TLS1_3_VERSION }, 10, 10, 0 },
	{ { .version = TLS1_2_VERSION, .step = 1 }, 20000, 20000, 0 },
	{ { .version = TLS1_3_VERSION, .step = 1 }, 20000, 20000, 0 },
	{ { .version = TLS1_2_VERSION, .capacity = 1 }, 40000, 0, 0 },
	{ { .version = TLS1_3_VERSION, .capacity = 1 }, 0, 40000, 0 },
	{ { .version = TLS1_2_VERSION, .capacity = 777 }, 1 << 20, 1 << 20, 0 },
	{ { .version = TLS1_3_VERSION, .capacity = 777 }, 1 << 20, 1 << 20, 0 },
	{ { .version = TLS1_3_VERSION }, 4 << 20, 4 << 20, 0 },
	{ { .version = TLS1_3_VERSION, .capacity = 1 << 20 }, 4 << 20, 4 << 20,
	    0 },
	{ { .version = TLS1_3_VERSION }, 100, 30000, 1 },
	{ { .version = TLS1_3_VERSION, .step = 3 }, 3000, 30000, 7 },
};

START_TEST(test_octets_arrive)
{
	cert_open(&server, &peer, &owner, &ways[_i].params);
	owner.max = ways[_i].max;
	cert_fill(&owner.out, ways[_i].down);
	cert_fill(&peer.out, ways[_i].up);
	exchange(ways[_i].down, ways[_i].up);
	ck_assert_uint_eq(peer.io->bytes_in, ways[_i].up);
	ck_assert_uint_eq(peer.io->bytes_out, ways[_i].down);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* A request that came with the last message of the handshake. */
START_TEST(test_content_right_after_the_handshake)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = TLS1_3_VERSION });
	cert_close(&server, &peer, &owner);

	cert_open(&server, &peer, &owner, &(struct cert_peer_params) { 0 });
	/* even with nothing there the owner is told to try */
	ck_assert_uint_eq(owner.events & (IO_READABLE | IO_WRITABLE),
	    IO_READABLE | IO_WRITABLE);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* Several records in one piece: OpenSSL has read ahead of the owner. */
static void
send_records(int count)
{
	for (int i = 0; i < count; i++) {
		size_t n;

		ck_assert_int_eq(SSL_write_ex(peer.ssl, "abcdef", 6, &n), 1);
	}
	cert_peer_pump(&peer);
}

START_TEST(test_what_was_read_ahead_is_told_after_a_pause)
{
	cert_open(&server, &peer, &owner, &(struct cert_peer_params) { 0 });
	owner.stops = true;
	owner.max = 4;
	send_records(3);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(buf_len(&owner.in), 4);

	io_pause(peer.io, PAUSE_BUSY);
	send_records(2);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(buf_len(&owner.in), 4);

	owner.stops = false;
	io_resume(peer.io, PAUSE_BUSY);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(buf_len(&owner.in), 30);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* Whoever has room for it gets them at once, up to what ends the stream. */
START_TEST(test_records_that_came_together_are_read_together)
{
	static char room[64 * 1024];
	size_t n;

	cert_open(&server, &peer, &owner, &(struct cert_peer_params) { 0 });
	owner.stops = true;
	owner.max = 1;
	send_records(3);
	ck_assert_int_ge(SSL_shutdown(peer.ssl), 0);
	cert_peer_pump(&peer);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(buf_len(&owner.in), 1);
	ck_assert_int_eq(io_read(peer.io, room, sizeof(room), &n), 0);
	ck_assert_uint_eq(n, 17);
	ck_assert_mem_eq(room, "bcdefabcdefabcdef", 17);
	ck_assert_int_eq(io_read(peer.io, room, sizeof(room), &n), E_EOF);
	ck_assert_int_eq(io_read(peer.io, room, sizeof(room), &n), E_EOF);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* The same when nothing came meanwhile: only OpenSSL knows of the rest. */
START_TEST(test_a_pause_without_news_from_below)
{
	cert_open(&server, &peer, &owner, &(struct cert_peer_params) { 0 });
	owner.stops = true;
	owner.max = 4;
	send_records(2);
	loop_advance(&server.loop, 1);
	io_pause(peer.io, PAUSE_PEER_FULL);
	loop_advance(&server.loop, 1);
	owner.stops = false;
	io_resume(peer.io, PAUSE_PEER_FULL);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(buf_len(&owner.in), 12);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_nothing_is_read_while_paused)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .capacity = 1000 });
	io_pause(peer.io, PAUSE_BUSY);
	owner.reads = 0;
	cert_fill(&peer.out, 100000);
	cert_peer_pump(&peer);
	loop_advance(&server.loop, 1);
	ck_assert_uint_eq(owner.reads, 0);
	/* back-pressure: the pipe is full, the client has the rest */
	ck_assert_int_gt((int)BIO_pending(SSL_get_wbio(peer.ssl)), 1000);
	cert_fill(&owner.out, 5000);
	exchange(5000, 0);
	io_resume(peer.io, PAUSE_BUSY);
	exchange(5000, 100000);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_a_turn_has_a_budget)
{
	size_t most = 0, before = 0;

	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .capacity = 4 << 20 });
	cert_fill(&peer.out, 2 << 20);
	cert_peer_pump(&peer);
	for (int i = 0; i < 20; i++) {
		loop_turn(&server.loop, false);
		if (buf_len(&owner.in) - before > most)
			most = buf_len(&owner.in) - before;
		before = buf_len(&owner.in);
	}
	ck_assert_uint_eq(before, 2 << 20);
	ck_assert_uint_le(most, IO_BUDGET);
	cert_close(&server, &peer, &owner);
}
END_TEST

/* RFC 8446, 4.6.3: reading then wants to write, whatever the pipe says. */
START_TEST(test_key_updates_are_answered)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = TLS1_3_VERSION,
		.capacity = 50 });
	cert_fill(&owner.out, 100000);
	cert_owner_write(&owner);
	for (int i = 0; i < 10; i++) {
		ck_assert(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED));
		send_records(1);
		loop_advance(&server.loop, 1);
	}
	for (int i = 0; i < 100; i++)
		cert_peer_run(&peer);
	ck_assert(cert_is_filled(&peer.in, 100000));
	ck_assert_uint_eq(buf_len(&owner.in), 60);
	ck_assert_int_eq(owner.read_err, 0);
	cert_close(&server, &peer, &owner);
}
END_TEST

static void
update_keys(int count)
{
	for (int i = 0; i < count; i++) {
		ck_assert(
		    SSL_key_update(peer.ssl, SSL_KEY_UPDATE_NOT_REQUESTED));
		ck_assert_int_eq(SSL_do_handshake(peer.ssl), 1);
	}
	cert_peer_pump(&peer);
	loop_advance(&server.loop, 1);
}

START_TEST(test_a_flood_of_key_updates_ends_it)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = TLS1_3_VERSION });
	update_keys(32);
	ck_assert_int_eq(owner.read_err, 0);
	send_records(1);
	update_keys(32);
	ck_assert_int_eq(owner.read_err, 0);
	update_keys(1);
	ck_assert_int_eq(owner.read_err, E_LIMIT);
	cert_close(&server, &peer, &owner);
}
END_TEST

START_TEST(test_renegotiation_does_not_exist)
{
	cert_open(&server, &peer, &owner,
	    &(struct cert_peer_params) { .version = TLS1_2_VERSION });
	ck_assert_int_eq(SSL_renegotiate(peer.ssl), 1);
	(void)SSL_do_handshake(peer.ssl);
	cert_peer_run(&peer);
	ck_assert_int_eq(peer.alert, SSL_AD_NO_RENEGOTIATION);
	cert_close(&server, &peer, &owner);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("io_tls");
	TCase *t = tcase_create("io_tls");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_octets_arrive, 0, COUNT(ways));
	tcase_add_test(t, test_content_right_after_the_handshake);
	tcase_add_test(t, test_what_was_read_ahead_is_told_after_a_pause);
	tcase_add_test(t, test_records_that_came_together_are_read_together);
	tcase_add_test(t, test_a_pause_without_news_from_below);
	tcase_add_test(t, test_nothing_is_read_while_paused);
	tcase_add_test(t, test_a_turn_has_a_budget);
	tcase_add_test(t, test_key_updates_are_answered);
	tcase_add_test(t, test_a_flood_of_key_updates_ends_it);
	tcase_add_test(t, test_renegotiation_does_not_exist);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
