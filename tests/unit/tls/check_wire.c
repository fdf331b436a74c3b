/* OpenSSL's view of an io. */
#include <check.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/io_mem.h"
#include "tls/wire.h"

static struct loop loop;
static struct io *ends[2];
static struct wire wire;
static BIO *bio;

static void
set_up(void)
{
	loop_init_virtual(&loop, 1000, 0);
	loop_turn(&loop, false); /* ios have a budget from now on */
	io_mem_pair(&loop, 100, ends);
	wire_init(&wire, ends[0]);
	bio = wire_bio(&wire);
}

static void
tear_down(void)
{
	BIO_free(bio);
	wire_clear(&wire);
	io_close(ends[0]);
	io_close(ends[1]);
	loop_clear(&loop);
}

/* How many octets come out at the other end. */
static size_t
drain(void)
{
	char octets[200];
	size_t all = 0, n;

	while (io_read(ends[1], octets, sizeof(octets), &n) == 0)
		all += n;
	return all;
}

START_TEST(test_writes_are_taken_up_to_a_bound)
{
	char octets[1000];
	size_t taken = 0, out = 0, n;

	memset(octets, 'x', sizeof(octets));
	while (BIO_write_ex(bio, octets, sizeof(octets), &n))
		taken += n;
	ck_assert(BIO_should_write(bio));
	ck_assert_uint_le(buf_len(&wire.out), WIRE_OUT_MAX);
	ck_assert_uint_gt(buf_len(&wire.out), WIRE_OUT_MAX - sizeof(octets));
	ck_assert_uint_eq(BIO_wpending(bio), buf_len(&wire.out));
	ck_assert_int_eq(wire_flush(&wire), E_AGAIN);
	while (wire_flush(&wire) == E_AGAIN)
		out += drain();
	out += drain();
	ck_assert_uint_eq(out, taken);
	/* nothing is kept for the idle */
	ck_assert_ptr_null(wire.out.mem);
	ck_assert(BIO_write_ex(bio, "x", 1, &n));
}
END_TEST

/* Puts the octet n times, and checks that all were taken. */
static void
put(char octet, size_t n)
{
	char octets[1000];
	size_t taken;

	ck_assert_uint_le(n, sizeof(octets));
	memset(octets, octet, n);
	ck_assert(BIO_write_ex(bio, octets, n, &taken));
	ck_assert_uint_eq(taken, n);
}

START_TEST(test_what_is_held_goes_out_in_one_piece)
{
	char got[200];
	size_t n;

	wire_hold(&wire);
	put('a', 40);
	put('b', 10);
	ck_assert_uint_eq(drain(), 0);
	wire_let_go(&wire);
	ck_assert_int_eq(io_read(ends[1], got, sizeof(got), &n), 0);
	ck_assert_uint_eq(n, 50);
	ck_assert_int_eq(got[39], 'a');
	ck_assert_int_eq(got[40], 'b');
	/* what lower does not take now waits, in its order */
	wire_hold(&wire);
	put('c', 90);
	put('d', 40);
	wire_let_go(&wire);
	put('e', 5);
	ck_assert_uint_eq(buf_len(&wire.out), 35);
	ck_assert_uint_eq(drain(), 100);
	ck_assert_int_eq(wire_flush(&wire), 0);
	ck_assert_int_eq(io_read(ends[1], got, sizeof(got), &n), 0);
	ck_assert_uint_eq(n, 35);
	ck_assert_int_eq(got[29], 'd');
	ck_assert_int_eq(got[30], 'e');
}
END_TEST

START_TEST(test_more_than_can_be_held_keeps_its_order)
{
	size_t all = 0;
	char last = 0, got[200];
	size_t n;

	wire_hold(&wire);
	for (size_t i = 0; i < WIRE_HOLD_MAX / 1000; i++)
		put('a', 1000);
	ck_assert_uint_eq(drain(), 0);
	put('b', 1000);
	wire_let_go(&wire);
	do {
		while (io_read(ends[1], got, sizeof(got), &n) == 0) {
			ck_assert_int_ge(got[0], last);
			last = got[n - 1];
			all += n;
		}
	} while (wire_flush(&wire) == E_AGAIN || buf_len(&wire.out) > 0);
	all += drain();
	ck_assert_uint_eq(all, (WIRE_HOLD_MAX / 1000 + 1) * 1000);
	ck_assert_int_eq(last, 'b');
}
END_TEST

START_TEST(test_what_was_held_for_nobody)
{
	wire_hold(&wire);
	put('a', 10);
	io_mem_break(ends[1], E_CLOSED);
	wire_let_go(&wire);
	ck_assert_int_eq(wire.write_err, E_CLOSED);
	ck_assert_int_eq(wire_flush(&wire), E_CLOSED);
}
END_TEST

START_TEST(test_reads_say_when_to_come_again)
{
	char octets[10];
	size_t n;

	ck_assert(!BIO_read_ex(bio, octets, sizeof(octets), &n));
	ck_assert(BIO_should_read(bio));
	ck_assert(!BIO_eof(bio));
	ck_assert_int_eq(io_write(ends[1], SL("abc"), &n), 0);
	ck_assert(BIO_read_ex(bio, octets, sizeof(octets), &n));
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(io_shutdown(ends[1]), 0);
	ck_assert(!BIO_read_ex(bio, octets, sizeof(octets), &n));
	ck_assert(!BIO_should_retry(bio));
	ck_assert(BIO_eof(bio));
	ck_assert_int_eq(wire.read_err, E_EOF);
}
END_TEST

START_TEST(test_what_is_barred_is_not_read)
{
	char octets[10];
	size_t n;

	ck_assert_int_eq(io_write(ends[1], SL("abc"), &n), 0);
	wire.is_barred = true;
	ck_assert(!BIO_read_ex(bio, octets, sizeof(octets), &n));
	ck_assert(!BIO_should_retry(bio));
}
END_TEST

START_TEST(test_what_is_shut_takes_all_and_sends_nothing)
{
	size_t n;

	wire.is_shut = true;
	ck_assert(BIO_write_ex(bio, "abc", 3, &n));
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(drain(), 0);
}
END_TEST

START_TEST(test_writing_to_nobody)
{
	size_t n;

	io_mem_break(ends[1], E_CLOSED);
	ck_assert(!BIO_write_ex(bio, "abc", 3, &n));
	ck_assert(!BIO_should_retry(bio));
	ck_assert_int_eq(wire.write_err, E_CLOSED);
	ck_assert_int_eq(wire_flush(&wire), E_CLOSED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, test_writes_are_taken_up_to_a_bound);
	tcase_add_test(t, test_what_is_held_goes_out_in_one_piece);
	tcase_add_test(t, test_more_than_can_be_held_keeps_its_order);
	tcase_add_test(t, test_what_was_held_for_nobody);
	tcase_add_test(t, test_reads_say_when_to_come_again);
	tcase_add_test(t, test_what_is_barred_is_not_read);
	tcase_add_test(t, test_what_is_shut_takes_all_and_sends_nothing);
	tcase_add_test(t, test_writing_to_nobody);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
