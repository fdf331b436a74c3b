#include "cert/intern.h"

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "cert/ident.h"
#include "support/cert_make.h"

struct der_of {
	unsigned char *p;
	int n;
};

/* A certificate's octets; which differ from others' by the serial number. */
static struct der_of
make(unsigned number)
{
	static const unsigned char mark[] = { 0x5e, 0x71, 0xa1, 0x00 };
	const struct cert_spec ca_spec = { .cn = "root", .is_ca = true },
			       spec = { .cn = "client", .serial = "5e71a100" };
	static struct der_of first;
	struct der_of der;
	unsigned char *at;

	if (first.p == NULL) {
		struct cert ca = cert_make(&ca_spec, NULL),
			    c = cert_make(&spec, &ca);

		first.n = i2d_X509(c.x, &first.p);
		ck_assert_int_gt(first.n, 0);
		cert_clear(&c);
		cert_clear(&ca);
	}
	der = first;
	der.p = OPENSSL_memdup(first.p, (size_t)first.n);
	at = memmem(der.p, (size_t)der.n, mark, sizeof(mark));
	ck_assert_ptr_nonnull(at);
	at[2] = (unsigned char)(number >> 8);
	at[3] = (unsigned char)number;
	return der;
}

static X509 *
parse(const unsigned char *from, long n, long used)
{
	const unsigned char *p = from;
	X509 *x = d2i_X509(NULL, &p, n);

	if (x != NULL)
		ck_assert_int_eq(p - from, used);
	ERR_clear_error();
	return x;
}

static X509 *
parse_all(const struct der_of *der)
{
	X509 *x = parse(der->p, der->n, der->n);

	ck_assert_ptr_nonnull(x);
	return x;
}

static void
set_up(void)
{
	intern_clear();
	intern_allow(true);
}

static void
tear_down(void)
{
	intern_clear();
	intern_allow(false);
	ck_assert_uint_eq(intern_count(), 0);
}

START_TEST(the_same_octets_are_the_same_certificate_once_it_is_kept)
{
	struct der_of der = make(1);
	X509 *a = parse_all(&der), *b = parse_all(&der), *c, *d;

	ck_assert_ptr_ne(a, b);
	intern_keep(a);
	intern_keep(b); /* it is kept already */
	ck_assert_uint_eq(intern_count(), 1);
	c = parse_all(&der);
	ck_assert_ptr_eq(c, a);
	X509_free(a);
	X509_free(b);
	/* into one that was made before, as libssl does */
	d = X509_new();
	ck_assert_ptr_nonnull(
	    d2i_X509(&d, &(const unsigned char *) { der.p }, der.n));
	ck_assert_ptr_eq(d, c);
	X509_free(c);
	X509_free(d);
	OPENSSL_free(der.p);
}
END_TEST

START_TEST(nothing_is_shared_unless_that_is_allowed)
{
	struct der_of der = make(1);
	X509 *a = parse_all(&der), *b;

	intern_allow(false);
	intern_keep(a);
	ck_assert_uint_eq(intern_count(), 0);
	intern_allow(true);
	intern_keep(a);
	intern_allow(false);
	b = parse_all(&der);
	ck_assert_ptr_ne(a, b);
	ck_assert_int_eq(X509_cmp(a, b), 0);
	X509_free(a);
	X509_free(b);
	OPENSSL_free(der.p);
}
END_TEST

/* Each octet matters, each end of the octets too. */
START_TEST(other_octets_are_another_certificate_or_none)
{
	struct der_of der = make(1);
	unsigned char *more = OPENSSL_malloc((size_t)der.n + 1);
	X509 *a = parse_all(&der), *b;

	intern_keep(a);
	for (int i = 0; i < der.n; i++) {
		memcpy(more, der.p, (size_t)der.n);
		more[i] ^= 1;
		if ((b = parse(more, der.n, der.n)) != NULL)
			ck_assert_ptr_ne(a, b);
		X509_free(b);
		b = parse(der.p, i, 0);
		ck_assert_ptr_null(b);
	}
	memcpy(more, der.p, (size_t)der.n);
	more[der.n] = 0;
	b = parse(more, der.n + 1, der.n);
	ck_assert_ptr_eq(a, b);
	X509_free(a);
	X509_free(b);
	OPENSSL_free(more);
	OPENSSL_free(der.p);
}
END_TEST

