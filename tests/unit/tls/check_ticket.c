#include "tls/ticket.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(rotation_puts_a_new_key_first_and_keeps_so_many)
{
	struct ticket_keys k = { .count = 0 };
	struct ticket_key first, second;

	ticket_rotate(&k, 3);
	ck_assert_uint_eq(k.count, 1);
	first = k.key[0];
	ticket_rotate(&k, 3);
	second = k.key[0];
	ck_assert_uint_eq(k.count, 2);
	ck_assert_mem_ne(&first, &second, sizeof(first));
	ck_assert_mem_eq(&k.key[1], &first, sizeof(first));
	ticket_rotate(&k, 3);
	ticket_rotate(&k, 3);
	ck_assert_uint_eq(k.count, 3);
	ck_assert_mem_eq(&k.key[2], &second, sizeof(second));
	/* the oldest is gone from memory too */
	for (size_t i = 0; i < sizeof(k.key[3]); i++)
		ck_assert_int_eq(((unsigned char *)&k.key[3])[i], 0);
	ticket_wipe(&k);
	ck_assert_uint_eq(k.count, 0);
}
END_TEST

START_TEST(no_more_keys_are_kept_than_there_is_room_for)
{
	struct ticket_keys k = { .count = 0 };

	for (int i = 0; i < 20; i++)
		ticket_rotate(&k, 1000);
	ck_assert_uint_eq(k.count, TICKET_KEYS_MAX);
}
END_TEST

START_TEST(a_file_is_name_mac_key_and_encryption_key)
{
	struct ticket_keys k = { .count = 0 };
	char file[TICKET_FILE_LEN + 1];

	memset(file, 'n', TICKET_NAME_LEN);
	memset(file + TICKET_NAME_LEN, 'm', TICKET_KEY_LEN);
	memset(file + TICKET_NAME_LEN + TICKET_KEY_LEN, 'e', TICKET_KEY_LEN);
	ck_assert(!ticket_add(&k, slice_of(file, TICKET_FILE_LEN - 1)));
	ck_assert(!ticket_add(&k, slice_of(file, TICKET_FILE_LEN + 1)));
	ck_assert(!ticket_add(&k, slice_of(NULL, 0)));
	for (unsigned i = 0; i < TICKET_KEYS_MAX; i++)
		ck_assert(ticket_add(&k, slice_of(file, TICKET_FILE_LEN)));
	ck_assert(!ticket_add(&k, slice_of(file, TICKET_FILE_LEN)));
	ck_assert_uint_eq(k.count, TICKET_KEYS_MAX);
	ck_assert_int_eq(k.key[0].name[0], 'n');
	ck_assert_int_eq(k.key[0].mac[TICKET_KEY_LEN - 1], 'm');
	ck_assert_int_eq(k.key[0].aes[0], 'e');
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls/ticket");
	TCase *tc = tcase_create("keys");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, rotation_puts_a_new_key_first_and_keeps_so_many);
	tcase_add_test(tc, no_more_keys_are_kept_than_there_is_room_for);
	tcase_add_test(tc, a_file_is_name_mac_key_and_encryption_key);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
