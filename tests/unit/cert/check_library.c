/*
 * OpenSSL with fewer algorithms on offer still has all that we use.
 */
#include "cert/library.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *kind;
	const char *group; /* of EC */
} keys[] = { { "EC", "P-256" }, { "EC", "P-384" }, { "EC", "P-521" },
	{ "RSA", NULL }, { "RSA-PSS", NULL }, { "ED25519", NULL },
	{ "ED448", NULL } };

static EVP_PKEY *
make(const char *kind, const char *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	if (group != NULL)
		ck_assert_int_eq(EVP_PKEY_CTX_set_group_name(ctx, group), 1);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

START_TEST(keys_of_certificates_are_read)
{
	EVP_PKEY *key = make(keys[_i].kind, keys[_i].group), *again;
	unsigned char *der = NULL;
	const unsigned char *p;
	int n = i2d_PUBKEY(key, &der);

	ck_assert_int_gt(n, 0);
	p = der;
	again = d2i_PUBKEY(NULL, &p, n);
	ck_assert_ptr_nonnull(again);
	ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
	EVP_PKEY_free(again);
	EVP_PKEY_free(key);
	OPENSSL_free(der);
}
END_TEST

START_TEST(private_keys_are_read_in_both_forms)
{
	EVP_PKEY *key = make(keys[_i].kind, keys[_i].group), *again;

	for (int old = 0; old < 2; old++) {
		BIO *bio = BIO_new(BIO_s_mem());

		ck_assert_int_eq(old ? PEM_write_bio_PrivateKey_traditional(bio,
					   key, NULL, NULL, 0, NULL, NULL) :
				       PEM_write_bio_PrivateKey(bio, key, NULL,
					   NULL, 0, NULL, NULL),
		    1);
		again = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		ck_assert_ptr_nonnull(again);
		ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
		EVP_PKEY_free(again);
		BIO_free(bio);
		if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC &&
		    EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
			break; /* they have no older form */
	}
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(nobody_has_keys_of_other_kinds)
{
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL));
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL));
}
END_TEST

START_TEST(every_suite_and_group_of_tls_is_there)
{
	OSSL_LIB_CTX *whole = OSSL_LIB_CTX_new();
	SSL_CTX *all = SSL_CTX_new_ex(whole, NULL, TLS_method());
	SSL_CTX *ours = SSL_CTX_new(TLS_method());
	const char *suites = "ALL:!RC4:!3DES:!SEED:!IDEA";

	ck_assert(SSL_CTX_set_cipher_list(all, suites));
	ck_assert(SSL_CTX_set_cipher_list(ours, suites));
	ck_assert_int_eq(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ours)),
	    sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(all)));
	ck_assert(SSL_CTX_set1_groups_list(ours,
	    "X25519:P-256:P-384:P-521:X448:ffdhe2048"));
	SSL_CTX_free(all);
	SSL_CTX_free(ours);
	OSSL_LIB_CTX_free(whole);
}
END_TEST

/* In a process of its own, with that configuration: its exit status. */
static int
init_with(const char *conf)
{
	char path[] = "/tmp/check_library.XXXXXX";
	int fd = mkstemp(path), status;
	ssize_t n = (ssize_t)strlen(conf);
	pid_t pid;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, conf, (size_t)n), n);
	close(fd);
	if ((pid = fork()) == 0) {
		setenv("OPENSSL_CONF", path, 1);
		_exit(library_init() ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	unlink(path);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(providers_of_the_configuration_are_left_alone)
{
	ck_assert_int_eq(init_with("openssl_conf = i\n[i]\nproviders = p\n"
				   "[p]\ndefault = d\n[d]\nactivate = 1\n"),
	    0);
	ck_assert_int_eq(init_with("openssl_conf = i\n[i]\nproviders = p\n"
				   "[p]\ndefault = d\n[d]\n"),
	    1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cert/library");
	TCase *first = tcase_create("configuration"),
	      *tc = tcase_create("keys");
	SRunner *sr;
	int failed;

	tcase_add_test(first, providers_of_the_configuration_are_left_alone);
	tcase_add_loop_test(tc, keys_of_certificates_are_read, 0,
	    sizeof(keys) / sizeof(keys[0]));
	tcase_add_loop_test(tc, private_keys_are_read_in_both_forms, 0,
	    sizeof(keys) / sizeof(keys[0]));
	tcase_add_test(tc, nobody_has_keys_of_other_kinds);
	tcase_add_test(tc, every_suite_and_group_of_tls_is_there);
	suite_add_tcase(s, first);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	if (!library_init())
		return EXIT_FAILURE;
	s = suite_create("cert/library");
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed += srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