START_TEST(a_certificate_can_be_written_copied_and_digested_as_ever)
{
	struct der_of der = make(1), again = { 0 };
	X509 *a = parse_all(&der), *b;
	unsigned char one[32], two[32];
	unsigned n = sizeof(one);

	intern_keep(a);
	b = X509_dup(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(X509_cmp(a, b), 0);
	again.n = i2d_X509(b, &again.p);
	ck_assert_int_eq(again.n, der.n);
	ck_assert_mem_eq(again.p, der.p, (size_t)der.n);
	ck_assert(X509_digest(a, EVP_sha256(), one, &n));
	ck_assert(
	    EVP_Digest(der.p, (size_t)der.n, two, NULL, EVP_sha256(), NULL));
	ck_assert_mem_eq(one, two, sizeof(one));
	X509_free(a);
	X509_free(b);
	OPENSSL_free(again.p);
	OPENSSL_free(der.p);
}
END_TEST

START_TEST(the_one_not_asked_for_longest_makes_room)
{
	struct der_of first = make(0), second = make(1);
	X509 *a = parse_all(&first), *b = parse_all(&second), *x;

	intern_keep(a);
	intern_keep(b);
	for (unsigned i = 2; i < INTERN_MAX + 1; i++) {
		struct der_of der = make(i);

		x = parse_all(&der);
		intern_keep(x);
		X509_free(x);
		OPENSSL_free(der.p);
		if (i != INTERN_MAX - 1)
			continue;
		ck_assert_uint_eq(intern_count(), INTERN_MAX);
		x = parse_all(&first);
		ck_assert_ptr_eq(x, a);
		X509_free(x);
	}
	ck_assert_uint_eq(intern_count(), INTERN_MAX);
	x = parse_all(&first);
	ck_assert_ptr_eq(x, a);
	X509_free(x);
	x = parse_all(&second);
	ck_assert_ptr_ne(x, b);
	X509_free(x);
	X509_free(a);
	X509_free(b);
	OPENSSL_free(first.p);
	OPENSSL_free(second.p);
}
END_TEST

START_TEST(who_it_is_is_read_once)
{
	struct der_of der = make(1);
	X509 *a = parse_all(&der), *b = parse_all(&der);
	struct ident *one, *two, *three;

	ck_assert_int_eq(ident_share(a, &one), 0);
	ck_assert_int_eq(ident_share(a, &two), 0);
	ck_assert_int_eq(ident_share(b, &three), 0);
	ck_assert_ptr_eq(one, two);
	ck_assert_ptr_ne(one, three);
	ck_assert(slice_eq(one->fingerprint, three->fingerprint));
	X509_free(a);
	X509_free(b);
	ck_assert(slice_eq(one->subject, SL("CN=client")));
	ident_unref(one);
	ident_unref(two);
	ident_unref(three);
	OPENSSL_free(der.p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cert/intern");
	TCase *tc = tcase_create("intern");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc,
	    the_same_octets_are_the_same_certificate_once_it_is_kept);
	tcase_add_test(tc, nothing_is_shared_unless_that_is_allowed);
	tcase_add_test(tc, other_octets_are_another_certificate_or_none);
	tcase_add_test(tc,
	    a_certificate_can_be_written_copied_and_digested_as_ever);
	tcase_add_test(tc, the_one_not_asked_for_longest_makes_room);
	tcase_add_test(tc, who_it_is_is_read_once);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
